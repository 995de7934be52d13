"""How far the front and the rear slide, from body velocities, yaw rate and steering: slip angles, and where each axle's grip peaks.

Of the rear the motion of the car says it all: slip = (b r - v_y) / v_x. Of the front the steering ratio would be needed. It comes
from gentle cornering, where the hand wheel turns by A r / v with A = ratio x wheelbase; the wheelbase itself is taken as usual for a
racing car, which puts an error of a tenth of the rear's slip into the front's. The peak is that of the curve that fits the laps'
side force over slip, F ~ sin(C atan(B slip)) with C = 1.3 (Pacejka, Tyre and Vehicle Dynamics, 3rd ed. 2012, table 4.1, side force);
the height of the curve may change with speed (wings) and with the push along (load transfer). Tyres that bend earlier than that are
given a peak too far out, so what is called beyond it truly is. Laps that stay far below the peak do not show it: then it is NaN, and
so is all that is measured by it. Measured on the proving ground: within 15 % near the limit, mostly too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.detect.fit import least_absolute
from coach.detect.signals import BRAKING, Signals, join

_WHEELBASE_M = 2.5  # racing and sports cars measure 2.2 to 2.8 m
_REAR_M = (0.9, 1.6)  # of it behind the centre of gravity: 40 to 60 % of the load in front
_SHAPE = 1.3
_AT_PEAK = float(np.tan(np.pi / (2 * _SHAPE)))  # sin(C atan(x)) is largest there
_PEAKS_RAD = np.geomspace(0.04, 0.30, 41)  # slip angles of the peak that are tried: slicks need 4 to 8 degrees, road tyres up to 12
_SEEN = 0.4  # share of the peak's slip that the laps must reach for the curve's bend to show
_LINEAR = 0.6  # of the usual highest side force: below it tyres answer nearly in proportion
_COASTING = 0.5  # throttle: more takes grip from a driven rear
_LEAST_S, _MOST_TICKS = 30.0, 8000  # of driving off the brakes; more ticks tell no more
_BINS = 25  # each range of slip weighs alike, or straights would decide
_FEWEST_IN_BIN = 10.0
_LEAST_RAD, _LEAST_MPS2 = 1e-3, 0.2  # residuals below these weigh alike
_PASSES = 4


@dataclass(frozen=True, slots=True)
class Axles:
    """rear_m: centre of gravity to rear axle. steer_gain_m: A of steer = A r / v; steer_zero_rad: hand wheel straight ahead.

    front_peak_rad, rear_peak_rad: slip angle at which the axle's side force is largest. NaN: not known from these laps.
    """

    rear_m: float
    steer_gain_m: float
    steer_zero_rad: float
    front_peak_rad: float = np.nan
    rear_peak_rad: float = np.nan

    def use_est(self, lap: Signals) -> tuple[FloatArray, FloatArray]:
        """Slip of front and rear over that of their peaks, shape (k,) each, >= 0: beyond 1 more slip brings no more force."""
        vx = np.maximum(lap.velocity_x_mps, 1.0)
        front, rear = self.slip_est(lap.steer_rad, lap.yaw_rate_radps / vx, lap.velocity_y_mps / vx)
        return np.abs(front) / self.front_peak_rad, np.abs(rear) / self.rear_peak_rad

    def slip_est(self, steer_rad: FloatArray, turn_1pm: FloatArray, drift: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Slip angles of front and rear, rad, sign of the side force (+ left). turn_1pm = r / v_x, drift = v_y / v_x; all (k,)."""
        rear = self.rear_m * turn_1pm - drift
        turned = steer_rad - self.steer_zero_rad - self.steer_gain_m * turn_1pm
        return turned * _WHEELBASE_M / self.steer_gain_m + rear, rear


@dataclass(frozen=True, slots=True)
class _Cornering:
    """Ticks off the brakes, all (k,)."""

    velocity_x_mps: FloatArray
    velocity_y_mps: FloatArray
    yaw_rate_radps: FloatArray
    yaw_accel_radps2: FloatArray
    side_force_mps2: FloatArray
    push_mps2: FloatArray
    steer_rad: FloatArray
    throttle_frac: FloatArray


def learn_axles(laps: Sequence[Signals]) -> Axles:
    """Geometry and peaks from laps of one car, mistakes included; all NaN without body velocities, steering or half a minute of driving."""
    unknown = Axles(np.nan, np.nan, np.nan)
    drive = _cornering(laps)
    if drive is None:
        return unknown
    turn, drift = drive.yaw_rate_radps / drive.velocity_x_mps, drive.velocity_y_mps / drive.velocity_x_mps
    geometry = _geometry(drive, turn, drift)
    if not geometry.steer_gain_m > 0.0:
        return unknown
    front, rear = geometry.slip_est(drive.steer_rad, turn, drift)
    # What each axle gives for itself, as of a car whose mass sits at the two axles: a turn that begins needs force in front.
    at_front = drive.side_force_mps2 + (_WHEELBASE_M - geometry.rear_m) * drive.yaw_accel_radps2
    at_rear = drive.side_force_mps2 - geometry.rear_m * drive.yaw_accel_radps2
    height = np.column_stack((np.ones(turn.size), drive.velocity_x_mps**2, drive.push_mps2))
    coasting = drive.throttle_frac < _COASTING
    return Axles(
        geometry.rear_m,
        geometry.steer_gain_m,
        geometry.steer_zero_rad,
        _peak(front, at_front, height),
        _peak(rear[coasting], at_rear[coasting], height[coasting]),
    )


def _cornering(laps: Sequence[Signals]) -> _Cornering | None:
    columns = {one.name: join(laps, one.name) for one in fields(_Cornering)}
    usable: BoolArray = join(laps, "steered").astype(np.bool_) & (join(laps, "brake_frac") < BRAKING)
    usable &= np.all([np.isfinite(column) for column in columns.values()], axis=0)
    chosen = np.flatnonzero(usable)
    tick_s = float(np.median(np.diff(laps[0].time_s)))
    if chosen.size * tick_s < _LEAST_S:
        return None
    chosen = chosen[:: -(-chosen.size // _MOST_TICKS)]
    return _Cornering(**{name: column[chosen] for name, column in columns.items()})


def _geometry(drive: _Cornering, turn: FloatArray, drift: FloatArray) -> Axles:
    """From gentle cornering: drift = b r / v - slip, steer = zero + A r / v + ratio x slips, and slips follow the force."""
    force = drive.side_force_mps2
    gentle = np.abs(force) < _LINEAR * np.quantile(np.abs(force), 0.98)
    slips = (force, drive.yaw_accel_radps2, force * drive.velocity_x_mps**2)  # the last: wings load the tyres and make them stiffer
    terms = np.column_stack((turn, *slips, np.ones(turn.size)))[gentle]
    rear_m = least_absolute(terms[:, :-1], drift[gentle], _LEAST_RAD)[0]
    steer = least_absolute(terms, drive.steer_rad[gentle], _LEAST_RAD)
    return Axles(float(np.clip(rear_m, *_REAR_M)), float(steer[0]), float(steer[-1]))


def _peak(slip: FloatArray, force: FloatArray, height: FloatArray) -> float:
    """Slip at which the fitted curve is highest, NaN where the laps do not come near it. slip, force (k,); height (k, m): what may scale it."""
    if slip.size < _BINS * _FEWEST_IN_BIN:
        return np.nan
    force, slip = force * np.sign(slip), np.abs(slip)
    top = float(np.quantile(slip, 0.995))
    bins = np.minimum((slip / top * _BINS).astype(np.int64), _BINS)
    weight = 1 / np.sqrt(np.maximum(np.bincount(bins, minlength=_BINS + 1)[bins], _FEWEST_IN_BIN))
    misfits = [_misfit(np.sin(_SHAPE * np.arctan(_AT_PEAK * slip / peak))[:, None] * height, force, weight) for peak in _PEAKS_RAD]
    best = int(np.argmin(misfits))
    return float(_PEAKS_RAD[best]) if 0 < best < _PEAKS_RAD.size - 1 and top > _SEEN * _PEAKS_RAD[best] else np.nan


def _misfit(terms: FloatArray, force: FloatArray, weight: FloatArray) -> float:
    """Weighted sum of absolute residuals at the best heights, by reweighted least squares. terms (k, m), force and weight (k,)."""
    now, rest = weight, force
    for _ in range(_PASSES):
        weighted = terms * now[:, None]
        best = np.linalg.lstsq(weighted.T @ weighted, weighted.T @ (force * now), rcond=None)[0]  # laps of one speed leave it undetermined
        rest = np.abs(force - terms @ best)
        now = weight / np.sqrt(np.maximum(rest, _LEAST_MPS2))
    return float(np.sum(weight**2 * rest))
