from __future__ import annotations

import pytest

from coach.compare.cause import Cause, Doubt, Phase
from coach.wording import catalogue, cause_name, doubt_text, next_time, phase_name, sentence


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_words(cause: Cause) -> None:
    assert sentence(cause, {}).endswith(".")
    assert cause_name(cause)
    assert "!" not in sentence(cause, {}) + next_time(cause)


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_has_words(phase: Phase) -> None:
    assert phase_name(phase)


def test_figure_is_said_when_it_speaks_the_same_way() -> None:
    assert "14 m earlier" in sentence(Cause.BRAKE_EARLY, {"brake_on_earlier_m": 14.2})


def test_figure_that_contradicts_the_cause_is_not_said() -> None:
    assert "-3" not in sentence(Cause.BRAKE_EARLY, {"brake_on_earlier_m": -3.0})
    assert sentence(Cause.BRAKE_EARLY, {"brake_on_earlier_m": -3.0}) == catalogue()["cause"]["brake_early"]["plain"]


def test_unknown_figure_is_not_said() -> None:
    assert "nan" not in sentence(Cause.THROTTLE_LATE, {"throttle_on_later_m": float("nan")})


def test_a_doubt_calls_its_causes_by_name() -> None:
    assert doubt_text(Doubt("two causes: {causes}", (Cause.BRAKE_EARLY, Cause.LINE))) == 'two causes: "braked early" and "line"'
    assert doubt_text(Doubt("no cause explains the loss")) == "no cause explains the loss"
