"""Less grip everywhere is not the driver's doing: tyres, set-up, weather. Method B's test for it, over all units of a lap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.arrays import FloatArray
from coach.compare.causes.impulse_evidence import deceleration_of
from coach.compare.causes.impulse_gates import SIGMAS
from coach.compare.causes.impulse_lines import arc_of
from coach.compare.causes.impulse_sides import Sides
from coach.compare.causes.impulse_units import Unit

LEAST_UNITS = 4  # fewer corners cannot show "everywhere"
NEARLY_ALL = 0.8  # of the corners
LEAST_LOSS = 0.03  # of ln acceleration: 3 % of grip are about 1 % of lap time (coaching.md 3.4)
SAME_STEER = 0.03  # of ln steering


def grip_losses(sides: Sides, units: Sequence[Unit], v_min_scatter: float) -> list[float]:
    """Per unit the part, 0..1, of its lower lateral acceleration that all corners have in common; all 0 when it is no grip."""
    lateral = np.array([_log_ratio(_lateral(sides, unit, own=True), _lateral(sides, unit, own=False)) for unit in units])
    braking = np.array(
        [_log_ratio(deceleration_of(sides, sides.own, u.own), deceleration_of(sides, sides.reference, u.reference)) for u in units]
    )
    steer = np.array(
        [
            _log_ratio(abs(float(sides.own.steer_rad[u.own.slowest])), abs(float(sides.reference.steer_rad[u.reference.slowest])))
            for u in units
        ]
    )
    common = common_loss(lateral, braking, steer, max(LEAST_LOSS, SIGMAS * 2.0 * v_min_scatter))
    return [min(1.0, common / -loss) if loss < 0.0 else 0.0 for loss in np.nan_to_num(lateral).tolist()]


def common_loss(lateral: FloatArray, braking: FloatArray, steer: FloatArray, least: float) -> float:
    """The loss of ln lateral acceleration common to all corners, > 0; 0 when it is not grip that is missing.

    Each array, shape (units,), holds ln(own / reference), NaN unknown. Missing grip shows in nearly every corner, on the brakes
    as well, and with as much steering as ever; a careful driver steers less when he goes slower.
    """
    known = lateral[np.isfinite(lateral)]
    if len(known) < LEAST_UNITS or not np.isfinite(braking).any():
        return 0.0
    loss = -float(np.median(known))
    everywhere = float(np.mean(known < -loss / 2.0)) >= NEARLY_ALL
    on_brakes = float(np.nanmedian(braking)) < -loss / 2.0
    steers = not np.isfinite(steer).any() or float(np.nanmedian(steer)) > -SAME_STEER
    return loss if loss > least and everywhere and on_brakes and steers else 0.0


def _lateral(sides: Sides, unit: Unit, *, own: bool) -> float:
    side, at = (sides.own, unit.own.slowest) if own else (sides.reference, unit.reference.slowest)
    return float(side.speed_mps[at]) ** 2 * arc_of(sides, side, at)


def _log_ratio(own: float, reference: float) -> float:
    return float(np.log(own / reference)) if own > 0.0 and reference > 0.0 else float(np.nan)
