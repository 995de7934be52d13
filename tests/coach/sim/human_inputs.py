"""What hands and feet do, measured the same way on recorded and on simulated laps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.telemetry.recording import Recording

HZ = 60.0
LONGEST_S = 10.0
NAMES = ("session_time_s", "brake_raw_frac", "throttle_raw_frac", "steer_rad", "speed_mps", "lap_number", "lap_dist_m")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Per main brake application: rise from 10 to 90 % of its peak and release from the last 90 to 10 % (s), time both pedals
    are on (s); per throttle application that reaches 90 %: rise from 10 % (s); hand wheel rates (rad/s); per place braked at on
    five laps or more: robust spread of the braking point (m)."""

    rise_s: FloatArray
    release_s: FloatArray
    throttle_s: FloatArray
    overlap_s: FloatArray
    steer_rate_radps: FloatArray
    brake_point_sd_m: FloatArray


def columns_of(recording: Recording) -> dict[str, FloatArray]:
    """The columns measured on; pedals, or what the pedals do where a source has no raw channel."""
    columns = {name: recording.column(name) for name in NAMES}
    for pedal in ("brake", "throttle"):
        columns[f"{pedal}_raw_frac"] = recording.first_of(f"{pedal}_raw_frac", f"{pedal}_frac")
    return columns


def measure(columns: Mapping[str, FloatArray]) -> Inputs:
    """On an even 60 Hz grid; holes of more than a tenth of a second are left out."""
    t = columns["session_time_s"]
    keep = np.isfinite(t) & np.concatenate([[True], np.diff(t) > 0.0])
    t = t[keep]
    grid = np.arange(t[0], t[-1], 1.0 / HZ)
    brake, throttle, steer, speed = (np.interp(grid, t, columns[name][keep]) for name in NAMES[1:5])
    station = columns["lap_dist_m"][keep][np.searchsorted(t, grid).clip(0, t.size - 1)]
    gap = np.interp(grid, t[:-1], np.diff(t)) > 0.1
    fast = (speed > 10.0) & ~gap
    rise, release, overlap, places = [], [], [], []
    for begin, end in _applications(brake, fast):
        peak = brake[begin : min(begin + 60, end)].max()
        top = begin + int(np.argmax(brake[begin:end] >= 0.9 * peak))
        foot = np.flatnonzero(brake[max(begin - 20, 0) : top] <= 0.1 * peak)
        rise.append((top - (max(begin - 20, 0) + foot[-1] if foot.size else begin)) / HZ)
        held = begin + int(np.flatnonzero(brake[begin:end] >= 0.9 * brake[begin:end].max())[-1])
        gone = np.flatnonzero(brake[held : end + 20] <= 0.1 * brake[begin:end].max())
        release.append((gone[0] if gone.size else end - held) / HZ)
        around = slice(max(begin - 30, 0), begin + 30)
        overlap.append(np.sum((brake[around] > 0.05) & (throttle[around] > 0.05)) / HZ)
        places.append(station[begin])
    rates = np.abs(np.gradient(steer) * HZ)[fast]
    applied = _throttle_rises(throttle, fast)
    return Inputs(np.array(rise), np.array(release), applied, np.array(overlap), rates, _spread(np.sort(np.array(places))))


def _throttle_rises(throttle: FloatArray, fast: BoolArray) -> FloatArray:
    """From the last sample below 10 % to the first of 90 %, s; slower than LONGEST_S is a corner at part throttle."""
    full = np.flatnonzero((throttle[1:] >= 0.9) & (throttle[:-1] < 0.9)) + 1
    shut = np.flatnonzero(throttle < 0.1)
    rises, last = [], -1
    for top in full:
        before = shut[shut < top]
        if not before.size or before[-1] <= last:
            continue
        last = top
        if top - before[-1] < LONGEST_S * HZ and fast[before[-1] : top].all():
            rises.append((top - before[-1]) / HZ)
    return np.array(rises)


def _applications(brake: FloatArray, fast: BoolArray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ((brake > 0.05) & fast).astype(np.int8), [0]])))
    spans = zip(edges[::2], edges[1::2], strict=True)
    return [(int(a), int(b)) for a, b in spans if b - a >= 15 and brake[a:b].max() > 0.2]


def _spread(places: FloatArray) -> FloatArray:
    groups = np.split(places, np.flatnonzero(np.diff(places) > 25.0) + 1)
    return np.array([1.4826 * np.median(np.abs(group - np.median(group))) for group in groups if group.size >= 5])
