"""Whether a cue is followed: not told of drivers who changed nothing, told of those who did, and nothing where it cannot be known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from coach.compare.cause import Cause
from coach.compare.comparison import ReferenceKind
from coach.compare.phases import CornerPhases
from coach.cues.candidate import candidates
from coach.cues.done import ASKED_FOR, Action, Done, action_in, done
from coach.cues.settings import CueSettings
from coach.cues.topics import Topics
from tests.coach.cues.made import NAN, lap, seen_corner

KIND = ReferenceKind.EXTERNAL
CORNERS, LAPS, SESSIONS = 8, 14, 150
SPEED_MPS, PER_S = 25.0, 8.0  # slowest speed without a loss, and what a second of loss takes off it


def passage(number: int, lost_s: float, mps: float):
    return seen_corner(number, Cause.SLOW_APEX if lost_s > 0.05 else None, lost_s, phases=CornerPhases(v_min_mps=mps))


def session(rng: np.random.Generator, share_of_loss: float, more_mps: float) -> Topics:
    """A drive in which `share_of_loss` of what a corner loses is its slowest speed's doing, and who is cued there goes faster by `more_mps`."""
    usual, topics, laps = rng.exponential(0.06, CORNERS), Topics(CueSettings()), []
    scatter_s, cued = rng.uniform(0.03, 0.09, CORNERS), np.zeros(CORNERS, dtype=bool)
    for number in range(LAPS):
        for entry in topics.to_cue():
            entry.cued(number)
            cued[entry.topic.corner - 1] = True
        by_speed, otherwise = rng.normal(0.0, scatter_s), rng.normal(0.0, scatter_s)
        faster = np.where(cued, more_mps, 0.0)
        lost_s = usual + np.sqrt(share_of_loss) * by_speed + np.sqrt(1.0 - share_of_loss) * otherwise - faster / PER_S
        speeds = SPEED_MPS - PER_S * (usual + by_speed) + faster
        laps.append(lap(number, *(passage(k, s, v) for k, (s, v) in enumerate(zip(lost_s, speeds, strict=True), 1))))
        topics.after_lap({KIND: laps[-8:]}, candidates(laps[-8:], KIND, topics.settings))
    return topics


@cache
def told(share_of_loss: float, more_mps: float) -> list[Done]:
    rng = np.random.default_rng(1)
    sessions = [session(rng, share_of_loss, more_mps) for _ in range(SESSIONS)]
    return [shown for topics in sessions for entry in topics.entries if (shown := topics.done_of(entry)) is not None]


@pytest.mark.parametrize("share_of_loss", [0.0, 0.5, 1.0])
def test_who_changed_nothing_is_hardly_ever_told_that_he_did(share_of_loss: float) -> None:
    """Also where the laps were chosen for nothing but the action's own scatter."""
    found = told(share_of_loss, 0.0)
    assert len(found) > 100
    assert np.mean([one.way > 0 for one in found]) < 0.05
    assert np.mean([one.way < 0 for one in found]) < 0.05


@pytest.mark.parametrize("share_of_loss", [0.0, 0.5])
def test_who_does_it_is_told_so_and_by_how_much(share_of_loss: float) -> None:
    found = told(share_of_loss, 1.5)
    assert np.mean([one.way > 0 for one in found]) > 0.75
    assert np.mean([one.interval[0] <= 3.6 * 1.5 <= one.interval[1] for one in found]) > 0.9


@pytest.mark.parametrize(
    ("cause", "field", "follows"),
    [
        (Cause.BRAKE_EARLY, "brake_on_m", +5.0),
        (Cause.BRAKE_LATE, "brake_on_m", -5.0),
        (Cause.BRAKE_SOFT, "brake_peak", +0.1),
        (Cause.LOCKUP, "brake_peak", -0.1),
        (Cause.COASTING, "coasting_m", -20.0),
        (Cause.SLOW_APEX, "v_min_mps", +1.0),
        (Cause.THROTTLE_LATE, "throttle_on_m", -8.0),
    ],
)
def test_each_action_knows_which_way_was_asked(cause: Cause, field: str, follows: float) -> None:
    usual = [0.5 + share * abs(follows) for share in (-0.1, 0.0, 0.1)]

    def passages(by: float) -> list[float]:
        return [action_in(cause, replace(CornerPhases(), **{field: value + by})) for value in usual]

    ways = [shown.way for by in (follows, 0.0, -follows) if (shown := done(cause, passages(0.0), passages(by), 0.0)) is not None]
    assert ways == [+1, 0, -1]


def test_every_action_has_words_for_either_way() -> None:
    texts = {
        Done(asked.action, 1, asked.unit, change, (min(0.0, 2 * change) + change / 2, max(0.0, 2 * change) + change / 2)).text
        for asked in ASKED_FOR.values()
        for change in (4.0, -4.0)
    }
    assert len(texts) == 2 * len(Action)


def test_words_say_what_is_shown() -> None:
    speed = Done(Action.SLOWEST_SPEED, 1, "km/h", 2.14, (0.9, 3.38))
    assert speed.text == "you did it: 2.1 km/h more at the slowest point, 0.9 to 3.4 (95 %)"
    assert speed.in_unit(0.5, "mph").text == "you did it: 1.1 mph more at the slowest point, 0.5 to 1.7 (95 %)"
    earlier = Done(Action.BRAKING_POINT, 1, "m", -6.0, (-10.0, -2.0))
    assert earlier.text == "it went the other way: braking 6 m earlier, 2 to 10 (95 %)"
    neither = Done(Action.THROTTLE_POINT, -1, "m", -3.0, (-10.0, 4.0))
    assert neither.text == "not clearly done yet: on the throttle 3 m earlier, \N{MINUS SIGN}4 to 10 (95 %)"
    same = Done(Action.SLOWEST_SPEED, 1, "km/h", -0.04, (-4.4, 4.3))
    assert same.text == "not clearly done yet: as before, \N{MINUS SIGN}4.4 to 4.3 (95 %)"


def test_what_cannot_be_known_is_not_told() -> None:
    assert done(Cause.LINE, (1.0, 2.0), (3.0, 4.0), 0.0) is None  # nothing measures it
    assert done(Cause.BRAKE_EARLY, (100.0, NAN), (110.0, 111.0), 0.0) is None  # he braked on one of the laps only
    shown = done(Cause.BRAKE_EARLY, (100.0, NAN, 101.0), (110.0, 111.0), 0.0)
    assert shown is not None
    assert shown.change == pytest.approx(10.0)


def test_the_choice_of_laps_takes_off_what_it_may_have_flattered() -> None:
    before, since = (24.0, 25.0, 26.0), (26.0, 27.0, 28.0)
    plain, chosen = (done(Cause.SLOW_APEX, before, since, flattered) for flattered in (0.0, 1.0))
    assert plain is not None
    assert chosen is not None
    assert chosen.interval == pytest.approx((plain.interval[0] - 1.0, plain.interval[1]))
    earlier = done(Cause.THROTTLE_LATE, before, since, 1.0)
    assert earlier is not None
    assert earlier.interval == pytest.approx((plain.interval[0], plain.interval[1] + 1.0))
