"""Columns of a CSV file, read fast, in bounded memory, and with a sentence for everything that can be wrong with it.

It knows no telemetry: which columns are needed and what they mean is the business of the source that asks.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from coach.arrays import FloatArray
from coach.errors import UnreadableFile
from coach.files import MAX_LINE_BYTES, open_plain, read_head, read_plain

_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_BAD_CELL = re.compile(r"column #(\d+): (?:Row #(\d+): )?CSV conversion error to (.+?): invalid (?:value|UTF8 data) ?'?(.*?)'?$", re.DOTALL)
_BROKEN_LINE = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
MAX_BYTES = 256 << 20  # seven hours of a streamed CSV; columns of numbers take up to four times as much
_EPOCH_TIME = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Columns of one file, all of `n_rows` cells. `notes` says what was left out while reading."""

    path: Path
    n_rows: int
    columns: dict[str, Any]
    notes: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether the column is there and holds at least one value."""
        return name in self.columns and self.columns[name].null_count < self.n_rows

    def numbers(self, name: str) -> FloatArray:
        """The column as float64, shape (n_rows,); NaN where a cell is empty or not finite. Flags become 0 and 1."""
        column = self.columns[name]
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.float64())
        values = np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64)
        values[~np.isfinite(values)] = np.nan
        return values

    def seconds(self, name: str) -> FloatArray:
        """A column of dates as seconds since 1970, float64 (good to 0.5 us); NaN where a cell is empty."""
        column = self.columns[name]
        micros = column.cast(pa.int64()).to_numpy(zero_copy_only=False).astype(np.float64)
        return np.asarray(micros / 1e6, dtype=np.float64)

    def distinct(self, name: str) -> tuple[str, ...]:
        """The different texts of a column, in order of appearance; () when the column is not there."""
        if name not in self.columns:
            return ()
        return tuple(text for text in self.columns[name].unique().to_pylist() if text)


def header_of(head: bytes) -> tuple[str, ...]:
    """Column names in the first line of a file's (decompressed) beginning; () when it is no text."""
    text = _text_of(head)
    line = text.split("\n", 1)[0].rstrip("\r") if text else ""
    if not line or "\0" in line:
        return ()
    try:
        return tuple(name.strip() for name in next(csv.reader([line]), []))
    except csv.Error:  # a carriage return inside the line
        return ()


def looks_like(head: bytes, names: Iterable[str]) -> bool:
    """Whether the first line names all these columns, with whatever delimiter."""
    header = " ".join(header_of(head))
    found = set(re.split(r"[;\t|, \"]+", header))
    return set(names) <= found


def read_table(
    path: Path,
    *,
    required: Iterable[str],
    numbers: Iterable[str] = (),
    flags: Iterable[str] = (),
    texts: Iterable[str] = (),
    dates: Iterable[str] = (),
) -> CsvTable:
    """Read the named columns; `required` ones must be there, the others may be missing. Other columns are not converted.

    A last line cut short is left out with a note. UnreadableFile: no header, missing columns, another delimiter, a line with
    too few or too many cells, a cell that is no number (with line and column), no rows, damaged or oversized content.
    """
    required = tuple(required)
    header = header_of(read_head(path))
    _check_header(path, header, required)
    types = (
        dict.fromkeys(numbers, pa.float64())
        | dict.fromkeys(flags, pa.bool_())
        | dict.fromkeys(texts, pa.string())
        | dict.fromkeys(dates, _EPOCH_TIME)
    )
    wanted = {name: kind for name, kind in types.items() if name in header}
    table, notes = _parse(path, header, wanted)
    if table.num_rows < 2:
        rows = "1 row" if table.num_rows == 1 else f"{table.num_rows} rows"
        raise UnreadableFile(f"{path} has {rows} of samples below its header: expected at least 2.")
    columns = {name: table.column(name) for name in wanted}
    _check_values(path, columns, required, table.num_rows)
    return CsvTable(path, table.num_rows, columns, notes)


def _parse(path: Path, header: tuple[str, ...], wanted: dict[str, Any]) -> tuple[Any, tuple[str, ...]]:
    try:
        with _text_stream(path) as stream:
            return _arrow_table(stream, header, wanted), ()
    except pa.ArrowInvalid as error:
        broken = _BROKEN_LINE.search(str(error))
        table = _without_last_line(path, header, wanted) if broken else None
        if broken is None or table is None or int(broken[1]) != table.num_rows + 2:  # the header is line 1
            raise UnreadableFile(_explain(path, header, str(error))) from error
    return table, (f"the last line was cut short ({broken[3]} of {broken[2]} cells) and left out",)


def _arrow_table(stream: Any, header: tuple[str, ...], wanted: dict[str, Any]) -> Any:
    return pc.read_csv(
        stream,
        read_options=pc.ReadOptions(use_threads=False, column_names=list(header), skip_rows=1),  # line numbers need one thread
        convert_options=pc.ConvertOptions(column_types=wanted, include_columns=list(wanted)),
    )


def _without_last_line(path: Path, header: tuple[str, ...], wanted: dict[str, Any]) -> Any:
    """The table up to the last line, or None when there is more wrong than that."""
    with _text_stream(path) as stream:
        content = stream.read()
    end = content.rstrip(b"\r\n").rfind(b"\n") + 1
    try:
        return _arrow_table(io.BytesIO(content[:end]), header, wanted)
    except pa.ArrowInvalid:
        return None


def _text_stream(path: Path) -> Any:
    if read_head(path, 2) not in _UTF16_BOMS:
        return open_plain(path, MAX_BYTES, max_line=MAX_LINE_BYTES)
    content = read_plain(path, MAX_BYTES)  # spreadsheets write UTF-16
    try:
        return io.BytesIO(content.decode("utf-16").encode("utf-8"))
    except UnicodeError as error:
        raise UnreadableFile(f"{path} begins as UTF-16 text but is not: {error}.") from error


def _text_of(head: bytes) -> str:
    if head[:2] in _UTF16_BOMS:
        return head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
    return head.removeprefix(_BOM).decode("utf-8", errors="replace")


def _check_header(path: Path, header: tuple[str, ...], required: tuple[str, ...]) -> None:
    if not header:
        raise UnreadableFile(f"{path} has no header line of column names: it is no text, or its first line is empty.")
    missing = [name for name in required if name not in header]
    if not missing:
        repeated = sorted({name for name in header if header.count(name) > 1})
        if repeated:
            raise UnreadableFile(f"{path} names column {repeated[0]} more than once: it cannot be told which one to read.")
        return
    for delimiter, word in _DELIMITERS.items():
        if any(delimiter in name for name in header) and set(required) <= set(re.split(re.escape(delimiter), delimiter.join(header))):
            raise UnreadableFile(f"{path} separates its columns by {word}: expected commas; save it again as CSV with commas.")
    what = "column" if len(missing) == 1 else "columns"
    raise UnreadableFile(f"{path} lacks the {what} {', '.join(missing)}; its header names {_some(header)}.")


def _check_values(path: Path, columns: dict[str, Any], required: tuple[str, ...], rows: int) -> None:
    for name in required:
        if columns[name].null_count == rows:
            raise UnreadableFile(f"{path} has no value in column {name} on any of its {rows:,} rows.")


def _explain(path: Path, header: tuple[str, ...], error: str) -> str:
    broken, bad = _BROKEN_LINE.search(error), _BAD_CELL.search(error)
    if broken:
        return f"{path} line {int(broken[1]):,} has {broken[3]} cells where the header names {broken[2]}: the file is damaged there."
    if bad:
        column, row, kind, value = int(bad[1]), bad[2], bad[3], bad[4][:40]
        place = f"line {int(row):,}, " if row else ""
        name = header[column] if column < len(header) else f"number {column + 1}"
        expected = "a date" if "timestamp" in kind else "true or false" if "bool" in kind else "a number" if "double" in kind else "text"
        return f"{path} {place}column {name} reads {value!r}: expected {expected}."
    if "Empty CSV" in error:
        return f"{path} has 0 rows of samples below its header: expected at least 2."
    return f"{path} is no readable CSV: {error.splitlines()[0].rstrip('.')[:160]}."


def _some(header: tuple[str, ...], most: int = 6) -> str:
    names = [repr(name[:30])[1:-1] for name in header[:most]]
    return ", ".join(names) + (f" and {len(header) - most} more" if len(header) > most else "")
