"""A drive as live memory: what iRacing would publish while it goes on, at the pace of a clock or of whoever reads.

Live-only channels are in, disk-only ones out, and the session text is published anew whenever a lap time becomes official. The
other cars' arrays are there, empty but for the player's own entry.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from coach.arrays import FloatArray
from coach.errors import BadInput
from coach.sim.output import Made
from coach.sim.session_text import PLAYER_INDEX
from coach.telemetry.channels import BY_IRACING
from coach.telemetry.ibt_layout import DTYPES, Variable
from coach.telemetry.memory_image import SHARED_MEMORY_NAME, MemoryImage, live_variables
from coach.telemetry.recording import Recording

SHARED = "shared-memory"  # in place of a file name: the named memory that iRacing itself uses (Windows)
DATA_EVENT_NAME = "Local\\IRSDKDataValidEvent"
_CLEAR = 1.0  # car_left_right: nobody beside
_CONSTANT = {"car_left_right": _CLEAR, "is_replay": 0.0, "is_in_garage": 0.0}  # live-only channels that a drive alone has
_OWN_ENTRY = {
    "CarIdxLap": "lap_number",
    "CarIdxLapDistPct": "lap_dist_frac",
    "CarIdxTrackSurface": "track_surface",
    "CarIdxOnPitRoad": "on_pit_road",
}
_NOBODY = {"CarIdxLap": -1, "CarIdxLapDistPct": -1.0, "CarIdxTrackSurface": -1}


class _Rows:
    """What a drive publishes, row by row."""

    def __init__(self, made: Made) -> None:
        recording = made.recording
        self.made = made
        self.clock_s = recording.column("session_time_s")
        self.skipped = _skipped(recording)
        self.official = _laps_official(recording)
        self.columns = {v.name: _column(recording, v) for v in live_variables() if v.name in BY_IRACING}
        self.own = {name: recording.column(channel) for name, channel in _OWN_ENTRY.items()}


class LiveDrive:
    """Publishes a drive tick by tick. `place`: a file; None for iRacing's named shared memory (Windows only)."""

    def __init__(self, made: Made, place: Path | None) -> None:
        self._rows = _Rows(made)
        self._done = 0
        self.next_row = 0
        self._event = _DataEvent() if place is None else None
        shared = SHARED_MEMORY_NAME if place is None else None
        self.image = MemoryImage(place, live_variables(), made.text(0), shared_name=shared)
        self._empty_field()

    @property
    def n_ticks(self) -> int:
        """Ticks of the whole drive."""
        return len(self._rows.clock_s)

    def go_on(self, made: Made) -> bool:
        """Publish this drive from here on, from whichever thread; False, and nothing changes, where it was another one so far."""
        rows = _Rows(made)
        if not made.begins_as(self._rows.made, self.next_row):
            return False
        self._rows = rows
        return True

    def step(self, ticks: int = 1) -> bool:
        """Publish the next ticks, as fast as they can be written; False when none is left."""
        for row in range(self.next_row, min(self.next_row + ticks, self.n_ticks)):
            self._publish(row)
        return self.next_row < self.n_ticks

    def play(self, speed: float, now: Callable[[], float] = time.perf_counter, sleep: Callable[[float], None] = time.sleep) -> None:
        """Publish what is left at `speed` times real time; late ticks follow at once, none is left out."""
        if not speed > 0.0:
            raise BadInput(f"--speed {speed:g}: expected a factor above 0, as in 1 for real time.")
        begin, first_s = now(), float(self._rows.clock_s[min(self.next_row, self.n_ticks - 1)])
        while self.next_row < self.n_ticks:
            wait = begin + (float(self._rows.clock_s[self.next_row]) - first_s) / speed - now()
            if wait > 0.0:
                sleep(wait)
            self.step()

    def follow(self, orders: Iterable[str], answer: Callable[[str], None]) -> None:
        """Let the reader set the pace: each line of `orders` asks for that many ticks (1 when empty) and is answered.

        The answer is the number of ticks published so far; `end` once the drive is over. It ends with the orders.
        """
        for order in orders:
            if order.strip() and not order.strip().isdecimal():
                raise BadInput(f"--speed follow: {order.strip()!r} on standard input is no number of ticks.")
            more = self.step(int(order) if order.strip() else 1)
            answer(str(self.next_row) if more else "end")
            if not more:
                return

    def close(self) -> None:
        """Say that the simulator has gone; the file stays."""
        self.image.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _publish(self, row: int) -> None:
        rows, record = self._rows, self.image.record
        for name, values in rows.columns.items():
            record[name] = values[row]
        for name, column in rows.own.items():
            record[name][0, PLAYER_INDEX] = column[row]
        if rows.official[row] > self._done:
            self._done = int(rows.official[row])
            self.image.set_session_text(rows.made.text(self._done))
        self.image.commit(skip=int(rows.skipped[row]))
        if self._event is not None:
            self._event.pulse()
        self.next_row = row + 1

    def _empty_field(self) -> None:
        for name, value in _NOBODY.items():
            self.image.record[name] = value


def _column(recording: Recording, variable: Variable) -> npt.NDArray[Any]:
    """A channel in the variable's type; 0 where it is unknown, as iRacing writes it."""
    channel = BY_IRACING[variable.name]
    constant = np.full(recording.n_ticks, _CONSTANT.get(channel.name, 0.0))
    values = recording.column(channel.name) if recording.has(channel.name) else constant
    return np.nan_to_num(values).astype(DTYPES[variable.code])


def _skipped(recording: Recording) -> FloatArray:
    """Ticks that the recording misses before each row, shape (n_ticks,)."""
    tick = recording.column("session_tick")
    return np.maximum(np.diff(tick, prepend=tick[0] - 1.0) - 1.0, 0.0)


def _laps_official(recording: Recording) -> FloatArray:
    """How many lap times have become official up to each row, shape (n_ticks,)."""
    last = recording.column("lap_last_time_s")
    return np.cumsum((np.diff(last, prepend=last[0]) != 0.0) & (last > 0.0)).astype(np.float64)


class _DataEvent:
    """The event on which readers on Windows wait for a tick; pulsed, so that all who wait are woken."""

    def __init__(self) -> None:
        if os.name != "nt":
            raise BadInput("Named shared memory exists on Windows only; give the live memory image a file instead.")
        self._kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore] # Windows only
        self._handle = self._kernel.CreateEventW(None, 1, 0, DATA_EVENT_NAME)  # reset by hand, not set

    def pulse(self) -> None:
        self._kernel.PulseEvent(self._handle)
