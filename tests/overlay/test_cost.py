"""What the coach costs, measured on this process and on one beside it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from overlay.cost import CostMeter
from overlay.look import Look
from overlay.widgets.delta_bar import DeltaBar
from tests.overlay.samples import braking

BUSY = "import time; print(flush=True); [None for _ in iter(lambda: time.process_time() < 60, False)]"


@pytest.fixture
def busy() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process.pid
    process.kill()
    process.wait()
    process.stdout.close()


def test_memory_is_what_the_system_says() -> None:
    cost = CostMeter().read()
    assert cost.resident_mb == pytest.approx(psutil.Process().memory_info().rss / 1e6, rel=0.05)
    assert 0.0 < cost.all_mb <= cost.resident_mb


def test_processes_beside_are_told_apart_and_counted(busy: int) -> None:
    meter = CostMeter((), lambda: (busy,))
    time.sleep(0.5)
    cost = meter.read()
    assert cost.core_frac < 0.2
    assert cost.all_core_frac > cost.core_frac + 0.2
    assert cost.all_mb > CostMeter().read().all_mb + 3.0


def test_a_process_that_has_ended_costs_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    cost = CostMeter((), lambda: (ended.pid,)).read()
    assert cost.all_core_frac == pytest.approx(cost.core_frac)


def test_busy_time_counts_and_idle_time_does_not() -> None:
    meter = CostMeter()
    time.sleep(0.2)
    idle = meter.read().core_frac
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    assert meter.read().core_frac > max(0.2, 2 * idle)


def test_paints_are_counted(no_leftovers: QApplication) -> None:
    panel = DeltaBar(Look())
    meter = CostMeter([panel])
    panel.show()
    panel.show_snapshot(braking())
    no_leftovers.processEvents()
    assert meter.read().paint_p99_ms == 0, "the first paint is no measure of the others"
    panel.repaint()
    cost = meter.read()
    assert cost.paints_per_s > 0
    assert cost.paint_p99_ms > 0
    assert meter.read().paints_per_s == 0
