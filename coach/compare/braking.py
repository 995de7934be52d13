"""The way into a corner: lift, main braking, its shape and its end."""

from __future__ import annotations

import numpy as np

from coach.compare.pedals import crossing, onset
from coach.compare.phase_data import PhaseData
from coach.compare.phases import NAN

BUILDS_S = 0.35  # a braking reaches a fifth of its peak within this (coaching.md 2.4)
COMING_OFF = 0.9  # of the brake's peak: below it for good is the release
EARLIER_S = 2.0  # a lift or a braking may begin this long before the corner's window (coaching.md 2.3)


def find_main_braking(data: PhaseData, first: int, last: int, slowest: int) -> tuple[int, int] | None:
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


def find_braking_point(data: PhaseData, braking: tuple[int, int]) -> float:
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


def brake_shape(data: PhaseData, braking: tuple[int, int]) -> tuple[float, float, float, float]:
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


def find_lift(data: PhaseData, first: int, slowest: int, braking: tuple[int, int] | None) -> float:
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
        since = min(int(np.searchsorted(data.time_s, data.time_s[first] - EARLIER_S)), off)  # linked corners: let go long before
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


def _work(data: PhaseData, begin: int, end: int) -> float:
    pressed = data.brake[begin : end + 1] - data.noise.brake.rest
    return float(np.sum(pressed * np.gradient(data.time_s[begin : end + 1]))) if end > begin else 0.0
