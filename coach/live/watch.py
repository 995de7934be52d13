"""What happens to the car while it is driven: the detectors on the ticks since they last looked, never on a whole lap.

They look when a corner is over and the car runs straight again, and at the line: about 1 ms each time, some hundred ticks apart.
What is found is what the same detectors find on the finished lap (`detect_lap`), because each event is seen from the ticks
around it alone: a second before and after are looked at with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.detect.baseline import Baseline
from coach.detect.detect import detect_events
from coach.detect.detection import Detection
from coach.detect.signals import read_signals
from coach.laps.resample import Columns
from coach.live.recorder import CLOCK, NAMES, Recorder
from coach.telemetry.frame import INDEX
from coach.track.map import Corner

# What ended this long ago stays as it is: slides half a second apart are one, the second of them is known after a quarter, and a
# landing or a shift 0.2 s later still counts.
SETTLED_S = 1.0
LEAD_S = 1.0  # looked at before, not told again: a pedal held, a shift, a clutch that closes act on what follows
MOST_S = 60.0  # a car that stands between two corners has nothing to tell; keeps a look short
LAPS_REMEMBERED = 30  # longer than the newest comparable laps reach back, whatever lay between
FEWEST_TICKS = 12  # a derivative needs some
NOWHERE = (-1, -1)
SLOWEST_HZ = 5.0  # a source with fewer ticks shows no event of a tenth of a second


@dataclass(slots=True)
class Watch:
    """How far the drive was looked at. Times on the session clock, s; NaN: nothing is watched."""

    since_s: float = math.nan  # watched without a break from here
    judged_s: float = math.nan  # everything that began before was told
    quiet_s: float = math.nan  # neither braking nor turning since
    corner: Corner | None = None  # passed, and waiting for the straight
    window: tuple[int, int] = NOWHERE  # lap, and index of the corner window that the car is in
    passed: tuple[int, int] = NOWHERE  # the window whose turn-out was passed last
    found: list[Detection] = field(default_factory=list)  # in the corner that waits, not told yet
    laps: dict[tuple[int, str], set[int]] = field(default_factory=dict)  # on which a kind was seen in a corner, by number and kind
    called: dict[tuple[int, str], int] = field(default_factory=dict)  # the lap of the last call about it

    def begin(self, now_s: float) -> None:
        """Watch from here."""
        self.since_s = self.judged_s = now_s

    def forget(self) -> None:
        """The drive was broken."""
        self.since_s = self.judged_s = self.quiet_s = math.nan
        self.corner = None
        self.found.clear()
        self.window = self.passed = NOWHERE

    def note(self, corner: int, kind: str, lap: int) -> None:
        """Something was seen in a corner on a lap."""
        seen = self.laps.get((corner, kind), set())
        self.laps[corner, kind] = {one for one in seen if lap - LAPS_REMEMBERED < one < lap} | {lap}

    def repeated(self, corner: int, kind: str, lap: int, laps: int) -> bool:
        """Whether it was seen there on that many laps running, up to this one."""
        return {lap - back for back in range(laps)} <= self.laps.get((corner, kind), set())

    def spoilt(self, corner: int) -> set[int]:
        """Laps on which anything was seen there: their passages are not what is usual."""
        return {lap for (number, _), laps in self.laps.items() if number == corner for lap in laps}

    def saw(self, time_s: float) -> bool:
        """Whether what began then was told, or will be."""
        return time_s >= self.since_s  # NaN: no

    def look(self, recorder: Recorder, station_m: float, length_m: float, baseline: Baseline, *, is_last: bool = False) -> list[Detection]:
        """Events that are over and not told yet, in order; stations count on over the line up to the car's own, times are the session clock's.

        What still goes on, or may be joined by more, comes the next time; at the last look there is none. Never raises for what is in
        the ticks.
        """
        ticks = recorder.since(max(self.judged_s, float(recorder.since(-math.inf)[-1, CLOCK]) - MOST_S) - LEAD_S)
        now_s = float(ticks[-1, CLOCK])
        try:
            with np.errstate(all="ignore"):  # numbers that are none are the source's; nothing is seen in them
                driven = ticks_of(ticks, station_m, length_m)
                tick_s = np.median(np.diff(driven["time_s"])) if driven["time_s"].size >= FEWEST_TICKS else math.nan
                usable = 0.0 < tick_s <= 1.0 / SLOWEST_HZ
                events = detect_events(read_signals(driven, np.ones(driven["time_s"].size, np.bool_)), baseline) if usable else ()
        except (ArithmeticError, LookupError, ValueError):
            events = ()
        fresh = [one for one in events if one.start_s >= self.judged_s]
        settled_s = math.inf if is_last else now_s - SETTLED_S
        self.judged_s = max(self.judged_s, min([settled_s, *(one.start_s for one in fresh if one.end_s > settled_s)]))
        return [one for one in fresh if one.start_s < self.judged_s]


def stations_of(ticks: FloatArray, station_m: float, length_m: float) -> FloatArray:
    """Stations of kept ticks, shape (k,), counting on over the line up to the car's own."""
    step = np.diff(ticks[:, INDEX["lap_dist_frac"]])
    driven_m = np.concatenate(([0.0], np.cumsum(step - np.round(step)))) * length_m
    return np.asarray(driven_m - driven_m[-1] + station_m)


def ticks_of(ticks: FloatArray, station_m: float, length_m: float) -> Mapping[str, FloatArray]:
    """Kept ticks, shape (k, len(NAMES)), as columns of a trace: those that went on, station up to the car's own, time on the session clock."""
    station = stations_of(ticks, station_m, length_m)
    reached = np.maximum.accumulate(station)
    onwards = np.concatenate(([True], reached[1:] > reached[:-1]))
    ticks, station = ticks[onwards], station[onwards]
    known: BoolArray = ~np.all(np.isnan(ticks), axis=0)
    given = {"station_m": station, "time_s": ticks[:, CLOCK].copy()}
    return Columns(
        frozenset(name for name, there in zip(NAMES, known.tolist(), strict=True) if there),
        given,
        lambda name: np.ascontiguousarray(ticks[:, INDEX[name]]),
    )
