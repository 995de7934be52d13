"""Who the simulated students are: how much they lose, where, with how much scatter, and how they learn.

Every constant says what it was taken from; docs/exam.md tells the same at length. None was chosen by what a policy gains. Where
there is no source the range is coaching.md 5.1's, and `Population` varies each by a factor for the table of sensitivity.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from coach.arrays import FloatArray
from coach.exam.students import CAUSES, CostModel, Student, Traits
from coach.sim.skill import load_skill


class Level(StrEnum):
    """How good a student is to begin with."""

    NOVICE = "novice"
    INTERMEDIATE = "intermediate"
    EXPERT = "expert"


# Time lost to habits against the best drivers, share of the lap: 1,315 qualifiers in one car at Lime Rock (coaching.md 6; the page
# calls under 61 s of a best 60 s fast, up to 63 good, from 64 slow); upper end of the slow ones: the last decile at Laguna Seca.
GAP = {Level.NOVICE: (0.067, 0.10), Level.INTERMEDIATE: (0.017, 0.05), Level.EXPERT: (0.0, 0.017)}
# In what proportion: plausible amateur errors (coaching.md 6: 8-12 m, 3-5 km/h of 80-100, 8-12 m; line 2-3 % tighter is about 1 m);
# softness by analogy. Only their proportions count, `GAP` gives the size.
AMATEUR_HABIT: FloatArray = np.array([10.0, 10.0, 4.0, 10.0, 1.0])
# Of the logarithm. Thirteen recorded drivers at Monza against the fastest (296 Challenge, one lap each): what a corner costs a driver
# scatters by 0.87 of what his total and that corner let expect, by 0.68 (0.46 to 0.80) without the scatter of a professional's lap
# (0.13 to 0.28 s, coaching.md 2.7, over 13 corners). Students scatter as much with this spread, measured in the same way.
HABIT_SPREAD = 0.9
# What uncoached practice gains in the first laps on a circuit, share of the lap (coaching.md 5.1; nothing is said of those between
# novice and expert: the geometric mean). The gaps above are of drivers after such practice: their power law goes on from there.
PRACTICE_LAPS = 30
SELF_LEARNED = {Level.NOVICE: (0.03, 0.08), Level.INTERMEDIATE: (0.0055, 0.028), Level.EXPERT: (0.001, 0.01)}
# Scatter is that of the proving ground's drivers, who are held to recordings. It is drawn to one side there: standard deviation of
# half a normal distribution, and of one whose other side counts three tenths.
HALF_NORMAL_SD, LOPSIDED_SD = 0.603, 0.683
COMPLIANCE, GAIN, FORGETTING, DEPENDENCE = (0.3, 0.9), (0.05, 0.4), (0.01, 0.05), (0.2, 0.8)  # coaching.md 5.1
MOST_CUES_IN_REACH = 3  # 1 .. 3 within 10 s; coaching.md 5.1 names no number
OVERLOAD = 0.1  # coaching.md 5.1


@dataclass(frozen=True, slots=True)
class Population:
    """Factors on the parameters above; 1 is as sourced."""

    gap: float = 1.0
    spread: float = 1.0
    scatter: float = 1.0
    self_learned: float = 1.0
    compliance: float = 1.0
    gain: float = 1.0
    forgetting: float = 1.0
    dependence: float = 1.0
    cues_in_reach: float = 1.0
    overload: float = 1.0

    def draw(self, costs: CostModel, level: Level, rng: np.random.Generator) -> Student:
        """A student drawn at random; the same generator state gives the same student, and factors change nothing else about him."""
        shape = len(costs.numbers), len(CAUSES)
        habits = AMATEUR_HABIT * np.exp(self.spread * HABIT_SPREAD * rng.standard_normal(shape))
        gap = self.gap * rng.uniform(*GAP[level])
        habits = _sized(habits, costs, gap * costs.lap_time_s)
        traits = Traits(
            self_learning=_exponent(habits, costs, gap, self.self_learned * rng.uniform(*SELF_LEARNED[level])),
            compliance=min(1.0, self.compliance * rng.uniform(*COMPLIANCE)),
            gain=min(1.0, self.gain * rng.uniform(*GAIN)),
            forgetting=min(1.0, self.forgetting * rng.uniform(*FORGETTING)),
            dependence=min(1.0, self.dependence * rng.uniform(*DEPENDENCE)),
            cues_in_reach=max(1, round(self.cues_in_reach * int(rng.integers(1, MOST_CUES_IN_REACH + 1)))),
            overload=self.overload * OVERLOAD,
        )
        hands, will = (np.random.default_rng(rng.integers(1 << 62)) for _ in range(2))
        nothing = np.zeros(shape)
        return Student(traits, costs, hands, will, self.scatter * scatter_of(level), habits, nothing, nothing.copy(), PRACTICE_LAPS)


def scatter_of(level: Level) -> FloatArray:
    """One standard deviation from lap to lap, in units of the habits, shape (5,)."""
    skill = load_skill(level.value)
    return np.array(
        [
            LOPSIDED_SD * skill.brake_shift_sd_m,
            HALF_NORMAL_SD * 100.0 * skill.brake_level_sd,
            HALF_NORMAL_SD * 100.0 * skill.v_min_sd,
            HALF_NORMAL_SD * skill.throttle_shift_sd_m,
            skill.line_sd_m,
        ]
    )


def _sized(habits: FloatArray, costs: CostModel, wanted_s: float) -> FloatArray:
    """The habits made larger or smaller together until they cost `wanted_s` >= 0 a lap; as they are where no habit costs anything."""
    linear, quadratic = float(np.sum(costs.linear_s * habits)), float(np.sum(costs.quadratic_s * habits**2))
    if linear + quadratic <= 0.0:
        return habits
    root = float(np.sqrt(linear**2 + 4.0 * quadratic * wanted_s))
    return np.asarray(habits * 2.0 * wanted_s / (linear + root)) if linear + root > 0.0 else habits


def _exponent(habits: FloatArray, costs: CostModel, gap: float, learned: float) -> float:
    """Of the habits' power law: the time lost fell from gap + learned on the first lap to gap (shares of the lap) on the last practised."""
    lost_s = float(costs.cost(habits).sum())
    if lost_s <= 0.0 or gap <= 0.0:
        return 0.0
    steepness = float(np.sum(costs.linear_s * habits + 2.0 * costs.quadratic_s * habits**2)) / lost_s  # 1 .. 2: of cost over habit
    return float(np.log((gap + learned) / gap) / np.log(PRACTICE_LAPS)) / steepness
