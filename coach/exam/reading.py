"""What the engine would say about a student's lap: losses, prices and causes with error rates set by hand near the engine's.

Students are surrogates and drive no telemetry, so their laps cannot be compared by the engine itself. Its errors are drawn as
often as the exam found them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import CauseShare, Phase, ranked
from coach.compare.causes.agreement import MIN_LOSS_S, Verdict
from coach.compare.comparison import CornerComparison
from coach.compare.phases import CornerPhases
from coach.cues.topic import LapSeen, Topic
from coach.exam.students import CAUSES, CostModel
from coach.track.map import Corner

# How the student's action differs from the reference's, by CAUSES and in units of his habits; negative where he overdid it. A habit
# goes by one name in both directions here, so that a topic stays one topic; the engine would call the other side brake_late, say.
# Actions are measured well (A1: 98 % of braking points within 3 m), so they are read as driven: only their price and name are not.
FIGURES: tuple[str, ...] = ("brake_on_earlier_m", "brake_level_less_percent", "v_min_less_percent", "throttle_on_later_m", "line_wider_m")


@dataclass(frozen=True, slots=True)
class Acuity:
    """How well the engine reads one lap of a driver with scatter: shares of losses over MIN_LOSS_S.

    Marks of 2026-11-28 on circuits held out (docs/exam.md): how often it is sure where the driver scatters, how often it is right
    where a lap holds several faults, as a student's does.
    """

    confident: float = 0.41  # how often it is sure of the cause
    right_sure: float = 0.93  # right then
    right_unsure: float = 0.43  # right otherwise
    price_error: float = 0.11  # relative error of a price, one standard deviation (coaching.md 2.8: median 7-8 %)


def lap_seen(
    number: int,
    driven: FloatArray,
    costs: CostModel,
    scatter: FloatArray,
    cued: tuple[Topic, ...],
    acuity: Acuity,
    rng: np.random.Generator,
) -> LapSeen:
    """The lap against an expert's, as comparisons per corner. `driven`: habits as driven, shape (n, 5); `scatter`: the driver's, (5,)."""
    prices = costs.cost(driven)
    # The loss that this driver's scatter alone makes at a corner: the square root of the summed variances of its costs.
    noise = 1.96 * np.sqrt(np.sum(np.square(costs.cost(np.broadcast_to(scatter, driven.shape))), axis=1))
    corners = tuple(_corner(costs, k, driven[k], prices[k], float(noise[k]), acuity, rng) for k in range(len(costs.numbers)))
    return LapSeen(number, corners, cued)


def _corner(
    costs: CostModel, k: int, driven: FloatArray, prices: FloatArray, noise_s: float, acuity: Acuity, rng: np.random.Generator
) -> CornerComparison:
    read = prices * (1.0 + acuity.price_error * rng.standard_normal(len(CAUSES)))
    sure = bool(rng.random() < acuity.confident)
    right = rng.random() < (acuity.right_sure if sure else acuity.right_unsure)
    if not right:  # the largest price is booked on another cause
        first = int(np.argmax(read))
        other = int((first + rng.integers(1, len(CAUSES))) % len(CAUSES))
        read[[first, other]] = read[[other, first]]
    lost = float(prices.sum())
    shares = ranked([CauseShare(cause, float(read[i])) for i, cause in enumerate(CAUSES)])
    verdict = Verdict(
        causes=shares if lost >= MIN_LOSS_S else (),
        confident=sure and lost >= max(MIN_LOSS_S, noise_s),
        phase=Phase.MID,
        time_lost_s=lost,
        noise_s=noise_s,
        agreement=1.0 if sure else 0.0,
        stability=1.0,
        reasons=(),
        by_method=(shares, shares if sure else (*shares[1:], *shares[:1])),  # unsure: the second method puts another cause first
    )
    number = costs.numbers[k]
    place = Corner(number, f"Turn {number}", 1, float(k), float(k), float(k), float(k), float(k + 1))
    figures = dict(zip(FIGURES, map(float, driven), strict=True))
    return CornerComparison(
        place, place.start_m, place.end_m, lost, (lost - noise_s, lost + noise_s), 1, verdict, (), CornerPhases(), CornerPhases(), figures
    )


def size_in(figures: Mapping[str, float], topic: Topic) -> float:
    """How large the coach says the fault is, signed, in units of the habit."""
    return figures[FIGURES[CAUSES.index(topic.cause)]]
