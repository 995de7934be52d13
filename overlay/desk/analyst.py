"""The analyst as the live coach knows it, with the lap desk behind it. Called in the thread of the analysis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from coach.cues.settings import CueSettings
from coach.errors import RacingCoachError
from coach.live.report import LapReport
from coach.telemetry.recording import Recording
from overlay.desk.port import Desk, Outing
from overlay.store.recorder import Write


class DeskAnalyst:
    """Laps go to the desk, and what it has written down to the recorder at once: `keep(name, write, session)`."""

    def __init__(self, desk: Desk, outing: Outing, keep: Callable[[str, Write, str], None], on_notice: Callable[[str], None]) -> None:
        self.settings: CueSettings = outing.settings
        self._desk, self._outing, self._keep, self._on_notice = desk, outing, keep, on_notice
        self._reasons_told = set[str]()  # for which laps do not count

    def add(self, recording: Recording) -> LapReport:
        """Analyze the newest lap; without a desk it counts for nothing, and is saved as soon as there is one."""
        outing = replace(self._outing, settings=self.settings)
        try:
            finished = self._desk.finish(outing, recording)
        except RacingCoachError as error:
            self._keep("a lap", lambda: self._desk.written(recording), outing.key)
            self._on_notice(f"A lap could not be analyzed: {error}")
            return LapReport(recording, None, note=f"not analyzed: {error}")
        note = finished.report.note
        if finished.report.lap is None and note and note not in self._reasons_told:
            self._reasons_told.add(note)
            self._on_notice(f"A lap does not count: {note}")
        name = f"lap {finished.report.lap.number}" if finished.report.lap is not None else "a lap"
        if finished.fault:
            self._on_notice(f"{name.capitalize()} could not be saved: {finished.fault}.")
        if finished.content is not None:
            self._keep(name, lambda: finished.content, outing.key)
        return finished.report
