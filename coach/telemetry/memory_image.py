"""Writer of iRacing's live memory: the bytes that the simulator publishes, in a file or in named shared memory.

A reader in another process maps the same file and sees every tick (pyirsdk's `startup(test_file=...)`), so the live adapter
can be tested, and later driven by the proving ground, on any system. The layout is the one measured on real images
(build 2024.08): header 112 bytes, session text, variable headers of 144 bytes, three buffers written in turn.

The file is created at full size under another name and renamed; afterwards it is only ever changed in place. A file cut
short under a reader's mapping kills the reader, and a file made anew is never seen by a reader that holds the old one.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from coach.errors import BadInput, CannotWrite
from coach.telemetry.channels import LIVE_CHANNELS, Channel, iracing_unit
from coach.telemetry.ibt_layout import (
    HEADER_BYTES,
    VARIABLE_BYTES,
    Buffer,
    Header,
    Variable,
    VarType,
    pack_header,
    pack_variable,
    packed,
    record_dtype,
)
from coach.telemetry.ibt_writer import type_of

IMAGE_BYTES = 1164 * 1024  # what iRacing publishes, and what pyirsdk maps on Windows
SHARED_MEMORY_NAME = "Local\\IRSDKMemMapFileName"
SESSION_TEXT_AT, SESSION_TEXT_BYTES = 112, 524_288
VARIABLES_AT = SESSION_TEXT_AT + SESSION_TEXT_BYTES
MOST_VARIABLES = 4096  # the header area of real images has room for 4096 variables
BUFFERS_AT = VARIABLES_AT + VARIABLE_BYTES * MOST_VARIABLES
BUFFER_STRIDE = 24_576
MOST_BUFFERS = 3  # the header has room for four, the image for three
_INT = struct.Struct("<i")
_STATUS_AT, _SESSION_UPDATE_AT, _CURRENT_TICK_AT, _CURRENT_BUFFER_AT, _BUFFER_HEADERS_AT = 4, 12, 40, 44, 48
_TICK_WRAP = 1 << 32


def _variable_of(channel: Channel) -> Variable:
    return Variable(channel.iracing, type_of(channel), 0, 1, as_time=False, unit=iracing_unit(channel), description=channel.meaning)


# What other cars do: present in every real image, read by nobody here; it gives the image its real shape.
_FIELD: tuple[tuple[str, VarType], ...] = (
    ("CarIdxLap", VarType.INT),
    ("CarIdxLapDistPct", VarType.FLOAT),
    ("CarIdxTrackSurface", VarType.INT),
    ("CarIdxOnPitRoad", VarType.BOOL),
    ("CarIdxPosition", VarType.INT),
    ("CarIdxEstTime", VarType.FLOAT),
)


def live_variables(cars: int = 64, *, without: Iterable[str] = ()) -> list[Variable]:
    """The live channels of the table as iRacing types them, then arrays over the field; `without` names iRacing variables to leave out."""
    left_out = set(without)
    field = [Variable(name, code, 0, cars, as_time=False, unit="", description=f"{name} by car index") for name, code in _FIELD]
    return packed([v for v in [*map(_variable_of, LIVE_CHANNELS), *field] if v.name not in left_out])


class MemoryImage:
    """A live memory image that this process writes. `record` is the tick being prepared; `commit` publishes it.

    `path` names a file; None with `shared_name` makes named shared memory instead (Windows only). A file that is there
    already is taken over in place, and grown when it is too short, so a reader that holds it goes on seeing it.
    """

    def __init__(
        self,
        path: Path | None,
        variables: Sequence[Variable],
        session_text: str,
        *,
        shared_name: str | None = None,
        tick_rate_hz: int = 60,
        buffers: int = 3,
        first_tick: int = 1,
        marks_begin: bool = True,
    ) -> None:
        self._memory = _shared(shared_name) if path is None else _mapped(path)
        self._marks_begin = marks_begin  # builds before 2025 leave tick_count_begin at 0
        self._session_update = _INT.unpack_from(self._memory, _SESSION_UPDATE_AT)[0]
        self.tick = first_tick - 1
        self._start(variables, session_text, tick_rate_hz, buffers)

    def reset(self, variables: Sequence[Variable], session_text: str, *, first_tick: int = 1) -> None:
        """Begin another session in place: another layout, another text, ticks counted anew. Readers see the status drop first."""
        self.tick = first_tick - 1
        self._start(variables, session_text, self._tick_rate_hz, self._buffers)

    def _start(self, variables: Sequence[Variable], session_text: str, tick_rate_hz: int, buffers: int) -> None:
        record_bytes = sum(variable.nbytes for variable in variables)
        if record_bytes > BUFFER_STRIDE or len(variables) > MOST_VARIABLES or not 1 <= buffers <= MOST_BUFFERS:
            raise BadInput(
                f"{len(variables)} variables of {record_bytes} bytes in {buffers} buffers do not fit a live memory image: "
                f"it holds {MOST_VARIABLES} variables of {BUFFER_STRIDE} bytes in 1 to {MOST_BUFFERS} buffers."
            )
        self._tick_rate_hz, self._buffers = tick_rate_hz, buffers
        self.disconnect()
        self.record: np.ndarray[Any, np.dtype[np.void]] = np.zeros(1, record_dtype(packed(variables), record_bytes))
        headers = b"".join(pack_variable(variable) for variable in packed(variables))
        self._memory[VARIABLES_AT : VARIABLES_AT + len(headers)] = headers
        self._write_header(len(variables), record_bytes)
        self.set_session_text(session_text)

    def _write_header(self, n_variables: int, record_bytes: int) -> None:
        """Everything; the status stays 0 until the first tick is there."""
        slots = tuple(Buffer(0, BUFFERS_AT + i * BUFFER_STRIDE) for i in range(self._buffers))
        text = (self._session_update, SESSION_TEXT_BYTES, SESSION_TEXT_AT)
        header = Header(2, 0, self._tick_rate_hz, *text, n_variables, VARIABLES_AT, self._buffers, record_bytes, 0, 0, slots)
        self._memory[:HEADER_BYTES] = pack_header(header)

    def set_session_text(self, text: str) -> None:
        """Publish another session text. UTF-8 when its first key says so, else Windows-1252, as iRacing writes it."""
        encoding = "utf-8" if text.startswith("---\nWeekendInfo:\n Encoding: UTF8") else "cp1252"
        raw = text.encode(encoding, "replace")
        if len(raw) >= SESSION_TEXT_BYTES:
            raise BadInput(f"The session text has {len(raw)} bytes; a live memory image holds {SESSION_TEXT_BYTES - 1}.")
        self._memory[SESSION_TEXT_AT:VARIABLES_AT] = raw.ljust(SESSION_TEXT_BYTES, b"\0")
        self._session_update += 1
        _INT.pack_into(self._memory, _SESSION_UPDATE_AT, self._session_update)

    def write(self, values: Mapping[str, Any]) -> None:
        """Set variables by their iRacing names and publish a tick; the others keep their values. KeyError: not in the layout."""
        for name, value in values.items():
            if name not in (self.record.dtype.names or ()):
                raise KeyError(name)
            self.record[name] = value
        self.commit()

    def commit(self, *, skip: int = 0) -> None:
        """Publish `record` as the next tick, in iRacing's order; `skip` ticks are lost before it.

        The whole record is copied each time: a variable left out would show its value of three ticks ago.
        """
        self.tick = _signed(self.tick + 1 + skip)
        slot = self.tick % self._buffers
        at, buffer_at = _BUFFER_HEADERS_AT + 16 * slot, BUFFERS_AT + slot * BUFFER_STRIDE
        if self._marks_begin:
            _INT.pack_into(self._memory, at + 8, self.tick)
        self._memory[buffer_at : buffer_at + self.record.nbytes] = self.record.tobytes()
        _INT.pack_into(self._memory, at, self.tick)
        _INT.pack_into(self._memory, _CURRENT_TICK_AT, self.tick)
        self._memory[_CURRENT_BUFFER_AT] = slot
        _INT.pack_into(self._memory, _STATUS_AT, 1)

    def disconnect(self) -> None:
        """Say that the simulator is not running; the image stays as it is."""
        _INT.pack_into(self._memory, _STATUS_AT, 0)

    def close(self) -> None:
        """Disconnect and let the memory go; the file stays."""
        if not self._memory.closed:
            self.disconnect()
            self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def _signed(tick: int) -> int:
    """The counter as the 32-bit signed number it is in the header: it wraps."""
    return (tick + _TICK_WRAP // 2) % _TICK_WRAP - _TICK_WRAP // 2


def _mapped(path: Path) -> mmap.mmap:
    """The file, at least of full size, mapped for shared writing."""
    try:
        if not path.exists():
            new = path.with_name(path.name + ".new")
            with new.open("wb") as file:
                file.truncate(IMAGE_BYTES)
            new.rename(path)
        with path.open("r+b") as file:
            if os.fstat(file.fileno()).st_size < IMAGE_BYTES:
                file.truncate(IMAGE_BYTES)  # grows it; a reader's mapping of the shorter file stays valid
            return mmap.mmap(file.fileno(), 0)
    except OSError as error:
        raise CannotWrite(f"{path}: the live memory image cannot be created ({error.strerror}); choose another place.") from error


def _shared(name: str | None) -> mmap.mmap:
    """Named shared memory, as the simulator itself makes it."""
    if name is None or os.name != "nt":
        raise BadInput("Named shared memory exists on Windows only; give the live memory image a file instead.")
    return mmap.mmap(-1, IMAGE_BYTES, tagname=name)  # type: ignore[call-arg,unused-ignore] # Windows only
