"""What the process costs, measured on itself."""

from __future__ import annotations

import time

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from overlay.cost import CostMeter, resident_bytes
from overlay.look import Look
from overlay.widgets.delta_bar import DeltaBar
from tests.overlay.samples import braking


def test_memory_is_what_the_system_says() -> None:
    assert resident_bytes() == pytest.approx(psutil.Process().memory_info().rss, rel=0.05)


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
    cost = meter.read()
    assert cost.paints_per_s > 0
    assert cost.paint_p99_ms > 0
    assert meter.read().paints_per_s == 0
