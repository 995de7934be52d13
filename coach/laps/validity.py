"""Whether a lap counts, and if not, why. Only channels that the source has can speak against a lap."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coach.arrays import BoolArray, FloatArray, IntArray
from coach.laps.lap import Integrity, Lap, LapKind, Reason
from coach.laps.stations import NOT_IN_WORLD, Motion
from coach.telemetry.recording import Recording

OFF_TRACK_TICKS = 2  # coaching.md 3.5: one sample may be noise
INCIDENT_LAG_S = 1.5  # the count rises 0.5-1.5 s after the event (iracing.md 3.4): just after the line it is the lap before
YELLOW_BITS = 0x8 | 0x100 | 0x4000 | 0x8000  # yellow, waving, caution, caution waving
TRAFFIC_GAP_S = 1.0  # a car this close ahead disturbs (coaching.md section 0)
TRAFFIC_GAP_M = 30.0
TRAFFIC_SHARE = 0.1  # of the lap; a car met once, in one corner of ten, does not make the lap another lap
GAP_TICKS = 12.0  # a dropout: of a source at 10-30 Hz, where a gap of one tick is long already
GAP_LEAST_S = 0.5  # a pedal pressed and released can hide in more; live captures have 0.3-0.5 s holes after the line
MISSING_SHARE = 0.25  # single ticks lost evenly do no harm: streams lose 15 % and keep their lap times to 0.1 ms
DISTANCE_RATIO = (0.95, 1.06)  # driven / track length; -0.3 to +2.2 % measured, a spin or a cut corner is outside
TOP_SPEED_MPS = 150.0  # no car of any simulator we read is faster
ROLLING_START = 0.5  # a lap that begins below half the speed at which it ends began in the pits or on the grid


@dataclass(frozen=True, slots=True)
class Signals:
    """The recording's columns that may speak against a lap, shape (n_ticks,); absent ones are None."""

    in_pits: BoolArray
    away: BoolArray
    off_track: BoolArray | None
    towed: BoolArray | None
    yellow: BoolArray | None
    traffic: BoolArray | None
    wetness: FloatArray | None
    incidents: IntArray  # ticks at which the count has risen


def signals_of(recording: Recording) -> Signals:
    """Reads each channel once."""
    none = np.zeros(recording.n_ticks, dtype=np.bool_)
    surface = recording.column("track_surface") if recording.has("track_surface") else None
    pits = recording.column("on_pit_road") == 1.0 if recording.has("on_pit_road") else none
    return Signals(
        in_pits=pits if surface is None else pits | (surface == 1.0),
        away=none if surface is None else surface == NOT_IN_WORLD,
        off_track=None if surface is None else surface == 0.0,
        towed=recording.column("tow_time_s") > 0.0 if recording.has("tow_time_s") else None,
        yellow=_yellow(recording),
        traffic=_traffic(recording),
        wetness=recording.column("track_wetness") if recording.has("track_wetness") else None,
        incidents=_incidents(recording),
    )


def _yellow(recording: Recording) -> BoolArray | None:
    if not recording.has("session_flags"):
        return None
    flags = np.nan_to_num(recording.column("session_flags"), nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray((flags.astype(np.int64) & YELLOW_BITS) != 0, dtype=np.bool_)


def _traffic(recording: Recording) -> BoolArray | None:
    if not recording.has("dist_ahead_m"):
        return None
    ahead = recording.column("dist_ahead_m")
    close = np.fmax(TRAFFIC_GAP_S * recording.column("speed_mps"), TRAFFIC_GAP_M)
    return np.asarray((ahead > 0.0) & (ahead < close), dtype=np.bool_)


def _incidents(recording: Recording) -> IntArray:
    if not recording.has("incident_count"):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(np.diff(recording.column("incident_count")) > 0.0).astype(np.int64) + 1


def judge(lap: Lap, motion: Motion, signals: Signals, *, cut: bool, counted: bool) -> Lap:
    """The lap with its reasons and integrity. `cut`: a jump ended it; `counted`: False when the simulator refused it."""
    integrity = _integrity(lap, motion)
    here = slice(lap.first, lap.last)
    towed = _any(signals.towed, slice(lap.first, lap.last + 2))
    wetness = None if signals.wetness is None else signals.wetness[here]
    found = {
        Reason.OUT_LAP: lap.kind is LapKind.OUT or _rolled_off(lap, motion),
        Reason.IN_LAP: lap.kind is LapKind.IN,
        Reason.PARTIAL: lap.kind is LapKind.PARTIAL,
        Reason.OFF_TRACK: signals.off_track is not None and np.count_nonzero(signals.off_track[here]) >= OFF_TRACK_TICKS,
        Reason.INCIDENT: _incident_in(lap, motion, signals.incidents),
        Reason.TOW: towed,
        Reason.RESET: cut and not towed,
        Reason.PIT: bool(signals.in_pits[here].any()),
        Reason.DROPOUT: _dropped_out(lap, motion, integrity),
        Reason.TRAFFIC: signals.traffic is not None and float(np.mean(signals.traffic[here])) > TRAFFIC_SHARE,
        Reason.YELLOW: _any(signals.yellow, here),
        Reason.WET_CHANGE: wetness is not None and bool(np.any(np.diff(wetness[wetness > 0.0]) != 0.0)),
        Reason.IMPLAUSIBLE: _implausible(lap, motion, integrity),
        Reason.NOT_COUNTED: not counted,
    }
    return replace(lap, reasons=tuple(reason for reason, speaks in found.items() if speaks), integrity=integrity)


def _any(signal: BoolArray | None, where: slice) -> bool:
    return signal is not None and bool(signal[where].any())


def _inside(lap: Lap, motion: Motion) -> slice:
    first, last = np.searchsorted(motion.index, [lap.first, lap.last])
    return slice(int(first), int(last))


def _integrity(lap: Lap, motion: Motion) -> Integrity:
    inside = _inside(lap, motion)
    time, speed = motion.time_s[inside], motion.speed_mps[inside]
    # The steps over both lines belong to the lap as far as they lie in it.
    edges = np.concatenate(([lap.start_s] if np.isfinite(lap.start_s) else [], time, [lap.end_s] if np.isfinite(lap.end_s) else []))
    gaps = np.diff(edges)
    missing = np.maximum(np.round(gaps / motion.tick_s) - 1.0, 0.0)
    ratio = np.nan
    if np.isfinite(lap.lap_time_s):
        at_edges = np.interp(edges, time, speed)
        ratio = float(np.sum(0.5 * (at_edges[1:] + at_edges[:-1]) * gaps)) / motion.length_m
    return Integrity(
        missing_ticks=int(missing.sum()),
        longest_gap_s=float(gaps.max(initial=0.0)),
        backwards_ticks=int(np.count_nonzero(np.diff(motion.laps[inside]) < 0.0)),
        distance_ratio=ratio,
        official_difference_s=lap.lap_time_s - lap.official_lap_time_s,
    )


def _rolled_off(lap: Lap, motion: Motion) -> bool:
    """A complete lap that was begun slowly: out of the pit lane's exit road, or from the grid."""
    if lap.kind is not LapKind.TIMED:
        return False
    inside = _inside(lap, motion)
    speed = motion.speed_mps[inside]
    return bool(speed[0] < ROLLING_START * speed[-1])


def _incident_in(lap: Lap, motion: Motion, incidents: IntArray) -> bool:
    """Whether the count rose in the lap or just after it, unless that was just after its start: that is the lap before."""
    inside = _inside(lap, motion)
    near = incidents[(incidents >= lap.first) & (incidents <= lap.last + INCIDENT_LAG_S / motion.tick_s)]
    if near.size == 0:
        return False
    times = np.interp(near, motion.index, motion.time_s)
    begin = lap.start_s + INCIDENT_LAG_S if np.isfinite(lap.start_s) else motion.time_s[inside.start]
    end = lap.end_s + INCIDENT_LAG_S if np.isfinite(lap.end_s) else motion.time_s[inside.stop - 1]
    return bool(np.any((times >= begin) & (times <= end)))


def _dropped_out(lap: Lap, motion: Motion, integrity: Integrity) -> bool:
    too_long = integrity.longest_gap_s > max(GAP_TICKS * motion.tick_s, GAP_LEAST_S)
    return too_long or integrity.missing_ticks > MISSING_SHARE * (lap.ticks + integrity.missing_ticks)


def _implausible(lap: Lap, motion: Motion, integrity: Integrity) -> bool:
    inside = _inside(lap, motion)
    glitched = bool(np.any((motion.glitches >= lap.first) & (motion.glitches < lap.last)))
    too_fast = bool(np.any(motion.speed_mps[inside] > TOP_SPEED_MPS))
    if not np.isfinite(lap.lap_time_s):
        return glitched or too_fast
    ratio = integrity.distance_ratio
    strange = bool(np.isfinite(ratio)) and not DISTANCE_RATIO[0] <= ratio <= DISTANCE_RATIO[1]
    return glitched or too_fast or strange or lap.lap_time_s < motion.length_m / TOP_SPEED_MPS
