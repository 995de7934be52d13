"""One mapping of iRacing's live memory, opened by pyirsdk: its layout, its ticks, its session text.

Everything handed out is a copy: a view left on the mapping would keep pyirsdk from closing it. Whatever the memory holds, a
reading either fits the layout or raises `Unusable`; the adapter then closes the mapping and starts again.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import irsdk
import numpy as np

from coach.arrays import IntArray
from coach.telemetry.channels import LIVE_CHANNELS
from coach.telemetry.frame import INDEX, Frame, frame_of
from coach.telemetry.ibt_layout import HEADER_BYTES, MAX_BUFFERS, VARIABLE_BYTES, Header, Variable, VarType, unpack_header, unpack_variables

_CODES = {VarType.BOOL: "?", VarType.INT: "i", VarType.BITS: "I", VarType.FLOAT: "f", VarType.DOUBLE: "d"}
_BLANK = np.full(len(LIVE_CHANNELS), np.nan)
_PREFIX = struct.Struct("<10i")  # the header without what changes with every tick
_BUFFERS_AT = 48
_TICK_BEGIN_AT = 8
_INT = struct.Struct("<i")
_CONNECTED = 1


class Unusable(Exception):
    """The memory cannot be read on as it was: not there, not connected, or of another layout. The text says which."""


class IracingMemory:
    """An open mapping. Raises Unusable from its constructor when there is nothing to read yet."""

    def __init__(self, image: Path | None) -> None:
        self._sdk = _started(image)
        try:
            self._memory = self._sdk._shared_mem  # noqa: SLF001 - pyirsdk has no public way to the bytes
            self.header = unpack_header(self._memory[:HEADER_BYTES])
            self._prefix = self._fixed_part(_PREFIX.unpack_from(self._memory, 0))
            self._variable_bytes = self._copy_variables()
            self._plan()
        except (struct.error, ValueError, IndexError) as error:
            self.close()
            raise Unusable(f"the live memory is not laid out as iRacing's: {error}") from error
        except Unusable:
            self.close()
            raise

    @property
    def has_event(self) -> bool:
        """Whether the simulator signals each tick (Windows); in a file nobody does."""
        return self._sdk._data_valid_event is not None  # noqa: SLF001

    def wait_for_event(self) -> None:
        """Wait up to 32 ms for the simulator's signal that a tick is there."""
        self._sdk._wait_valid_data_event()  # noqa: SLF001 - the public call copies all variables as well

    def close(self) -> None:
        """Unmap."""
        self._memory = None
        self._sdk.shutdown()

    def session_update(self) -> int:
        """Counter of session texts. Raises Unusable when the simulator is gone or the layout is another one."""
        now = _PREFIX.unpack_from(self._memory, 0)
        if not now[1] & _CONNECTED:
            raise Unusable("the simulator has closed")
        if self._fixed_part(now) != self._prefix:
            raise Unusable("the simulator changed its variables")
        return int(now[3])

    def check_variables(self) -> None:
        """Compare the variable headers with those of the start; costs too much for every tick. Raises Unusable."""
        if self._copy_variables() != self._variable_bytes:
            raise Unusable("the simulator changed its variables")

    def ticks(self) -> tuple[int, ...]:
        """The tick count of each buffer, in the order of the buffers."""
        return self._buffer_headers.unpack_from(self._memory, _BUFFERS_AT)[::4]

    def read(self, buffer: int, tick: int) -> Frame | None:
        """The tick that a buffer holds; None when the simulator wrote into it meanwhile.

        One call copies the channels in use, and nothing else, out of the mapping. Builds before 2025 leave the mark of a
        begun write at 0; there the tick count alone decides.
        """
        at = _BUFFERS_AT + 16 * buffer
        if _INT.unpack_from(self._memory, at + _TICK_BEGIN_AT)[0] not in {0, tick}:
            return None
        raw = self._record.unpack_from(self._memory, self._offsets[buffer])
        if _INT.unpack_from(self._memory, at)[0] != tick or _INT.unpack_from(self._memory, at + _TICK_BEGIN_AT)[0] not in {0, tick}:
            return None
        values = _BLANK.copy()
        values[self._order] = raw
        return frame_of(tick, values)

    def marks_begin(self, buffer: int) -> bool:
        """Whether this build marks the beginning of a write."""
        return bool(_INT.unpack_from(self._memory, _BUFFERS_AT + 16 * buffer + _TICK_BEGIN_AT)[0])

    def session_text(self) -> bytes:
        """A copy of what the session text says about the session and the player; nobody else is in it."""
        start, length = self.header.session_info_offset, self.header.session_info_len
        end = self._memory.find(b"\0", start, start + length)
        return own_text(self._memory[start : end if end >= 0 else start + length])

    @staticmethod
    def _fixed_part(prefix: tuple[int, ...]) -> tuple[int, ...]:
        return prefix[0], prefix[2], *prefix[4:]

    def _copy_variables(self) -> bytes:
        start, count = self.header.var_header_offset, self.header.num_vars
        if count < 0 or start < HEADER_BYTES or start + VARIABLE_BYTES * count > len(self._memory):
            raise Unusable(f"the live memory states {count} variables at {start}, outside its {len(self._memory)} bytes")
        return bytes(self._memory[start : start + VARIABLE_BYTES * count])

    def _plan(self) -> None:
        """Where each channel lies; the one call that reads them; what is missing. Read once, at the start."""
        if not 1 <= self.header.num_buf <= MAX_BUFFERS:
            raise Unusable(f"the live memory states {self.header.num_buf} buffers instead of 1 to {MAX_BUFFERS}")
        self._buffer_headers = struct.Struct(f"<{4 * self.header.num_buf}i")
        self._offsets = [buffer.offset for buffer in self.header.buffers[: self.header.num_buf]]
        if min(self._offsets) < HEADER_BYTES or max(self._offsets) + self.header.buf_len > len(self._memory):
            raise Unusable("the live memory states buffers outside itself")
        self._record, self._order, self.missing = _record_plan(self.header, unpack_variables(self._variable_bytes))


def _record_plan(header: Header, variables: list[Variable]) -> tuple[struct.Struct, IntArray, frozenset[str]]:
    """The struct that picks our channels out of a record, the place of each in a frame, and the channels that are not there.

    Where a variable holds several samples of one tick (360 Hz logging switched on) the last one is the tick's own value:
    measured on a real image, `YawRate` equals `YawRate_ST[5]`.
    """
    usable = {v.name: v for v in variables if _is_usable(v, header.buf_len)}
    present = [channel for channel in LIVE_CHANNELS if channel.iracing in usable]
    parts, names, end = ["<"], [], 0
    for channel in sorted(present, key=lambda channel: _last_at(usable[channel.iracing])):
        variable = usable[channel.iracing]
        at = _last_at(variable)
        if at >= end:  # a variable placed inside another one is not to be trusted: it counts as missing
            parts.append(f"{at - end}x{_CODES[VarType(variable.code)]}")
            names.append(channel.name)
            end = variable.offset + variable.nbytes
    order = np.array([INDEX[name] for name in names], dtype=np.int64)
    return struct.Struct("".join(parts)), order, frozenset(INDEX) - frozenset(names)


def _is_usable(variable: Variable, record_bytes: int) -> bool:
    """A number, single or several samples of one tick, inside the record. What is stated per car has no single value."""
    if variable.code not in list(_CODES) or variable.n_items < 1 or (variable.n_items > 1 and not variable.as_time):
        return False
    return variable.offset >= 0 and variable.offset + variable.nbytes <= record_bytes


def _last_at(variable: Variable) -> int:
    return variable.offset + variable.nbytes - variable.nbytes // variable.n_items


def _started(image: Path | None) -> Any:
    """pyirsdk, connected to the simulator or to a file that holds its memory.

    pyirsdk first asks iRacing's status page over HTTP, without a time limit, and prints when nobody answers. The engine opens no
    network connection, and need not: without a simulator there is no event to open, and status and ticks say the rest.
    """
    sdk = irsdk.IRSDK()
    sdk._check_sim_status = lambda: True  # noqa: SLF001
    try:
        started = sdk.startup(test_file=None if image is None else str(image))
        running = started and sdk._header.status & _CONNECTED  # noqa: SLF001 - is_connected is true for any file
    except (OSError, ValueError, struct.error, AttributeError) as error:  # no file, empty, too short; not Windows
        sdk.shutdown()
        raise Unusable("the simulator is not running") from error
    if not running:
        sdk.shutdown()
        raise Unusable("the simulator is not running")
    return sdk


_SECTION = re.compile(rb"^(WeekendInfo|SessionInfo|DriverInfo|SplitTimeInfo|RacingCoach):.*?(?=^[^\s]|\Z)", re.MULTILINE | re.DOTALL)
_SESSION_LINES = re.compile(rb"^(?:SessionInfo:| Sessions:| - SessionNum:.*|   Session(?:Type|Name):.*)$", re.MULTILINE)
_DRIVER_HEAD = re.compile(rb"^(?:DriverInfo:| (?!DriverIncidentCount)\w+:.*)$", re.MULTILINE)
_DRIVER_ENTRY = re.compile(rb"^ - CarIdx: *(\d+).*?(?=^ ?[- ]?\S|\Z)", re.MULTILINE | re.DOTALL)
_ENTRY_LINES = re.compile(rb"^(?: - CarIdx|   (?:UserName|UserID|CarPath|CarScreenName)):.*$", re.MULTILINE)
_OWN_CAR = re.compile(rb"^ DriverCarIdx: *(\d+)", re.MULTILINE)


def own_text(raw: bytes) -> bytes:
    """The session text without other people, results, radios and cameras: what changes in it concerns the player.

    A race rewrites its text every few seconds; a reader that compares this part learns when that matters.
    """
    sections = [_own_section(found[1], found[0]) for found in _SECTION.finditer(raw)]
    return raw[: max(raw.find(b"WeekendInfo:"), 0)] + b"\n\n".join(section.rstrip() for section in sections) + b"\n\n"


def _own_section(name: bytes, section: bytes) -> bytes:
    if name == b"SessionInfo":
        return b"\n".join(_SESSION_LINES.findall(section))
    if name != b"DriverInfo":
        return section
    own = _OWN_CAR.search(section)
    entries = [found[0] for found in _DRIVER_ENTRY.finditer(section) if own and found[1] == own[1]]
    return b"\n".join([*_DRIVER_HEAD.findall(section), *(line for entry in entries for line in _ENTRY_LINES.findall(entry))])
