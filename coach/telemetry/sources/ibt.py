"""iRacing's disk files (.ibt).

`IbtFile` gives every variable as a view of the mapped file or as contiguous aligned columns; `read_ibt` gives a Recording by
our names. Files still being written, cut short or with a lying record count are read as far as their bytes go. What cannot be
a disk file is refused with the byte where it went wrong. Nothing here loops over records.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from coach.arrays import FloatArray
from coach.errors import UnreadableFile
from coach.files import GZIP_MAGIC, check_readable
from coach.telemetry import ibt_layout as layout
from coach.telemetry.channels import BY_IRACING, BY_NAME
from coach.telemetry.ibt_layout import DiskHeader, Header, Record, Variable
from coach.telemetry.recording import Recording, clamp
from coach.telemetry.session_info import parse_session
from coach.telemetry.sources import Source, register

_VERSIONS = (1, 2)
_DATA_START = layout.HEADER_BYTES + layout.DISK_HEADER_BYTES
_MAX_SESSION_BYTES = 4 << 20  # iRacing reserves 512 KiB
_BLOCK_RECORDS = 4096  # about 4 MB, which stay in the cache while several columns are picked out
_FOR_LAPS = frozenset(
    {  # what finding and judging laps asks for, and nothing else
        "session_time_s",
        "session_num",
        "session_flags",
        "lap_number",
        "lap_last_time_s",
        "lap_dist_m",
        "lap_dist_frac",
        "speed_mps",
        "track_surface",
        "on_pit_road",
        "incident_count",
        "tow_time_s",
        "dist_ahead_m",
        "track_wetness",
    }
)
_RATE_RECORDS = 1024  # records that tell the tick rate


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything lies in one disk file, checked against its size."""

    header: Header
    disk: DiskHeader
    record: Record
    data_offset: int
    n_records: int
    notes: tuple[str, ...]


class IbtFile:
    """An open disk file, mapped read-only; use it as a context manager.

    Views keep the mapping alive: after `close` those taken before stay valid, and the mapping goes with the last of them.
    Records appended after opening are not seen.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        size = check_readable(self.path)
        try:
            with self.path.open("rb") as file:
                self._map: mmap.mmap | None = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise UnreadableFile(f"{self.path} cannot be mapped: {error}.") from error
        try:
            with memoryview(self._map) as data:
                self.layout = read_layout(self.path, data)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.__dict__.pop("records", None)
        if self._map is not None:
            mapped, self._map = self._map, None
            with suppress(BufferError):  # somebody still holds a view: its death unmaps
                mapped.close()

    @property
    def variables(self) -> Mapping[str, Variable]:
        """Every variable by iRacing's name, in file order."""
        return self.layout.record.variables

    @property
    def n_records(self) -> int:
        """Whole records that the file holds and its header admits."""
        return self.layout.n_records

    @cached_property
    def records(self) -> npt.NDArray[np.void]:
        """All records as one structured array of shape (n_records,), a read-only view, unaligned."""
        if self._map is None:
            raise ValueError(f"{self.path} is closed")
        return np.frombuffer(self._map, self.layout.record.dtype, self.n_records, self.layout.data_offset)

    def view(self, name: str) -> npt.NDArray[Any]:
        """One variable as a strided read-only view: (n_records,) or (n_records, count). KeyError: not in this file."""
        return self.records[name]

    def views(self) -> dict[str, npt.NDArray[Any]]:
        """Every variable as a view."""
        records = self.records
        return {name: records[name] for name in self.variables}

    def columns(self, names: Iterable[str] | None = None) -> dict[str, npt.NDArray[Any]]:
        """Contiguous aligned copies of all variables, or of those named: (n_records,) or (n_records, count).

        They share one block of memory, which lives as long as any of them.
        """
        from coach.telemetry.ibt_columns import copy_columns  # noqa: PLC0415  numba, which reading laps does not need

        variables = self.variables
        wanted = variables.values() if names is None else [variables[name] for name in names]
        return copy_columns(self.records, list(wanted))

    def session_text(self) -> bytes:
        """The session YAML as it stands in the file, NUL padding included; empty where the header points outside the file."""
        if self._map is None:
            raise ValueError(f"{self.path} is closed")
        header = self.layout.header
        start, length = header.session_info_offset, min(header.session_info_len, _MAX_SESSION_BYTES)
        return self._map[start : start + length] if start >= layout.HEADER_BYTES and length > 0 else b""


def read_layout(path: Path, data: memoryview) -> Layout:
    """Read and check the headers of a disk file in `data`. UnreadableFile names the byte and what belongs there."""
    size = len(data)
    if size < _DATA_START:
        raise UnreadableFile(f"{path} is cut short after {size} bytes: an .ibt file starts with {_DATA_START} bytes of headers.")
    start = bytes(data[:_DATA_START])
    header, disk = layout.unpack_header(start), layout.unpack_disk_header(start)
    _check_header(path, header, start)
    record = _describe_record(path, header, data)
    data_offset = header.buffers[0].offset
    if not _DATA_START <= data_offset <= size:
        raise UnreadableFile(f"{path}, byte 52: the records start at byte {data_offset}, outside the file of {size} bytes.")
    n_records, notes = _count_records(disk.record_count, size - data_offset, header.buf_len)
    return Layout(header, disk, record, data_offset, n_records, notes)


def _check_header(path: Path, header: Header, start: bytes) -> None:
    """Refuse what is no disk file, in the order in which a person would want to know."""
    if start[:2] == GZIP_MAGIC:
        raise UnreadableFile(f"{path} is compressed with gzip: unpack it and name the .ibt file inside.")
    if int.from_bytes(start[:4], "big") in _VERSIONS:
        raise UnreadableFile(f"{path}, byte 0: the numbers are big-endian; iRacing writes little-endian files.")
    if header.version not in _VERSIONS:
        raise UnreadableFile(f"{path}, byte 0: header version {header.version}, expected 1 or 2: this is no iRacing telemetry.")
    if 1 < header.num_buf <= layout.MAX_BUFFERS:
        raise UnreadableFile(f"{path}, byte 32: {header.num_buf} buffers make this a live memory image; a disk file (.ibt) has one.")
    if header.num_buf != 1:
        raise UnreadableFile(f"{path}, byte 32: {header.num_buf} buffers; a disk file (.ibt) has one.")
    if header.buf_len <= 0:
        raise UnreadableFile(f"{path}, byte 36: a record length of {header.buf_len} bytes; expected more than none.")


def _describe_record(path: Path, header: Header, data: memoryview) -> Record:
    """The variables, whose headers lie within the file."""
    start, size = header.var_header_offset, header.num_vars * layout.VARIABLE_BYTES
    if not 0 < header.num_vars <= layout.MAX_VARIABLES:
        raise UnreadableFile(f"{path}, byte 24: {header.num_vars} variables; expected 1 to {layout.MAX_VARIABLES}.")
    if start < layout.HEADER_BYTES or start + size > len(data):
        raise UnreadableFile(
            f"{path}, byte 28: {size} bytes of variable headers from byte {start} are not in the file of {len(data)} bytes."
        )
    try:
        return layout.describe_record(bytes(data[start : start + size]), header.buf_len)
    except ValueError as error:
        raise UnreadableFile(f"{path}, variable headers from byte {start}: {error}.") from error


def _count_records(stated: int, n_bytes: int, record_bytes: int) -> tuple[int, tuple[str, ...]]:
    """How many records to read, and what had to be said about it."""
    held, rest = divmod(n_bytes, record_bytes)
    notes = []
    if 0 < stated <= held:
        if stated < held:
            notes.append(f"the header counts {stated} records, the file holds {held}: those after the count are left out")
        return stated, tuple(notes)
    if stated <= 0:
        notes.append(f"the header counts {stated} records (the simulator was still writing): counted {held} from the file size")
    else:
        notes.append(f"the header counts {stated} records, the file holds {held}: it is cut short")
    if rest:
        notes.append(f"the last record is incomplete ({rest} of {record_bytes} bytes) and left out")
    return held, tuple(notes)


def read_ibt(path: str | Path, keep_player_name: bool = False) -> Recording:
    """A Recording of a disk file. Columns are read when asked for; the file is not held open in between."""
    path = Path(path)
    with IbtFile(path) as file:
        if file.n_records == 0:
            raise UnreadableFile(f"{path}, byte {file.layout.data_offset}: the file holds no record; was it closed before driving?")
        found = file.layout
        session = parse_session(file.session_text(), "ibt", session_num=_session_number(file), keep_player_name=keep_player_name)
        rate, notes = _tick_rate(file)
    available = frozenset(
        BY_IRACING[variable.name].name
        for variable in found.record.variables.values()
        if variable.name in BY_IRACING and _has_one_value(variable)
    )
    notes = (*found.notes, *notes)
    return Recording(path, replace(session, tick_rate_hz=rate, notes=notes), found.n_records, _Columns(path, found, available), available)


class _Columns:
    """Loads columns by our names from a file that is open only while it is read.

    A pass over a one-hour file costs 25 ms in page faults alone, so one pass loads all columns that are likely asked for
    together; those not asked for yet wait here.
    """

    def __init__(self, path: Path, found: Layout, available: frozenset[str]) -> None:
        self._path, self._found, self._available = path, found, available
        self._waiting: dict[str, FloatArray] = {}

    def __call__(self, name: str) -> FloatArray | None:
        if name not in self._available:
            return None
        if name not in self._waiting:
            self._waiting |= self._read(self._available & _FOR_LAPS if name in _FOR_LAPS else self._available - _FOR_LAPS)
        return self._waiting.pop(name)

    def _read(self, names: frozenset[str]) -> dict[str, FloatArray]:
        with IbtFile(self._path) as file:
            now, then = file.layout, self._found
            if now.record.dtype != then.record.dtype or now.data_offset != then.data_offset or now.n_records < then.n_records:
                raise UnreadableFile(f"{self._path} changed while it was read: read it again once it is complete.")
            columns = _as_floats(file.records[: then.n_records], [BY_NAME[name].iracing for name in names])
        return {name: clamp(name, columns[BY_NAME[name].iracing]) for name in names}


def _as_floats(records: npt.NDArray[np.void], names: Iterable[str]) -> dict[str, FloatArray]:
    """float64 copies by iRacing's name, of shape (n,), in one pass; what is not finite is unknown (NaN)."""
    wanted = list(names)
    columns = dict(zip(wanted, np.empty((len(wanted), len(records))), strict=True))  # one large block comes faster than many
    with np.errstate(invalid="ignore"):  # a damaged record can hold signalling NaNs
        for start in range(0, len(records), _BLOCK_RECORDS):
            block = records[start : start + _BLOCK_RECORDS]
            for name, column in columns.items():
                samples = _as_numbers(block[name])
                column[start : start + _BLOCK_RECORDS] = samples if samples.ndim == 1 else samples[:, -1]
    for column in columns.values():
        column[~np.isfinite(column)] = np.nan
    return columns


def _has_one_value(variable: Variable) -> bool:
    """A scalar, or the samples of one tick in time order (360 Hz logging), of which the last is the tick's value (measured)."""
    return variable.n_items == 1 or variable.as_time


def _as_numbers(view: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Any byte but 0 is a true flag, as in C; a character is its code."""
    if view.dtype.itemsize > 1:
        return view
    return view.view(np.uint8) != 0 if view.dtype == np.bool_ else view.view(np.uint8)


def _sample(file: IbtFile, name: str, records: slice) -> FloatArray:
    """Finite numbers of some records of a variable, empty where there is no such scalar."""
    variable = file.variables.get(name)
    if variable is None or not _has_one_value(variable):
        return np.empty(0)
    numbers = _as_floats(file.records[records], [name])[name]
    return numbers[np.isfinite(numbers)]


def _session_number(file: IbtFile) -> int | None:
    """The session most of the records belong to, by a sample of them."""
    numbers, counts = np.unique(_sample(file, "SessionNum", slice(None, None, max(1, file.n_records // 64))), return_counts=True)
    return int(numbers[np.argmax(counts)]) if numbers.size else None


def _tick_rate(file: IbtFile) -> tuple[float, tuple[str, ...]]:
    """Ticks per second by the recording's own clock, which counts; the header's where there is no clock."""
    stated = float(file.layout.header.tick_rate)
    steps = np.diff(_sample(file, "SessionTime", slice(_RATE_RECORDS)))
    steps = steps[(steps > 1e-4) & (steps < 1.0)]  # a paused or jumping clock tells no rate
    if steps.size == 0:
        return (stated, ()) if 0 < stated <= 1000 else (60.0, (f"the header states {stated:g} ticks per second: took 60",))
    measured = float(round(1.0 / float(np.median(steps))))
    notes = () if measured == stated else (f"the header states {stated:g} ticks per second, the clock runs at {measured:g}",)
    return measured, notes


def _sniff(head: bytes, path: Path) -> bool:
    """A header of iRacing's, disk file or memory image, in either byte order."""
    if len(head) < layout.HEADER_BYTES:
        return False
    header = layout.unpack_header(head)
    versions = (header.version, int.from_bytes(head[:4], "big"))
    return any(version in _VERSIONS for version in versions) or (path.suffix.lower() == ".ibt" and head[:2] == GZIP_MAGIC)


register(Source("ibt", "iRacing disk telemetry", (".ibt",), _sniff, read_ibt))
