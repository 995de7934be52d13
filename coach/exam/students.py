"""Simulated students: learners with latent habits, who follow, overdo, forget and lean on their coach (coaching.md 5.1).

A fast surrogate stands for driving: per corner and cause a habit of size h costs linear * |h| + quadratic * h^2 seconds. The
coefficients come from laps of the proving ground, driven with and without each fault (`coach/exam/surrogate.py`). This tests a
policy; it is no evidence about people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import Cause
from coach.cues.topic import Topic

# Habits that students have, in this order in every array; the units are those of the proving ground's faults.
CAUSES: tuple[Cause, ...] = (Cause.BRAKE_EARLY, Cause.BRAKE_SOFT, Cause.SLOW_APEX, Cause.THROTTLE_LATE, Cause.LINE)
# A novice's median habit: coaching.md 6 (8-12 m, 3-5 km/h of 80-100, 8-12 m; line 2-3 % tighter is about 1 m); softness by analogy.
NOVICE_HABIT: FloatArray = np.array([10.0, 10.0, 4.0, 10.0, 1.0])
# Scatter from lap to lap: braking point and throttle of coaching.md 2.9 (4-10 m between drivers, less within one), line 0.3 m of 2.8.
NOVICE_SCATTER: FloatArray = np.array([3.0, 4.0, 1.0, 4.0, 0.3])
HABIT_SPREAD = 0.6  # of the logarithm: most corners are driven well enough, a few badly
OVERLOAD_WINDOW_S = 10.0  # coaching.md 5.1, as the next two
OVERLOAD_NOISE = 0.1  # more scatter per extra cue
OVERLOAD_COMPLIANCE = 0.1  # and as much less compliance
PRACTICE_LAPS = 30  # the span over which uncoached learning is stated


class Level(StrEnum):
    """How good a student is to begin with."""

    NOVICE = "novice"
    INTERMEDIATE = "intermediate"
    EXPERT = "expert"


HABIT_SCALE = {Level.NOVICE: 1.0, Level.INTERMEDIATE: 0.5, Level.EXPERT: 0.1}
SCATTER_SCALE = {Level.NOVICE: 1.0, Level.INTERMEDIATE: 0.6, Level.EXPERT: 0.3}
# Gain of uncoached practice in PRACTICE_LAPS, share of the lap time: 3-8 % for novices, < 1 % for experts (coaching.md 5.1).
SELF_LEARNING = {Level.NOVICE: (0.03, 0.08), Level.INTERMEDIATE: (0.01, 0.03), Level.EXPERT: (0.001, 0.01)}
PRACTISED_LAPS = {Level.NOVICE: 10, Level.INTERMEDIATE: 100, Level.EXPERT: 1000}  # before; the power law goes on from there
MOST_SELF_LEARNED = 0.5  # of his loss within PRACTICE_LAPS: where the habits cost less than the stated gain, nobody learns them all alone


@dataclass(frozen=True, slots=True)
class CostModel:
    """What habits cost at the n corners of a circuit, by CAUSES. linear_s, quadratic_s: shape (n, 5), s per unit and unit squared (>= 0).

    at_s: time into the lap at each corner, shape (n,); lap_time_s: of the lap without habits.
    """

    name: str
    numbers: tuple[int, ...]
    linear_s: FloatArray
    quadratic_s: FloatArray
    at_s: FloatArray
    lap_time_s: float

    def cost(self, habits: FloatArray) -> FloatArray:
        """Seconds lost, shape (n, 5), of habits of that shape; overdoing (negative) costs as much."""
        size = np.abs(habits)
        return np.asarray(self.linear_s * size + self.quadratic_s * size * size)

    def size_of(self, corner: int, cause: int, price_s: float) -> float:
        """Size of the habit that costs `price_s` >= 0 at the corner's index; 0 where the habit costs nothing."""
        a, b = float(self.linear_s[corner, cause]), float(self.quadratic_s[corner, cause])
        if a <= 0.0 and b <= 0.0:
            return 0.0
        root = float(np.sqrt(a * a + 4.0 * b * max(price_s, 0.0)))
        return 2.0 * max(price_s, 0.0) / (a + root)  # the stable form: b may be 0


@dataclass(frozen=True, slots=True)
class Traits:
    """How a student learns; ranges of coaching.md 5.1."""

    level: Level
    compliance: float  # chance that a cue is followed
    gain: float  # share of the fault that a followed cue removes
    forgetting: float  # per lap without the cue, of what cues have taught
    dependence: float  # share of that which is there only while the coach speaks
    cues_in_reach: int  # cues within 10 s that he can take in
    self_learning: float  # exponent of the power law


@dataclass(slots=True)
class Student:
    """A learner on one circuit. Arrays have shape (n, 5): `habits` without a coach, `leaned` what he does better only while coached."""

    traits: Traits
    costs: CostModel
    rng: np.random.Generator
    habits: FloatArray
    taught: FloatArray  # taken off the habits by cues, and forgotten again
    leaned: FloatArray
    practised: int

    def drive(self, cues: Sequence[Topic], sizes: Sequence[float], *, coached: bool) -> FloatArray:
        """One lap: habits as driven, shape (n, 5). `sizes`: what the coach says each cue is about, in units of the habit."""
        extra = self._overload(cues)
        scatter = NOVICE_SCATTER * SCATTER_SCALE[self.traits.level] * (1.0 + OVERLOAD_NOISE * extra)
        driven = self.habits - self.leaned * coached + scatter * self.rng.standard_normal(self.habits.shape)
        self._learn(cues, sizes, extra)
        return np.asarray(driven)

    def _overload(self, cues: Sequence[Topic]) -> int:
        """Cues beyond those he can take in within any 10 s of the lap."""
        times = np.sort([self.costs.at_s[self.costs.numbers.index(cue.corner)] for cue in cues])
        together = [int(np.sum((times >= time) & (times < time + OVERLOAD_WINDOW_S))) for time in times]
        return max(0, max(together, default=0) - self.traits.cues_in_reach)

    def _learn(self, cues: Sequence[Topic], sizes: Sequence[float], extra: int) -> None:
        traits = self.traits
        cued = np.zeros(self.habits.shape, dtype=np.bool_)
        chance = traits.compliance * max(0.0, 1.0 - OVERLOAD_COMPLIANCE * extra)
        for cue, size in zip(cues, sizes, strict=True):
            at = self.costs.numbers.index(cue.corner), CAUSES.index(cue.cause)
            cued[at] = True
            if self.rng.random() < chance:
                change = traits.gain * size
                self.habits[at] -= (1.0 - traits.dependence) * change
                self.taught[at] += (1.0 - traits.dependence) * change
                self.leaned[at] += traits.dependence * change
        forgotten = np.where(cued, 0.0, traits.forgetting)
        self.habits += forgotten * self.taught
        self.taught -= forgotten * self.taught
        self.leaned -= forgotten * self.leaned
        self.practised += 1
        self.habits *= (self.practised / (self.practised + 1.0)) ** traits.self_learning


def draw_student(costs: CostModel, level: Level, rng: np.random.Generator) -> Student:
    """A student with habits and traits drawn at random; the same generator state gives the same student."""
    n = len(costs.numbers)
    habits = HABIT_SCALE[level] * NOVICE_HABIT * np.exp(HABIT_SPREAD * rng.standard_normal((n, len(CAUSES))))
    share = float(costs.cost(habits).sum()) / costs.lap_time_s
    wanted = rng.uniform(*SELF_LEARNING[level])
    left = 1.0 - min(wanted / share, MOST_SELF_LEARNED) if share > 0.0 else 1.0
    practised = PRACTISED_LAPS[level]
    traits = Traits(
        level=level,
        compliance=rng.uniform(0.3, 0.9),
        gain=rng.uniform(0.05, 0.4),
        forgetting=rng.uniform(0.01, 0.05),
        dependence=rng.uniform(0.2, 0.8),
        cues_in_reach=int(rng.integers(1, 4)),
        self_learning=-float(np.log(left)) / float(np.log((practised + PRACTICE_LAPS) / practised)),
    )
    child = np.random.default_rng(rng.integers(1 << 62))
    return Student(traits, costs, child, habits, np.zeros_like(habits), np.zeros_like(habits), practised)
