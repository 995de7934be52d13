"""What the engine would say about a student's lap: losses, prices and causes with error rates set by hand near the engine's.

Students are surrogates and drive no telemetry, so their laps cannot be compared by the engine itself. Its errors are drawn as
often as the exam found them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import CauseShare, Phase, ranked
from coach.compare.causes.agreement import MIN_LOSS_S, Verdict
from coach.compare.comparison import CornerComparison
from coach.compare.phases import CornerPhases
from coach.cues.topic import LapSeen, Topic
from coach.exam.students import CAUSES, NOVICE_SCATTER, SCATTER_SCALE, CostModel, Level
from coach.track.map import Corner

# In a share's detail: -1 where the habit was overdone. A corner's habit goes by one name in both directions here, so that a topic
# stays one topic; the engine itself would call the other side brake_late, say.
DIRECTION = "direction"


@dataclass(frozen=True, slots=True)
class Acuity:
    """How well the engine reads one lap of a driver with scatter: shares of losses over MIN_LOSS_S."""

    confident: float = 0.45  # how often it is sure of the cause
    right_sure: float = 0.96  # right then
    right_unsure: float = 0.60  # right otherwise
    price_error: float = 0.10  # relative error of a price, one standard deviation (coaching.md 2.8: median 7-8 %)


def lap_seen(
    number: int, driven: FloatArray, costs: CostModel, level: Level, cued: tuple[Topic, ...], acuity: Acuity, rng: np.random.Generator
) -> LapSeen:
    """The lap against an expert's, as comparisons per corner. `driven`: habits as driven, shape (n, 5)."""
    prices = costs.cost(driven)
    # The loss that this driver's scatter alone makes at a corner: the square root of the summed variances of its costs.
    scatter = NOVICE_SCATTER * SCATTER_SCALE[level]
    noise = 1.96 * np.sqrt(np.sum(np.square(costs.cost(np.broadcast_to(scatter, driven.shape))), axis=1))
    side = np.where(driven < 0.0, -1.0, 1.0)
    corners = tuple(_corner(costs, k, prices[k], side[k], float(noise[k]), acuity, rng) for k in range(len(costs.numbers)))
    return LapSeen(number, corners, cued)


def _corner(
    costs: CostModel, k: int, prices: FloatArray, side: FloatArray, noise_s: float, acuity: Acuity, rng: np.random.Generator
) -> CornerComparison:
    read = prices * (1.0 + acuity.price_error * rng.standard_normal(len(CAUSES)))
    sure = bool(rng.random() < acuity.confident)
    right = rng.random() < (acuity.right_sure if sure else acuity.right_unsure)
    if not right:  # the largest price is booked on another cause
        first = int(np.argmax(read))
        other = int((first + rng.integers(1, len(CAUSES))) % len(CAUSES))
        read[[first, other]] = read[[other, first]]
    lost = float(prices.sum())
    shares = ranked([CauseShare(cause, float(read[i]), {DIRECTION: float(side[i])}) for i, cause in enumerate(CAUSES)])
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
    return CornerComparison(
        place, place.start_m, place.end_m, lost, (lost - noise_s, lost + noise_s), 1, verdict, (), CornerPhases(), CornerPhases(), {}
    )


def said_size(lap: LapSeen, topic: Topic, costs: CostModel) -> float:
    """How large the coach says the fault is, signed: the habit that would cost what was read on that lap; 0 where it was not named."""
    corner = next(corner for corner in lap.corners if corner.number == topic.corner)
    share = next((share for share in corner.verdict.causes if share.cause is topic.cause), None)
    if share is None:
        return 0.0
    return share.detail[DIRECTION] * costs.size_of(costs.numbers.index(topic.corner), CAUSES.index(topic.cause), share.time_lost_s)
