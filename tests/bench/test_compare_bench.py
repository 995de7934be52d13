"""How long an answer takes: two 90 s laps compared, the cold command, a whole report. `make bench`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from coach.compare.causes import evidence, impulses
from coach.compare.choose import choose
from coach.compare.compare import _pair, compare_each, together, yardstick
from coach.compare.study import open_drive, prepare
from coach.laps.lap import LapKind
from coach.laps.resample import trace_lap
from coach.telemetry.sources import open_recording
from tests.othersim_sets import SINGLE_FILE, ibt_path, set_names
from tests.recordings import needs_othersim

pytestmark = [pytest.mark.bench, needs_othersim]


@pytest.fixture(scope="module")
def two_laps() -> Path:
    """A recording of two laps of about 110 s, and their drive."""
    return ibt_path(set_names()[0], "base.npz")


def timed(work: object, runs: int = 9) -> float:
    """Median seconds of a call after one warm-up."""
    work()  # type: ignore[operator]
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        work()  # type: ignore[operator]
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def test_compare_of_two_laps_warm(two_laps: Path) -> None:
    def whole() -> None:
        drive = open_drive(open_recording(two_laps))
        study = prepare([drive])
        together(compare_each(study, choose(study, drive, None, ())))

    seconds = timed(whole)
    drive = open_drive(open_recording(two_laps))
    lap_s = drive.timed[0].lap_time_s
    print(f"\ncompare, two laps of {lap_s:.0f} s, from file to answer: {1000 * seconds:.0f} ms (target 150 ms for 90 s)")
    assert seconds < 2 * 0.150 * lap_s / 90.0


def test_cause_of_one_corner(two_laps: Path) -> None:
    drive = open_drive(open_recording(two_laps))
    study = prepare([drive])
    chosen = choose(study, drive, None, ())
    pair = _pair(study, chosen.own[0], chosen.references[0], study.scatter(yardstick(study, chosen)))
    a, b = timed(lambda: evidence.attribute(pair)), timed(lambda: impulses.attribute(pair))
    per_corner_ms = 1000 * (a + b) / len(pair.corners)
    print(f"\ncause, both methods: {1000 * a:.1f} + {1000 * b:.1f} ms a lap, {per_corner_ms:.2f} ms a corner (target 30 ms)")
    assert per_corner_ms < 30.0


def test_cold_command(two_laps: Path) -> None:
    command = [sys.executable, "-m", "coach.cli.main", "compare", str(two_laps), "--json"]
    seconds = timed(lambda: subprocess.run(command, check=True, capture_output=True), runs=5)
    print(f"\n`racing-coach compare` as a fresh process: {seconds:.2f} s (target 2 s)")
    assert seconds < 2 * 2.0


def test_memory_is_flat_over_three_hours_of_laps() -> None:
    """One lap after another of a long drive is traced and forgotten; what stays must not grow with the laps."""
    recording = open_recording(ibt_path(set_names()[0], SINGLE_FILE))  # 38 laps, 70 minutes
    laps = [lap for lap in open_drive(recording).laps if lap.kind is LapKind.TIMED]
    process = psutil.Process()
    sizes = []
    for _ in range(3):  # three hours and more
        for lap in laps:
            trace = trace_lap(recording, lap)
            assert trace.grid["speed_mps"].size
        sizes.append(process.memory_info().rss / 2**20)
    print(f"\nmemory after 1, 2 and 3 rounds of 70 minutes: {', '.join(f'{size:.0f} MB' for size in sizes)}")
    assert sizes[-1] - sizes[0] < 10.0
