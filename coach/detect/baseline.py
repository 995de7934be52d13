"""What is usual for a car and its driver, learned from laps: the detectors compare a lap with it.

Nothing here knows a threshold of one car: ratios, limits and scatter come from the laps given. Where the laps do not show
something (no braking, no gear long enough) the figure is NaN and the detector that needs it stays silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.detect.axles import Axles, learn_axles
from coach.detect.fit import least_absolute
from coach.detect.places import MAD_TO_SD, Places, learn_places
from coach.detect.signals import BRAKING, Signals, driven_slip, join, signals_of, ticks_in
from coach.laps.trace import LapTrace

_FEWEST_TICKS = 30  # half a second of samples behind a ratio
LOCKED_SLIP = 0.20  # of one wheel: coaching.md 3.5, the truth to be found
_LEAST_SLIP = 0.001  # the resolution of rpm and speed
_FOLLOWS_S = 0.1
_STEADY = 0.05  # pedal travel within that time that still counts as holding it
_ROLLING = 0.75  # share of the braking in which no wheel locks
_LEAST_RESIDUAL_MPS2 = 0.05  # below the accelerations' own noise all residuals weigh alike


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What is usual.

    speed_per_rpm: shape (gears + 1,), v / rpm in m/s per rev/min with the driven wheels rolling, NaN where never seen.
    drive_slip: 90th percentile of the driven wheels' slip at more than half throttle. brake_slip: median of its negative while
    braking hard, without ticks beyond LOCKED_SLIP. abs_holds: the ABS was seen to keep wheels from locking.
    brake_response: (c0, c2, k) of deceleration force / mass = c0 + c2 v^2 + k p in m/s2, p the held pedal, wheels turning;
    brake_scatter_mps2: scatter about it, the MAD as an SD; hard_pedal_frac: the 95th percentile of the held pedal. abs_possible: ABS was seen to act, or the source does not say.
    places: the corners of these laps with the usual braking point, minimum speed and throttle point.
    axles: where front and rear begin to slide.
    """

    speed_per_rpm: FloatArray
    drive_slip: float
    brake_slip: float
    abs_holds: bool
    brake_response: FloatArray
    brake_scatter_mps2: float
    hard_pedal_frac: float
    abs_possible: bool
    places: Places
    axles: Axles


def learn_baseline(traces: Sequence[LapTrace]) -> Baseline:
    """The baseline of laps of one car on one track; clean laps are better, but a mistake in a few does no harm. ValueError: no lap."""
    if not traces:
        raise ValueError("a baseline needs at least one lap")
    laps = [signals_of(trace) for trace in traces]
    response, brake_scatter, hard_pedal = _brake_response(laps)
    ratios = _speed_per_rpm(laps)
    slip = np.concatenate([driven_slip(lap, ratios) for lap in laps])
    judged = join(laps, "judged").astype(np.bool_)
    braking, regulated = judged & _hard_braking(laps), join(laps, "abs_active").astype(np.bool_)
    return Baseline(
        ratios,
        _quantile(slip[judged & (join(laps, "throttle_frac") > 0.5)], 0.9),
        _quantile(-slip[braking & (-slip < LOCKED_SLIP)], 0.5),
        _abs_holds(-slip[braking & regulated]),
        response,
        brake_scatter,
        hard_pedal,
        bool(regulated.any()) or not all(trace.has("abs_active") for trace in traces),
        learn_places(traces),
        learn_axles(laps),
    )


def _speed_per_rpm(laps: Sequence[Signals]) -> FloatArray:
    """By gear: v / rpm with no force on the tyres, from log(v / rpm) = log c_gear - k push + d v^2 over all gears together.

    Tyres slip in proportion to small forces, and in a low gear, or against the drag in a high one, the driven wheels never
    roll freely: a median by gear would contain 1 to 4 % of slip. Measured against wheel speeds: within 1.3 % with a hundred
    ticks in the gear.
    """
    gear, rpm, speed, push, lateral = (join(laps, name) for name in ("gear", "rpm", "speed_mps", "push_mps2", "lateral_mps2"))
    usable = join(laps, "judged").astype(np.bool_) & join(laps, "coupled").astype(np.bool_) & np.isfinite(push) & np.isfinite(lateral)
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
    fit = least_absolute(terms, np.log(speed[usable] / rpm[usable]), _LEAST_SLIP)
    ratios[gears] = np.exp(fit[: len(gears)])
    return ratios


def _hard_braking(laps: Sequence[Signals]) -> BoolArray:
    """The harder half of the braking, by pedal: there wheels lock."""
    pedal = join(laps, "brake_frac")
    braking = pedal > BRAKING
    return np.asarray(braking & (pedal > np.median(pedal[braking]))) if braking.any() else braking


def _quantile(values: FloatArray, share: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(known, share)) if known.size >= _FEWEST_TICKS else np.nan


def _abs_holds(slip: FloatArray) -> bool:
    """Whether the ABS keeps wheels from locking, by the driven wheels' slip while it works: some only make locking rarer."""
    high = _quantile(slip, 0.95)
    return bool(np.isfinite(high)) and high < LOCKED_SLIP / 2 + _quantile(slip, 0.5) / 2


def _brake_response(laps: Sequence[Signals]) -> tuple[FloatArray, float, float]:
    """Deceleration by pedal and speed while the wheels turn, the scatter about it, and the hardest pedals (their 95th percentile).

    A turning wheel passes its brake torque to the road, whatever the grip: force follows the pedal, and only a locking wheel
    falls below. The hardest quarter of the pedals is left out of the fit, because a driver may lock there on every lap; least
    absolute deviations keep the rest from bending it.
    """
    pedal = np.concatenate([held_brake(lap) for lap in laps])
    speed, force = join(laps, "speed_mps"), -join(laps, "push_mps2")
    usable = join(laps, "judged").astype(np.bool_) & (pedal > BRAKING) & np.isfinite(force)
    usable &= join(laps, "brake_frac") - pedal < _STEADY  # a pedal that moves is ahead of what is held
    if usable.sum() < _FEWEST_TICKS:
        return np.full(3, np.nan), np.nan, np.nan
    terms, target = _brake_terms(pedal[usable], speed[usable]), force[usable]
    rolling = pedal[usable] <= np.quantile(pedal[usable], _ROLLING)
    response = least_absolute(terms[rolling], target[rolling], _LEAST_RESIDUAL_MPS2)
    scatter = float(MAD_TO_SD * np.median(np.abs(target - terms @ response)))
    return response, scatter, float(np.quantile(pedal[usable], 0.95))


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
