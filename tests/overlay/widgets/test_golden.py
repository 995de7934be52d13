"""Every widget in its states, compared with pictures that were looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QApplication, QWidget

from overlay.look import Look
from overlay.state import CueLine, CueState, Delta, Snapshot
from overlay.widgets import PANELS
from overlay.widgets.corner_losses import CornerLosses
from overlay.widgets.panel import Panel
from tests.overlay import golden
from tests.overlay.samples import CUE, STATES, braking, long_names, official_numbers, slow_lap, speaking

BY_NAME = {panel.name: panel for panel in PANELS}
LONG = "Brake ten metres later and let it roll to the inside kerb"
CASES: dict[str, tuple[str, Snapshot, Look]] = {
    "delta-losing": ("delta", replace(braking(), delta=Delta(0.238, 0.13, 87.53)), Look()),
    "delta-gaining": ("delta", replace(braking(), delta=Delta(-0.407, -0.03, 86.888)), Look()),
    "delta-beyond-the-bar": ("delta", replace(braking(), delta=Delta(12.3, 0.0, None)), Look()),
    "delta-waiting": ("delta", STATES["waiting_for_lap"](), Look()),
    "delta-waiting-simulator": ("delta", STATES["waiting_for_simulator"](), Look()),
    "delta-large-green-purple": ("delta", replace(braking(), delta=Delta(-0.407, -0.07, 86.888)), Look(1.5, "green-purple")),
    "cue-reminder": ("cue", replace(braking(), cue=CueLine(CUE, "7", "Old Paddock", CueState.REMINDER)), Look()),
    "cue-speaking": ("cue", speaking(), Look()),
    "cue-shown-long": ("cue", replace(braking(), cue=CueLine(LONG, "12", "Old Paddock")), Look()),
    "cue-official-number": ("cue", official_numbers(), Look()),
    "cue-no-corner": ("cue", replace(braking(), cue=CueLine("Best lap so far")), Look()),
    "cue-nothing": ("cue", braking(), Look()),
    "corners-driving": ("corners", speaking(), Look()),
    "corners-official-numbers": ("corners", official_numbers(), Look()),
    "corners-slow-lap": ("corners", slow_lap(), Look()),
    "corners-waiting": ("corners", STATES["waiting_for_lap"](), Look()),
    "corners-white-yellow": ("corners", speaking(), Look(1.0, "white-yellow")),
    "corners-long-names": ("corners", long_names(), Look()),
    "corners-long-names-narrow": ("corners", long_names(), Look()),
    "corners-long-names-smallest": ("corners", long_names(), Look()),
    "inputs-braking": ("inputs", braking(), Look()),
    "inputs-no-reference": ("inputs", STATES["waiting_for_lap"](), Look()),
    "inputs-waiting": ("inputs", STATES["waiting_for_simulator"](), Look()),
    "map-driving": ("map", speaking(), Look()),
    "map-official-numbers": ("map", official_numbers(), Look()),
    "map-first-lap": ("map", STATES["waiting_for_lap"](), Look()),
    "map-waiting": ("map", STATES["waiting_for_simulator"](), Look()),
    "cue-two-turns": ("cue", replace(braking(), cue=CueLine("Brake later.", "10-11", "Turns 10 and 11", CueState.SPEAKING)), Look()),
    "status-coaching": ("status", speaking(), Look()),
    "status-waiting": ("status", STATES["waiting_for_simulator"](), Look()),
    "status-silent": ("status", STATES["silent"](), Look()),
    "status-trouble": ("status", STATES["trouble"](), Look()),
}
SMALLEST = {  # as small as the driver can make them
    "delta-smallest": ("delta", replace(braking(), delta=Delta(-10.407, -0.13, 86.888)), Look()),
    "delta-waiting-smallest": ("delta", STATES["waiting_for_lap"](), Look()),
    "cue-smallest": ("cue", replace(braking(), cue=CueLine(LONG, "12", "The Right-Hander", CueState.SPEAKING)), Look()),
    "corners-waiting-smallest": ("corners", STATES["waiting_for_lap"](), Look()),
    "inputs-smallest": ("inputs", braking(), Look()),
    "inputs-waiting-smallest": ("inputs", STATES["waiting_for_simulator"](), Look()),
    "map-smallest": ("map", speaking(), Look()),
    "map-waiting-smallest": ("map", STATES["waiting_for_simulator"](), Look()),
    "status-smallest": ("status", STATES["trouble"](), Look()),
}
CASES |= SMALLEST
NARROW = {"corners-long-names-narrow": 0.8, "corners-long-names-smallest": CornerLosses.smallest_share}  # shares of its own width


def picture_of(panel: Panel) -> QImage:
    """The widget on nothing."""
    image = QImage(panel.size(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    panel.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    return image


@pytest.mark.parametrize("case", CASES)
def test_widget_looks_as_blessed(case: str, qapp: QApplication, bless: bool, tmp_path: Path) -> None:
    name, snapshot, look = CASES[case]
    panel = BY_NAME[name](look)
    down = panel.smallest_share if case in SMALLEST else 1.0
    panel.resize(round(panel.width() * NARROW.get(case, down)), round(panel.height() * down))
    panel.show_snapshot(snapshot)
    golden.check(picture_of(panel), case, bless=bless, keep=tmp_path)


def test_every_golden_picture_belongs_to_a_case() -> None:
    assert {path.stem for path in golden.FOLDER.glob("*.png")} == set(CASES)


def test_comparison_sees_one_changed_digit(qapp: QApplication) -> None:
    panel = BY_NAME["delta"](Look())
    pictures = []
    for predicted in (87.53, 87.58):
        panel.show_snapshot(replace(braking(), delta=Delta(0.2, 0.0, predicted)))
        pictures.append(golden.array_of(golden.flattened(picture_of(panel))))
    assert golden.difference(*pictures) > golden.SHARE_TOLERANCE
