"""What phases are found in: one lap's ticks and the times its pedals were on, made once for all corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.pedals import LapNoise, Presses, learn_noise, pedal_of, presses
from coach.laps.trace import LapTrace


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


def phase_data(trace: LapTrace, noise: LapNoise | None = None) -> PhaseData:
    """The lap's pedals with their presses."""
    learned = noise or learn_noise(trace)
    time = trace.ticks["time_s"]
    brake, throttle = (_held(time, pedal_of(trace, pedal)) for pedal in ("brake", "throttle"))
    has_brake, has_throttle = bool(np.isfinite(brake).any()), bool(np.isfinite(throttle).any())
    return PhaseData(
        time, trace.ticks["station_m"], trace.ticks["speed_mps"],
        brake, throttle, trace.ticks["gear"] if trace.has("gear") else np.full(time.size, np.nan),
        presses(time, brake, learned.brake, taps=True), presses(time, throttle, learned.throttle),
        learned, has_brake, has_throttle,
    )  # fmt: skip


def _held(time_s: FloatArray, values: FloatArray) -> FloatArray:
    """Single samples that the source left out, interpolated; a pedal that is not there stays NaN."""
    known = np.isfinite(values)
    return values if known.all() or not known.any() else np.interp(time_s, time_s[known], values[known])
