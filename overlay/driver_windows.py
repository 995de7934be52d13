"""The ordinary windows around the overlay: settings, the first minute, the session summary. When each is opened, and what it is plugged into."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from overlay.first_run import FIRST_MINUTE_DONE, FirstRun
from overlay.folders import data_folder
from overlay.parts import Parts
from overlay.ports import CoachActions, FirstMinute, ServiceActions, VoiceActions
from overlay.screens import screens_offered
from overlay.settings_window.pages import SettingsPages
from overlay.settings_window.window import SettingsWindow
from overlay.state import Mode, Snapshot
from overlay.summary.model import SessionSummary
from overlay.voice.devices import NoDevice, output_devices
from overlay.voice.offered import OfferedVoices
from overlay.voice.settings import engine_named
from overlay.window_style import let_go

SUMMARY_AFTER_S = 10.0  # a simulator that hangs for a moment has not gone: no window then
FIRST_LOOK_S = 2.0  # until then the simulator is found, and its first tick has come, where one runs


class DriverWindows:
    """One of each. `first_run`: the first minute, still open from the run before."""

    def __init__(self, parts: Parts, drive_demo: Callable[[], None], first_run: FirstRun | None) -> None:
        self._parts, self._drive_demo = parts, drive_demo
        self.settings: SettingsWindow | None = None
        self.first_run = first_run
        self.summary: QWidget | None = None
        self._ended: SessionSummary | None = None
        self._unsaved = ""  # why the ended session's summary is in no file
        self._due_s = float("inf")  # when the ended session's summary opens by itself
        self._minute_due_s = float("inf")  # when the first minute does
        self._in_car = False
        if first_run is not None:
            first_run.ask(self._first_minute())

    def show_settings(self) -> None:
        """The settings window, made anew: it shows the present values."""
        if self.settings is not None:
            let_go(self.settings)
        chosen, voices = self._parts.chosen, OfferedVoices()  # what is installed may have changed since they were open
        pages = SettingsPages(
            lambda: chosen.for_all,
            chosen.keep,
            self._parts.service.turn_sharing,
            _choices(chosen.for_all.display.monitor),
            self._driven,
            self._parts.service.consent_text,
            lambda settings: () if (engine := engine_named(settings.voice)) is None else voices.of(engine),
            self._parts.references.rules,
            self._parts.references.why_not_now,
        )
        self.settings = SettingsWindow(pages, CoachActions(self._parts), ServiceActions(self._parts.service), VoiceActions(self._parts))
        self.settings.show()

    def show_references(self) -> None:
        """Others are offered now."""
        if self.settings is not None and self.settings.isVisible():
            self.settings.show_references()

    def show_first_run(self) -> None:
        """The first minute, unless it was done before, as soon as nobody is in the car."""
        if not (data_folder() / FIRST_MINUTE_DONE).exists():
            self._minute_due_s = time.monotonic() + FIRST_LOOK_S

    def show_summary(self) -> None:
        """The last session's."""
        if self._ended is None:
            self._parts.tell("There is no session to show yet.")
            return
        from overlay.summary.page import SummaryPage  # noqa: PLC0415 - its charts take 60 MB, after the drive only

        self._drop_summary()
        self.summary = page = SummaryPage(self._ended, speed_unit=self._parts.chosen.current.display.speed_unit)
        page.told.setText(self._unsaved)
        page.show()

    def session_begins(self) -> None:
        """Another car or track: a summary on screen is of another time, and so are the laps that the settings offer."""
        self._drop_summary()
        if self.settings is not None and self.settings.isVisible():
            self.settings.look_for_references()

    def session_ended(self, summary: SessionSummary, unsaved: str = "") -> None:
        """There is a summary to be shown, once the simulator has been away for a while. `unsaved`: why it is in no file."""
        self._drop_summary()
        self._ended, self._unsaved, self._due_s = summary, unsaved, time.monotonic() + SUMMARY_AFTER_S

    @property
    def takes_buttons(self) -> bool:
        """Whether a press on the wheel is meant for a setting."""
        return self.settings is not None and self.settings.takes_buttons

    def look(self, snapshot: Snapshot) -> None:
        """Open what is due, close the summary when the driver gets into the car; called with what is on screen now."""
        if snapshot.in_car and not self._in_car:
            self._drop_summary()
        self._in_car = snapshot.in_car
        now_s = time.monotonic()
        if now_s > self._minute_due_s and not snapshot.in_car:
            self._minute_due_s = float("inf")
            self.first_run = self.first_run or FirstRun(self._first_minute())
            self.first_run.show()
        if self.summary is None and now_s > self._due_s:
            self._due_s = float("inf")
            if snapshot.status.mode is Mode.WAITING_SIMULATOR:
                self.show_summary()

    def close(self) -> None:
        """All but the first minute, which goes on in the next run."""
        if self.settings is not None:
            let_go(self.settings)
            self.settings = None
        self._drop_summary()

    def _drop_summary(self) -> None:
        if self.summary is not None:
            let_go(self.summary)
            self.summary = None

    def _first_minute(self) -> FirstMinute:
        return FirstMinute(self._parts, data_folder() / FIRST_MINUTE_DONE, self._drive_demo)

    def _driven(self) -> tuple[str, str]:
        """The car's id and name."""
        info = self._parts.pipeline.session.info
        return (info.car_id, info.car_name or info.car_id) if info else ("", "")


def _choices(monitor: str) -> dict[str, tuple[str, ...]]:
    """What only this machine knows: screens, of which `monitor` is kept, and sound outputs; the empty name is the system's choice."""
    try:
        outputs = tuple(dict.fromkeys(device.name for device in output_devices()))
    except NoDevice:
        outputs = ()
    return {"display.monitor": ("", *screens_offered(monitor)), "voice.device": ("", *outputs)}
