"""Exit evidence of method A: at each station where the car gains speed slower than the reference, what the driver did there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.cause import Cause
from coach.compare.causes.evidence_line import GATE_SIGMAS, LineEvidence
from coach.compare.causes.evidence_signals import BRAKE_OFF, FULL_THROTTLE, Signals, Stretch, smoothed
from coach.compare.pair import Scatter
from coach.physics.car import CarModel

PEDAL_SAME = 0.05  # difference of pedals that is none: a driver cannot hold one steadier
SPIN_SLIP = 0.12  # coaching.md 3.5: driven wheels faster than the road
ACCEL_SMOOTH_M = 9.0  # gear changes one car length apart are the same gear change
POWER_GATE = 0.02  # coaching.md 2.9: draft, fuel and set-up make 2-6 % of acceleration at Monza; less is not worth a word


@dataclass(frozen=True, slots=True)
class ExitEvidence:
    """What happened after the split. `costs` are the seconds each cause made by itself."""

    later_m: float  # throttle application after the reference's
    gear_delta: float  # mean own gear minus the reference's at equal speed, where it cost
    lift_m: float
    costs: Mapping[Cause, float]


def exit_evidence(
    stretch: Stretch, own: Signals, ref: Signals, car: CarModel, scatter: Scatter, line: LineEvidence, step_m: float
) -> ExitEvidence:
    """Weigh each slower station by -da * integral of v^-3 to the end, and label it (coaching.md 2.8, step 6)."""
    part = slice(stretch.split, stretch.end)
    width = round(ACCEL_SMOOTH_M / step_m) | 1
    v, thr, thr_ref = own.v[part], own.throttle[part], ref.throttle[part]
    expected = ref.a[part] + np.where(thr_ref > FULL_THROTTLE, _full(car, v) - _full(car, ref.v[part]), 0.0)
    lacking = smoothed(expected - own.a[part], width)
    ahead = np.cumsum((step_m / v**3)[::-1])[::-1]
    weight = lacking * ahead
    gear_ref = _gear_at_equal_speed(v, ref.v[part], ref.gear[part])
    later_m = _later(stretch)
    less = thr < thr_ref - PEDAL_SAME
    held = np.maximum.accumulate(thr) >= FULL_THROTTLE
    shifted = _shifted(thr_ref, later_m, step_m)
    other_gear = ~less & (own.gear[part] != gear_ref) & (own.gear[part] > 0) & (gear_ref > 0)
    spinning = ~less & _spinning(own, car, part) & ~_spinning(ref, car, part)
    late = less & ~held & ((thr >= shifted - PEDAL_SAME) | (own.brake[part] > BRAKE_OFF))
    if later_m < GATE_SIGMAS * scatter.throttle_on_m:
        late &= False
    full = (thr > FULL_THROTTLE) & (thr_ref > FULL_THROTTLE) & ~other_gear & ~spinning
    labels = {
        Cause.THROTTLE_LATE: late,
        Cause.LIFT: less & held,
        Cause.THROTTLE_SOFT: less & ~late & ~held,
        Cause.GEAR: other_gear,
        Cause.WHEELSPIN: spinning & ~other_gear,
        Cause.POWER: full,
        Cause.UNEXPLAINED: ~less & ~other_gear & ~spinning & ~full,
    }
    _claim_line(labels, line, own, stretch)
    weights = {cause: max(0.0, float(weight[mask].sum())) for cause, mask in labels.items()}
    _drop_small_power(weights, lacking, expected, full)
    differs = (own.gear[part] - gear_ref)[other_gear & (lacking > 0.0)]
    gear_delta = float(differs.mean()) if len(differs) else 0.0
    return ExitEvidence(
        later_m, gear_delta, float((less & held).sum()) * step_m, {cause: value for cause, value in weights.items() if value > 0.0}
    )


def _full(car: CarModel, v: FloatArray) -> FloatArray:
    return np.interp(v, car.speed_mps, car.accel_full_mps2)


def _later(stretch: Stretch) -> float:
    difference = stretch.own.throttle_on_m - stretch.ref.throttle_on_m
    return float(difference) if np.isfinite(difference) else 0.0


def _shifted(throttle: FloatArray, metres: float, step_m: float) -> FloatArray:
    """The reference's throttle as it would be had it come so many metres later."""
    count = max(0, round(metres / step_m))
    return np.concatenate([np.zeros(min(count, len(throttle))), throttle])[: len(throttle)]


def _gear_at_equal_speed(v: FloatArray, v_ref: FloatArray, gear_ref: FloatArray) -> FloatArray:
    """The gear the reference was in when it first went as fast."""
    rising = np.maximum.accumulate(v_ref)
    return gear_ref[np.minimum(np.searchsorted(rising, v), len(rising) - 1)]


def _spinning(lap: Signals, car: CarModel, part: slice) -> BoolArray:
    """Driven wheels faster than the road by engine speed and gear."""
    gear = np.clip(np.nan_to_num(lap.gear[part]), 0, len(car.speed_per_rpm) - 1).astype(np.int64)
    wheel = lap.rpm[part] * car.speed_per_rpm[gear]
    return np.nan_to_num(wheel / lap.v[part] - 1.0) > SPIN_SLIP


def _claim_line(labels: dict[Cause, BoolArray], line: LineEvidence, own: Signals, stretch: Stretch) -> None:
    """On a tighter arc or another line, less throttle is the line's doing; off the track, everything is."""
    at = stretch.split - stretch.begin
    off = own.off_track[stretch.split : stretch.end]
    less = labels[Cause.THROTTLE_LATE] | labels[Cause.THROTTLE_SOFT] | labels[Cause.LIFT]
    claimed = ((line.tighter | line.elsewhere)[at:] & (less | labels[Cause.UNEXPLAINED])) | off
    for cause in labels:
        labels[cause] = labels[cause] & ~claimed
    labels[Cause.LINE] = claimed


def _drop_small_power(weights: dict[Cause, float], lacking: FloatArray, expected: FloatArray, full: BoolArray) -> None:
    if full.any() and float(lacking[full].sum()) < POWER_GATE * float(np.abs(expected[full]).sum()):
        weights[Cause.UNEXPLAINED] = weights.get(Cause.UNEXPLAINED, 0.0) + weights.pop(Cause.POWER)
