"""Every drive says what it said when its stream was last looked at and blessed."""

from __future__ import annotations

import pytest

from tests.replay.streams import blessed, file_of, is_there, names, same, stream_of

pytestmark = pytest.mark.xdist_group("session")  # the drives are made once


@pytest.mark.parametrize("name", names())
def test_stream_is_the_blessed_one(name):
    if not is_there(name):
        pytest.skip(f"{name} is not here (set RACING_COACH_RECORDINGS)")
    now, then = stream_of(name), blessed(name)
    for i, (one, other) in enumerate(zip(now, then, strict=False)):
        assert same(one, other), f"{file_of(name).name}, line {i + 1}; `make bless` shows all that changed"
    assert len(now) == len(then), f"{file_of(name).name}: {len(now)} events instead of {len(then)}; `make bless` shows them"


def test_figures_may_differ_by_their_tolerance_and_words_not_at_all():
    kept = {"event": "cue", "t_s": 10.0, "text": "Turn 1: brake later.", "gain_s": 0.1, "interval_s": [0.05, 0.15]}
    assert same(kept, kept | {"t_s": 10.04, "gain_s": 0.105, "interval_s": [0.055, 0.15]})
    assert not same(kept, kept | {"t_s": 10.1})
    assert not same(kept, kept | {"interval_s": [0.05, 0.2]})
    assert not same(kept, kept | {"text": "Turn 2: brake later."})
    assert not same(kept, {name: value for name, value in kept.items() if name != "gain_s"})
    assert same({"event": "corners", "lost_s": {"1": 0.100}}, {"event": "corners", "lost_s": {"1": 0.104}})
    assert not same({"event": "corners", "lost_s": {"1": 0.100}}, {"event": "corners", "lost_s": {"1": 0.110}})
