"""What a car can do, learned from driven laps: `learn_car`.

Accelerations are kinematic (speed and course over driven metres), so that gravity is in them only through slope and bank, and
those are taken out with the track map where it knows them. Everything is a quantile, never a maximum: a kerb, a slide or a
spike of the data must not define the car. The driver's own laps show the driver's own envelope; `hits` tells how much is behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.laps.trace import LapTrace
from coach.physics.car import CarModel
from coach.physics.quantile import Grip, fit_grip, sliding_quantile
from coach.physics.quasi_steady import G_MPS2
from coach.track.map import TrackMap
from coach.track.path import LapPath, PathSource

HALF_WINDOW_M = 4.0  # acceleration is the change of v^2/2 over 8 m: as coarse as the path's curvature (coaching.md 2.8)
LIMIT_QUANTILE = 0.97  # coaching.md 2.5: P97-98 over many laps, not the maximum
FULL_QUANTILE = 0.75  # coaching.md 2.8: P75 of full-throttle acceleration, above shifts and slipstream's average
TYPICAL_QUANTILE = 0.60  # coaching.md 2.8: P60 of the main applications
FULL_THROTTLE = 0.98  # vocabulary.md, full_throttle_m
SETTLED_S = 0.3  # full for this long: engine and body have answered
ON_PEDAL = 0.05  # coaching.md 2.4
PURE = 0.5  # use of the other direction below which a sample still counts as pure: costs an ellipse of p = 2 13 %, 1.5 25 % at most
MIXED = 0.3  # use of both directions above which a sample tells about the ellipse
BANDWIDTH_MPS = 2.0  # half width of a speed bin
TRUSTED_HITS = 30.0  # metres of driving at which a speed bin counts as much as the fitted curve
FEW = 30  # samples below which nothing is fitted
ELLIPSE_DEFAULT = 1.5  # middle of the range [1, 2] of coaching.md 2.5, where the laps do not show it
ROOM = 1.15  # the table reaches this far beyond the highest speed seen


@dataclass(frozen=True, slots=True)
class _Samples:
    """All laps' grid points inside the lap, joined; shape (k,). along: m/s2, + forward, on the flat; across: m/s2, >= 0."""

    v: FloatArray
    along: FloatArray
    across: FloatArray
    throttle: FloatArray
    brake: FloatArray
    full_for_s: FloatArray
    gear: FloatArray
    per_rpm: FloatArray

    def where(self, chosen: BoolArray) -> _Samples:
        """The chosen samples only."""
        return _Samples(*(getattr(self, name)[chosen] for name in self.__slots__))


def learn_car(
    traces: Sequence[LapTrace], paths: Sequence[LapPath], *, track: TrackMap | None = None, quantile: float = LIMIT_QUANTILE
) -> CarModel:
    """The envelope of one car from laps of one track (clean ones), `paths[i]` belonging to `traces[i]`.

    track: its grade and bank are taken out where known; then give them to `quasi_steady_lap` too. quantile: of the samples at
    the limit; the default is the car's limit, a lower one what its driver does as a rule. Laps whose path is of a
    worse source than the best one present do not tell about cornering. From steering alone the curvature has a shape but no
    scale: the lateral limit then fits that curvature only (`lateral_by_shape`); without any path it is NaN. What the laps do
    not show is filled in: no braking -> 1 g; no combined braking and cornering -> an exponent of 1.5.
    """
    if not traces:
        raise ValueError("learn_car needs at least one lap")
    source = min((path.source for path in paths), key=list(PathSource).index)
    laps = [
        _samples(trace, path, track, cornering=path.source is source and source is not PathSource.NONE)
        for trace, path in zip(traces, paths, strict=True)
    ]
    samples = _Samples(*(np.concatenate([getattr(lap, name) for lap in laps]) for name in _Samples.__slots__))
    speed = np.arange(0.0, np.ceil(ROOM * np.nanmax(samples.v)) + 1.0)
    lateral = _lateral(samples, quantile)
    across_use = np.nan_to_num(samples.across / lateral.at(samples.v)) if lateral else np.zeros(len(samples.v))
    braking = _braking(samples, across_use, quantile) or Grip(G_MPS2, 0.0)  # never braked: a road tyre holds about 1 g
    accel, hits = _accel_full(samples.where(across_use < PURE), speed)
    ellipse = _ellipse(samples, across_use, braking, quantile) if lateral else ELLIPSE_DEFAULT
    return CarModel(
        speed_mps=speed,
        accel_full_mps2=accel,
        lateral_mps2=lateral.at(speed) if lateral else np.full(len(speed), np.nan),
        braking_mps2=braking.at(speed),
        braking_typical_mps2=_typical_braking(samples, braking),
        ellipse=ellipse,
        speed_per_rpm=_speed_per_rpm(samples),
        hits=hits,
        traction_share=_traction_share(samples, across_use, braking, ellipse, quantile),
        lateral_by_shape=source is PathSource.STEERING,
    )


def accelerations(trace: LapTrace, path: LapPath, track: TrackMap | None = None) -> tuple[FloatArray, FloatArray]:
    """Along (+ forward) and across (+ left) acceleration on the lap's grid, shape (m,), m/s2; NaN where not covered.

    Kinematic, reduced to a flat road where the track map knows grade and bank: along + g grade; across as the friction used,
    times g (the part of the force that the bank carries taken off, divided by the load it adds).
    """
    v, spacing = trace.grid["speed_mps"], float(np.median(np.diff(trace.ticks["station_m"])))
    half = max(1, round(max(HALF_WINDOW_M, 2.0 * spacing) / trace.step_m))  # 16 Hz samples carry no 4 m detail
    stretch = np.where(np.isfinite(path.stretch), path.stretch, 1.0)
    driven = np.concatenate([[0.0], np.cumsum(0.5 * (stretch[1:] + stretch[:-1]))]) * trace.step_m
    along = np.full(len(v), np.nan)
    along[half:-half] = (v[2 * half :] ** 2 - v[: -2 * half] ** 2) / (2.0 * (driven[2 * half :] - driven[: -2 * half]))
    across = v**2 * path.curvature_1pm
    if track is None:
        return along, across
    grade, bank = (_on_grid(trace, track, values) for values in (track.grade_frac, track.bank_rad))
    sin, cos = np.sin(bank), np.cos(bank)
    load = np.maximum((G_MPS2 * cos + across * sin) / G_MPS2, 0.1)  # a car that takes off has no friction to speak of
    return along + G_MPS2 * grade, (across * cos - G_MPS2 * sin) / load


def _on_grid(trace: LapTrace, track: TrackMap, values: FloatArray) -> FloatArray:
    """Values of the track map at the lap's stations; 0 where the map knows none."""
    stations = np.arange(len(values)) * track.step_m
    return np.interp(trace.grid["station_m"], stations, np.nan_to_num(values), period=track.length_m)


def _samples(trace: LapTrace, path: LapPath, track: TrackMap | None, *, cornering: bool) -> _Samples:
    inside = slice(max(trace.start, 0), trace.stop + 1)
    along, across = accelerations(trace, path, track)
    throttle, brake = (_first_of(trace, name) for name in (("throttle_raw_frac", "throttle_frac"), ("brake_raw_frac", "brake_frac")))
    top = np.nanquantile(throttle, 0.99) if np.isfinite(throttle).any() else 1.0
    time, full = trace.grid["time_s"], throttle >= FULL_THROTTLE * top
    since = np.where(full, -np.inf, time)
    full_for = np.where(full, time - np.maximum(np.maximum.accumulate(np.nan_to_num(since, nan=-np.inf)), np.nanmin(time)), 0.0)
    gear, rpm, clutch = (_first_of(trace, (name,)) for name in ("gear", "rpm", "clutch_frac"))
    v = trace.grid["speed_mps"]
    pulling = (throttle > 0.5) & (full_for > SETTLED_S) & ~(clutch < 0.95) & (rpm > 0.0)
    per_rpm = np.where(pulling, v / np.where(rpm > 0.0, rpm, 1.0), np.nan)
    across = np.abs(across) if cornering else np.full(len(v), np.nan)
    columns = (v, along, across, throttle, brake, full_for, gear, per_rpm)
    usable = np.isfinite(v[inside]) & np.isfinite(along[inside])
    return _Samples(*(column[inside][usable] for column in columns))


def _first_of(trace: LapTrace, names: tuple[str, ...]) -> FloatArray:
    for name in names:
        if trace.has(name) and np.isfinite(trace.grid[name]).any():
            return trace.grid[name]
    return np.full(len(trace.grid["station_m"]), np.nan)


def _lateral(samples: _Samples, quantile: float) -> Grip | None:
    """Limit of pure cornering from where the driver holds the throttle back: flat out it is the engine that limits."""
    known = samples.where(np.isfinite(samples.across) & ~(samples.full_for_s > 0.0))
    if len(known.v) < FEW:
        known = samples.where(np.isfinite(samples.across))
    if len(known.v) < FEW:
        return None
    demanding = known.across > 0.3 * np.quantile(known.across, 0.95)  # coaching.md 2.3: where a corner begins
    return fit_grip(known.v[demanding], known.across[demanding], quantile)


def _braking(samples: _Samples, across_use: FloatArray, quantile: float) -> Grip | None:
    chosen = _main_brake(samples) & (across_use < PURE)
    chosen = chosen if chosen.sum() >= FEW else _on_brake(samples)
    return fit_grip(samples.v[chosen], -samples.along[chosen], quantile) if chosen.sum() >= FEW else None


def _on_brake(samples: _Samples) -> BoolArray:
    """Slowing by the brake; without a brake channel by more than an engine and the air do at this speed."""
    if np.isfinite(samples.brake).any():
        return (samples.brake > ON_PEDAL) & (samples.along < 0.0)
    return samples.along < 0.5 * np.quantile(samples.along, 0.03)


def _main_brake(samples: _Samples) -> BoolArray:
    """Brake pressed more than half as hard as in the hardest applications."""
    on = _on_brake(samples)
    pressed = samples.brake if np.isfinite(samples.brake).any() else -samples.along
    return on & (pressed > 0.5 * np.quantile(pressed[on], 0.95)) if on.any() else on


def _typical_braking(samples: _Samples, braking: Grip) -> float:
    """P60 of the deceleration in the main applications."""
    main = _main_brake(samples)
    if main.sum() < FEW:
        return float(braking.at(np.median(samples.v)))
    return float(np.quantile(-samples.along[main], TYPICAL_QUANTILE))


def _accel_full(samples: _Samples, speed: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Net acceleration at full throttle by speed, and the samples behind each speed.

    P75 by speed, drawn towards traction, power and drag fitted to it where samples are few, so that gaps and both ends stay
    physical.
    """
    full = samples.where((samples.full_for_s > SETTLED_S) & ~(samples.brake > ON_PEDAL))
    seen, hits = sliding_quantile(full.v, full.along, speed, BANDWIDTH_MPS, FULL_QUANTILE)
    known = hits >= 5.0
    if known.sum() < 3:
        best = np.quantile(samples.along, LIMIT_QUANTILE) if len(samples.along) else 0.0
        return np.full(len(speed), max(float(best), 0.0)), hits
    curve = _power_curve(speed[known], seen[known], hits[known], speed)
    kernel = np.exp(-0.5 * ((speed[:, None] - speed[None, known]) / BANDWIDTH_MPS) ** 2) * hits[None, known]
    rest: FloatArray = np.sum(kernel * (seen - curve)[known], axis=1) / (kernel.sum(axis=1) + TRUSTED_HITS)
    accel: FloatArray = curve + rest
    return accel, hits


def _power_curve(v: FloatArray, a: FloatArray, weight: FloatArray, at: FloatArray) -> FloatArray:
    """min(T, P / v) - c v^2 by weighted least squares, T and c >= 0: traction, power and drag per kilogram of car.

    For a given speed v_t = P / T at which power takes over it is linear; the v_t with the least error wins.
    """
    w = np.sqrt(np.minimum(weight, 10.0 * TRUSTED_HITS))
    best, curve = np.inf, np.zeros(len(at))
    for v_t in v:
        drive = np.minimum(1.0, v_t / np.maximum(v, 0.1))
        (traction, drag), *_ = np.linalg.lstsq(np.stack([w * drive, -w * v**2], axis=1), w * a, rcond=None)
        if drag < 0.0 or traction < 0.0:
            traction, drag = max(float(np.sum(w**2 * drive * a) / np.sum(w**2 * drive**2)), 0.0), 0.0
        error = float(np.sum((w * (traction * drive - drag * v**2 - a)) ** 2))
        if error < best:
            best, curve = error, traction * np.minimum(1.0, v_t / np.maximum(at, 0.1)) - drag * at**2
    return curve


def _ellipse(samples: _Samples, across_use: FloatArray, braking: Grip, quantile: float) -> float:
    """Exponent at which the quantile of the combined use in trail braking is just 1."""
    along_use = -samples.along / braking.at(samples.v)
    mixed = _on_brake(samples) & (across_use > MIXED) & (along_use > MIXED)
    if mixed.sum() < FEW:
        return ELLIPSE_DEFAULT
    exponents = np.linspace(1.0, 2.0, 21)
    combined = [np.quantile(along_use[mixed] ** p + across_use[mixed] ** p, quantile) for p in exponents]
    return float(np.interp(-1.0, -np.asarray(combined), exponents))


def _traction_share(samples: _Samples, across_use: FloatArray, braking: Grip, ellipse: float, quantile: float) -> float:
    """Quantile of forward grip used in corner exits, over the braking grip that the ellipse leaves there."""
    exits = (samples.throttle > ON_PEDAL) & (samples.along > 0.0) & (across_use > MIXED) & (across_use < 0.9)
    if exits.sum() < FEW:
        return 1.0  # nothing seen: then only the engine limits
    left = (1.0 - across_use[exits] ** ellipse) ** (1.0 / ellipse) * braking.at(samples.v[exits])
    return float(np.clip(np.quantile(samples.along[exits] / left, quantile), 0.2, 1.0))


def _speed_per_rpm(samples: _Samples) -> FloatArray:
    """Median v / rpm by gear under full power, clutch engaged; shape (highest gear + 1,), NaN where never seen."""
    gears = samples.gear[np.isfinite(samples.gear)]
    ratio = np.full(int(max(gears.max(initial=0.0), 0.0)) + 1, np.nan)
    for gear in range(1, len(ratio)):
        values = samples.per_rpm[(samples.gear == gear) & np.isfinite(samples.per_rpm)]
        if len(values) >= FEW:
            ratio[gear] = np.median(values)
    return ratio
