"""Finding the phases of a corner in one lap: lift, braking, turn-in, minimum speed, throttle, shifts.

It works on the ticks, between which it interpolates, and never on the grid except for the curvature. Thresholds come from the
driver's own pedals (`coach/compare/pedals.py`). Definitions: vocabulary.md and coaching.md 2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.pedals import MERGE_S, LapNoise, Presses, crossing, learn_noise, onset, pedal_of, presses
from coach.compare.phases import NAN, CornerPhases
from coach.laps.trace import LapTrace
from coach.track.map import Corner
from coach.track.path import LapPath

BUILDS_S = 0.35  # a braking reaches a fifth of its peak within this (coaching.md 2.4)
HELD_S = 0.3  # full throttle counts when held this long (coaching.md 2.4)
TURNING = 0.2  # of the corner's largest curvature (coaching.md 2.4)
COMING_OFF = 0.9  # of the brake's peak: below it for good is the release
RELIFT = 0.1  # of the throttle's travel; a smaller dip is modulation
EARLIER_S = 2.0  # a lift or a braking may begin this long before the corner's window (coaching.md 2.3)
WALKING_MPS = 2.0


@dataclass(frozen=True, slots=True)
class PhaseData:
    """One lap's columns for finding phases, shape (k,) each, and its presses; made once for all corners."""

    time_s: FloatArray
    station_m: FloatArray
    speed_mps: FloatArray
    brake: FloatArray
    throttle: FloatArray
    gear: FloatArray
    braked: Presses
    driven: Presses
    noise: LapNoise
    has_brake: bool
    has_throttle: bool


def phases_of_lap(trace: LapTrace, path: LapPath, corners: Sequence[Corner], noise: LapNoise | None = None) -> tuple[CornerPhases, ...]:
    """Phases of every corner, in the corners' order. `noise`: of the driver's pedals, from this lap when not given."""
    data = phase_data(trace, noise)
    return tuple(_phases(trace, path, corner, data) for corner in corners)


def find_phases(trace: LapTrace, path: LapPath, corner: Corner, noise: LapNoise | None = None) -> CornerPhases:
    """Phases of one corner. What did not happen, or what the source does not tell, is NaN."""
    return _phases(trace, path, corner, phase_data(trace, noise))


def phase_data(trace: LapTrace, noise: LapNoise | None = None) -> PhaseData:
    """The lap's pedals with their presses."""
    learned = noise or learn_noise(trace)
    time = trace.ticks["time_s"]
    brake, throttle = pedal_of(trace, "brake"), pedal_of(trace, "throttle")
    has_brake, has_throttle = bool(np.isfinite(brake).any()), bool(np.isfinite(throttle).any())
    return PhaseData(
        time, trace.ticks["station_m"], trace.ticks["speed_mps"],
        brake, throttle, trace.ticks["gear"] if trace.has("gear") else np.full(time.size, np.nan),
        presses(time, brake, learned.brake, taps=True), presses(time, throttle, learned.throttle),
        learned, has_brake, has_throttle,
    )  # fmt: skip


def _phases(trace: LapTrace, path: LapPath, corner: Corner, data: PhaseData) -> CornerPhases:
    first, last = _window(data, corner)
    if last - first < 2:
        return CornerPhases()
    slowest = _slowest(data, corner, first, last)
    v_min, v_min_at = _minimum(data, slowest)
    braking = _main_braking(data, first, last, slowest)
    brake_on = _braking_point(data, braking) if braking else NAN
    peak, peak_at, release, off = _brake_shape(data, braking) if braking else (NAN, NAN, NAN, NAN)
    turn_in = _turn_in(trace, path, corner)
    applied = _application(data, first, last, slowest, braking)
    throttle_on = onset(data.time_s, data.station_m, data.throttle, applied, data.noise.throttle) if applied is not None else NAN
    full = _full_throttle(data, applied, last)
    coast_m, coast_s = _coasting(data, first, last)
    return CornerPhases(
        lift_m=_lift(data, first, slowest, braking) if braking or slowest < last - 2 else NAN,  # still slowing: the next corner's
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
        lifts=_relifts(data, applied, last),
        gear_at_min=float(data.gear[slowest]),
        shifts_m=_shifts(data, first, last),
    )


def _window(data: PhaseData, corner: Corner) -> tuple[int, int]:
    """Ticks [first, last) of the corner's window."""
    first, last = np.searchsorted(data.station_m, [corner.start_m, corner.end_m])
    return int(first), int(last)


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


def _main_braking(data: PhaseData, first: int, last: int, slowest: int) -> tuple[int, int] | None:
    """Ticks [begin, end] of the largest press, by pressure x time, that begins before the minimum speed and counts here.

    It may reach beyond the window, but most of its work is done inside: else it is the braking of the corner before or after.
    """
    best, most = None, 0.0
    for begin, end in zip(data.braked.first.tolist(), data.braked.last.tolist(), strict=True):
        if end < first or begin > slowest:
            continue
        work = _work(data, begin, end)
        here = _work(data, max(begin, first), min(end, last - 1))
        if here > 0.5 * work and work > most:
            best, most = (begin, end), work
    return best


def _work(data: PhaseData, begin: int, end: int) -> float:
    pressed = data.brake[begin : end + 1] - data.noise.brake.rest
    return float(np.sum(pressed * np.gradient(data.time_s[begin : end + 1]))) if end > begin else 0.0


def _braking_point(data: PhaseData, braking: tuple[int, int]) -> float:
    """Station at which the press began for good.

    A foot that rests on the pedal first (left-foot brakers pre-load it on the throttle for half a second and more) has not
    braked yet: when a fifth of the peak takes longer than 0.35 s, the steeper rise after it is traced back (coaching.md 2.4).
    """
    begin, end = braking
    begun = onset(data.time_s, data.station_m, data.brake, begin, data.noise.brake)
    pressed = data.brake[begin : end + 1]
    rest, peak = data.noise.brake.rest, float(pressed.max())
    fifth, half = (rest + share * (peak - rest) for share in (0.2, 0.5))
    at_fifth, at_half = (begin + int(np.argmax(pressed >= level)) for level in (fifth, half))
    if data.time_s[at_fifth] - data.time_s[begin] <= BUILDS_S:
        return begun
    low, high = crossing(data.station_m, data.brake, at_fifth, fifth), crossing(data.station_m, data.brake, at_half, half)
    return max(low - (fifth - rest) / (half - fifth) * (high - low), begun)


def _brake_shape(data: PhaseData, braking: tuple[int, int]) -> tuple[float, float, float, float]:
    """Peak, station of the peak, of the final release from it, and of the end."""
    begin, end = braking
    pressed = data.brake[begin : end + 1]
    at = begin + int(np.argmax(pressed))
    peak = float(data.brake[at])
    level = data.noise.brake.rest + COMING_OFF * (peak - data.noise.brake.rest)
    high = begin + int(np.flatnonzero(pressed >= level)[-1])
    station, after = data.station_m, data.station_m.size - 1
    release = crossing(station, data.brake, high + 1, level) if high < after else float(station[high])
    off = crossing(station, data.brake, end + 1, data.noise.brake.off) if end < after else float(station[end])
    return peak, float(station[at]), release, off


def _lift(data: PhaseData, first: int, slowest: int, braking: tuple[int, int] | None) -> float:
    """Where the throttle is let go for the corner; NaN when it is not, or was not on before.

    Sought backwards from where it is off, to the last tick at the level held before. Where the window's own braking began
    before it, the level held in the two seconds before counts; without braking that lift was another corner's.
    """
    if not data.has_throttle:
        return NAN
    level, noise = data.throttle, data.noise.throttle
    off = _let_go(data, first, slowest, braking)
    if off is None:
        return NAN
    since = min(first, off)
    if braking is not None and (off < first or level[first : off + 1].max() < noise.on):
        since = int(np.searchsorted(data.time_s, data.time_s[first] - EARLIER_S))
    held = float(level[since : off + 1].max())
    threshold = held - (noise.full - noise.lifted)
    last_held = since + int(np.flatnonzero(level[since : off + 1] >= threshold)[-1])
    if held < noise.on or last_held >= off:
        return NAN
    return crossing(data.station_m, level, last_held + 1, threshold)


def _let_go(data: PhaseData, first: int, slowest: int, braking: tuple[int, int] | None) -> int | None:
    """A tick at which the throttle is let go for this corner; None when it never is.

    With braking: from its start on, because blips of the downshifts come later and the left foot may brake first.
    """
    begin = first if braking is None else min(braking[0], slowest)
    level = data.throttle[begin : slowest + 1]
    low = int(np.argmin(level)) if braking is None else int(np.argmax(level < data.noise.throttle.lifted))
    return begin + low if level[low] < data.noise.throttle.lifted else None


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
    apex = inner + int(np.nanargmax(bend[inner:]))
    least = max(float(np.nanmin(bend[: apex + 1])), 0.0)
    threshold = least + TURNING * (float(bend[apex]) - least)
    if not bend[apex] - least > TURNING * bend[apex]:
        return NAN
    straight = np.flatnonzero(bend[: apex + 1] < threshold)
    return crossing(station, bend, int(straight[-1]) + 1, threshold)


def _application(data: PhaseData, first: int, last: int, slowest: int, braking: tuple[int, int] | None) -> int | None:
    """Tick at which the throttle is on again to stay: the press that lasts beyond the minimum speed, or the next one.

    A driver who only eases off never leaves the pedal: then where it rises again from its lowest.
    """
    if not data.has_throttle:
        return None
    for begin, end in zip(data.driven.first.tolist(), data.driven.last.tolist(), strict=True):
        if end <= slowest or begin >= last:
            continue
        if begin > first and (braking is None or begin > braking[0]):
            return int(begin)
        return _rise_again(data, max(begin, first), min(end, last - 1), slowest)
    return None


def _rise_again(data: PhaseData, begin: int, end: int, slowest: int) -> int | None:
    """First tick above the lowest throttle of an eased-off corner, by the share that counts as on; None when held full."""
    noise = data.noise.throttle
    near = data.throttle[begin : slowest + 1]
    low = float(near.min()) if near.size else float(data.throttle[begin])
    if low >= noise.lifted:
        return None
    at = begin + int(np.flatnonzero(near == low)[-1])
    higher = np.flatnonzero(data.throttle[at : end + 1] > low + (noise.on - noise.rest))
    return at + int(higher[0]) if higher.size else None


def _full_throttle(data: PhaseData, applied: int | None, last: int) -> float:
    """Where the throttle reaches its stop and is not let go for 0.3 s, or to the end of the window."""
    if applied is None:
        return NAN
    noise, level = data.noise.throttle, data.throttle[applied:last]
    reached = np.flatnonzero(level >= noise.fully_on)
    let_go = np.append(np.flatnonzero(level < noise.lifted), level.size)
    for at in reached.tolist():
        until = int(let_go[np.searchsorted(let_go, at)])
        if until == level.size or data.time_s[applied + until] - data.time_s[applied + at] >= HELD_S:
            return crossing(data.station_m, data.throttle, applied + at, noise.fully_on)
    return NAN


def _relifts(data: PhaseData, applied: int | None, last: int) -> int:
    """Falls of the throttle after its application that are taken back within the window; cuts of a shift are none."""
    if applied is None:
        return 0
    level = data.throttle[applied:last]
    step = RELIFT * (data.noise.throttle.full - data.noise.throttle.rest) + data.noise.throttle.sigma
    shifting = _shifting(data)[applied:last]
    count, top, low = 0, float(level[0]) if level.size else 0.0, np.inf
    for value, cut in zip(level.tolist(), shifting.tolist(), strict=True):
        if cut:
            continue
        if value < top - step:
            low = min(low, value)
        if low < top - step and value > low + step:
            count, top, low = count + 1, value, np.inf
        top = max(top, value)
    return count


def _shifting(data: PhaseData) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Ticks within a blip's time of a change of gear."""
    changed = np.flatnonzero(np.diff(data.gear) != 0.0)
    near = np.zeros(data.gear.size, dtype=np.bool_)
    for tick in changed.tolist():
        begin, end = np.searchsorted(data.time_s, [data.time_s[tick] - MERGE_S, data.time_s[tick] + 2.0 * MERGE_S])
        near[int(begin) : int(end)] = True
    return near


def _coasting(data: PhaseData, first: int, last: int) -> tuple[float, float]:
    """Metres and seconds on neither pedal inside the window."""
    if not (data.has_brake and data.has_throttle):
        return NAN, NAN
    inside = slice(first, last)
    free = (data.brake[inside] < data.noise.brake.on) & (data.throttle[inside] < data.noise.throttle.on)
    free &= data.speed_mps[inside] > WALKING_MPS
    both = free[1:] & free[:-1]
    return float(np.sum(np.diff(data.station_m[inside])[both])), float(np.sum(np.diff(data.time_s[inside])[both]))


def _shifts(data: PhaseData, first: int, last: int) -> tuple[tuple[float, int], ...]:
    """Stations of new gears; neutral on the way between two gears is not one."""
    ticks = np.arange(first, last)
    ticks = ticks[np.isfinite(data.gear[ticks]) & (data.gear[ticks] != 0.0)]
    gears = data.gear[ticks]
    new = np.flatnonzero(np.diff(gears) != 0.0) + 1
    return tuple((float(data.station_m[ticks[at]]), int(gears[at])) for at in new)
