"""Choosing a reference on the settings' page: what takes long is done beside, while Qt's thread and with it the overlay goes on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog

from coach.telemetry.recording import SessionInfo
from coach.telemetry.sources import known_sources
from overlay.app import App
from overlay.reference_choice import NOT_NOW, RULES
from overlay.settings.file import SettingsFile
from overlay.settings_window.reference_page import SUFFIXES, ReferencePage
from overlay.store.record import LapRecord
from overlay.store.store import LapStore
from tests.overlay.running_app import wait_until
from tests.overlay.store.laps import content

pytestmark = pytest.mark.xdist_group("overlay_app")
RULES_OFFERED = len(RULES) - 2  # no file is one yet, and no service is set
PATIENCE_S = 60.0


class SlowDesk:
    """The lap desk of an application whose answers wait until they are let go."""

    def __init__(self, app: App, laps: tuple[LapRecord, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        self._laps, self.let_go, self.asked_in = laps, threading.Event(), list[threading.Thread]()
        self.asked_for = list[str]()
        monkeypatch.setattr(app.pipeline.desk, "own_laps", self.own_laps)

    def own_laps(self, info: SessionInfo, _at_most: int) -> tuple[LapRecord, ...]:
        self.asked_for.append(info.car_id)
        self.asked_in.append(threading.current_thread())
        assert self.let_go.wait(PATIENCE_S)
        return self._laps


@pytest.fixture
def desk(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SlowDesk:
    drive(app, monkeypatch)
    return SlowDesk(app, (LapStore(tmp_path / "laps").save(content(number=4)),), monkeypatch)


def drive(app: App, monkeypatch: pytest.MonkeyPatch, car_id: str = "mx5") -> None:
    monkeypatch.setattr(app.pipeline.session, "_info", SessionInfo("test", car_id=car_id))


def opened(app: App) -> ReferencePage:
    app.windows.show_settings()
    assert app.windows.settings is not None
    app.windows.settings.names.setCurrentRow(app.windows.settings.stack.indexOf(page := app.windows.settings.references))
    return page


def names(page: ReferencePage) -> list[str]:
    QTest.qWait(1)  # what other threads have told
    return [page.table.item(row, 0).text() for row in range(page.table.rowCount())]


def test_own_laps_are_looked_for_beside_and_shown_when_they_have_come(app: App, desk: SlowDesk) -> None:
    page = opened(app)
    assert page.busy.text() == "Looking for your laps..."
    assert len(names(page)) == RULES_OFFERED
    page.table.selectRow(2)
    desk.let_go.set()
    wait_until(lambda: "Lap 4" in names(page))
    assert page.busy.text() == ""
    assert page.table.currentRow() == 2
    assert threading.main_thread() not in desk.asked_in


def test_laps_are_not_offered_in_another_car(app: App, desk: SlowDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.let_go.set()
    page = opened(app)
    wait_until(lambda: "Lap 4" in names(page))
    drive(app, monkeypatch, "gt4")
    page.fill()
    assert len(names(page)) == RULES_OFFERED


def test_another_cars_laps_are_looked_for_while_the_settings_are_open(app: App, desk: SlowDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.let_go.set()
    page = opened(app)
    wait_until(lambda: "Lap 4" in names(page))
    desk.let_go.clear()
    drive(app, monkeypatch, "gt4")
    app.bridge.drive.emit(app.pipeline.session.info)
    assert (len(names(page)), page.busy.text()) == (RULES_OFFERED, "Looking for your laps...")
    desk.let_go.set()
    wait_until(lambda: "Lap 4" in names(page) and page.busy.text() == "")
    assert desk.asked_for == ["mx5", "gt4"]


def test_the_settings_may_be_closed_and_opened_again_meanwhile(app: App, desk: SlowDesk) -> None:
    opened(app).window().close()
    page = opened(app)
    desk.let_go.set()
    wait_until(lambda: "Lap 4" in names(page) and page.busy.text() == "")
    assert names(page).count("Lap 4") == 1


def test_a_selected_lap_stays_selected_when_others_come_before_it(app: App, desk: SlowDesk) -> None:
    """Else the button would take what has come into its row."""
    assert app.chosen.change("reference", {"rule": "file", "lap": "/laps/fast.csv"}) == ""
    page = opened(app)
    page.table.selectRow(names(page).index("fast.csv"))
    desk.let_go.set()
    wait_until(lambda: "Lap 4" in names(page))
    assert page.table.currentRow() == names(page).index("fast.csv") == RULES_OFFERED + 1


def open_file(page: ReferencePage, path: Path) -> None:
    """By the button and its dialog."""
    page.open.click()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.close()


def test_a_file_is_opened_and_becomes_the_reference(app: App, tmp_path: Path) -> None:
    path = tmp_path / "fast lap.parquet"
    path.write_bytes(content(number=4))
    page = opened(app)
    open_file(page, path)
    assert page.busy.text() == "Reading fast lap.parquet"
    assert app.chosen.current.reference.rule == "own_best", "not before it was looked into"
    wait_until(lambda: "fast lap.parquet" in names(page), page.fault.text)
    assert page.table.item(names(page).index("fast lap.parquet"), 3).text() == "in use"
    assert (page.fault.text(), page.busy.text()) == ("", "")
    reference = SettingsFile().load().settings.reference
    assert (reference.rule, reference.lap) == ("file", str(path))


def test_of_two_files_the_one_opened_last_is_taken_in_qts_thread(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[str, threading.Thread]] = []
    monkeypatch.setattr(app.references, "take", lambda lap: taken.append((Path(lap).name, threading.current_thread())) or "")
    page = opened(app)
    for name in ("first.parquet", "second.parquet"):
        (tmp_path / name).write_bytes(content(number=4))
        open_file(page, tmp_path / name)
    wait_until(lambda: names(page) and taken and not page.busy.text(), page.fault.text)
    assert taken == [("second.parquet", threading.main_thread())]


@pytest.mark.parametrize(
    ("file", "fault"), [("notes.csv", "is in no format this program knows"), ("other.parquet", "another car or track: its car is gt4")]
)
def test_a_file_that_is_no_reference_says_why_and_changes_nothing(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, fault: str
) -> None:
    (tmp_path / "notes.csv").write_text("never,a lap\n", encoding="utf-8")
    (tmp_path / "other.parquet").write_bytes(content(car_id="gt4"))
    drive(app, monkeypatch)
    page = opened(app)
    open_file(page, tmp_path / file)
    wait_until(lambda: names(page) and page.fault.text())
    assert fault in page.fault.text()
    assert page.busy.text() == ""
    assert app.chosen.current.reference.rule == "own_best"
    assert len(names(page)) == RULES_OFFERED


def test_on_the_track_no_file_is_read(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(app)
    monkeypatch.setattr(type(app.pipeline.session), "may_change_reference", False)
    open_file(page, tmp_path / "fast.csv")
    assert page.fault.text() == "The reference can be changed in the pits or outside the car"
    assert page.busy.text() == ""


def test_every_kind_of_file_that_is_read_is_offered() -> None:
    assert set(SUFFIXES) == {suffix for source in known_sources() for suffix in source.suffixes}


def test_the_page_coach_chooses_a_rule_by_the_same_rule(app: App, desk: SlowDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(app)
    window = app.windows.settings
    assert window is not None
    row = window.rows["reference.rule"]
    box = row.control
    assert isinstance(box, QComboBox)
    assert [box.itemData(at) for at in range(box.count())] == ["own_best", "session_best", "potential"]
    monkeypatch.setattr(type(app.pipeline.session), "may_change_reference", False)
    box.activated.emit(1)
    assert row.fault.text() == NOT_NOW
    assert (box.currentData(), app.chosen.for_all.reference.rule) == ("own_best", "own_best")
    monkeypatch.setattr(type(app.pipeline.session), "may_change_reference", True)
    box.activated.emit(1)
    assert app.chosen.for_all.reference.rule == "session_best"
    desk.let_go.set()
