"""The way out of a corner: throttle application, full throttle, lifts after it; and the coasting between the pedals."""

from __future__ import annotations

import numpy as np

from coach.arrays import BoolArray
from coach.compare.pedals import MERGE_S, crossing
from coach.compare.phase_data import PhaseData
from coach.compare.phases import NAN

HELD_S = 0.3  # full throttle counts when held this long (coaching.md 2.4)
RELIFT = 0.1  # of the throttle's travel; a smaller dip is modulation
WALKING_MPS = 2.0


def find_application(data: PhaseData, first: int, last: int, slowest: int, braking: tuple[int, int] | None) -> int | None:
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


def find_full_throttle(data: PhaseData, applied: int | None, last: int) -> float:
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


def count_relifts(data: PhaseData, applied: int | None, last: int) -> int:
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


def _shifting(data: PhaseData) -> BoolArray:
    """Ticks within a blip's time of a change of gear."""
    changed = np.flatnonzero(np.diff(data.gear) != 0.0)
    near = np.zeros(data.gear.size, dtype=np.bool_)
    for tick in changed.tolist():
        begin, end = np.searchsorted(data.time_s, [data.time_s[tick] - MERGE_S, data.time_s[tick] + 2.0 * MERGE_S])
        near[int(begin) : int(end)] = True
    return near


def coasting(data: PhaseData, first: int, last: int) -> tuple[float, float]:
    """Metres and seconds on neither pedal inside the window."""
    if not (data.has_brake and data.has_throttle):
        return NAN, NAN
    inside = slice(first, last)
    free = (data.brake[inside] < data.noise.brake.on) & (data.throttle[inside] < data.noise.throttle.on)
    free &= data.speed_mps[inside] > WALKING_MPS
    both = free[1:] & free[:-1]
    return float(np.sum(np.diff(data.station_m[inside])[both])), float(np.sum(np.diff(data.time_s[inside])[both]))
