from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from coach.exam.true_events import events_of
from coach.sim.happened import RunEvent
from coach.sim.record import START_S


def events(*found: tuple[str, float, float, float]) -> list[tuple[str, float, float, bool]]:
    run: Any = SimpleNamespace(events=tuple(RunEvent(kind, 1, 0.0, start, long, strength) for kind, start, long, strength in found))
    truth: Any = {1: SimpleNamespace(start_s=START_S)}
    return [(one.what, round(one.start_s, 6), round(one.end_s, 6), one.sure) for one in events_of(run, truth).get(1, ())]


def test_a_slide_and_the_spin_it_ends_in_are_one_event() -> None:
    assert events(("oversteer", 10.0, 1.0, 1.3), ("off_track", 10.9, 1.0, 4.0), ("spin", 11.2, 2.0, 9.0)) == [
        ("oversteer", 10.0, 13.2, True),
        ("off_track", 10.9, 11.9, True),
    ]


def test_slides_a_second_apart_are_two_events() -> None:
    assert len(events(("oversteer", 10.0, 0.3, 2.0), ("oversteer", 11.3, 0.3, 2.0))) == 2


def test_what_is_slight_is_not_sure() -> None:
    assert events(("lockup", 10.0, 0.2, 0.22)) == [("lockup", 10.0, 10.2, False)]
