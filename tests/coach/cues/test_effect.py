"""What a topic is shown to have brought: nothing on average where nothing changed, the gain where there was one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from coach.compare.cause import Cause
from coach.compare.comparison import ReferenceKind
from coach.cues.candidate import candidates
from coach.cues.effect import Effect, effect, flattery
from coach.cues.settings import CueSettings
from coach.cues.topics import Topics
from tests.coach.cues.made import lap, seen_corner

CORNERS, LAPS, SESSIONS = 8, 14, 300
KIND = ReferenceKind.EXTERNAL

# What corners cost a driver on the mean, s: many shapes, because the method knows none of them.
Draw = Callable[[np.random.Generator], np.ndarray]
DRIVERS: dict[str, Draw] = {
    "normal": lambda rng: rng.normal(0.06, 0.06, CORNERS),
    "long tail": lambda rng: rng.exponential(0.06, CORNERS),
    "one habit": lambda rng: np.where(np.arange(CORNERS) == 3, 0.25, 0.03),
    "all alike": lambda rng: np.full(CORNERS, 0.09),
}


def sessions(drawn: Draw, gain: float) -> list[tuple[float, float, Effect]]:
    """At the end of each session, per topic: what it really brought, the plain difference of means, and what is shown.

    The driver loses a share `gain` less at a corner once it is cued.
    """
    rng, found = np.random.default_rng(1), []
    for _ in range(SESSIONS):
        usual, topics, laps = drawn(rng), Topics(CueSettings()), []
        scatter = rng.uniform(0.03, 0.09, CORNERS)
        cued = np.zeros(CORNERS, dtype=bool)
        for number in range(LAPS):
            for entry in topics.to_cue():
                entry.cued(number)
                cued[entry.topic.corner - 1] = True
            lost = usual * np.where(cued, 1.0 - gain, 1.0) + rng.normal(0.0, scatter)
            laps.append(lap(number, *(seen_corner(k, Cause.SLOW_APEX if s > 0.05 else None, s) for k, s in enumerate(lost, 1))))
            topics.after_lap({KIND: laps[-8:]}, candidates(laps[-8:], KIND, topics.settings))
        for entry in topics.entries:
            shown = topics.effect_of(entry)
            if shown is not None:
                plain = float(np.mean(entry.before_s) - np.mean(entry.since_s))
                found.append((gain * float(usual[entry.topic.corner - 1]), plain, shown))
    return found


@cache
def driven(kind: str, gain: float = 0.0) -> list[tuple[float, float, Effect]]:
    return sessions(DRIVERS[kind], gain)


def gained(one: Effect) -> float:
    return one.before_s - one.after_s


def mean_and_interval(values: list[float]) -> tuple[float, float]:
    return float(np.mean(values)), 1.96 * float(np.std(values, ddof=1) / np.sqrt(len(values)))


def test_drivers_who_did_not_change_are_shown_next_to_no_effect_on_the_mean():
    """Over drivers of all kinds; the plain difference would promise them more than two hundredths a lap and topic."""
    everybody = [one for kind in DRIVERS for one in driven(kind)]
    mean, interval = mean_and_interval([gained(shown) for _, _, shown in everybody])
    plain = np.mean([plain for _, plain, _ in everybody])
    assert plain > 0.02
    assert interval < 0.003
    assert abs(mean) - interval < 0.1 * plain


@pytest.mark.parametrize("kind", DRIVERS)
def test_for_each_kind_of_driver_what_is_left_is_below_the_hundredth_that_is_shown(kind):
    shown = [shown for _, _, shown in driven(kind)]
    assert len(shown) > 100
    assert abs(mean_and_interval([gained(one) for one in shown])[0]) < 0.01
    assert np.mean([one.interval_s[0] <= 0.0 <= one.interval_s[1] for one in shown]) > 0.92
    assert np.mean([one.interval_s[0] > 0.0 for one in shown]) < 0.05  # told "better" without a reason


@pytest.mark.parametrize("kind", DRIVERS)
def test_what_was_really_gained_is_shown(kind):
    found = driven(kind, 0.6)
    true = np.mean([true for true, _, _ in found])
    assert np.mean([gained(shown) for _, _, shown in found]) == pytest.approx(true, abs=0.01)
    assert np.mean([plain for _, plain, _ in found]) > true


def test_a_corner_that_stands_out_is_not_flattered_and_the_first_of_many_alike_is():
    rng = np.random.default_rng(3)
    scatter = rng.normal(0.0, 0.05, (6, CORNERS))
    scatter -= scatter.mean(axis=0)
    one_of_many = [lap(n, *(seen_corner(k, None, 0.2 + s) for k, s in enumerate(row, 1))) for n, row in enumerate(scatter)]
    standing_out = [lap(n, *(seen_corner(k, None, 0.2 + s + (k == 1)) for k, s in enumerate(row, 1))) for n, row in enumerate(scatter)]
    error = 0.05 / np.sqrt(6)
    assert flattery(1, standing_out, 0.1) == pytest.approx(0.0, abs=0.01 * error)
    assert flattery(1, one_of_many, 0.1) == pytest.approx(1.42 * error, rel=0.2)  # the largest of eight normal values: 1.42 sigma


def test_what_cannot_be_known_is_not_guessed():
    assert flattery(1, [], 0.1) == 0.0
    assert flattery(1, [lap(0, seen_corner(1, None, 0.2))], 0.1) == 0.0
    assert flattery(1, [lap(n, seen_corner(1, None, 0.2), seen_corner(2, None, 0.2)) for n in range(3)], 0.1) == pytest.approx(0.0)
    assert effect((0.1,), (0.1, 0.2), 0.0) is None
