"""Coaching policies held against each other by what students keep when the coach is off again.

It tests the policy, not people: students are drawn over the parameter ranges of coaching.md 5.1. Every policy coaches the same
students, so differences between policies are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.cues.topic import LapSeen, Topic
from coach.exam.marks import Mark, Section, Unit
from coach.exam.policies import AtRandom, LargestDelta, Ours, Silence
from coach.exam.policy import TOPICS_PER_SESSION, Policy, check
from coach.exam.reading import Acuity, lap_seen, said_size
from coach.exam.students import CAUSES, CostModel, Level, Student, draw_student

BLOCK_LAPS = 5  # coaching.md 5.1: laps without coach, before and after
SESSIONS = 3
SESSION_LAPS = 18  # three topics of six laps
ROUNDS = 1000
LEVELS = (Level.NOVICE, Level.INTERMEDIATE, Level.EXPERT)
ORACLE = "oracle"
MAKERS: dict[str, Callable[[np.random.Generator], Policy]] = {
    "none": lambda _: Silence(),
    "random": AtRandom,
    "largest delta": lambda _: LargestDelta(),
    "ours": lambda _: Ours(),
}
POLICIES = (*MAKERS, ORACLE)
STATEMENT = "Simulated students test the policy, not people: no figure here says how much a driver will gain."


@dataclass(frozen=True, slots=True)
class Apprenticeship:
    """What one student kept from one policy: share of the lap time gained from the block before to the block after, coach off in both."""

    student: int
    level: Level
    circuit: str
    policy: str
    gain: float


def teach(costs: CostModel, level: Level, number: int, seed: int, acuity: Acuity) -> list[Apprenticeship]:
    """One student, taught by every policy from the same start."""
    return [Apprenticeship(number, level, costs.name, policy, _one(costs, level, number, seed, acuity, policy)) for policy in POLICIES]


def _one(costs: CostModel, level: Level, number: int, seed: int, acuity: Acuity, policy: str) -> float:
    student = draw_student(costs, level, np.random.default_rng((seed, number)))
    eyes = np.random.default_rng((seed, number, 1))
    before = _block(student, costs)
    for _ in range(SESSIONS):
        if policy == ORACLE:
            _oracle_session(student)
        else:
            _session(student, MAKERS[policy](eyes), costs, acuity, eyes)
    return (before - _block(student, costs)) / before


def _block(student: Student, costs: CostModel) -> float:
    """Mean lap time of a block without coach, s."""
    return costs.lap_time_s + float(np.mean([costs.cost(student.drive((), (), coached=False)).sum() for _ in range(BLOCK_LAPS)]))


def _session(student: Student, policy: Policy, costs: CostModel, acuity: Acuity, eyes: np.random.Generator) -> None:
    laps: list[LapSeen] = []
    topics: set[Topic] = set()
    for number in range(1, SESSION_LAPS + 1):
        cues = policy.choose(laps)
        check(cues, topics)
        sizes = [said_size(laps[-1], cue, costs) for cue in cues]
        driven = student.drive(cues, sizes, coached=True)
        laps.append(lap_seen(number, driven, costs, student.traits.level, cues, acuity, eyes))


def _oracle_session(student: Student) -> None:
    """Knows habits, sizes and prices: the three dearest at different corners, as many of them at once as the student can take in."""
    prices = student.costs.cost(student.habits)
    best = prices.argmax(axis=1)
    order = np.argsort(-prices.max(axis=1))[:TOPICS_PER_SESSION]
    topics = [Topic(student.costs.numbers[k], CAUSES[best[k]]) for k in order]
    for _ in range(SESSION_LAPS):
        cues = topics[: max(1, student.traits.cues_in_reach)]
        sizes = [float(student.habits[student.costs.numbers.index(cue.corner), CAUSES.index(cue.cause)]) for cue in cues]
        student.drive(cues, sizes, coached=True)
        topics = topics[1:] + topics[:1]


def student_section(results: Sequence[Apprenticeship]) -> Section:
    """Gains kept by policy and level, and the thresholds of coaching.md 5.1."""
    marks = [_gain_mark(results, policy, level) for level in LEVELS for policy in POLICIES]
    everyone = list(LEVELS)
    ours, none, oracle = (_gains(results, policy, everyone) for policy in ("ours", "none", ORACLE))
    marks += [
        _ratio_mark("ours over none", ours, none, 1.5),
        _ratio_mark("ours over oracle", ours, oracle, 0.7),
        _ratio_mark("ours over oracle, beyond what practice alone gives", ours - none, oracle - none, np.nan),
        _harm_mark(results),
    ]
    return Section("Students: share of the lap time gained, coach off again", tuple(marks))


def _gains(results: Sequence[Apprenticeship], policy: str, levels: Sequence[Level]) -> FloatArray:
    chosen = [one for one in results if one.policy == policy and one.level in levels]
    return np.array([one.gain for one in sorted(chosen, key=lambda one: one.student)])


def _gain_mark(results: Sequence[Apprenticeship], policy: str, level: Level) -> Mark:
    gains = _gains(results, policy, [level])
    return Mark("5.1", f"{level.value}, {policy}", float(gains.mean()), _interval(gains), len(gains), Unit.LAP_SHARE)


def _ratio_mark(name: str, ours: FloatArray, other: FloatArray, wanted: float) -> Mark:
    return Mark("5.1", name, float(ours.mean() / other.mean()), _interval(ours, other), len(ours), Unit.RATIO, wanted)


def _harm_mark(results: Sequence[Apprenticeship]) -> Mark:
    """An expert must not be slower for our coach than without one: by 0.05 % at most."""
    gained = _gains(results, "ours", [Level.EXPERT]) - _gains(results, "none", [Level.EXPERT])
    return Mark("5.1", "experts: ours minus none", float(gained.mean()), _interval(gained), len(gained), Unit.LAP_SHARE, -0.0005)


def _interval(values: FloatArray, over: FloatArray | None = None) -> tuple[float, float]:
    """95 % percentile interval of the mean, or of the ratio of two means, resampling students."""
    rng = np.random.default_rng(len(values))
    drawn = rng.integers(len(values), size=(ROUNDS, len(values)))
    means = values[drawn].mean(axis=1)
    if over is not None:
        means = means / over[drawn].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
