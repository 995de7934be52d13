"""The lap desk's process: its start, its laps, its memory; what a process for each lap would cost instead; what the live loop feels of it."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import psutil
import pytest

from coach.cues.settings import CueSettings
from coach.replay import frames_of
from coach.session import LapDone, State, step
from coach.telemetry.recording import Recording
from overlay.demo_drive import demo_session
from overlay.desk.beside import DeskBeside
from overlay.desk.port import Outing
from overlay.settings.model import Reference

pytestmark = pytest.mark.bench
LAPS = 12
KEY = "0123abcd"
TICK_S = 1 / 60
SETTINGS = CueSettings()


@cache
def laps() -> tuple[Recording, ...]:
    drive = demo_session(LAPS, 1).recording
    state = State(SETTINGS, drive.session)
    return tuple(out.recording for frame in frames_of(drive) for out in step(frame, state) if isinstance(out, LapDone))


def outing() -> Outing:
    return Outing(KEY, laps()[0].session, SETTINGS)


def spent_s(desk: DeskBeside) -> float:
    times = psutil.Process(desk.pid).cpu_times()
    return float(times.user + times.system)


def resident_mb(desk: DeskBeside) -> float:
    return float(psutil.Process(desk.pid).memory_info().rss / 1e6)


def test_start_laps_and_memory_of_one_process_and_of_one_for_each_lap(tmp_path: Path) -> None:
    laps()
    desk = DeskBeside(tmp_path, print)
    begun = time.perf_counter()
    desk.next_sequence()
    started_s, started_cpu_s, started_mb = time.perf_counter() - begun, spent_s(desk), resident_mb(desk)
    desk.refer(outing(), Reference())
    answered, worked = [], []
    for lap in laps():
        begun, before = time.perf_counter(), spent_s(desk)
        finished = desk.finish(outing(), lap)
        answered.append(time.perf_counter() - begun)
        assert finished.content is not None
        desk.save(finished.content, KEY)
        desk.tidy(None, 0)
        worked.append(spent_s(desk) - before)
    held = resident_mb(desk)
    desk._process.close()
    begun = time.perf_counter()
    desk.finish(outing(), laps()[-1])
    anew_s, anew_cpu_s = time.perf_counter() - begun, spent_s(desk)
    desk.close()
    print(
        f"\nstart {started_s:.2f} s ({started_cpu_s:.2f} s CPU), {started_mb:.0f} MB; a lap: answer {statistics.median(answered):.2f} s, "
        f"longest {max(answered):.2f}, CPU {statistics.median(worked):.2f} s, longest {max(worked):.2f}; {held:.0f} MB after {LAPS} laps; "
        f"a process for this lap alone: answer {anew_s:.2f} s, {anew_cpu_s:.2f} s CPU"
    )
    assert max(answered) < 10.0
    assert held < 500.0


def lateness_ms(while_: Callable[[], object]) -> list[float]:
    """How late the ticks of a 60 Hz loop come while another thread does this."""
    thread, late, tick, begun = threading.Thread(target=while_), [], 0, time.perf_counter()
    thread.start()
    while thread.is_alive():
        due = begun + tick * TICK_S
        time.sleep(max(0.0, due - time.perf_counter()))
        late.append(1e3 * (time.perf_counter() - due))
        tick = int((time.perf_counter() - begun) / TICK_S) + 1
    return late


def test_what_the_live_loop_feels(tmp_path: Path) -> None:
    laps()
    desk = DeskBeside(tmp_path, print)
    alone = lateness_ms(lambda: time.sleep(3.0))
    start = lateness_ms(desk.next_sequence)
    work = lateness_ms(lambda: [desk.finish(outing(), lap) for lap in laps()[:6]])
    desk.close()
    for name, late in (("alone", alone), ("while it starts", start), ("while it analyzes", work)):
        print(f"\n60 Hz loop {name}: late by median {np.median(late):.2f} ms, p99 {np.quantile(late, 0.99):.2f}, most {max(late):.2f}")
    assert np.median(start) < np.median(alone) + 5.0
    assert np.median(work) < np.median(alone) + 5.0
