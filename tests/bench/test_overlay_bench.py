"""What the overlay costs on a software-rendered screen: CPU per frame at 60 Hz with every widget moving, painting, start, memory.

The virtual screen has no graphics card: Qt draws in memory and hands the pixels to the X server. The figures are this process's own CPU
time; the X server's and the compositor's are not in them, as the game's and the desktop's are not on a driver's machine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.overlay.virtual_screen import ROOT, Screen, virtual_screen

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(not shutil.which("Xvfb") or not shutil.which("picom"), reason="needs xvfb and picom: `make setup-tests`"),
]
CORE_BUDGET_PERCENT = 10.0  # the limit for the whole process, whose goal is 6 %; a busy machine raises the figure by half
PAINT_BUDGET_MS = 2.0
SECONDS = 20


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with virtual_screen() as made:
        made.start("game", "bright")
        yield made


def load(screen: Screen, variant: str) -> dict[str, Any]:
    """Run a variant and print its figures."""
    command = [sys.executable, "-m", "tests.bench.overlay_load", variant, str(SECONDS)]
    told = subprocess.run(command, env=screen.env, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stdout
    result: dict[str, Any] = json.loads(told.splitlines()[-1])
    print(
        f"\n{variant:10} {result['cpu_ms_per_frame']:.2f} ms CPU per frame, {result['core_percent_at_60_hz']:.1f} % of a core, "
        f"paint p99 {result['paint_p99_ms']:.2f} ms, {result['resident_mb']:.0f} MB, paints {result['paints']}"
    )
    return result


def test_all_widgets_stay_in_the_budget(screen: Screen) -> None:
    load(screen, "timer")
    result = load(screen, "all")
    assert result["core_percent_at_60_hz"] <= CORE_BUDGET_PERCENT
    assert result["paint_p99_ms"] <= PAINT_BUDGET_MS


def test_each_widget(screen: Screen) -> None:
    every = load(screen, "all")["core_percent_at_60_hz"]
    for name in ("delta", "corners", "inputs", "map"):
        assert load(screen, name)["core_percent_at_60_hz"] <= every + 1.0


def test_trace_by_qpainter_costs_less_than_by_pyqtgraph(screen: Screen) -> None:
    """Decision 13: the moving trace is drawn by hand; pyqtgraph draws the summary's charts."""
    ours, theirs = load(screen, "qpainter"), load(screen, "pyqtgraph")
    print(f"ratio {theirs['cpu_ms_per_frame'] / ours['cpu_ms_per_frame']:.2f}")
    assert ours["cpu_ms_per_frame"] < theirs["cpu_ms_per_frame"]
