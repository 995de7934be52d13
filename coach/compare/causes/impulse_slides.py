"""Where own car is out of balance against the reference: slides, spinning wheels, a pushing front, a sawing wheel, off the track.

Computed once per pair; all flags have the shape (m,) of the common stations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.causes.impulse_gates import Gates
from coach.compare.causes.impulse_sides import Side, Sides, runs_of, sustained
from coach.physics.car import CarModel

STRAIGHT = 0.3  # of the lateral limit: below it the tyres leave the full drive (coaching.md 2.3's entry threshold)
ONSET = 1.0 / 3.0  # of the gate: sideslip that goes on to a slide has begun where it is a degree more than the reference's
AFTER_SLIDE_S = 1.0  # what is lost while a slide is caught belongs to the slide


@dataclass(frozen=True, slots=True)
class Balance:
    """Flags per metre; slides, spins and off include the time it takes to catch the car."""

    straight: BoolArray  # own tyres have little to do sideways
    slides: BoolArray  # rear
    spins: BoolArray  # driven wheels
    pushes: BoolArray  # front
    saws: BoolArray  # hands
    off: BoolArray  # off the track where the reference is not


def balance_of(sides: Sides, car: CarModel, gates: Gates) -> Balance:
    """All flags of a pair."""
    straight = _straight(sides.own, car)
    return Balance(
        straight=straight,
        slides=_with_catch(sides, slides(sides, gates)),
        spins=_with_catch(sides, spins(sides, gates)),
        pushes=pushes(sides, ~straight, gates),
        saws=saws(sides, gates),
        off=_with_catch(sides, sides.own.off_track & ~sides.reference.off_track),
    )


def _straight(own: Side, car: CarModel) -> BoolArray:
    """Where own lap asks little of the tyres sideways; unknown curvature or limit counts as straight."""
    limit = np.interp(own.speed_mps, car.speed_mps, car.lateral_mps2)
    return np.asarray(~(own.speed_mps**2 * np.abs(np.nan_to_num(own.curvature_1pm)) > STRAIGHT * limit), dtype=np.bool_)


def _with_catch(sides: Sides, flags: BoolArray) -> BoolArray:
    """The flagged stretches and what follows each for as long as it takes to catch the car."""
    last = np.maximum.accumulate(np.where(flags, sides.own.time_s, -np.inf))
    return np.asarray(sides.own.time_s - last < AFTER_SLIDE_S, dtype=np.bool_)


def slides(sides: Sides, gates: Gates) -> BoolArray:
    """Where own rear slides more than the reference's, by sideslip, or by steering against the rotation that the other does not need.

    A slide that begins beside the reference's line, by more than scatter, follows from the line and is none of its own.
    """
    own, reference = sides.own, sides.reference
    more = np.abs(own.sideslip_rad) - np.abs(reference.sideslip_rad)
    caught = (own.steer_rad * own.yaw_rate_radps < 0.0) & (np.abs(own.yaw_rate_radps) > 0.1)
    flags = sustained((more > gates.slide_rad) | (caught & (more > gates.slide_rad / 2.0)), own.time_s, gates.slide_s)
    return _begun_on_line(_from_onset(flags, more > ONSET * gates.slide_rad), sides.offset_m, gates.offset_m)


def _from_onset(flags: BoolArray, begun: BoolArray) -> BoolArray:
    """The flags, each from where it began without a break: a tyre that slides more and more scrubs speed off before it is called a slide."""
    onset = flags | begun
    for first, last in runs_of(onset):
        inside = np.flatnonzero(flags[first:last])
        end = int(inside[-1]) + 1 if len(inside) else 0
        onset[first + end : last] = False
    return onset


def _begun_on_line(flags: BoolArray, offset_m: FloatArray, gate_m: float) -> BoolArray:
    starts = flags & ~np.concatenate([[False], flags[:-1]])
    beside = starts & (np.nan_to_num(np.abs(offset_m)) > gate_m)
    last_start = np.maximum.accumulate(np.where(starts, np.arange(len(flags)), 0))
    return np.asarray(flags & ~beside[last_start], dtype=np.bool_)


def spins(sides: Sides, gates: Gates) -> BoolArray:
    """Where own driven wheels turn faster than the car moves, under throttle, more than the reference's."""
    own = sides.own
    fast = (own.slip > gates.slip_frac) & (own.slip - np.nan_to_num(sides.reference.slip) > gates.slip_frac / 2.0) & (own.throttle > 0.5)
    return sustained(fast, own.time_s, gates.slip_s)


def pushes(sides: Sides, loaded: BoolArray, gates: Gates) -> BoolArray:
    """Where own front pushes: clearly more steering than the reference, and yet no tighter arc.

    Steering is compared per curvature and against the two laps' usual ratio in loaded corners, so that another set-up or another
    steering rack is no understeer.
    """
    own, reference = sides.own, sides.reference
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.abs(own.steer_rad / own.curvature_1pm) / np.abs(reference.steer_rad / reference.curvature_1pm)
    known = loaded & np.isfinite(ratio)
    usual = float(np.median(ratio[known])) if known.any() else 1.0
    more = np.abs(own.steer_rad) > gates.steer_ratio * usual * np.abs(reference.steer_rad)
    wider = np.abs(own.curvature_1pm) <= np.abs(reference.curvature_1pm)
    turning = (own.steer_rad * own.curvature_1pm > 0.0) & (own.steer_rad * reference.steer_rad > 0.0)
    return sustained(more & wider & turning & (ratio > gates.steer_ratio * usual), own.time_s, gates.steer_s)


def saws(sides: Sides, gates: Gates) -> BoolArray:
    """Where the wheel goes to and fro far more than the reference's over a second: the front tyres scrub at every swing."""
    own, reference = (_swing(side, gates.saw_s) for side in (sides.own, sides.reference))
    return np.asarray((own > gates.saw_ratio * reference) & (own > gates.saw_rad), dtype=np.bool_)


def _swing(side: Side, over_s: float) -> FloatArray:
    """Way of the hand wheel beyond the net change over a stretch of time, rad."""
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(np.nan_to_num(side.steer_rad))))])
    first = np.searchsorted(side.time_s, side.time_s - over_s / 2.0)
    last = np.minimum(np.searchsorted(side.time_s, side.time_s + over_s / 2.0), len(way) - 1)
    net = np.abs(np.nan_to_num(side.steer_rad)[last] - np.nan_to_num(side.steer_rad)[first])
    return np.asarray(way[last] - way[first] - net, dtype=np.float64)
