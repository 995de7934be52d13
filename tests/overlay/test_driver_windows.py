"""No window opens in front of somebody who drives, and none stays there that opened by itself."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from overlay.app import App
from overlay.driver_windows import FIRST_LOOK_S, SUMMARY_AFTER_S
from overlay.first_run import FIRST_MINUTE_DONE
from overlay.state import Mode, Snapshot, Status
from tests.overlay.summary.sample import summary

pytestmark = pytest.mark.xdist_group("overlay_app")
IN_CAR = Snapshot(in_car=True, status=Status(Mode.LISTENING))
GARAGE = Snapshot(status=Status(Mode.WAITING_CAR))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now_s = [time.monotonic()]
    monkeypatch.setattr("overlay.driver_windows.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    return now_s


def test_the_first_minute_waits_until_it_is_known_that_nobody_drives(app: App, home: Path, clock: list[float]) -> None:
    """Started beside a simulator it opened before the first tick had come."""
    windows = app.windows
    clock[0] += 60.0
    windows.show_first_run()
    windows.look(GARAGE)
    assert windows.first_run is None, "it was done before"
    (home / "data" / FIRST_MINUTE_DONE).unlink()
    windows.show_first_run()
    windows.look(GARAGE)
    assert windows.first_run is None
    clock[0] += FIRST_LOOK_S + 0.1
    windows.look(IN_CAR)
    assert windows.first_run is None
    windows.look(GARAGE)
    assert windows.first_run is not None
    assert windows.first_run.isVisible()


def test_a_summary_goes_when_the_driver_gets_into_the_car(app: App, clock: list[float]) -> None:
    """Also of the same car on the same track: the simulator was away for longer than a moment."""
    windows = app.windows
    windows.session_ended(summary())
    clock[0] += SUMMARY_AFTER_S + 1.0
    windows.look(Snapshot())
    assert windows.summary is not None
    windows.look(GARAGE)
    assert windows.summary is not None
    windows.look(IN_CAR)
    assert windows.summary is None
    windows.show_summary()  # who asks for it in the car gets it
    windows.look(IN_CAR)
    assert windows.summary is not None
