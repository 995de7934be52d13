"""The work of the lap desk: the analyst of the drive under way, and the lap store. One caller at a time.

It runs in its own process (`serve.py`) beside the overlay, or where memory does not matter in the caller's own.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from coach.compare.study import Drive, open_drive
from coach.errors import RacingCoachError
from coach.laps.lap import Lap, Reason
from coach.laps.lap_files import lap_content, lap_in
from coach.live.analyst import Analyst
from coach.live.report import LapReport
from coach.telemetry.lap_file import lap_file_of
from coach.telemetry.recording import Recording, SessionInfo
from overlay.desk.port import Finished, Learned, Outing
from overlay.desk.references import earlier_laps, opened, own_laps, referred
from overlay.folders import references_folder
from overlay.settings.model import Reference
from overlay.store.record import LapRecord
from overlay.store.store import LapStore
from overlay.sync.shelf import Shelf

NAME = "live"  # of every lap of the outing, resumed or not: laps of one name are taken for laps of one driver


class LapDesk:
    """See `Desk` for what can be asked."""

    def __init__(self, folder: Path) -> None:
        self._store = LapStore(folder)
        self._shelf = Shelf(references_folder())
        self._key: str | None = None
        self._analyst: Analyst | None = None

    def refer(self, outing: Outing, reference: Reference, given: tuple[str, ...] = ()) -> LapReport | None:
        """Other laps to be measured against, from the next lap's analysis on."""
        found = referred(outing.info, reference, self._store, given, self._shelf)
        analyst = self._analyst_of(outing)
        analyst.given, analyst.rule, analyst.given_is_own = found.drives, found.rule, found.is_own
        analyst.given_says = found.says
        return analyst.before_next_lap()

    def finish(self, outing: Outing, recording: Recording) -> Finished:
        """Analyze and write down, a lap that cannot be analyzed, too."""
        report = self._analyst_of(outing).add(recording)
        try:
            unusable = report.lap is None and report.note != ""
            content = _content_alone(recording, outing) if unusable else _content_by(report)
        except Exception as error:  # noqa: BLE001  the coach goes on with what the lap tells
            return Finished(report, None, f"{type(error).__name__}: {error}")
        return Finished(report, content)

    def written(self, recording: Recording) -> bytes | None:
        """The last complete lap of the recording, as a file's content."""
        timed = open_drive(recording).timed
        return _content(recording, timed[-1], math.nan) if timed else None

    def resume(self, outing: Outing, learned: Learned) -> None:
        """Go on with an outing that another desk served until it ended."""
        self._analyst = None
        self._analyst_of(outing).resume([_drive_in(content) for content in learned.laps], learned.track, learned.best_s)

    def save(self, content: bytes, session: str = "") -> LapRecord:
        """Keep a lap."""
        return self._store.save(content, session)

    def tidy(self, shares_from: int | None, limit_bytes: int, also_keep: Collection[str] = ()) -> None:
        """What follows from a new lap."""
        self._store.tidy(shares_from, limit_bytes, also_keep)

    def own_laps(self, info: SessionInfo, at_most: int) -> tuple[LapRecord, ...]:
        """The driver's own."""
        return own_laps(info, self._store, at_most)

    def look_into(self, text: str, info: SessionInfo | None) -> None:
        """Whether it can be a reference."""
        opened(text, info)

    def next_sequence(self) -> int:
        """Of the next lap."""
        return self._store.next_sequence()

    def follow(self, *, consent: bool, from_sequence: int = 0) -> None:
        """The driver's consent."""
        self._store.follow(consent=consent, from_sequence=from_sequence)

    def close(self) -> None:
        """Let go of the store's files."""
        self._store.close()

    def _analyst_of(self, outing: Outing) -> Analyst:
        """The outing's analyst, with the settings of now."""
        if self._analyst is None or self._key != outing.key:
            self._key, self._analyst = outing.key, Analyst(outing.settings)
            self._analyst.recall(self._earlier(outing))
        self._analyst.settings = outing.settings
        return self._analyst

    def _earlier(self, outing: Outing) -> list[Drive]:
        """The driver's laps of earlier outings, oldest first. What cannot be read is left out: it proves nothing, and its store says why."""
        try:
            laps = earlier_laps(outing.info, self._store, outing.key, outing.settings.laps_recalled)
        except RacingCoachError:
            return []
        drives = []
        for lap in reversed(laps):
            with suppress(RacingCoachError, OSError):
                drives.append(_drive_in(self._store.path_of(lap.id).read_bytes()))
        return drives


def _content(recording: Recording, lap: Lap, track_length_m: float) -> bytes:
    return lap_content(recording, lap, track_length_m=track_length_m)


def _content_by(report: LapReport) -> bytes | None:
    """Of the lap that the analysis found; None without one."""
    if report.lap is None:
        return None
    return _content(report.recording, report.lap, report.track.length_m if report.track else math.nan)


def _content_alone(recording: Recording, outing: Outing) -> bytes | None:
    """A lap that could not be analyzed among the others.

    One that cannot be by itself either holds numbers that are none: it must not become the best lap that others are measured against.
    """
    alone = Analyst(outing.settings).add(recording)
    if alone.lap is not None:
        return _content_by(alone)
    timed = open_drive(recording).timed
    return _content(recording, replace(timed[-1], reasons=(Reason.IMPLAUSIBLE,)), math.nan) if timed else None


def _drive_in(content: bytes) -> Drive:
    file = lap_file_of(content, NAME)
    return Drive(file.recording, (lap_in(file),))
