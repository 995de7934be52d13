"""Lap files that claim little and unpack to much: refused before a page is unpacked. Whatever another writer makes of a lap is read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coach.errors import UnreadableFile
from coach.telemetry.lap_file import MAX_BYTES, MAX_TICKS, LapFacts, lap_file_content, read_lap_file
from coach.telemetry.parquet_pages import _MOST_A_ROW, MAX_FOOTER_BYTES, MAX_PARTS, check_columns, check_footer, read_groups
from coach.telemetry.recording import SessionInfo, recording_from_columns
from coach.telemetry.thrift_compact import I32, CompactReader

TICKS = 3000
BOMB_MB = 600


@pytest.fixture
def content(tmp_path):
    columns = {
        "session_time_s": np.arange(TICKS) / 60.0,
        "lap_dist_frac": np.linspace(0.0, 1.0, TICKS),
        "speed_mps": 40.0 + 5.0 * np.sin(np.arange(TICKS) / 50.0),
    }
    recording = recording_from_columns(tmp_path / "source", SessionInfo(source="ibt"), columns)
    return lap_file_content(recording, slice(None), LapFacts(1, "timed", 0, TICKS, 0.0, 50.0))


def number(value):
    """Zigzag, as a varint."""
    return _varint(value << 1)


def _varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def page(unpacked, packed, values):
    """A data page of a version that any reader reads: plain values, all there."""
    head = (
        b"\x15\x00\x15"
        + number(unpacked)
        + b"\x15"
        + number(len(packed))
        + b"\x2c\x15"
        + number(values)
        + b"\x15\x00\x15\x06\x15\x06\x00\x00"
    )
    return head + packed


def zeros_packed(size_mb):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        for _ in range(size_mb):
            stream.write(bytes(1 << 20))
    return sink.getvalue().to_pybytes()


def with_last_column(content, pages):
    """The lap file with other pages for its last column; all that its footer says of them but where they end stays true to the old ones."""
    size = int.from_bytes(content[-8:-4], "little")
    data, footer = content[: -8 - size], content[-8 - size : -8]
    chunk = pq.ParquetFile(pa.BufferReader(content)).metadata.row_group(0)
    chunk = chunk.column(chunk.num_columns - 1)
    sizes = b"\x16" + number(chunk.num_values) + b"\x16" + number(chunk.total_uncompressed_size) + b"\x16"
    said = sizes + number(chunk.total_compressed_size) + b"\x26" + number(chunk.data_page_offset)
    assert footer.count(said) == 1
    footer = footer.replace(said, sizes + number(len(pages)) + b"\x26" + number(chunk.data_page_offset))
    return data[: chunk.data_page_offset] + pages + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def columns_of(content):
    file = pq.ParquetFile(pa.BufferReader(content))
    check_columns(content, read_groups(content), file.schema, file.metadata.num_rows, file.schema_arrow.names)


def test_a_page_that_unpacks_to_much_is_refused_and_memory_stays_as_it_was(content, tmp_path):
    pytest.importorskip("resource", reason="the peak of a process is asked for where the system tells it")
    path = tmp_path / "bomb.parquet"
    path.write_bytes(with_last_column(content, page(BOMB_MB << 20, zeros_packed(BOMB_MB), TICKS)))
    assert path.stat().st_size < 200_000
    code = (
        "import resource, sys; from pathlib import Path; from coach.errors import UnreadableFile;"
        "from coach.telemetry.lap_file import read_lap_file;"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; before = peak(); said = ''\n"
        "try: read_lap_file(Path(sys.argv[1]))\nexcept UnreadableFile as error: said = str(error)\n"
        "print((peak() - before) // 1024, said)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    grown_mb, said = done.stdout.split(maxsplit=1)
    assert int(grown_mb) < 100
    assert f"unpacks to more than {TICKS:,} numbers take" in said


def test_a_page_is_read_where_its_size_is_what_it_says(content, tmp_path):
    plain = np.full(TICKS, 7, np.int32).tobytes()
    levels = b"\x03\x00\x00\x00" + bytes((TICKS << 1 & 127 | 128, TICKS << 1 >> 7, 1))  # one run of values that are there
    path = tmp_path / "mended.parquet"
    path.write_bytes(with_last_column(content, page(len(levels + plain), pa.compress(levels + plain, "zstd", asbytes=True), TICKS)))
    speed = read_lap_file(path).recording.column("speed_mps")
    assert speed is not None
    assert np.unique(speed).tolist() == [0.007]


def test_many_pages_in_turn_are_refused_like_a_large_one(content):
    some = page(1 << 19, zeros_packed(1), 1)
    with pytest.raises(ValueError, match="unpacks to more than"):
        columns_of(with_last_column(content, some * 20))


@pytest.mark.parametrize("options", [
    {"compression": "none"}, {"compression": "snappy"}, {"compression": "gzip", "data_page_version": "2.0"}, {"use_dictionary": True},
    {"data_page_size": 1, "write_batch_size": 16}, {"row_group_size": 100}, {"store_decimal_as_integer": True}, {"write_statistics": False},
])  # fmt: skip
def test_what_other_writers_make_of_a_lap_is_read_as_before(content, tmp_path, options):
    path = tmp_path / "other.parquet"
    pq.write_table(pq.read_table(pa.BufferReader(content)), path, **options)
    (tmp_path / "ours.parquet").write_bytes(content)
    ours, other = read_lap_file(tmp_path / "ours.parquet").recording, read_lap_file(path).recording
    for name in ours.available:
        assert np.array_equal(ours.column(name), other.column(name))


def test_a_text_named_as_part_of_a_channel_is_refused(content, tmp_path):
    table = pq.read_table(pa.BufferReader(content))
    path = tmp_path / "lap.parquet"
    pq.write_table(table.append_column("speed_mps.more", pa.array(["x" * 1000] * TICKS)), path)
    with pytest.raises(UnreadableFile, match=r"its column speed_mps\.more holds no plain numbers"):
        read_lap_file(path)


def test_a_huge_footer_is_refused(content, tmp_path):
    table = pq.read_table(pa.BufferReader(content))
    path = tmp_path / "lap.parquet"
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"more": b"x" * MAX_FOOTER_BYTES}), path)
    with pytest.raises(UnreadableFile, match="its footer claims"):
        read_lap_file(path)
    with pytest.raises(ValueError, match="does not end as a Parquet file"):
        check_footer(b"PAR1", 4)


def test_a_footer_of_many_parts_is_refused_before_they_are_made():
    part = b"\x3c\x56\x00\x26\x00\x26\x00\x00\x00"  # no values, no bytes
    group = b"\x19\xfc" + _varint(MAX_PARTS) + part * MAX_PARTS + b"\x26\x00\x00"
    footer = b"\x49\x2c" + group * 2 + b"\x00"
    with pytest.raises(ValueError, match="parts"):
        read_groups(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")


def test_a_size_said_twice_is_refused():
    reader = CompactReader(memoryview(b"\x15\x02\x05\x02\x80\x80\x80\x80\x08\x00"))
    with pytest.raises(ValueError, match="field 1 of a record"):
        reader.struct({1: (I32, reader.i32)})


@pytest.mark.parametrize("value", [0, 1, -1, (1 << 31) - 1, -(1 << 31)])
def test_a_number_of_32_bits_is_read(value):
    reader = CompactReader(memoryview(b"\x15" + _varint(value << 1 ^ value >> 63) + b"\x00"))
    assert reader.struct({1: (I32, reader.i32)}) == {1: value}


@pytest.mark.parametrize("value", [1 << 31, -(1 << 31) - 1, 1 << 62])
def test_a_number_beyond_32_bits_is_refused(value):
    """Thrift's reader keeps its lower 32 bits, and would take it for another."""
    reader = CompactReader(memoryview(b"\x15" + _varint(value << 1 ^ value >> 63) + b"\x00"))
    with pytest.raises(ValueError, match="none of 32 bits"):
        reader.struct({1: (I32, reader.i32)})


@pytest.mark.parametrize(
    "step", [b"\x05" + _varint(65538 << 1), b"\x05" + _varint((1 << 15) - 1 << 1) + b"\x02\x15"], ids=["at once", "in steps"]
)
def test_a_field_whose_number_would_wrap_is_refused(step):
    """65538 is field 2 for a reader that keeps 16 bits, and a size said a second time."""
    with pytest.raises(ValueError, match="number"):
        CompactReader(memoryview(step + b"\x02\x00")).struct({})


def test_a_page_whose_size_wraps_hides_no_page_behind_it(content):
    """As 2^31 more than it is, the first page would end the walk, and pyarrow would go on to the second: it unpacked 600 MB."""
    plain = np.full(TICKS // 2, 7, np.int32).tobytes()
    packed = pa.compress(plain, "zstd", asbytes=True)
    honest = page(len(plain), packed, TICKS // 2)
    size = b"\x15" + number(len(packed))
    assert honest.count(size) == 1
    behind = page(BOMB_MB << 20, zeros_packed(1), TICKS // 2)
    with pytest.raises(ValueError, match="unpacks to more than"):
        columns_of(with_last_column(content, honest + behind))
    with pytest.raises(ValueError, match="none of 32 bits"):
        columns_of(with_last_column(content, honest.replace(size, b"\x15" + number(len(packed) + (1 << 31))) + behind))


def test_a_page_that_reaches_beyond_its_column_is_refused(content):
    packed = zeros_packed(1)
    pages = page(TICKS * 4, packed, TICKS)
    with pytest.raises(ValueError, match="beyond its column"):
        columns_of(with_last_column(content, pages.replace(number(len(packed)), number(len(packed) + 1), 1)))


@pytest.mark.parametrize(
    "data", [b"", b"\x15", b"\x1c" * 40, b"\x18\xff\xff\xff\xff\x0f", b"\x19\xfc\xff\xff\xff\xff\x0f", b"\x1d", b"\x16" + b"\xff" * 20]
)
def test_what_is_no_record_ends_at_once(data):
    with pytest.raises((ValueError, IndexError)):
        CompactReader(memoryview(data)).struct({})


def test_the_page_about_lap_files_says_the_bounds():
    page = " ".join((Path(__file__).parents[3] / "docs" / "lap-file.md").read_text(encoding="utf-8").split())
    assert f"{MAX_BYTES >> 20} MB, 2 to {MAX_TICKS:,} ticks, a footer of {MAX_FOOTER_BYTES >> 20} MB" in page
    assert f"at most {_MOST_A_ROW} bytes a tick and a megabyte beside" in page
