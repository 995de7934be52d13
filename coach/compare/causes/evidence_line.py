"""Line and apex evidence of method A: was the path tighter or elsewhere, and was the corner slower than that path allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.causes.evidence_prices import Limits, grip_demand, solve
from coach.compare.causes.evidence_signals import BRAKE_OFF, NEAR_S, PEDAL_SAME, Signals, relative_offset, smoothed
from coach.compare.causes.evidence_stretches import Stretch
from coach.compare.pair import Scatter
from coach.physics.car import CarModel

GATE_SIGMAS = 2.0  # "about twice the scatter of the clean laps" (coaching.md 2.8); the usual 95 % bound
CURVED_SHARE = 0.3  # of the stretch's largest curvature: where the car is in the corner (coaching.md 2.3 enters at 0.30)
KAPPA_SMOOTH_M = 9.0  # about two car lengths: no line is tighter for less
CORRECTION_S = 1.0  # a driver brings the car back to the intended line within about that time (preview of one second)
OFFSET_LEAD_M = 20.0  # coaching.md 2.8: the relative offset is zeroed 20 m before the stretch


@dataclass(frozen=True, slots=True)
class LineEvidence:
    """How the driven line differs.

    Curvature ratios: 90th percentile of own over reference, NaN unknown. Offsets: largest distance from the reference's line
    beyond what lower speed explains, m, + left.
    """

    entry_ratio: float
    exit_ratio: float
    entry_offset_m: float
    exit_offset_m: float
    cap: FloatArray  # speed that the driven line allows, m/s; inf where it is no tighter
    longer_m: FloatArray  # metres driven more than the reference from each station to the next because the line is another; < 0 fewer
    beside: FloatArray  # how surely a station lies behind the place where the line became another, 0..1
    elsewhere: FloatArray  # how surely a station is on another line, 0..1: beyond what lower speed explains, or off the track


def line_evidence(stretch: Stretch, own: Signals, ref: Signals, car: CarModel, scatter: Scatter, step_m: float) -> LineEvidence:
    """Compare the paths of a stretch, before and after the split."""
    part = stretch.part
    at = stretch.split - stretch.begin
    width = round(KAPPA_SMOOTH_M / step_m) | 1
    kappa_own = smoothed(np.abs(own.kappa[part]), width)
    kappa_ref = smoothed(np.abs(ref.kappa[part]), width)
    off = own.off_track[part]
    if not (np.isfinite(kappa_own).all() and np.isfinite(kappa_ref).all()):
        return LineEvidence(
            np.nan, np.nan, 0.0, 0.0, np.full(len(off), np.inf), np.zeros(len(off)), np.zeros(len(off)), off.astype(np.float64)
        )
    curved = kappa_ref > CURVED_SHARE * kappa_ref.max()
    gate_ratio = 1.0 + GATE_SIGMAS * scatter.curvature_frac
    demand, demand_ref = grip_demand(own.v[part], car), grip_demand(ref.v[part], car)
    # A tighter arc costs only where the tyres are used as much as the reference used them: a slower car turns tighter for free.
    used = demand * kappa_own > demand_ref * kappa_ref / gate_ratio
    ratio = np.where(curved & used, kappa_own / np.maximum(kappa_ref, 1e-6), np.nan)
    aside = _unexplained_offset(stretch, own, ref, demand_ref / demand, step_m)
    moved = np.concatenate([aside[:at], aside[at:] - aside[at]])  # an exit beside the reference's costs nothing, a narrower one does
    # On the way out a tighter arc proves nothing by itself: a car that is late or soft on the throttle turns tighter.
    into = np.arange(stretch.begin, stretch.end) <= stretch.ref.slowest
    tight = demand * kappa_own > demand_ref * kappa_ref
    other = _surely(aside, GATE_SIGMAS * scatter.offset_m)
    charged = np.where(used & into, 1.0, other)
    # A wide line costs by its length even at the reference's speed, all the way out to where it is surely another and back. What
    # merely follows from lower speed is not the line's.
    longer = float(other.max()) * np.append(own.driven_m - ref.driven_m, 0.0)[part]
    cap = _cap(demand_ref, kappa_own, kappa_ref, curved, gate_ratio, charged, car)
    last = max(int(np.flatnonzero(curved)[-1]), at) + 1
    elsewhere = np.maximum(_surely(moved, GATE_SIGMAS * scatter.offset_m), off)
    elsewhere[at:last] = np.maximum(
        elsewhere[at:last], _ahead(_surely(moved[at:last], 2.0 * GATE_SIGMAS * scatter.offset_m)) * tight[at:last]
    )
    beside = np.maximum.accumulate(other)
    return LineEvidence(_p90(ratio[:at]), _p90(ratio[at:]), _largest(moved[:at]), _largest(moved[at:last]), cap, longer, beside, elsewhere)


def apex_deficit(stretch: Stretch, own: Signals, ref_v: FloatArray, ref: Signals, step_m: float) -> float:
    """Share by which the driver was slower than `ref_v` (n,) all through the corner's slow part, less throttle given back.

    Smallest of 1 - v_adj / v near the reference's minimum speed and near its throttle-on (coaching.md 2.8, step 5): early
    braking meets the reference's speed by then, a slow apex does not. Negative when faster.
    """
    part = stretch.part
    lowest, leaving = stretch.ref.slowest - stretch.begin, stretch.ref.throttle_on - stretch.begin
    near = round(NEAR_S * float(ref.v[part][lowest]) / step_m)
    less = (own.throttle[part] < ref.throttle[part] - PEDAL_SAME) & (own.brake[part] < BRAKE_OFF)
    lost = np.where(less, np.maximum(ref.a[part] - own.a[part], 0.0), 0.0)
    lost[: max(0, min(lowest, leaving) - near)] = 0.0
    adjusted = np.sqrt(own.v[part] ** 2 + 2.0 * step_m * np.cumsum(lost))
    deficit = 1.0 - adjusted / ref_v
    places = np.concatenate([np.arange(lowest - near, lowest + near + 1), np.arange(leaving - near, leaving + near + 1)])
    return float(deficit[np.clip(places, 0, len(deficit) - 1)].min())


def apex_profile(
    stretch: Stretch, line_v: FloatArray, deficit: float, ref: Signals, limits: Limits, car: CarModel, step_m: float
) -> FloatArray:
    """Fastest profile whose slow part, from the reference's minimum speed to its throttle-on, lacks the deficit."""
    if deficit <= 0.0:
        return line_v
    part = stretch.part
    lowest = stretch.ref.slowest - stretch.begin
    near = round(NEAR_S * float(ref.v[part][lowest]) / step_m)
    cap = line_v.copy()
    leaving = stretch.ref.throttle_on - stretch.begin
    slow = slice(max(0, min(lowest, leaving) - near), max(lowest, leaving) + near + 1)
    cap[slow] *= 1.0 - deficit
    return solve(cap, limits, car)


def _unexplained_offset(stretch: Stretch, own: Signals, ref: Signals, spare: FloatArray, step_m: float) -> FloatArray:
    """Offset beyond what a slower car does by itself, m.

    With the same share of the grip in use it may turn tighter by `spare` (reference's demand over own, 1 at equal speed) and
    lose nothing; the driver brings it back within CORRECTION_S, as a critically damped correction: kernel x exp(-x / l).
    """
    part = stretch.part
    zero = max(0, stretch.begin - round(OFFSET_LEAD_M / step_m))
    offset = relative_offset(own, ref, zero, stretch.begin, stretch.end, step_m)
    length = CORRECTION_S * float(own.v[part].min())
    x = np.arange(0.0, 5.0 * length, step_m)
    expected = np.convolve(ref.kappa[part] * np.maximum(spare - 1.0, 0.0), x * np.exp(-x / length))[: len(offset)] * step_m
    low, high = np.minimum(expected, 0.0), np.maximum(expected, 0.0)
    return np.where(offset > high, offset - high, np.where(offset < low, offset - low, 0.0))


def _surely(offset: FloatArray, gate: float) -> FloatArray:
    """0 up to the gate, 1 from twice the gate on: nothing hinges on one value."""
    return np.clip(np.abs(offset) / gate - 1.0, 0.0, 1.0)


def _ahead(values: FloatArray) -> FloatArray:
    """Largest value from each station on: the driver waits for the throttle because of the line he is on the way to."""
    return np.asarray(np.maximum.accumulate(values[::-1])[::-1])


def _cap(
    demand_ref: FloatArray,
    kappa_own: FloatArray,
    kappa_ref: FloatArray,
    curved: BoolArray,
    gate: float,
    charged: FloatArray,
    car: CarModel,
) -> FloatArray:
    """Speed at which the driven line asks for the share of the grip that the reference used in this corner, or there if more.

    `charged`: how surely the tighter arc was not just what a slower car does. Tighter by less than the gate is scatter and not
    charged at all, by twice the gate in full.
    """
    share = demand_ref * kappa_ref
    share = np.maximum(share, _p90(share[curved]))
    tighter = np.log(np.maximum(kappa_own, 1e-6) / np.maximum(kappa_ref, 1e-6))
    excess = charged * (tighter - np.clip(2.0 * np.log(gate) - tighter, 0.0, np.log(gate)))
    table = car.speed_mps[1:]
    allowed = np.interp(share / np.maximum(kappa_ref * np.exp(excess), 1e-6), grip_demand(table, car), table, right=np.inf)
    return np.where(excess > 0.0, allowed, np.inf)


def _p90(values: FloatArray) -> float:
    """90th percentile of the finite values, 1 without any."""
    good = np.sort(values[np.isfinite(values)])
    return float(good[int(0.9 * (len(good) - 1))]) if len(good) else 1.0


def _largest(values: FloatArray) -> float:
    return float(values[int(np.argmax(np.abs(values)))]) if len(values) else 0.0
