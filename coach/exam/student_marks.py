"""Marks of the coaching policies: gains kept by level, thresholds of coaching.md 5.1, and how much rests on each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import pairwise

import numpy as np

from coach.arrays import FloatArray
from coach.exam.marks import NAN, Mark, Section, Unit, share_mark
from coach.exam.population import Level, Population
from coach.exam.student_exam import LEVELS, NONE, ORACLE, ORACLES, OURS, POLICIES, Apprenticeship

ROUNDS = 1000
FACTORS = (0.5, 2.0)
AS_SOURCED = "as sourced"
# Every parameter of the students by itself.
VARIED: Mapping[str, Population] = {
    f"{field.name.replace('_', ' ')} x {factor:g}": Population(**{field.name: factor}) for field in fields(Population) for factor in FACTORS
}
ORDER = (NONE, "random", OURS, ORACLE)  # each should teach more than the one before it


def student_section(results: Sequence[Apprenticeship]) -> Section:
    """Gains kept by policy and level, and the thresholds."""
    marks = [_gain_mark(results, policy, level) for level in LEVELS for policy in POLICIES]
    marks += [_over(results, OURS, NONE, [level], f", {level.value}") for level in LEVELS]
    ours, none, oracle = (gains_of(results, policy, LEVELS) for policy in (OURS, NONE, ORACLE))
    marks += [
        _over(results, OURS, "random", LEVELS),
        _over(results, OURS, "largest delta", LEVELS),
        _over(results, OURS, NONE, LEVELS, wanted=1.5),
        _over(results, OURS, ORACLE, LEVELS, wanted=0.7),
        _over(results, OURS, "ours, remembers no session", LEVELS),
        *(_over(results, OURS, oracle, LEVELS) for oracle in ORACLES if oracle != ORACLE),
        _ratio_mark("ours over oracle, beyond what practice alone gives", ours - none, oracle - none),
        _harm_mark(results),
    ]
    return Section("Students: share of the lap time gained, coach off again", tuple(marks))


def sensitivity_section(varied: Mapping[str, Sequence[Apprenticeship]]) -> Section:
    """By the name of the parameter and its factor: what becomes of both thresholds, and of the order of the policies."""
    marks = []
    for name, results in varied.items():
        marks += [_over(results, OURS, NONE, LEVELS, before=f"{name}: "), _over(results, OURS, ORACLE, LEVELS, before=f"{name}: ")]
    changed = [results for name, results in varied.items() if name != AS_SOURCED]
    held = [_in_order(results) for results in changed]
    beaten = [_over(results, OURS, "largest delta", LEVELS).value > 1.0 for results in changed]
    harmless = [_harm_mark(results).value >= NO_HARM for results in changed]
    marks += [
        share_mark("5.1", f"settings with the order {' < '.join(ORDER)}", held),
        share_mark("5.1", "settings in which ours gains more than the largest delta", beaten),
        share_mark("5.1", "settings without harm to experts", harmless),
    ]
    return Section("Students: each parameter halved and doubled", tuple(marks))


def gains_of(results: Sequence[Apprenticeship], policy: str, levels: Sequence[Level]) -> FloatArray:
    """What was kept of a policy, a share of the lap time per student, in the order of the students."""
    chosen = [one for one in results if one.policy == policy and one.level in levels]
    return np.array([one.gain for one in sorted(chosen, key=lambda one: one.student)])


NO_HARM = -0.0005  # of the lap time: what an expert may lose to our coach at most (coaching.md 5.1)


def _in_order(results: Sequence[Apprenticeship]) -> bool:
    means = [float(gains_of(results, policy, LEVELS).mean()) for policy in ORDER]
    return all(less < more for less, more in pairwise(means))


def _gain_mark(results: Sequence[Apprenticeship], policy: str, level: Level) -> Mark:
    gains = gains_of(results, policy, [level])
    return Mark("5.1", f"{level.value}, {policy}", float(gains.mean()), _interval(gains), len(gains), Unit.LAP_SHARE)


def _over(
    results: Sequence[Apprenticeship],
    one: str,
    other: str,
    levels: Sequence[Level],
    after: str = "",
    *,
    before: str = "",
    wanted: float = NAN,
) -> Mark:
    return _ratio_mark(f"{before}{one} over {other}{after}", gains_of(results, one, levels), gains_of(results, other, levels), wanted)


def _ratio_mark(name: str, ours: FloatArray, other: FloatArray, wanted: float = NAN) -> Mark:
    return Mark("5.1", name, float(ours.mean() / other.mean()), _interval(ours, other), len(ours), Unit.RATIO, wanted)


def _harm_mark(results: Sequence[Apprenticeship]) -> Mark:
    """An expert must not be slower for our coach than without one."""
    gained = gains_of(results, OURS, [Level.EXPERT]) - gains_of(results, NONE, [Level.EXPERT])
    return Mark("5.1", "experts: ours minus none", float(gained.mean()), _interval(gained), len(gained), Unit.LAP_SHARE, NO_HARM)


def _interval(values: FloatArray, over: FloatArray | None = None) -> tuple[float, float]:
    """95 % percentile interval of the mean, or of the ratio of two means, resampling students."""
    rng = np.random.default_rng(len(values))
    drawn = rng.integers(len(values), size=(ROUNDS, len(values)))
    means = values[drawn].mean(axis=1)
    if over is not None:
        means = means / over[drawn].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
