"""The bytes of iRacing's telemetry: header, disk header and variable headers, shared by disk files and the live memory image.

    0    header, 112 bytes: 11 int32, cur_buf, up to four buffers of 16 bytes
    112  disk files only: disk header, 32 bytes
    ...  variable headers (144 bytes each), session text (YAML), records; the header says where

Little-endian throughout; variables are packed unaligned. Source: pyirsdk 1.3.7 and real files. It checks nothing: readers do.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

HEADER_BYTES = 112
DISK_HEADER_BYTES = 32
VARIABLE_BYTES = 144
MAX_BUFFERS = 4

_HEADER = struct.Struct("<11iB3x")
_BUFFER = struct.Struct("<iii4x")
_DISK_HEADER = struct.Struct("<qddii")
_VARIABLE = struct.Struct("<iii?3x32s64s32s")
_VARIABLE_FIELDS = np.dtype(
    [("code", "<i4"), ("offset", "<i4"), ("count", "<i4"), ("as_time", "?"), ("", "V3"), ("name", "S32"), ("desc", "S64"), ("unit", "S32")]
)


class VarType(IntEnum):
    """iRacing's type codes."""

    CHAR = 0
    BOOL = 1
    INT = 2
    BITS = 3
    FLOAT = 4
    DOUBLE = 5


DTYPES: tuple[npt.DTypeLike, ...] = ("S1", "?", "<i4", "<u4", "<f4", "<f8")  # by type code
ITEM_BYTES = (1, 1, 4, 4, 4, 8)


class Buffer(NamedTuple):
    """One record buffer: disk files have one, the live image three or four in turn."""

    tick_count: int
    offset: int
    tick_count_begin: int = 0


class Header(NamedTuple):
    """The first 112 bytes."""

    version: int
    status: int
    tick_rate: int
    session_info_update: int
    session_info_len: int
    session_info_offset: int
    num_vars: int
    var_header_offset: int
    num_buf: int
    buf_len: int
    cur_buf_tick_count: int
    cur_buf: int
    buffers: tuple[Buffer, ...]


class DiskHeader(NamedTuple):
    """What disk files put at byte 112; the record count is 0 while the simulator is still writing."""

    start_date: int  # seconds since 1970
    start_time_s: float
    end_time_s: float
    lap_count: int
    record_count: int


class Variable(NamedTuple):
    """One variable of a record. `n_items` > 1: an array; `as_time`: its items are samples within the tick (360 Hz)."""

    name: str
    code: int
    offset: int
    n_items: int
    as_time: bool
    unit: str
    description: str

    @property
    def nbytes(self) -> int:
        """Bytes in a record."""
        return ITEM_BYTES[self.code] * self.n_items

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The numpy type, arrays as subarrays."""
        base = np.dtype(DTYPES[self.code])
        return base if self.n_items == 1 else np.dtype((base, (self.n_items,)))


def unpack_header(data: bytes) -> Header:
    """The header from at least HEADER_BYTES bytes."""
    fields = _HEADER.unpack_from(data, 0)
    buffers = tuple(Buffer(*_BUFFER.unpack_from(data, _HEADER.size + i * _BUFFER.size)) for i in range(MAX_BUFFERS))
    return Header._make((*fields, buffers))


def pack_header(header: Header) -> bytes:
    """The 112 bytes of a header; missing buffers become zeros."""
    return (_HEADER.pack(*header[:-1]) + b"".join(_BUFFER.pack(*buffer) for buffer in header.buffers)).ljust(HEADER_BYTES, b"\0")


def unpack_disk_header(data: bytes) -> DiskHeader:
    """The disk header from the bytes of a file's start."""
    return DiskHeader(*_DISK_HEADER.unpack_from(data, HEADER_BYTES))


def pack_disk_header(header: DiskHeader) -> bytes:
    """The 32 bytes of a disk header."""
    return _DISK_HEADER.pack(*header)


def unpack_variables(data: bytes) -> list[Variable]:
    """All variables from a whole number of variable headers."""
    rows = np.frombuffer(data, dtype=_VARIABLE_FIELDS)
    code, offset, count, as_time = (rows[name].tolist() for name in ("code", "offset", "count", "as_time"))
    name, desc, unit = (_texts(rows[name]) for name in ("name", "desc", "unit"))
    return list(map(Variable, name, code, offset, count, as_time, unit, desc))


def pack_variable(variable: Variable) -> bytes:
    """The 144 bytes of one variable header; longer texts are cut, the name must fit."""
    name = variable.name.encode("latin-1")
    if not 0 < len(name) < 32:
        raise ValueError(f"an iRacing variable name has 1 to 31 characters: {variable.name!r}")
    texts = (text.encode("latin-1", "replace")[: size - 1] for text, size in ((variable.description, 64), (variable.unit, 32)))
    return _VARIABLE.pack(variable.code, variable.offset, variable.n_items, variable.as_time, name, *texts)


def record_dtype(variables: list[Variable], buf_len: int) -> np.dtype[np.void]:
    """The structured type of one record; of variables with one name the last counts, as in pyirsdk."""
    named = {variable.name: variable for variable in variables}
    return np.dtype(
        {
            "names": list(named),
            "formats": [variable.dtype for variable in named.values()],
            "offsets": [variable.offset for variable in named.values()],
            "itemsize": buf_len,
        }
    )


def _texts(column: npt.NDArray[np.bytes_]) -> list[str]:
    """Latin-1 texts up to the first NUL; numpy has cut trailing NULs already."""
    return [text.partition(b"\0")[0].decode("latin-1") for text in column.tolist()]
