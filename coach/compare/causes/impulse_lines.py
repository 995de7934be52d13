"""What two laps' lines have to do with a loss: tighter arcs, arcs that allow no more speed, lines beside the reference's."""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray
from coach.compare.causes.impulse_gates import Gates, ramp
from coach.compare.causes.impulse_sides import Side, Sides
from coach.compare.causes.impulse_units import Unit

NAN = float(np.nan)
SHOWN_S = 1.0


def extreme(values: FloatArray) -> float:
    """The value farthest from zero; NaN when none is known."""
    known = values[np.isfinite(values)]
    return float(known[np.argmax(np.abs(known))]) if len(known) else NAN


def shown_until(sides: Sides, unit: Unit) -> int:
    """Index until which a line shows: an arc becomes an offset only after a while, here up to a second after full throttle."""
    full = max(unit.own.full_throttle, unit.reference.full_throttle) - 1
    return max(full, min(unit.end - 1, int(np.searchsorted(sides.own.time_s, sides.own.time_s[full] + SHOWN_S))))


def tighter_apex(sides: Sides, unit: Unit) -> tuple[float, float]:
    """Curvature where own lap is slowest over the reference's where that is slowest, and the share of the loss it explains.

    From v^2 |kappa| = lateral acceleration: 2 ln(v_ref / v) = ln(kappa ratio) - ln(acceleration ratio) (step 5). Each at its own
    slowest point, so that an apex that moved along the track is no tighter arc.
    """
    mine, theirs = unit.own.slowest, unit.reference.slowest
    own, reference = arc_of(sides, sides.own, mine), arc_of(sides, sides.reference, theirs)
    if not (own > 0.0 and reference > 0.0):
        return NAN, NAN
    slower = 2.0 * float(np.log(sides.reference.speed_mps[theirs] / sides.own.speed_mps[mine]))
    if own <= reference or slower <= 0.0:
        return own / reference, 0.0
    return own / reference, min(1.0, float(np.log(own / reference)) / slower)


def arc_of(sides: Sides, side: Side, at: int) -> float:
    """Mean |curvature| around an index, 1/m, over about 20 m with the smoothing; NaN when unknown."""
    half = round(5.0 / sides.step_m)
    arc = np.abs(side.curvature_1pm[max(0, at - half) : at + half + 1])
    return float(np.nanmean(arc)) if np.isfinite(arc).any() else NAN


def forced_share(sides: Sides, unit: Unit, gates: Gates) -> float:
    """Share of the energy missing at the worst station of the entry that own arc asks for, 0..1.

    Turning in early bends the path where the reference's is still nearly straight, and the car must be slow for it before the
    corner: v^2 <= a / |kappa|, where a is the most lateral acceleration that the reference reaches in this unit. The tyres allow
    the reference's speed on the reference's arc, so braking early on the same line is never explained by this.
    """
    reference = sides.reference
    zone = slice(unit.own.brake_on, max(unit.own.slowest, unit.reference.slowest) + 1)
    whole = slice(min(zone.start, unit.reference.brake_on), max(zone.stop, unit.reference.full_throttle))
    missing = float(np.max(reference.speed_mps[zone] ** 2 - sides.own.speed_mps[zone] ** 2, initial=0.0))
    lateral = reference.speed_mps[whole] ** 2 * np.abs(reference.curvature_1pm[whole])
    if missing <= 0.0 or not np.isfinite(lateral).any():
        return 0.0
    mine, theirs = np.abs(sides.own.curvature_1pm[zone]), np.abs(reference.curvature_1pm[zone])
    with np.errstate(divide="ignore", invalid="ignore"):
        possible = np.maximum(float(np.nanmax(lateral)) / mine, sides.own.speed_mps[zone] ** 2)
    asked = np.where(mine > (1.0 + gates.curvature_frac) * theirs, reference.speed_mps[zone] ** 2 - possible, 0.0)
    return min(1.0, float(np.nanmax(asked, initial=0.0)) / missing)


def line_entry_weight(sides: Sides, unit: Unit, gates: Gates) -> float:
    """Another line already where the first of both brakes: whatever is driven differently after it follows from that.

    Once the own lap brakes, a line beside the reference's may as well follow from the braking.
    """
    if not unit.reference.brakes:
        return 0.0
    first = min(unit.own.brake_on, unit.reference.brake_on)
    return ramp(abs(float(sides.offset_m[first])), gates.entry_offset_m)


def strayed_weight(sides: Sides, unit: Unit, gates: Gates) -> float:
    """Weight of going wide where own speed is no higher than the reference's: a wider arc that was chosen lets the car brake later.

    Who is carried wide because he arrives too fast is still faster while the distance grows.
    """
    first = min(unit.own.brake_on, unit.reference.brake_on)
    zone = slice(first, shown_until(sides, unit) + 1)
    turn = float(np.sign(np.nan_to_num(sides.reference.curvature_1pm[unit.reference.slowest])))
    outward = np.nan_to_num(-turn * sides.offset_m[zone])
    farthest = int(np.argmax(outward))
    grows = np.maximum(np.diff(outward[: farthest + 1]), 0.0)
    faster = sides.own.speed_mps[zone][1 : farthest + 1] > sides.reference.speed_mps[zone][1 : farthest + 1]
    carried = float(np.sum(grows[faster]) / np.sum(grows)) if np.sum(grows) > 0.0 else 1.0
    return ramp(float(outward[farthest]), gates.offset_m) * (1.0 - carried)
