"""Finding the phases of a corner in one lap: lift, braking, turn-in, minimum speed, throttle, shifts.

It works on the ticks, between which it interpolates, and never on the grid except for the curvature. Thresholds come from the
driver's own pedals (`coach/compare/pedals.py`). Definitions: vocabulary.md and coaching.md 2.4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.compare.braking import brake_shape, find_braking_point, find_lift, find_main_braking
from coach.compare.pedals import LapNoise, crossing, onset
from coach.compare.phase_data import PhaseData, phase_data
from coach.compare.phases import NAN, CornerPhases
from coach.compare.throttle import coasting, count_relifts, find_application, find_full_throttle
from coach.laps.trace import LapTrace
from coach.track.map import Corner
from coach.track.path import LapPath

TURNING = 0.2  # of the corner's largest curvature (coaching.md 2.4)


def phases_of_lap(trace: LapTrace, path: LapPath, corners: Sequence[Corner], noise: LapNoise | None = None) -> tuple[CornerPhases, ...]:
    """Phases of every corner, in the corners' order. `noise`: of the driver's pedals, from this lap when not given."""
    data = phase_data(trace, noise)
    return tuple(_phases(trace, path, corner, data) for corner in corners)


def find_phases(trace: LapTrace, path: LapPath, corner: Corner, noise: LapNoise | None = None) -> CornerPhases:
    """Phases of one corner. What did not happen, or what the source does not tell, is NaN."""
    return _phases(trace, path, corner, phase_data(trace, noise))


def _phases(trace: LapTrace, path: LapPath, corner: Corner, data: PhaseData) -> CornerPhases:
    first, last = _window(data, corner)
    if last - first < 2:
        return CornerPhases()
    slowest = _slowest(data, corner, first, last)
    v_min, v_min_at = _minimum(data, slowest)
    braking = find_main_braking(data, first, last, slowest)
    brake_on = find_braking_point(data, braking) if braking else NAN
    peak, peak_at, release, off = brake_shape(data, braking) if braking else (NAN, NAN, NAN, NAN)
    turn_in = _turn_in(trace, path, corner)
    applied = find_application(data, first, last, slowest, braking)
    throttle_on = onset(data.time_s, data.station_m, data.throttle, applied, data.noise.throttle) if applied is not None else NAN
    full = find_full_throttle(data, applied, last)
    coast_m, coast_s = coasting(data, first, last)
    return CornerPhases(
        lift_m=find_lift(data, first, slowest, braking) if braking or slowest < last - 2 else NAN,  # still slowing: the next corner's
        brake_on_m=brake_on,
        brake_peak=peak,
        brake_peak_m=peak_at,
        brake_release_m=release,
        brake_off_m=off,
        turn_in_m=turn_in,
        trail_m=max(off - turn_in, 0.0) if np.isfinite(off) and np.isfinite(turn_in) else NAN,
        v_min_mps=v_min,
        v_min_at_m=v_min_at,
        throttle_on_m=throttle_on,
        full_throttle_m=full,
        entry_speed_mps=_speed_at(data, turn_in),
        exit_speed_mps=_speed_at(data, corner.turn_out_m),
        coasting_m=coast_m,
        coasting_s=coast_s,
        lifts=count_relifts(data, applied, last),
        gear_at_min=float(data.gear[slowest]),
        shifts_m=_shifts(data, first, last),
    )


def _speed_at(data: PhaseData, station_m: float) -> float:
    if not (np.isfinite(station_m) and data.station_m[0] <= station_m <= data.station_m[-1]):
        return NAN
    return float(np.interp(station_m, data.station_m, data.speed_mps))


def _slowest(data: PhaseData, corner: Corner, first: int, last: int) -> int:
    """Tick of the lowest speed between turn-in and turn-out, or of a minimum just beyond them.

    Where the speed falls outwards to the window's end there is no such minimum: the car is still leaving the corner before,
    or slowing for the next.
    """
    inner = np.searchsorted(data.station_m, [corner.turn_in_m, corner.turn_out_m])
    begin = min(max(int(inner[0]), first), last - 1)
    end = min(max(int(inner[1]), begin + 1), last)
    speed = data.speed_mps
    at = begin + int(np.argmin(speed[begin:end]))
    beyond = at
    while at == begin and beyond > first and speed[beyond - 1] < speed[beyond]:
        beyond -= 1
    while at == end - 1 and beyond < last - 1 and speed[beyond + 1] < speed[beyond]:
        beyond += 1
    return beyond if first < beyond < last - 1 else at


def _minimum(data: PhaseData, tick: int) -> tuple[float, float]:
    """Lowest speed and its station by the parabola through the slowest tick and its neighbours."""
    if not 0 < tick < data.speed_mps.size - 1:
        return float(data.speed_mps[tick]), float(data.station_m[tick])
    v0, v1, v2 = data.speed_mps[tick - 1 : tick + 2].tolist()
    bend = v0 - 2.0 * v1 + v2
    steps = np.diff(data.time_s[tick - 1 : tick + 2])
    if not (v0 >= v1 <= v2 and bend > 0.0 and steps.max() < 1.5 * steps.min()):  # ticks left out: no parabola
        return v1, float(data.station_m[tick])
    shift = 0.5 * (v0 - v2) / bend  # in ticks, within half a tick of the slowest
    station = float(np.interp(tick + shift, np.arange(tick - 1, tick + 2), data.station_m[tick - 1 : tick + 2]))
    return v1 - 0.25 * (v0 - v2) * shift, station


def _turn_in(trace: LapTrace, path: LapPath, corner: Corner) -> float:
    """Where the curvature towards the corner leaves the straight band for the last time before the apex of this lap.

    Straight is the least curvature since the window began: in linked corners of one direction there is no other. NaN when
    the curvature hardly rises at all.
    """
    begin, out = max(trace.index_at(corner.start_m), 0), trace.index_at(corner.turn_out_m)
    bend = corner.direction * path.curvature_1pm[begin : out + 1]
    known = np.flatnonzero(np.isfinite(bend))
    if known.size < 3:
        return NAN
    bend, station = bend[known[0] :], trace.grid["station_m"][begin + known[0] : out + 1]
    inner = min(int(np.searchsorted(station, corner.turn_in_m)), bend.size - 2)
    if not np.isfinite(bend[inner:]).any():
        return NAN
    apex = inner + int(np.nanargmax(bend[inner:]))
    least = max(float(np.nanmin(bend[: apex + 1])), 0.0)
    threshold = least + TURNING * (float(bend[apex]) - least)
    if not bend[apex] - least > TURNING * bend[apex]:
        return NAN
    straight = np.flatnonzero(bend[: apex + 1] < threshold)
    return crossing(station, bend, int(straight[-1]) + 1, threshold)


def _shifts(data: PhaseData, first: int, last: int) -> tuple[tuple[float, int], ...]:
    """Stations of new gears; neutral on the way between two gears is not one."""
    ticks = np.arange(first, last)
    ticks = ticks[np.isfinite(data.gear[ticks]) & (data.gear[ticks] != 0.0)]
    gears = data.gear[ticks]
    new = np.flatnonzero(np.diff(gears) != 0.0) + 1
    return tuple((float(data.station_m[ticks[at]]), int(gears[at])) for at in new)


def _window(data: PhaseData, corner: Corner) -> tuple[int, int]:
    """Ticks [first, last) of the corner's window."""
    first, last = np.searchsorted(data.station_m, [corner.start_m, corner.end_m])
    return int(first), int(last)
