"""What a coach works on, and what it knows of a driven lap. The rules of a policy are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coach.compare.cause import Cause
from coach.compare.comparison import CornerComparison


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to work on at one corner."""

    corner: int  # its number
    cause: Cause


@dataclass(frozen=True, slots=True)
class LapSeen:
    """A driven lap as the coach knows it; `cued`: what it had asked for on that lap. Laps of earlier sessions have numbers below 0."""

    number: int
    corners: tuple[CornerComparison, ...]
    cued: tuple[Topic, ...] = ()

    @property
    def earlier(self) -> bool:
        """Whether it was driven before this session."""
        return self.number < 0


def corner_seen(lap: LapSeen, number: int) -> CornerComparison | None:
    """The lap's corner of that number; None where something else than the driver decided (traffic, yellow, off-track)."""
    return next((corner for corner in lap.corners if corner.number == number and not corner.excluded), None)


def price_of(lap: LapSeen, topic: Topic) -> float:
    """What the topic's cause cost on that lap, s; 0 where it was not named."""
    corner = corner_seen(lap, topic.corner)
    return sum(share.time_lost_s for share in corner.verdict.causes if share.cause is topic.cause) if corner else 0.0


def losses_at(laps: Sequence[LapSeen], number: int) -> tuple[float, ...]:
    """Time lost at a corner on each lap that tells, s."""
    corners = (corner_seen(lap, number) for lap in laps)
    return tuple(corner.time_lost_s for corner in corners if corner is not None)
