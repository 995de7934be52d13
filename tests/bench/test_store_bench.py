"""What the lap store costs: saving beside a live loop, making the index again."""

from __future__ import annotations

import resource
import shutil
import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coach.laps.lap import Lap, LapKind
from coach.laps.lap_files import lap_content
from coach.telemetry.channels import LIVE_CHANNELS, Kind
from coach.telemetry.recording import Recording, SessionInfo, recording_from_columns
from overlay.store.index import Wanted
from overlay.store.recorder import LapRecorder
from overlay.store.store import LapStore
from tests.overlay.store import laps as small

pytestmark = pytest.mark.bench
N_TICKS = 6600  # 90 s at 60 Hz and margins of 10 s
TICK_S = 1 / 60


def full_drive() -> Recording:
    """Every live channel, moving as smoothly as measured ones do."""
    random = np.random.default_rng(1)
    columns = {}
    for channel in LIVE_CHANNELS:
        if channel.kind in (Kind.CONTINUOUS, Kind.ANGLE):
            low, high = channel.clamp or (-10.0, 10.0)
            walk = np.cumsum(random.normal(0.0, 0.01 * min(high - low, 100.0), N_TICKS))
            columns[channel.name] = np.clip(walk - walk.min(), 0.0, min(high, 1e3))
        else:
            columns[channel.name] = np.repeat(random.integers(0, 2, N_TICKS // 60), 60).astype(float)
    columns["session_time_s"] = np.arange(N_TICKS) * TICK_S
    columns["lap_dist_frac"] = np.linspace(-0.1, 1.1, N_TICKS) % 1.0
    columns["speed_mps"] = np.full(N_TICKS, 40.0)
    return recording_from_columns(Path("drive"), SessionInfo("bench", car_id="gt3", track_id="here"), columns)


LAP = Lap(1, LapKind.TIMED, 600, 6000, 10.0, 100.0)


def ms(values: list[float]) -> str:
    ordered = sorted(values)
    return f"median {1e3 * statistics.median(ordered):.2f} ms, p99 {1e3 * ordered[int(0.99 * (len(ordered) - 1))]:.2f}, max {1e3 * ordered[-1]:.2f}"


def test_saving_a_full_lap(tmp_path):
    drive, store = full_drive(), LapStore(tmp_path)
    encode, save = [], []
    for number in range(60):
        begun = time.perf_counter()
        content = lap_content(drive, replace(LAP, number=number))
        encoded = time.perf_counter()
        store.save(content)
        encode.append(encoded - begun)
        save.append(time.perf_counter() - encoded)
    store.close()
    print(f"\nlap of {len(LIVE_CHANNELS)} channels, {N_TICKS} ticks, {len(content) / 1e3:.0f} kB: encode {ms(encode)}; save {ms(save)}")
    assert statistics.median(encode) + statistics.median(save) < 0.5


def lateness(seconds: float, every_s: float, act) -> list[float]:
    """How late the ticks of a 60 Hz loop come, in s; `act` is called in it every so often."""
    late, begun, acted = [], time.perf_counter(), 0
    for tick in range(int(seconds / TICK_S)):
        due = begun + tick * TICK_S
        time.sleep(max(0.0, due - time.perf_counter()))
        late.append(time.perf_counter() - due)
        if tick * TICK_S >= acted * every_s:
            act()
            acted += 1
    return late


def test_the_live_loop_beside_the_recorder(tmp_path):
    drive, store = full_drive(), LapStore(tmp_path)
    recorder = LapRecorder(store, on_notice=print)
    handed = []

    def submit():
        lap = replace(LAP, number=len(handed))
        begun = time.perf_counter()
        recorder.submit(f"lap {lap.number}", lambda: lap_content(drive, lap))
        handed.append(time.perf_counter() - begun)

    submit()
    time.sleep(1.0)  # imports
    alone = lateness(5.0, 1e9, lambda: None)
    beside = lateness(10.0, 0.5, submit)
    assert recorder.close() == 0
    store.close()
    print(f"\n60 Hz loop alone: late {ms(alone)}; with a lap saved every 0.5 s: late {ms(beside)}; handing over {ms(handed[1:])}")
    assert statistics.median(handed) < 1e-3
    assert statistics.median(beside) < statistics.median(alone) + 5e-3


def test_making_the_index_of_ten_thousand_laps(tmp_path):
    count = 10_000
    (tmp_path / "laps").mkdir()
    contents = [small.content(number, 60.0 + number, car_id=f"car{number}") for number in range(20)]
    for number in range(count):
        path = tmp_path / "laps" / f"{number + 1:08d}_20260101T000000Z_car_track_lap{number}_0123abcd.parquet"
        if number < 20:
            path.write_bytes(contents[number])
        else:
            shutil.copyfile(tmp_path / "laps" / f"{number % 20 + 1:08d}_20260101T000000Z_car_track_lap{number % 20}_0123abcd.parquet", path)
    store = LapStore(tmp_path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    assert store.rebuild() == count
    rebuilt = time.perf_counter() - begun
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    store.close()

    times = {}
    for name, use in (
        ("first use (compare with files)", lambda: store.laps(Wanted(limit=1))),
        ("newest 50", lambda: store.laps(Wanted(limit=50))),
        ("best of a combination", lambda: store.best(Wanted(car_id="car3"))),
        ("all bests", store.best_ids),
        ("save", lambda: store.save(contents[0])),
        ("prune with nothing to do", lambda: store.prune(1 << 40)),
        ("offer all to the service", lambda: (store.spool.follow(consent=True), store.offer_to_service())),
        ("offer again", store.offer_to_service),
        ("all laps", store.laps),
    ):
        begun = time.perf_counter()
        use()
        times[name] = time.perf_counter() - begun
    size = sum(path.stat().st_size for path in tmp_path.glob("index*"))
    store.close()
    print(
        f"\nindex of {count:,} laps: made in {rebuilt:.2f} s ({count / rebuilt:,.0f}/s), +{grown:.0f} MB peak, {size / 1e6:.1f} MB on disk"
    )
    print("; ".join(f"{name} {1e3 * value:.1f} ms" for name, value in times.items()))
    assert rebuilt < 120.0
    assert times["newest 50"] < 1.0
