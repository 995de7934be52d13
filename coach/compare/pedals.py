"""A pedal of one lap: what its rest, its noise and its full travel are, and when it was on.

Thresholds are shares of what this driver does with this pedal, kept above its noise; coaching.md 2.4 gives them for a pedal
that is used up to 1 (on 0.05, off 0.03).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray, IntArray
from coach.laps.trace import LapTrace

ON_SHARE, OFF_SHARE = 0.05, 0.03  # of the usual travel (coaching.md 2.4)
FULL_SHARE = 0.02  # below full travel and still full: full throttle is above 0.98 (vocabulary.md)
ON_SIGMAS, OFF_SIGMAS = 6.0, 3.0  # a threshold this far above rest is crossed by noise less than once a lap
MERGE_S = 0.15  # a gap or a press shorter than this is a blip of a downshift, or a slip of the foot (coaching.md 2.4)
TAP_SHARE = 0.2  # of the usual peak; a short press below it is a tap (coaching.md 2.4: reaches 0.20)
TAP_S = 0.05  # three ticks (coaching.md 2.4)
PLATEAU_SHARE = 0.03  # of the lap at one level makes it the pedal's stop
LOOK_BACK_S = 0.1  # an onset is traced back at most this far below its threshold
STEP_SHARE = 1.0 / 255.0  # coarsest pedal resolution met: 8 bit


@dataclass(frozen=True, slots=True)
class PedalNoise:
    """Levels of one pedal in its own unit (0..1): rest, standard deviation of the noise, full travel, usual peak."""

    rest: float
    sigma: float
    full: float
    usual: float

    @property
    def on(self) -> float:
        """Above it the pedal is pressed."""
        return self.rest + max(ON_SIGMAS * self.sigma, ON_SHARE * (self.usual - self.rest), STEP_SHARE)

    @property
    def off(self) -> float:
        """Below it the pedal is released; lower than `on`, so that noise does not toggle it."""
        return self.rest + max(OFF_SIGMAS * self.sigma, OFF_SHARE * (self.usual - self.rest), 0.5 * STEP_SHARE)

    @property
    def fully_on(self) -> float:
        """From here on it is at its stop."""
        return self.full - max(OFF_SIGMAS * self.sigma, FULL_SHARE * (self.full - self.rest))

    @property
    def lifted(self) -> float:
        """Below it a pedal that was at its stop has been let go."""
        return self.full - max(ON_SIGMAS * self.sigma, ON_SHARE * (self.full - self.rest))


@dataclass(frozen=True, slots=True)
class LapNoise:
    """Noise of both pedals, of one lap or pooled over a driver's laps."""

    brake: PedalNoise
    throttle: PedalNoise


@dataclass(frozen=True, slots=True)
class Presses:
    """Times a pedal was on: ticks [first[i], last[i]] inclusive."""

    first: IntArray
    last: IntArray


def learn_noise(trace: LapTrace) -> LapNoise:
    """Noise of the lap's pedals, as the driver pressed them where the source tells, else as the car saw them."""
    return LapNoise(pedal_noise(pedal_of(trace, "brake")), pedal_noise(pedal_of(trace, "throttle")))


def pedal_of(trace: LapTrace, pedal: str) -> FloatArray:
    """The pedal itself, or the brake and throttle behind force curve and aids; NaN throughout without either."""
    names = [name for name in (f"{pedal}_raw_frac", f"{pedal}_frac") if trace.has(name)]
    # Some sources carry the raw channel without filling it.
    filled = [name for name in names if np.any(trace.ticks[name] > 0.0)]
    return trace.ticks[(filled or names)[0]] if names else np.full(trace.ticks["station_m"].size, np.nan)


def pedal_noise(values: FloatArray) -> PedalNoise:
    """Levels of one pedal from its samples, shape (k,); of a pedal never touched or not there: 0, 0, 1, 1."""
    values = values[np.isfinite(values)]
    if values.size < 3 or np.ptp(values) == 0.0:
        return PedalNoise(0.0, 0.0, 1.0, 1.0)
    # Most of a lap the pedal is held at a stop: the median of the second differences sees noise, not movement.
    sigma = float(1.4826 * np.median(np.abs(np.diff(values, 2))) / np.sqrt(6.0))
    low = float(np.quantile(values, 0.02))
    # The quantile is a noise's low side; the middle of what lies near it is rest. A throttle never let go shows no rest.
    rest = float(np.median(values[values <= low + max(4.0 * sigma, STEP_SHARE)])) if low < 0.2 else 0.0
    top = float(np.quantile(values, 0.995))
    at_top = values[np.abs(values - top) <= max(2.0 * sigma, STEP_SHARE)]
    full = float(np.median(at_top)) if at_top.size >= PLATEAU_SHARE * values.size else max(top, 1.0 - 2.0 * sigma)
    return PedalNoise(rest, sigma, full, _usual_peak(values, rest, top))


def _usual_peak(values: FloatArray, rest: float, top: float) -> float:
    """Median peak of the lap's presses, found with a coarse threshold at a tenth of the largest."""
    first, last = _runs(values > rest + 0.1 * (top - rest))
    peaks = [float(values[begin : end + 1].max()) for begin, end in zip(first, last, strict=True)]
    peaks = [peak for peak in peaks if peak > rest + TAP_SHARE * (top - rest)]
    return float(np.median(peaks)) if peaks else top


def presses(time_s: FloatArray, values: FloatArray, noise: PedalNoise, *, taps: bool = False) -> Presses:
    """When the pedal was on: hysteresis between `on` and `off`, short gaps bridged, then short presses left out.

    `taps`: a short press counts all the same when it lasts three ticks and is no light touch (the brake; a throttle that is
    only tapped is a blip).
    """
    mark = np.where(values > noise.on, 1, np.where(values < noise.off, -1, 0))
    known = np.maximum.accumulate(np.where(mark != 0, np.arange(mark.size), 0))
    first, last = _runs(mark[known] > 0)
    if first.size == 0:
        return Presses(first, last)
    apart = time_s[first[1:]] - time_s[last[:-1]] >= MERGE_S
    first = first[np.concatenate(([True], apart))]
    last = last[np.concatenate((apart, [True]))]
    lasted = time_s[last] - time_s[first]
    kept = lasted >= MERGE_S
    if taps:
        peak = np.array([values[begin : end + 1].max() for begin, end in zip(first, last, strict=True)])
        kept |= (lasted >= TAP_S) & (peak >= noise.rest + TAP_SHARE * (noise.usual - noise.rest))
    return Presses(first[kept], last[kept])


def _runs(state: BoolArray) -> tuple[IntArray, IntArray]:
    """First and last index of every run of True."""
    edge = np.diff(np.concatenate(([False], state, [False])).astype(np.int8))
    return np.flatnonzero(edge == 1).astype(np.int64), (np.flatnonzero(edge == -1) - 1).astype(np.int64)


def crossing(station_m: FloatArray, values: FloatArray, tick: int, level: float) -> float:
    """Station, sub-tick, at which the value passes `level` between ticks `tick - 1` and `tick`; of the first tick: its own."""
    if tick == 0:
        return float(station_m[0])
    before, after = values[tick - 1], values[tick]
    share = 1.0 if after == before else min(max((level - before) / (after - before), 0.0), 1.0)
    return float(station_m[tick - 1] + share * (station_m[tick] - station_m[tick - 1]))


def onset(time_s: FloatArray, station_m: FloatArray, values: FloatArray, tick: int, noise: PedalNoise) -> float:
    """Station at which the press that passes `on` at `tick` left rest: its rise traced back, so that no threshold delays it."""
    if tick == 0:
        return float(station_m[0])
    soon = int(np.searchsorted(time_s, time_s[tick] + 2.0 * MERGE_S, side="right"))
    half = noise.on + 0.5 * (float(values[tick:soon].max()) - noise.on)
    up = tick + int(np.argmax(values[tick:soon] >= half))
    if up == tick:  # half done within one tick: it began somewhere in it
        return 0.5 * float(station_m[tick - 1] + station_m[tick])
    at_on = crossing(station_m, values, tick, noise.on)
    per_m = (half - noise.on) / (crossing(station_m, values, up, half) - at_on)
    resting = np.flatnonzero(values[:tick] <= noise.rest + 2.0 * noise.sigma)
    latest_rest = float(station_m[resting[-1]]) if resting.size else float(station_m[0])
    looked_back = float(np.interp(time_s[tick] - LOOK_BACK_S, time_s, station_m))
    return max(at_on - (noise.on - noise.rest) / per_m, min(max(latest_rest, looked_back), at_on))
