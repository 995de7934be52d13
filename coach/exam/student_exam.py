"""Coaching policies held against each other by what students keep when the coach is off again.

It tests the policy, not people: students are drawn over the ranges of `coach/exam/population.py`. Every policy coaches the same
students, who drive with the same scatter, so differences between policies are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.cues.settings import Style, settings_for
from coach.cues.topic import LapSeen, Topic
from coach.exam.policies import AtRandom, LargestDelta, Ours, Silence
from coach.exam.policy import TOPICS_PER_SESSION, Policy, check
from coach.exam.population import Level, Population
from coach.exam.reading import Acuity, lap_seen
from coach.exam.students import CAUSES, CostModel, Student

BLOCK_LAPS = 5  # coaching.md 5.1: laps without coach, before and after
SESSIONS = 3
SESSION_LAPS = 18  # three topics of six laps
LEVELS = (Level.NOVICE, Level.INTERMEDIATE, Level.EXPERT)
NONE, OURS, ORACLE = "none", "ours", "oracle"
MAKERS: dict[str, Callable[[np.random.Generator], Policy]] = {
    NONE: lambda _: Silence(),
    "random": AtRandom,
    "largest delta": lambda _: LargestDelta(),
    OURS: lambda _: Ours(),
    "ours, remembers no session": lambda _: Ours(remembers=False),
    "ours, talkative": lambda _: Ours(settings_for(Style.TALKATIVE)),
}


@dataclass(frozen=True, slots=True)
class Oracle:
    """Knows causes and prices from the first lap. `most`: cues on one lap.

    `beyond_driving`: it knows how large a habit would be without a coach, which nobody can see while he coaches, and says so much even
    where the student, leaning on the coach, drives without it already; else it says what is driven.
    """

    most: int = TOPICS_PER_SESSION
    beyond_driving: bool = True


ORACLES = {
    "oracle of what is driven, one cue a lap": Oracle(1, beyond_driving=False),
    "oracle of what is driven": Oracle(beyond_driving=False),
    "oracle, one cue a lap": Oracle(1),
    ORACLE: Oracle(),
}
POLICIES = (*MAKERS, *ORACLES)
STATEMENT = "Simulated students test the policy, not people: no figure here says how much a driver will gain."


@dataclass(frozen=True, slots=True)
class Lesson:
    """A student to be drawn, and where he practises."""

    costs: CostModel
    level: Level
    number: int
    seed: int
    session_laps: int = SESSION_LAPS


@dataclass(frozen=True, slots=True)
class Eyes:
    """How the engine reads a student's laps; `rng` draws its errors."""

    acuity: Acuity
    rng: np.random.Generator


@dataclass(frozen=True, slots=True)
class Apprenticeship:
    """What one student kept from one policy: share of the lap time gained from the block before to the block after, coach off in both."""

    student: int
    level: Level
    policy: str
    gain: float


def teach(lesson: Lesson, population: Population, acuity: Acuity) -> list[Apprenticeship]:
    """One student, taught by every policy from the same start."""
    return [Apprenticeship(lesson.number, lesson.level, policy, _kept(lesson, population, acuity, policy)) for policy in POLICIES]


def _kept(lesson: Lesson, population: Population, acuity: Acuity, policy: str) -> float:
    student = population.draw(lesson.costs, lesson.level, np.random.default_rng((lesson.seed, lesson.number)))
    eyes = np.random.default_rng((lesson.seed, lesson.number, 1))
    before_s = _block_s(student)
    laps: list[LapSeen] = []
    for _ in range(SESSIONS):
        if policy in ORACLES:
            _oracle_session(student, ORACLES[policy], lesson.session_laps)
        else:
            laps = _session(student, MAKERS[policy](eyes), Eyes(acuity, eyes), lesson.session_laps, laps)
    return (before_s - _block_s(student)) / before_s


def _block_s(student: Student) -> float:
    """Mean lap time of a block without coach."""
    costs = student.costs
    return costs.lap_time_s + float(np.mean([costs.cost(student.drive((), (), coached=False)).sum() for _ in range(BLOCK_LAPS)]))


def _session(student: Student, policy: Policy, eyes: Eyes, count: int, before: Sequence[LapSeen]) -> list[LapSeen]:
    """The laps after it: those of the sessions before, and its own."""
    laps = [replace(lap, number=k - len(before)) for k, lap in enumerate(before)]
    topics: set[Topic] = set()
    for number in range(1, count + 1):
        said = policy.choose(laps)
        cues = tuple(advice.topic for advice in said)
        check(cues, topics)
        driven = student.drive(cues, [advice.size for advice in said], coached=True)
        laps.append(lap_seen(number, driven, student.costs, student.scatter, cues, eyes.acuity, eyes.rng))
    return laps


def _oracle_session(student: Student, oracle: Oracle, count: int) -> None:
    """The three dearest habits at different corners in turn, none too many for him on one lap."""
    prices = student.costs.cost(student.habits)
    best = prices.argmax(axis=1)
    order = np.argsort(-prices.max(axis=1))[:TOPICS_PER_SESSION]
    topics = [Topic(student.costs.numbers[k], CAUSES[best[k]]) for k in order]
    for _ in range(count):
        cues = _without_overload(student, topics)[: oracle.most]
        habits = student.habits if oracle.beyond_driving else student.habits - student.leaned
        sizes = [float(habits[student.costs.numbers.index(cue.corner), CAUSES.index(cue.cause)]) for cue in cues]
        student.drive(cues, sizes, coached=True)
        topics = topics[1:] + topics[:1]


def _without_overload(student: Student, topics: Sequence[Topic]) -> list[Topic]:
    """As many of the topics, the first ones first, as he can take in on one lap."""
    cues: list[Topic] = []
    for topic in topics:
        if student.overload([*cues, topic]) == 0:
            cues.append(topic)
    return cues
