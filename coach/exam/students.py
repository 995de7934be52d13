"""Simulated students: learners with latent habits, who follow, overdo, forget and lean on their coach (coaching.md 5.1).

A fast surrogate stands for driving: per corner and cause a habit of size h costs linear * |h| + quadratic * h^2 seconds. The
coefficients come from laps of the proving ground, driven with and without each fault (`coach/exam/surrogate.py`). Who the students
are is drawn in `coach/exam/population.py`. This tests a policy; it is no evidence about people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import Cause
from coach.cues.topic import Topic

# Habits that students have, in this order in every array; the units are those of the proving ground's faults.
CAUSES: tuple[Cause, ...] = (Cause.BRAKE_EARLY, Cause.BRAKE_SOFT, Cause.SLOW_APEX, Cause.THROTTLE_LATE, Cause.LINE)
OVERLOAD_WINDOW_S = 10.0  # coaching.md 5.1


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
    """How a student learns."""

    compliance: float  # chance that a cue is followed
    gain: float  # share of the fault that a followed cue removes
    forgetting: float  # per lap without the cue, of what cues have taught
    dependence: float  # share of that which is there only while the coach speaks
    cues_in_reach: int  # cues within 10 s that he can take in
    overload: float  # more scatter, and as much less compliance, per cue beyond those
    self_learning: float  # exponent of the power law that habits follow without a coach


@dataclass(slots=True)
class Student:
    """A learner on one circuit. Arrays have shape (n, 5): `habits` without a coach, `leaned` what he does better only while coached.

    `hands` draws his scatter and `will` whether he follows: whatever he is told, the same student drives with the same scatter.
    """

    traits: Traits
    costs: CostModel
    hands: np.random.Generator
    will: np.random.Generator
    scatter: FloatArray  # one standard deviation of a lap, shape (5,)
    habits: FloatArray
    taught: FloatArray  # taken off the habits by cues, and forgotten again
    leaned: FloatArray
    practised: int  # laps driven on this circuit so far

    def drive(self, cues: Sequence[Topic], sizes: Sequence[float], *, coached: bool) -> FloatArray:
        """One lap: habits as driven, shape (n, 5). `sizes`: what the coach says each cue is about, in units of the habit."""
        extra = self.overload(cues)
        scatter = self.scatter * (1.0 + self.traits.overload * extra)
        driven = self.habits - self.leaned * coached + scatter * self.hands.standard_normal(self.habits.shape)
        self._learn(cues, sizes, extra)
        return np.asarray(driven)

    def overload(self, cues: Sequence[Topic]) -> int:
        """Cues beyond those he can take in within any 10 s of the lap."""
        times = np.sort([self.costs.at_s[self.costs.numbers.index(cue.corner)] for cue in cues])
        together = [int(np.sum((times >= time) & (times < time + OVERLOAD_WINDOW_S))) for time in times]
        return max(0, max(together, default=0) - self.traits.cues_in_reach)

    def _learn(self, cues: Sequence[Topic], sizes: Sequence[float], extra: int) -> None:
        """What cues take off, what is forgotten without them, and what practice alone takes off.

        Practice shrinks what was taught as it shrinks the habit: habits + taught is what he would do without any coach, so that
        forgetting leads back there and never beyond.
        """
        traits = self.traits
        cued = np.zeros(self.habits.shape, dtype=np.bool_)
        chance = traits.compliance * max(0.0, 1.0 - traits.overload * extra)
        for cue, size in zip(cues, sizes, strict=True):
            at = self.costs.numbers.index(cue.corner), CAUSES.index(cue.cause)
            cued[at] = True
            if self.will.random() < chance:
                change = traits.gain * size
                self.habits[at] -= (1.0 - traits.dependence) * change
                self.taught[at] += (1.0 - traits.dependence) * change
                self.leaned[at] += traits.dependence * change
        forgotten = np.where(cued, 0.0, traits.forgetting)
        self.habits += forgotten * self.taught
        self.taught -= forgotten * self.taught
        self.leaned -= forgotten * self.leaned
        self.practised += 1
        practice = ((self.practised - 1.0) / self.practised) ** traits.self_learning
        self.habits *= practice
        self.taught *= practice
        self.leaned *= practice
