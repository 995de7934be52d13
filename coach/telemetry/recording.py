"""A recording: columns of one drive, and what is known about it. Every file source gives exactly this.

It does not know laps, and it never says where the numbers came from beyond the name of the source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from coach.arrays import FloatArray
from coach.telemetry.channels import BY_NAME


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What a recording says about itself. Empty strings, NaN and empty tuples mean that the source does not say.

    Nobody but the player is ever in it, and the player only when the reader was asked to keep the name.
    """

    source: str  # which importer: "ibt", "garage61", "lap-file", ...
    simulator: str = "iracing"
    simulator_build: str = ""
    car_id: str = ""  # the simulator's short name: "formulavee"
    car_name: str = ""
    track_id: str = ""  # the simulator's name, configuration included: "tsukuba 1kfull"
    track_name: str = ""
    track_config: str = ""
    track_length_stated_m: float = np.nan  # rounded to 10 m by iRacing
    session_type: str = ""
    tick_rate_hz: float = 60.0
    sector_starts_frac: tuple[float, ...] = ()
    official_lap_times_s: tuple[tuple[int, float], ...] = ()  # (lap number, time) where the source states them apart from its channels
    redline_rpm: float = np.nan
    fuel_max_l: float = np.nan
    gear_count: int = 0
    track_north_rad: float = np.nan
    player_name: str = ""  # only when asked for
    simulated: bool = False  # True: made by a simulator of ours, never to be taken for a driven lap
    notes: tuple[str, ...] = ()  # repairs made while reading, in plain words


Loader = Callable[[str], FloatArray | None]


@dataclass(slots=True)
class Recording:
    """Columns by our names, loaded when first asked for.

    `loader(name)` gives a float64 column of shape (n_ticks,), SI units and our signs, or None when the source has no such
    channel. `column` then gives NaN for all ticks: nothing after the adapter asks which simulator or which car.
    """

    path: Path
    session: SessionInfo
    n_ticks: int
    loader: Loader
    available: frozenset[str]
    _cache: dict[str, FloatArray] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the source gives this channel."""
        return name in self.available

    def column(self, name: str) -> FloatArray:
        """The column of shape (n_ticks,), read-only; NaN throughout when the source lacks it. KeyError: not a channel."""
        if name not in self._cache:
            if name not in BY_NAME:
                raise KeyError(name)
            loaded = self.loader(name) if name in self.available else None
            column = np.full(self.n_ticks, np.nan) if loaded is None else np.ascontiguousarray(loaded, dtype=np.float64)
            column.setflags(write=False)
            self._cache[name] = column
        return self._cache[name]

    def first_of(self, *names: str) -> FloatArray:
        """The first of several channels that the source has (pedal before throttle body, say)."""
        return self.column(next((name for name in names if self.has(name)), names[-1]))

    def __reduce__(self) -> tuple[Any, ...]:
        """As all its columns: a recording that is sent to another process is in memory there, wherever it came from."""
        columns = {name: self.column(name) for name in sorted(self.available)}
        return _in_memory, (self.path, self.session, self.n_ticks, columns)

    @property
    def missing(self) -> frozenset[str]:
        """Channels of the table that this source does not give."""
        return frozenset(BY_NAME) - self.available


def recording_from_columns(path: Path, session: SessionInfo, columns: dict[str, FloatArray]) -> Recording:
    """A recording whose columns are all in memory; they must share one length."""
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise ValueError(f"columns of one recording must share one length, got {sorted(lengths)}")
    return Recording(path, session, lengths.pop(), columns.get, frozenset(columns))


def _in_memory(path: Path, session: SessionInfo, n_ticks: int, columns: dict[str, FloatArray]) -> Recording:
    return Recording(path, session, n_ticks, columns.get, frozenset(columns))


def clamp(name: str, column: FloatArray) -> FloatArray:
    """The column within the limits of the channel table."""
    limits = BY_NAME[name].clamp
    return column if limits is None else np.clip(column, *limits)
