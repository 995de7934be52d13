"""What stays of the drive under way on the disk: its log, line by line, and its summary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from coach.errors import RacingCoachError
from coach.events import Event
from coach.session import State
from coach.telemetry.recording import SessionInfo
from overlay.session_notes import SessionLog, SessionNotes, session_name
from overlay.summary.html import write_html
from overlay.summary.model import SessionSummary


class KeptSession:
    """One drive after the other, each in a folder of its own below `folder`. `tell`: what cannot be written, once when that begins."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._sessions, self._tell = folder, tell
        self._log: SessionLog | None = None
        self.folder = folder  # of the drive under way
        self.notes = SessionNotes()

    def begin(self, info: SessionInfo) -> None:
        """Another drive."""
        self.close()
        self.notes = SessionNotes()
        self.folder = self._sessions / session_name(info)
        try:
            self._log = SessionLog(self.folder / "session.jsonl")
        except (OSError, RacingCoachError) as error:
            self._tell(f"The session log cannot be written: {error}")

    def event(self, event: Event) -> None:
        """Something that was said or happened."""
        self.notes.event(event)
        if self._log is not None:
            before = self._log.trouble
            self._log.write(event)
            if self._log.trouble and not before:
                self._tell(self._log.trouble)

    def save_summary(self, state: State, speed_unit: str) -> tuple[SessionSummary, Path, str]:
        """The summary so far, where it is saved, and why it is not, or nothing."""
        summary = self.notes.summary(state, date.today())  # noqa: DTZ011 - the driver's own day
        path, why_not = self.folder / "summary.html", ""
        try:
            write_html(summary, path, speed_unit)
        except RacingCoachError as error:
            why_not = f"The session summary could not be saved: {error}"
            self._tell(why_not)
        return summary, path, why_not

    def close(self) -> None:
        """No more lines."""
        if self._log is not None:
            self._log.close()
        self._log = None
