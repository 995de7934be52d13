"""Reading disk files: all variables against pyirsdk, and the laps of a one-hour recording."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import irsdk
import numpy as np
import psutil
import pytest

from coach.laps.crossings import find_laps
from coach.telemetry.ibt_layout import VarType, describe_record
from coach.telemetry.ibt_writer import IbtColumn, write_ibt
from coach.telemetry.sources import open_recording
from coach.telemetry.sources.ibt import IbtFile
from tests.recordings import RECORDINGS, needs_recordings

pytestmark = [pytest.mark.bench, needs_recordings]
VEE = RECORDINGS / "formula_vee_tsukuba_1k.ibt"
VIEWS, COLUMNS, LISTING_S = 90.0, 60.0, 0.3
BUSY = 2.0  # how much worse a figure may be on a machine that does something else as well
HOUR_RECORDS = 216_000


def pyirsdk_all() -> None:
    file = irsdk.IBT()
    file.open(str(VEE))
    _ = {name: file.get_all(name) for name in file.var_headers_names}
    file.close()


def views() -> None:
    describe_record.cache_clear()  # as if the car were new to this process
    with IbtFile(VEE) as file:
        file.views()


def columns() -> None:
    describe_record.cache_clear()
    with IbtFile(VEE) as file:
        file.columns()


def medians(rounds: int, *jobs: tuple[Callable[[], None], int]) -> list[float]:
    """Median seconds of each job, the jobs taking turns; each is run so many times a turn."""
    taken: list[list[float]] = [[] for _ in jobs]
    for _ in range(rounds):
        for times, (job, repeats) in zip(taken, jobs, strict=True):
            for _ in range(repeats):
                begin = time.perf_counter()
                job()
                times.append(time.perf_counter() - begin)
    return [statistics.median(times) for times in taken]


def test_all_variables_against_pyirsdk(capsys):
    columns()  # loads the compiled kernel
    theirs, seen, copied = medians(9, (pyirsdk_all, 1), (views, 5), (columns, 5))
    with capsys.disabled():
        print(
            f"\nall variables of {VEE.name}, opening included: pyirsdk get_all {theirs * 1e3:.0f} ms, views {seen * 1e3:.2f} ms "
            f"({theirs / seen:.0f}x), contiguous columns {copied * 1e3:.2f} ms ({theirs / copied:.0f}x)"
        )
    assert theirs / seen > VIEWS / BUSY
    assert theirs / copied > COLUMNS / BUSY


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Vee's drive again and again for an hour, clock and lap counter going on."""
    path = tmp_path_factory.mktemp("hour") / "hour.ibt"
    with IbtFile(VEE) as file:
        repeats = -(-HOUR_RECORDS // file.n_records)
        turn = np.repeat(np.arange(repeats), file.n_records)[:HOUR_RECORDS]
        tiled = {}
        for name, variable in file.variables.items():
            values = np.concatenate([file.view(name)] * repeats)[:HOUR_RECORDS]
            if name in {"SessionTime", "Lap", "LapCompleted"}:
                values = values + turn * (file.n_records / 60 if name == "SessionTime" else 4)
            tiled[name] = IbtColumn(VarType(variable.code), values, variable.unit, variable.description, as_time=variable.as_time)
        text = file.session_text().partition(b"\0")[0].decode("cp1252")
    write_ibt(path, tiled, text)
    return path


def test_the_laps_of_a_one_hour_file(hour, capsys):
    def laps() -> int:
        return len(find_laps(open_recording(hour)))

    laps()
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    (taken,) = medians(7, (laps, 1))
    gc.collect()
    grown = process.memory_info().rss - before
    with capsys.disabled():
        print(
            f"\none hour, {HOUR_RECORDS} records, {hour.stat().st_size / 1e6:.0f} MB: opened and {laps()} laps listed in "
            f"{taken * 1e3:.0f} ms (page cache warm), memory afterwards {grown / 1e6:+.0f} MB"
        )
    assert taken < LISTING_S * BUSY
    assert grown < 64e6


def test_all_columns_of_a_one_hour_file(hour, capsys):
    def every() -> None:
        with IbtFile(hour) as file:
            file.columns()

    every()
    (taken,) = medians(3, (every, 1))
    with capsys.disabled():
        print(f"\none hour, all variables as contiguous columns: {taken * 1e3:.0f} ms, {hour.stat().st_size / taken / 1e9:.1f} GB/s")
    assert taken < 2.0
