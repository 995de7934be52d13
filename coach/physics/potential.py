"""The potential lap: what this driver could do in this car on a line he already drives, without any reference lap.

It knows no better line than the driver's own and no more grip than he has shown, so it shows where he does not use what he
uses elsewhere: braking early or softly, slow apexes, late throttle. It cannot show a better line, a habit that touches every
corner alike, gears, or anything about tyres and traffic. It is a made lap (`session.simulated`), never to be stored as driven.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.arrays import FloatArray
from coach.laps.lap import Lap, LapKind
from coach.laps.trace import LapTrace
from coach.physics.car import CarModel
from coach.physics.envelope import ON_PEDAL, learn_car
from coach.physics.quasi_steady import G_MPS2, quasi_steady_lap, time_of, times_of
from coach.track.map import TrackMap
from coach.track.path import LapPath
from coach.track.smoothing import smooth

TARGET_QUANTILE = 0.90  # the driver used this much in one tenth of his cornering and braking: shown, yet with a margin to P97
MOST_FASTER = 1.10  # of the fastest own minimum speed: 10 % is 20 % of grip; what looks like more is likely a bump, a crest or a
#   blind entry that a point mass does not see, and no target for the next lap anyway
MINIMUM_WITHIN_M = 30.0  # a speed lower than all within this distance is a minimum (coaching.md 2.3: closer ones are one corner)
ANSWER_M = 8.0  # a car does not answer to shorter wiggles of its path (about 0.2 s at 40 m/s); they would cap the speed
TICK_HZ = 60.0


@dataclass(frozen=True, slots=True)
class Potential:
    """A lap that can stand as reference, its path, and the lap whose line it is."""

    trace: LapTrace
    path: LapPath
    line_of: int  # index into the laps given


def potential_lap(traces: Sequence[LapTrace], paths: Sequence[LapPath], track: TrackMap | None, car: CarModel) -> Potential:
    """The potential lap from a driver's clean laps of one track; `paths[i]` belongs to `traces[i]`.

    For each driven line: the quasi-steady lap with the limits at their 90 % quantile, and the driver's own speed wherever that
    was higher (both are feasible on that line, and where they cross they share the speed); no minimum speed
    is more than 10 % above his best. The line that gives the best time is taken; the answer is nowhere slower than that lap. The lap's grid has the stations of
    that lap and carries station_m, time_s, speed_mps and pedals implied by the accelerations (see `_pedals`); `car` (from `learn_car`
    on the same laps) gives their scale. Where the path is known by shape only (steering) or not at all, corner speeds cannot
    be computed: then it is the fastest speed over the laps at each station, joined within the car's braking and power.
    """
    if not traces:
        raise ValueError("a potential lap needs at least one driven lap")
    blind = car.lateral_by_shape or not np.isfinite(car.lateral_mps2).any()
    target = learn_car(traces, paths, track=track, quantile=TARGET_QUANTILE)
    if blind:
        target = replace(target, lateral_mps2=np.full(len(target.speed_mps), np.nan))
        best, n = int(np.argmin([trace.lap.lap_time_s for trace in traces])), traces[0].stop - traces[0].start
        v = quasi_steady_lap(np.zeros(n), _driven(traces[best], paths[best]), target, v_cap_mps=_fastest(traces))
        return _potential(best, traces, paths, track, car, np.maximum(v, _own_speed(traces[best])))
    cap = _corner_cap(_fastest(traces), traces[0].step_m)
    speeds = [_on_line(trace, path, track, target, cap) for trace, path in zip(traces, paths, strict=True)]
    best = int(np.argmin([time_of(v, _driven(trace, path)) for v, trace, path in zip(speeds, traces, paths, strict=True)]))
    return _potential(best, traces, paths, track, car, speeds[best])


def _driven(trace: LapTrace, path: LapPath) -> FloatArray:
    """Driven metres from each station of the lap to the next, shape (n,), n stations from 0 to before L."""
    stretch = path.stretch[trace.start : trace.stop]
    return np.where(np.isfinite(stretch), stretch, 1.0) * trace.step_m


def _slope(trace: LapTrace, track: TrackMap | None, name: str) -> FloatArray | None:
    """Grade or bank of the track map at the lap's stations."""
    if track is None:
        return None
    values = np.nan_to_num(getattr(track, name))
    stations = np.arange(trace.stop - trace.start) * trace.step_m
    slope: FloatArray = np.interp(stations, np.arange(len(values)) * track.step_m, values, period=track.length_m)
    return slope


def _own_speed(trace: LapTrace) -> FloatArray:
    return np.nan_to_num(trace.grid["speed_mps"][trace.start : trace.stop])


def _fastest(traces: Sequence[LapTrace]) -> FloatArray:
    """The fastest speed of all laps at each station, shape (n,)."""
    fastest: FloatArray = np.max([_own_speed(trace) for trace in traces], axis=0)
    return fastest


def _corner_cap(fastest: FloatArray, step_m: float) -> FloatArray:
    """Caps (n,) on the potential: MOST_FASTER times the own speed at its minima, NaN everywhere else."""
    reach = max(1, round(MINIMUM_WITHIN_M / step_m))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(fastest, reach, mode="wrap"), 2 * reach + 1)
    return np.where(fastest <= around.min(axis=1), MOST_FASTER * fastest, np.nan)


def _on_line(trace: LapTrace, path: LapPath, track: TrackMap | None, target: CarModel, cap: FloatArray) -> FloatArray:
    """Speed (n,) on this lap's line: the quasi-steady lap, or the driver's own where that is faster."""
    curvature = smooth(np.nan_to_num(path.curvature_1pm[trace.start : trace.stop]), ANSWER_M, trace.step_m, closed=True)
    grade, bank = (_slope(trace, track, name) for name in ("grade_frac", "bank_rad"))
    v = quasi_steady_lap(curvature, _driven(trace, path), target, grade_frac=grade, bank_rad=bank, v_cap_mps=cap)
    return np.maximum(v, _own_speed(trace))


def _potential(
    best: int, traces: Sequence[LapTrace], paths: Sequence[LapPath], track: TrackMap | None, car: CarModel, v: FloatArray
) -> Potential:
    base, path = traces[best], paths[best]
    n, driven = len(v), _driven(base, path)
    elapsed = times_of(v, driven)
    after = np.roll(v, -1)
    along = (after**2 - v**2) / (2.0 * driven)
    grade = _slope(base, track, "grade_frac")
    throttle, brake = _pedals(v, along if grade is None else along + G_MPS2 * grade, car, traces)
    around = np.arange(len(base.grid["station_m"])) - base.start
    grid = {
        "station_m": base.grid["station_m"],
        "time_s": elapsed[around % n] + elapsed[-1] * (around // n),
        "speed_mps": v[around % n],
        "throttle_frac": throttle[around % n],
        "brake_frac": brake[around % n],
    }
    grid |= {"throttle_raw_frac": grid["throttle_frac"], "brake_raw_frac": grid["brake_frac"]}
    ticks = _ticks(grid)
    lap = Lap(0, LapKind.TIMED, 0, len(ticks["time_s"]), 0.0, float(elapsed[-1]))
    session = replace(base.session, source="potential", simulated=True, official_lap_times_s=())
    trace = LapTrace(lap, session, base.track_length_m, base.step_m, ticks, grid)
    return Potential(trace, path, best)


def _pedals(v: FloatArray, along: FloatArray, car: CarModel, traces: Sequence[LapTrace]) -> tuple[FloatArray, FloatArray]:
    """Throttle and brake (n,), 0..1, that the accelerations imply, on the scale of the driver's own pedals.

    Between coasting (median deceleration on neither pedal) and full throttle the throttle is taken as linear in the
    acceleration; beyond coasting the brake, at the limit being as far down as the driver's hardest tenth.
    """
    coasting, hardest = _coasting(traces), _hardest_brake(traces)
    full = np.interp(v, car.speed_mps, car.accel_full_mps2)
    limit = np.interp(v, car.speed_mps, car.braking_mps2)
    throttle = np.clip((along + coasting) / np.maximum(full + coasting, 0.1), 0.0, 1.0)
    brake = np.clip((-along - coasting) / np.maximum(limit - coasting, 0.1), 0.0, 1.0) * hardest
    return throttle, brake


def _coasting(traces: Sequence[LapTrace]) -> float:
    """Median deceleration with both pedals up, m/s2; 0.5 (engine and air of a road car) where it is never seen."""
    seen = []
    for trace in traces:
        grid = trace.grid
        if {"throttle_frac", "brake_frac"} <= grid.keys():
            along = np.gradient(grid["speed_mps"] ** 2 / 2.0, trace.step_m)
            neither = (grid["throttle_frac"] < ON_PEDAL) & (grid["brake_frac"] < ON_PEDAL) & (along < 0.0)
            seen.append(-along[neither])
    values = np.concatenate(seen) if seen else np.empty(0)
    return float(np.median(values)) if len(values) else 0.5


def _hardest_brake(traces: Sequence[LapTrace]) -> float:
    """P90 of the pressed brake pedal over the laps; 1 where it is never pressed."""
    pressed = [trace.grid["brake_frac"][trace.grid["brake_frac"] > ON_PEDAL] for trace in traces if "brake_frac" in trace.grid]
    values = np.concatenate(pressed) if pressed else np.empty(0)
    return float(np.quantile(values, 0.9)) if len(values) else 1.0


def _ticks(grid: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The grid's channels at 60 Hz, as a recording would have sampled them."""
    time = grid["time_s"]
    ticks = np.arange(np.ceil(time[0] * TICK_HZ), np.floor(time[-1] * TICK_HZ) + 1.0) / TICK_HZ
    return {name: np.interp(ticks, time, values) for name, values in grid.items()}
