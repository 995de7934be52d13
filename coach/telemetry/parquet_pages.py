"""What the pages of a Parquet file claim to unpack to, looked at before any of them is unpacked.

A page of some kilobytes may say that it becomes 2 GB, and does: the sizes in the footer, which a reader sees first, promise nothing.
So the headers of all pages that will be read are walked. Footer and headers are read here, because pyarrow's own objects of a damaged
footer end the process. Names and numbers of fields: parquet.thrift of https://github.com/apache/parquet-format. It unpacks nothing and
judges only sizes: what is damaged otherwise the reader will say. Every refusal is a ValueError, an IndexError or (a field is missing) a KeyError.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from coach.telemetry.thrift_compact import I32, I64, LIST, STRUCT, CompactReader

MAX_FOOTER_BYTES = 8 << 20  # ours have some 20 kB; a byte of a text's length becomes up to 32 in memory
MAX_PARTS = 100_000  # row groups times columns: three bytes in the footer become some hundred in memory
MAX_UNPACKED_BYTES = 1 << 30
MAX_PAGES = 100_000  # two hours of a hundred channels in pages of a thousand values, the smallest of common writers, are half of it
_WIDEST = 32  # bytes of the widest number, a decimal of 76 digits
_MOST_A_ROW = 2 * _WIDEST + 8  # a number in the dictionary and in its page, and its levels
_MOST_BESIDE = 1 << 20  # of a column's pages beside their rows: heads of encodings, padding
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "FLOAT": 4, "DOUBLE": 8}
_HEADER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Chunk:
    """A column's pages in a row group: [begin, end) of the file."""

    values: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Group:
    """A row group: its rows, and its columns in the schema's order."""

    rows: int
    chunks: list[Chunk]


def check_footer(tail: bytes, size: int) -> int:
    """Refuse a footer that would take much memory; its bytes. `tail`: the last 8 bytes of a file of `size` bytes."""
    if len(tail) < 8 or tail[4:] != b"PAR1":
        raise ValueError("it does not end as a Parquet file")
    claimed = int.from_bytes(tail[:4], "little")
    if claimed > min(MAX_FOOTER_BYTES, size - 8):
        raise ValueError(f"its footer claims {claimed:,} bytes, expected at most {min(MAX_FOOTER_BYTES, size - 8):,}")
    return claimed


def read_groups(content: bytes) -> list[Group]:
    """Where the columns lie, as the footer says; a footer that would take much memory is refused."""
    size = check_footer(content[-8:], len(content))
    return _groups(memoryview(content)[len(content) - 8 - size : -8])


def check_columns(content: bytes, groups: Sequence[Group], schema: Any, rows: int, names: Sequence[str]) -> None:
    """Refuse columns that are more in memory than `rows` rows of numbers are. `schema`: pyarrow's ParquetSchema of `content`."""
    view, wanted = memoryview(content), set(names)
    if sum(group.rows for group in groups) != rows or any(group.rows < 0 for group in groups):
        raise ValueError("its parts do not hold the rows that it claims")
    left, pages = MAX_UNPACKED_BYTES, 0
    for index in range(len(schema)):
        column = schema.column(index)
        if column.path.split(".")[0] not in wanted:
            continue  # what is named after the point pyarrow would read, too
        if column.path not in wanted or _WIDTHS.get(column.physical_type, column.length or _WIDEST + 1) > _WIDEST:
            raise ValueError(f"its column {column.path[:60]} holds no plain numbers")
        for group in groups:
            chunk = group.chunks[index]
            if chunk.values != group.rows:
                raise ValueError(f"its column {column.path} does not hold the rows that it claims")
            most = _MOST_A_ROW * group.rows + _MOST_BESIDE
            for unpacked in _unpacked_sizes(view, chunk):
                most, left, pages = most - unpacked, left - unpacked, pages + 1
                if min(most, left) < 0 or pages > MAX_PAGES:
                    raise ValueError(f"its column {column.path} unpacks to more than {group.rows:,} numbers take")


def _groups(footer: memoryview) -> list[Group]:
    """Of FileMetaData, field 4."""
    reader, parts = CompactReader(footer), 0

    def column_metadata() -> dict[int, Any]:  # num_values, total_compressed_size, data_page_offset, dictionary_page_offset
        return reader.struct(dict.fromkeys((5, 7, 9, 11), (I64, reader.i64)))

    def chunk() -> Chunk:
        found = reader.struct({3: (STRUCT, column_metadata)})[3]
        begin = found[9]
        if 0 < found.get(11, 0) < begin:
            begin = found[11]
        return Chunk(found[5], begin, begin + found[7])

    def group() -> Group:
        nonlocal parts
        found = reader.struct({1: (LIST, lambda: reader.items(STRUCT, chunk, MAX_PARTS)), 3: (I64, reader.i64)})
        parts += len(found[1])
        if parts > MAX_PARTS:
            raise ValueError(f"it has more than {MAX_PARTS:,} parts")
        return Group(found[3], found[1])

    groups: list[Group] = reader.struct({4: (LIST, lambda: reader.items(STRUCT, group, MAX_PARTS))})[4]
    return groups


def _unpacked_sizes(content: memoryview, chunk: Chunk) -> Iterator[int]:
    """What each page says that it unpacks to: PageHeader, fields 2 and 3, the bytes of the page unpacked and as it lies there."""
    if not 0 <= chunk.begin <= chunk.end <= len(content):
        raise ValueError("its columns reach beyond its end")
    at = chunk.begin
    while at < chunk.end:
        reader = CompactReader(content[at : at + _HEADER_BYTES])
        sizes = reader.struct({2: (I32, reader.i32), 3: (I32, reader.i32)})
        if min(sizes[2], sizes[3]) < 0:
            raise ValueError("a page claims fewer than no bytes")
        at += reader.at + sizes[3]
        if at > chunk.end:
            raise ValueError("a page reaches beyond its column")
        yield sizes[2]
