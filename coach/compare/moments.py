"""Lost moments: single corners of single laps that stand out, which is what one's own best lap can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coach.compare.comparison import Comparison, CornerComparison


@dataclass(frozen=True, slots=True)
class Moment:
    """One corner of one lap."""

    lap_number: int
    corner: CornerComparison


def lost_moments(singles: Sequence[Comparison]) -> tuple[Moment, ...]:
    """Corners whose loss stands above the driver's own scatter and has a cause, largest first."""
    moments = [
        Moment(single.lap.lap.number, corner)
        for single in singles
        for corner in single.corners
        if corner.interval_s[0] > 0.0 and corner.verdict.causes and not corner.excluded
    ]
    return tuple(sorted(moments, key=lambda moment: -moment.corner.time_lost_s))
