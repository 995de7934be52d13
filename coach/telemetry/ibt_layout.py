"""The bytes of iRacing's telemetry: header, disk header and variable headers, shared by disk files and the live memory image.

    0    header, 112 bytes: 11 int32, cur_buf, up to four buffers of 16 bytes
    112  disk files only: disk header, 32 bytes
    ...  variable headers (144 bytes each), session text (YAML), records; the header says where

Little-endian throughout; variables are packed unaligned. Source: pyirsdk 1.3.7 and real files. Places in the file are the
readers' to check; `describe_record` checks what lies inside a record.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

HEADER_BYTES = 112
DISK_HEADER_BYTES = 32
VARIABLE_BYTES = 144
MAX_BUFFERS = 4
MAX_VARIABLES = 4096  # for which the live image has room

_HEADER = struct.Struct("<11iB3x")
_BUFFER = struct.Struct("<iii4x")
_DISK_HEADER = struct.Struct("<qddii")
_VARIABLE = struct.Struct("<iii?3x32s64s32s")
_VARIABLE_FIELDS = np.dtype(
    [
        ("code", "<i4"),
        ("offset", "<i4"),
        ("n_items", "<i4"),
        ("as_time", "?"),
        ("", "V3"),
        ("name", "S32"),
        ("desc", "S64"),
        ("unit", "S32"),
    ]
)


class VarType(IntEnum):
    """iRacing's type codes."""

    CHAR = 0
    BOOL = 1
    INT = 2
    BITS = 3
    FLOAT = 4
    DOUBLE = 5


DTYPES: tuple[np.dtype[Any], ...] = tuple(map(np.dtype, ("S1", "?", "<i4", "<u4", "<f4", "<f8")))  # by type code
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
    def dtype(self) -> np.dtype[Any]:
        """The numpy type of one item."""
        return DTYPES[self.code]


class Record(NamedTuple):
    """What one record holds: the variables by name, in file order, and the structured type."""

    variables: Mapping[str, Variable]
    dtype: np.dtype[np.void]


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
    code, offset, n_items, as_time = (rows[name].tolist() for name in ("code", "offset", "n_items", "as_time"))
    name, desc, unit = (_texts(rows[name]) for name in ("name", "desc", "unit"))
    return list(map(Variable._make, zip(name, code, offset, n_items, as_time, unit, desc, strict=True)))


def pack_variable(variable: Variable) -> bytes:
    """The 144 bytes of one variable header; longer texts are cut, the name must fit."""
    name = variable.name.encode("latin-1")
    if not 0 < len(name) < 32:
        raise ValueError(f"an iRacing variable name has 1 to 31 characters: {variable.name!r}")
    texts = (text.encode("latin-1", "replace")[: size - 1] for text, size in ((variable.description, 64), (variable.unit, 32)))
    return _VARIABLE.pack(variable.code, variable.offset, variable.n_items, variable.as_time, name, *texts)


def packed(variables: Iterable[Variable]) -> list[Variable]:
    """The variables one after the other, unaligned, as iRacing lays them out."""
    placed: list[Variable] = []
    offset = 0
    for variable in variables:
        placed.append(variable._replace(offset=offset))
        offset += variable.nbytes
    return placed


def record_dtype(variables: list[Variable], buf_len: int) -> np.dtype[np.void]:
    """The structured type of one record; of variables with one name the last counts, as in pyirsdk."""
    named = {variable.name: variable for variable in variables}
    types = [DTYPES[v.code] if v.n_items == 1 else (DTYPES[v.code], (v.n_items,)) for v in named.values()]
    offsets = [variable.offset for variable in named.values()]
    return np.dtype({"names": list(named), "formats": types, "offsets": offsets, "itemsize": buf_len})


@lru_cache(maxsize=4)  # files of one car share these bytes, and a file is opened once per column
def describe_record(data: bytes, buf_len: int) -> Record:
    """The record that the variable headers in `data` describe.

    ValueError says which of them cannot be: no name, an unknown type, outside the record, or more than it has room for.
    """
    variables = unpack_variables(data)
    for number, (name, code, offset, n_items, *_) in enumerate(variables):
        if not (name and 0 <= code < len(ITEM_BYTES) and n_items > 0 and 0 <= offset <= buf_len - n_items * ITEM_BYTES[code]):
            raise ValueError(
                f"variable {number} ({name!r}: type {code}, offset {offset}, {n_items} items) does not fit into a record of {buf_len} bytes"
            )
    total = sum(variable.nbytes for variable in variables)
    if total > buf_len:
        raise ValueError(f"the variables take {total} bytes, more than a record of {buf_len} bytes has")
    return Record(MappingProxyType({variable.name: variable for variable in variables}), record_dtype(variables, buf_len))


def _texts(column: npt.NDArray[np.bytes_]) -> list[str]:
    """Latin-1 texts up to the first NUL; numpy has cut trailing NULs already. One decoding for all where that is enough."""
    texts = column.tolist()
    parts = b"\0".join(texts).decode("latin-1").split("\0")
    return parts if len(parts) == len(texts) else [text.partition(b"\0")[0].decode("latin-1") for text in texts]
