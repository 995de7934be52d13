"""What windows leave behind is destroyed by Qt, or collected in Qt's thread: either elsewhere crashed the overlay."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from overlay.garbage import QtGarbage, collect_due
from tests.overlay.virtual_screen import ROOT

PAGES = 40


def test_windows_come_and_go_while_another_thread_makes_garbage() -> None:
    """With a page left to the collector, or another thread's collections, it ended in a segmentation fault within seconds."""
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.overlay.charts_made", str(PAGES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["left"] == 0
    assert told["qt"] >= 2
    assert told["other"] == 0


@pytest.fixture
def by_hand() -> Iterator[None]:
    """Python's own collections off, whatever they were before."""
    was = gc.isenabled()
    gc.disable()
    yield
    if was:
        gc.enable()


def test_only_what_is_due_is_collected(by_hand: None) -> None:
    gc.collect()
    collected: list[int] = []

    def count(phase: str, info: dict[str, int]) -> None:
        if phase == "stop":
            collected.append(info["generation"])

    gc.callbacks.append(count)
    try:
        collect_due()
        assert collected == []
        young, middle, _old = gc.get_threshold()
        for _ in range(middle + 2):
            rings: list[list[object]] = [[] for _ in range(2 * young)]
            collect_due()
            rings.clear()
        assert collected == [0] * (middle + 1) + [1]
    finally:
        gc.callbacks.remove(count)


def test_python_collects_again_when_it_did_before(qapp: QApplication, by_hand: None) -> None:
    gc.enable()
    garbage = QtGarbage()
    assert not gc.isenabled()
    garbage.settle()
    assert gc.get_freeze_count() > 0
    garbage.close()
    assert gc.get_freeze_count() == 0
    assert gc.isenabled()
    gc.disable()
    QtGarbage().close()
    assert not gc.isenabled()
