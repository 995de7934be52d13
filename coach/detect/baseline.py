"""What is usual for a car and its driver, learned from laps: the detectors compare a lap with it.

Nothing here knows a threshold of one car: ratios, limits and scatter come from the laps given. Where the laps do not show
something (no braking, no gear long enough) the figure is NaN and the detector that needs it stays silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.detect.places import MAD_TO_SD, Places, learn_places
from coach.detect.signals import Signals, driven_slip, signals_of, ticks_in
from coach.laps.trace import LapTrace

_FEWEST_TICKS = 30  # half a second of samples behind a ratio
LOCKED_SLIP = 0.20  # of one wheel: coaching.md 3.5, the truth to be found
BRAKING = 0.05  # pedal: coaching.md 2.4's onset
_LEAST_SLIP = 0.001  # the resolution of rpm and speed
_FOLLOWS_S = 0.1
_REWEIGHTINGS = 20
_LEAST_RESIDUAL_MPS2 = 0.05  # below the accelerations' own noise all residuals weigh alike


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What is usual.

    speed_per_rpm: shape (gears + 1,), v / rpm in m/s per rev/min with the driven wheels rolling, NaN where never seen.
    drive_slip, brake_slip: (median, 90th percentile) of the driven wheels' slip at more than half throttle, and the negative of it
    while braking hard, without ticks beyond LOCKED_SLIP.
    brake_response: (c0, c2, k) of deceleration force / mass = c0 + c2 v^2 + k p in m/s2, p the held pedal, wheels turning;
    brake_scatter_mps2: scatter about it, the MAD as an SD. abs_fitted: ABS was seen to act.
    steer_fit: (A, B) of steer = A r / v + B a_y in rad, mid-corner; steer_scatter_rad: residual SD.
    sideslip_rad, sideslip_scatter_rad: shape (m,), median and MAD-based SD over the laps on `sideslip_station_m`.
    places: the corners of these laps with the usual braking point, minimum speed and throttle point.
    """

    speed_per_rpm: FloatArray
    drive_slip: tuple[float, float]
    brake_slip: tuple[float, float]
    brake_response: FloatArray
    brake_scatter_mps2: float
    abs_fitted: bool
    steer_fit: FloatArray
    steer_scatter_rad: float
    sideslip_station_m: FloatArray
    sideslip_rad: FloatArray
    sideslip_scatter_rad: FloatArray
    places: Places


def learn_baseline(traces: Sequence[LapTrace]) -> Baseline:
    """The baseline of laps of one car on one track; clean laps are better, but a mistake in a few does no harm. ValueError: no lap."""
    if not traces:
        raise ValueError("a baseline needs at least one lap")
    laps = [signals_of(trace) for trace in traces]
    response, brake_scatter = _brake_response(laps)
    ratios = _speed_per_rpm(laps)
    slip = np.concatenate([driven_slip(lap, ratios) for lap in laps])
    judged = _join(laps, "judged").astype(np.bool_)
    fit, steer_scatter = _steer_fit(laps)
    stations = traces[0].grid["station_m"]
    sideslip, sideslip_scatter = _sideslip(traces)
    return Baseline(
        ratios,
        _middle_and_high(slip, judged & (_join(laps, "throttle_frac") > 0.5)),
        _middle_and_high(-slip, judged & _hard_braking(laps) & (-slip < LOCKED_SLIP)),
        response,
        brake_scatter,
        bool(_join(laps, "abs_active").any()),
        fit,
        steer_scatter,
        stations,
        sideslip,
        sideslip_scatter,
        learn_places(traces),
    )


def _join(laps: Sequence[Signals], name: str) -> FloatArray:
    return np.concatenate([getattr(lap, name) for lap in laps])


def _speed_per_rpm(laps: Sequence[Signals]) -> FloatArray:
    """By gear: v / rpm with no force on the tyres, from log(v / rpm) = log c_gear - k push + d v^2 over all gears together.

    Tyres slip in proportion to small forces, and in a low gear, or against the drag in a high one, the driven wheels never
    roll freely: a median by gear would contain 1 to 4 % of slip. Measured against wheel speeds: within 1.3 % with a hundred
    ticks in the gear.
    """
    gear, rpm, speed, push, lateral = (_join(laps, name) for name in ("gear", "rpm", "speed_mps", "push_mps2", "lateral_mps2"))
    usable = _join(laps, "judged").astype(np.bool_) & _join(laps, "coupled").astype(np.bool_) & np.isfinite(push) & np.isfinite(lateral)
    ratios = np.full(int(np.nanmax(gear, initial=0.0)) + 1, np.nan)
    if usable.sum() < _FEWEST_TICKS:
        return ratios
    usable &= np.abs(lateral) <= 0.5 * np.quantile(np.abs(lateral[usable]), 0.95)  # cornering slips too
    usable &= np.abs(push) <= np.quantile(np.abs(push[usable]), 0.95)  # and so does the edge of grip
    gears = [number for number in range(1, ratios.size) if np.sum(usable & (gear == number)) >= _FEWEST_TICKS]
    usable &= np.isin(gear, gears)
    if not gears:
        return ratios
    in_gear = [(gear[usable] == number).astype(np.float64) for number in gears]
    terms = np.column_stack((*in_gear, push[usable], speed[usable] ** 2))
    fit = _least_absolute(terms, np.log(speed[usable] / rpm[usable]), _LEAST_SLIP)
    ratios[gears] = np.exp(fit[: len(gears)])
    return ratios


def _least_absolute(terms: FloatArray, target: FloatArray, least: float) -> FloatArray:
    """Least absolute deviations by reweighted least squares; residuals below `least` weigh alike. terms (n, m), target (n,)."""
    weight = np.ones(target.size)
    for _ in range(_REWEIGHTINGS):
        fit = np.linalg.lstsq(terms * weight[:, None], target * weight, rcond=None)[0]
        weight = 1 / np.sqrt(np.maximum(np.abs(target - terms @ fit), least))
    return np.asarray(fit, dtype=np.float64)


def _hard_braking(laps: Sequence[Signals]) -> BoolArray:
    """The harder half of the braking, by pedal: there wheels lock."""
    pedal = _join(laps, "brake_frac")
    braking = pedal > BRAKING
    return np.asarray(braking & (pedal > np.median(pedal[braking]))) if braking.any() else braking


def _middle_and_high(slip: FloatArray, where: BoolArray) -> tuple[float, float]:
    chosen = slip[where & np.isfinite(slip)]
    if chosen.size < _FEWEST_TICKS:
        return np.nan, np.nan
    return float(np.median(chosen)), float(np.quantile(chosen, 0.9))


def _brake_response(laps: Sequence[Signals]) -> tuple[FloatArray, float]:
    """Deceleration by pedal and speed while the wheels turn, and the scatter about it.

    A turning wheel passes its brake torque to the road, whatever the grip: force follows the pedal, and only a locking wheel
    falls below. Least absolute deviations keep such ticks from bending the fit.
    """
    pedal = np.concatenate([held_brake(lap) for lap in laps])
    speed, force = _join(laps, "speed_mps"), -_join(laps, "push_mps2")
    usable = _join(laps, "judged").astype(np.bool_) & (pedal > BRAKING) & np.isfinite(force)
    if usable.sum() < _FEWEST_TICKS:
        return np.full(3, np.nan), np.nan
    terms, target = _brake_terms(pedal[usable], speed[usable]), force[usable]
    response = _least_absolute(terms, target, _LEAST_RESIDUAL_MPS2)
    return response, float(MAD_TO_SD * np.median(np.abs(target - terms @ response)))


def _brake_terms(pedal: FloatArray, speed: FloatArray) -> FloatArray:
    return np.column_stack((np.ones(pedal.size), speed * speed, pedal))


def held_brake(lap: Signals) -> FloatArray:
    """The least pedal of the last 0.1 s, shape (k,): pressure and car follow the pedal within that."""
    held = lap.brake_frac.copy()
    for back in range(1, ticks_in(_FOLLOWS_S, lap.time_s) + 1):
        held[back:] = np.minimum(held[back:], lap.brake_frac[:-back])
    return held


def expected_braking(baseline: Baseline, lap: Signals) -> FloatArray:
    """Deceleration in m/s2 that the held pedal gives while the wheels turn, shape (k,)."""
    return np.asarray(_brake_terms(held_brake(lap), lap.speed_mps) @ baseline.brake_response)


def _steer_fit(laps: Sequence[Signals]) -> tuple[FloatArray, float]:
    """Least squares of coaching.md 3.5 on mid-corner ticks: loaded, off the brake. Once more without what lies beyond 3 SD."""
    lateral, speed, rate, steer, brake = (
        _join(laps, name) for name in ("lateral_mps2", "speed_mps", "yaw_rate_radps", "steer_rad", "brake_frac")
    )
    usable = _join(laps, "judged").astype(np.bool_) & (brake < BRAKING) & np.isfinite(lateral) & np.isfinite(steer)
    if usable.sum() < _FEWEST_TICKS:
        return np.full(2, np.nan), np.nan
    usable &= np.abs(lateral) > 0.5 * np.quantile(np.abs(lateral[usable]), 0.95)
    terms = np.column_stack((rate[usable] / speed[usable], lateral[usable]))
    kept = np.ones(len(terms), np.bool_)
    for _ in range(2):
        fit = np.linalg.lstsq(terms[kept], steer[usable][kept], rcond=None)[0]
        residual = steer[usable] - terms @ fit
        scatter = float(np.std(residual[kept]))
        kept = np.abs(residual) < 3 * scatter
    return np.asarray(fit, dtype=np.float64), float(np.std(residual[kept]))


def _sideslip(traces: Sequence[LapTrace]) -> tuple[FloatArray, FloatArray]:
    """Median over the laps at each grid station, and the scatter there: the MAD as an SD, over the lap's own median at least."""
    angles = np.array([np.arctan2(t.grid["velocity_y_mps"], np.maximum(t.grid["velocity_x_mps"], 1.0)) for t in traces])
    covered = np.isfinite(angles).any(axis=0)
    middle, scatter = np.full(angles.shape[1], np.nan), np.full(angles.shape[1], np.nan)
    middle[covered] = np.nanmedian(angles[:, covered], axis=0)
    scatter[covered] = MAD_TO_SD * np.nanmedian(np.abs(angles[:, covered] - middle[covered]), axis=0)
    return middle, np.maximum(scatter, np.nanmedian(scatter)) if covered.any() else scatter
