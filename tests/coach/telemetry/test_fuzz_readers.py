"""Damaged files: whatever the bytes, a reader gives a recording or one sentence, soon and in bounded memory."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.errors import RacingCoachError
from coach.telemetry.sources import open_recording
from coach.telemetry.sources.ibt import IbtFile
from tests.coach.telemetry import ibt_files
from tests.recordings import RECORDINGS, needs_recordings

ROUNDS = 120
SLOWEST_S = 2.0  # a damaged file of a few kB takes a millisecond; a busy machine may take more
MOST_BYTES = 64 << 20


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return ibt_files.write(tmp_path_factory.mktemp("fuzz") / "a.ibt", 20).read_bytes()


def survives(path: Path, data: bytes) -> None:
    """Open and read every column; only our own errors may come out, each one line that names the file."""
    path.write_bytes(data)
    start = time.perf_counter()
    complaint = ""
    try:
        read_everything(path)
    except RacingCoachError as error:
        complaint = str(error)
    assert complaint == "" or (str(path) in complaint and "\n" not in complaint)
    assert time.perf_counter() - start < SLOWEST_S


def read_everything(path: Path) -> None:
    recording = open_recording(path, keep_player_name=True)
    for name in recording.available:
        assert recording.column(name).shape == (recording.n_ticks,)
    if path.suffix == ".ibt":
        with IbtFile(path) as file:
            file.columns()


def flipped(data: bytes, rng: np.random.Generator, start: int, end: int) -> bytes:
    """One to four bytes between `start` and `end` replaced; extremes more often than chance has them."""
    damaged = bytearray(data)
    for at in rng.integers(start, min(end, len(data)), rng.integers(1, 5)):
        damaged[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, int(rng.integers(256))])
    return bytes(damaged)


PARTS = {"header": (0, 144), "variables": (144, 144 + 144 * 10), "session": (1584, 2200), "anywhere": (0, 1 << 30)}


@pytest.mark.parametrize("part", PARTS)
def test_flipped_bytes_give_a_recording_or_a_sentence(tmp_path, sound, part):
    rng = np.random.default_rng(len(part))
    for _ in range(ROUNDS):
        survives(tmp_path / "a.ibt", flipped(sound, rng, *PARTS[part]))


def cuts(size: int) -> Iterator[int]:
    """Around every border of the file, and spread over the rest."""
    for border in (1, 4, 48, 112, 144, 288, 144 + 1440, size):
        yield from (at for at in range(border - 2, border + 3) if 0 <= at < size)
    yield from range(0, size, 61)


def test_a_file_cut_anywhere_gives_a_recording_or_a_sentence(tmp_path, sound):
    for at in cuts(len(sound)):
        survives(tmp_path / "a.ibt", sound[:at])


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_behind_a_valid_start_give_a_recording_or_a_sentence(tmp_path, sound, tail):
    survives(tmp_path / "a.ibt", sound[:24] + tail)


NUMBERS = st.sampled_from([0, 1, -1, 2, 3, 4, 144, 4096, 4097, 1 << 20, 2**31 - 1, -(2**31)])


@given(st.lists(st.tuples(st.sampled_from([8, 12, 16, 20, 24, 28, 32, 36, 48, 52, 136, 140, 144, 148, 152]), NUMBERS), max_size=4))
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_absurd_numbers_in_the_header_give_a_recording_or_a_sentence(tmp_path, sound, changes):
    path = tmp_path / "a.ibt"
    path.write_bytes(sound)
    for at, number in changes:
        ibt_files.patched(path, at, number)
    survives(path, path.read_bytes())


def test_absurd_claims_do_not_cost_memory(tmp_path, sound):
    path = tmp_path / "a.ibt"
    tracemalloc.start()
    for at in (16, 20, 24, 28, 36, 52, 140, 152):
        path.write_bytes(sound)
        survives(path, ibt_files.patched(path, at, 2**31 - 1).read_bytes())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_BYTES


TEXTS = {
    "a.csv": "Speed,LapDistPct,Lat,Lon,Brake,Throttle,RPM,SteeringWheelAngle,Gear,Clutch,ABSActive,DRSActive,LatAccel,LongAccel,VertAccel,"
    "Yaw,YawRate,PositionType\n" + "".join(f"50.{i},0.{i:04},1,2,0,1,5000,0.1,3,1,false,false,0,0,9.8,0,0,3\n" for i in range(300)),
    "a.jsonl": "".join(f'{{"speed": {i}, "lap_distance_pct": 0.{i:03}, "session_time": {i / 10}, "lap": 1}}\n' for i in range(200)),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_flipped_bytes_in_text_give_a_recording_or_a_sentence(tmp_path, name, packed):
    rng = np.random.default_rng(len(name))
    text = TEXTS[name].encode()
    data = gzip.compress(text, mtime=0) if packed else text
    path = tmp_path / (name + ".gz" if packed else name)
    for _ in range(ROUNDS // 5):
        survives(path, flipped(data, rng, 0, len(data)))
        survives(path, data[: int(rng.integers(len(data)))])


@needs_recordings
@pytest.mark.slow
@pytest.mark.parametrize("name", ["formula_vee_tsukuba_1k.ibt", "silverado_bristol.ibt"])
def test_flipped_bytes_in_a_real_file_give_a_recording_or_a_sentence(tmp_path, name):
    data = (RECORDINGS / name).read_bytes()[:200_000]
    rng = np.random.default_rng(0)
    for _ in range(ROUNDS):
        survives(tmp_path / "a.ibt", flipped(data, rng, 0, 60_000))
