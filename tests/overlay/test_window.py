"""The overlay as a whole without a screen: flags, visibility, places, look."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtWidgets import QApplication

from overlay.look import PALETTES
from overlay.placement import PlacesInMemory, Rect
from overlay.state import Mode, Snapshot, Status
from overlay.window import Appearance, Overlay
from tests.overlay.samples import braking, speaking, waiting_for_simulator
from tests.overlay.virtual_screen import ROOT


@pytest.fixture
def overlay(no_leftovers: QApplication) -> Iterator[Overlay]:
    made = Overlay()
    yield made
    made.close()


def visible(overlay: Overlay) -> set[str]:
    return {name for name, window in overlay.windows.items() if window.isVisible()}


def test_windows_are_frameless_on_top_and_never_take_focus(overlay: Overlay) -> None:
    wanted = [
        Qt.WindowType.FramelessWindowHint,
        Qt.WindowType.WindowStaysOnTopHint,
        Qt.WindowType.Tool,
        Qt.WindowType.WindowDoesNotAcceptFocus,
        Qt.WindowType.NoDropShadowWindowHint,
        Qt.WindowType.WindowTransparentForInput,
    ]
    if sys.platform.startswith("linux"):
        wanted.append(Qt.WindowType.X11BypassWindowManagerHint)
    for window in overlay.windows.values():
        assert all(window.windowFlags() & flag for flag in wanted)
        assert window.testAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        assert window.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)


def test_locking_changes_the_input_flag_and_keeps_the_native_window(overlay: Overlay) -> None:
    overlay.present(braking())
    window = overlay.windows["delta"]
    native = window.winId()
    overlay.set_locked(locked=False)
    assert not window.windowFlags() & Qt.WindowType.WindowTransparentForInput
    assert not window.windowHandle().flags() & Qt.WindowType.WindowTransparentForInput
    overlay.toggle_locked()
    assert window.windowHandle().flags() & Qt.WindowType.WindowTransparentForInput
    assert window.winId() == native
    assert window.isVisible()


def test_overlay_is_hidden_outside_the_car(overlay: Overlay) -> None:
    overlay.present(replace(braking(), in_car=False, status=Status(Mode.WAITING_CAR)))
    assert visible(overlay) == set()
    overlay.present(braking())
    assert visible(overlay) == set(overlay.windows)
    overlay.present(replace(braking(), in_car=False))
    assert visible(overlay) == set()


def test_only_the_status_is_there_while_no_simulator_runs(overlay: Overlay) -> None:
    overlay.present(waiting_for_simulator())
    overlay.set_shown(shown=True)
    assert visible(overlay) == {"status"}


@pytest.mark.parametrize("panels", [("delta", "status"), ("delta",)])
@pytest.mark.parametrize("in_car", [False, True])
def test_a_notice_brings_the_status_wherever_it_is_not_shown(overlay: Overlay, panels: tuple[str, ...], *, in_car: bool) -> None:
    overlay.set_appearance(Appearance(panels=panels))
    quiet = replace(braking(), in_car=in_car)
    told = replace(quiet, status=replace(quiet.status, notice="The hotkey F9 is taken."))
    overlay.present(quiet)
    before = visible(overlay)
    overlay.present(told)
    assert visible(overlay) == before | {"status"}
    assert overlay.notice == "The hotkey F9 is taken."
    overlay.toggle_shown()
    assert overlay.notice == ""  # the driver has hidden everything: it waits
    overlay.toggle_shown()
    overlay.present(quiet)
    assert visible(overlay) == before


@pytest.mark.parametrize("y", [300, 0])  # at the screen's upper edge there is no room above
def test_an_unlocked_widget_wears_its_name_outside(overlay: Overlay, y: int) -> None:
    overlay.present(braking())
    window, rect = overlay.windows["map"], Rect(100, y, 310, 200)
    window.put(rect)
    overlay.set_locked(locked=False)
    at, tag = window.panel.mapToGlobal(QPoint()), window.frame.tag()
    assert Rect(at.x(), at.y(), window.panel.width(), window.panel.height()) == window.rect_on_desktop() == rect
    assert not tag.intersects(QRectF(window.panel.geometry()))
    assert QRectF(window.rect()).contains(tag)
    assert window.y() >= 0
    overlay.set_locked(locked=True)
    assert window.geometry() == QRect(100, y, 310, 200)


def test_unlocking_shows_everything_so_that_it_can_be_placed(overlay: Overlay) -> None:
    overlay.present(Snapshot(status=Status(Mode.WAITING_CAR)))
    overlay.set_locked(locked=False)
    assert visible(overlay) == set(overlay.windows)


def test_hotkey_hides_also_in_the_car(overlay: Overlay) -> None:
    overlay.present(braking())
    overlay.toggle_shown()
    assert visible(overlay) == set()
    overlay.toggle_shown()
    assert visible(overlay) == set(overlay.windows)


def test_widgets_can_be_left_out(overlay: Overlay) -> None:
    overlay.present(braking())
    overlay.set_appearance(Appearance(panels=("delta", "cue")))
    assert visible(overlay) == {"delta", "cue"}


def test_places_survive_a_restart(no_leftovers: QApplication) -> None:
    places = PlacesInMemory()
    first = Overlay(places=places)
    first.windows["map"].put(Rect(123, 77, 310, 200))
    first.remember(first.windows["map"])
    first.close()
    second = Overlay(places=places)
    assert second.windows["map"].rect_on_desktop() == Rect(123, 77, 310, 200)
    second.reset_places()
    assert second.windows["map"].rect_on_desktop() != Rect(123, 77, 310, 200)
    assert not places.places
    second.close()


def test_place_from_a_larger_screen_comes_back_onto_this_one(no_leftovers: QApplication) -> None:
    places = PlacesInMemory()
    probe = Overlay(places=places)
    places.save_place(probe.monitor.key, "map", Rect(9000, 5000, 0, 0))
    probe.close()
    overlay = Overlay(places=places)
    assert overlay.monitor.area.contains(overlay.windows["map"].rect_on_desktop())
    overlay.close()


TWO_OF_A_KIND = """
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QApplication
from overlay.screens import screens_offered
from overlay.window import Appearance, Overlay
app = QApplication([])
print(*screens_offered(), *screens_offered("at 1920 640x480+0+0"), sep="|")
QScreen.name = lambda screen: "DELL U2720Q"  # the offscreen platform makes one screen of two of one name
print(*screens_offered("DELL U2720Q"), sep="|")
for name in screens_offered():
    overlay = Overlay(Appearance(monitor=name))
    print(overlay.monitor.key, overlay.windows["map"].rect_on_desktop().x >= overlay.monitor.area.x)
"""


def test_each_of_two_screens_of_one_name_can_be_chosen(tmp_path: Path) -> None:
    """On Windows a screen goes by its model."""
    screens = [{"name": f"at {x}", "x": x, "y": 0, "width": 1920, "height": 1080, "logicalDpi": 96, "dpr": 1} for x in (0, 1920)]
    (tmp_path / "screens.json").write_text(json.dumps({"screens": screens}), encoding="utf-8")
    env = os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={tmp_path / 'screens.json'}"}
    ran = subprocess.run([sys.executable, "-c", TWO_OF_A_KIND], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    left, right = "DELL U2720Q 1920x1080+0+0", "DELL U2720Q 1920x1080+1920+0"
    assert ran.stdout.splitlines() == [
        "at 0|at 1920|at 0|at 1920 640x480+0+0",
        f"DELL U2720Q|{right}",
        f"{left} True",
        f"{right} True",
    ], ran.stderr


def test_unknown_monitor_falls_back_to_the_primary_screen(no_leftovers: QApplication) -> None:
    overlay = Overlay(Appearance(monitor="unplugged"))
    assert overlay.screen is QApplication.primaryScreen()
    overlay.close()


@pytest.mark.parametrize("palette", PALETTES)
def test_larger_type_keeps_widgets_at_their_edge(overlay: Overlay, palette: str) -> None:
    window = overlay.windows["map"]
    gap = overlay.monitor.area.right - window.rect_on_desktop().right
    width = window.width()
    overlay.set_appearance(Appearance(font_scale=1.25, palette=palette))
    assert window.width() == pytest.approx(1.25 * width, abs=1)
    assert overlay.monitor.area.right - window.rect_on_desktop().right == pytest.approx(1.25 * gap, abs=1)


def test_widget_that_fails_is_hidden_and_the_others_go_on(
    overlay: Overlay, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    overlay.present(braking())
    told: list[str] = []
    overlay.on_fault = told.append

    def fail(snapshot: Snapshot) -> bool:
        raise ZeroDivisionError("no track")

    monkeypatch.setattr(overlay.windows["map"].panel, "show_snapshot", fail)
    for _ in range(3):
        overlay.present(speaking())
    assert visible(overlay) == set(overlay.windows) - {"map"}
    assert overlay.faults == {"map": "Map failed and is hidden: no track"}
    assert told == ["Map failed and is hidden: no track"]
    assert len(caplog.records) == 1
    overlay.toggle_shown()
    overlay.toggle_shown()
    assert "map" not in visible(overlay)


def test_closed_overlay_listens_to_no_screen(no_leftovers: QApplication) -> None:
    overlay = Overlay()
    overlay.close()
    QApplication.primaryScreen().geometryChanged.emit(QApplication.primaryScreen().geometry())


def test_screen_that_changes_moves_the_widgets_back_onto_it(overlay: Overlay) -> None:
    overlay.windows["map"].put(Rect(5000, 5000, 300, 220))
    QApplication.primaryScreen().geometryChanged.emit(QApplication.primaryScreen().geometry())
    assert overlay.monitor.area.contains(overlay.windows["map"].rect_on_desktop())


@pytest.mark.parametrize("font_scale", [1.0, 1.3, 1.6, 1.8])
def test_larger_type_makes_widgets_keep_off_each_other(no_leftovers: QApplication, font_scale: float) -> None:
    """Offscreen Qt's screen is 800 x 800, on which they are as large as on a screen of 1422 x 800."""
    overlay = Overlay(Appearance(font_scale=font_scale * 0.6))
    rects = [window.rect_on_desktop() for window in overlay.windows.values()]
    assert not [(a, b) for k, a in enumerate(rects) for b in rects[:k] if a.covers(b)]
    overlay.close()
