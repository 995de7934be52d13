"""What the overlay asks of the lap desk. Loads neither the analysis nor the libraries of lap files and index: they stay on its side."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol

from coach.arrays import FloatArray
from coach.cues.settings import CueSettings
from coach.errors import RacingCoachError
from coach.live.report import LapReport
from coach.telemetry.recording import Recording, SessionInfo
from coach.track.map import TrackMap
from overlay.settings.model import Reference
from overlay.store.record import LapRecord


class DeskDied(RacingCoachError):
    """The desk's process ended, hung or could not be started, twice in a row; it is started again when it is next asked."""


class DeskFault(RacingCoachError):
    """A fault of ours in the desk's process; its traceback is on stderr."""


class DeskBusy(RacingCoachError):
    """Somebody else is served, for longer than the window's thread may wait."""


@dataclass(frozen=True, slots=True)
class Outing:
    """One car on one track, from the simulator's word of it to the next. `key` names it in the lap store."""

    key: str
    info: SessionInfo
    settings: CueSettings


@dataclass(frozen=True, slots=True)
class Finished:
    """A lap that was driven: what it tells, and its lap file's content, None when there is no lap in it. `fault`: why it could not be written down."""

    report: LapReport
    content: bytes | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a desk must know to go on where another one ended: lap files' contents of the laps it kept, the map once it is fixed, the best time."""

    laps: tuple[bytes, ...] = ()
    track: TrackMap | None = None
    best_s: float = math.inf


class Desk(Protocol):
    """All of it may take a while: nothing here belongs into the live loop. RacingCoachError: in one sentence why not."""

    def refer(self, outing: Outing, reference: Reference, given: tuple[str, ...] = ()) -> LapReport | None:
        """Measure this outing's laps against what the settings ask for; what is known before the next lap."""

    def finish(self, outing: Outing, recording: Recording) -> Finished:
        """Analyze the newest lap and write it down."""

    def written(self, recording: Recording) -> bytes | None:
        """The content of the lap's file without any analysis."""

    def save(self, content: bytes, session: str = "") -> LapRecord:
        """Keep a lap; asked again with the same one it is kept once."""

    def tidy(self, shares_from: int | None, limit_bytes: int, also_keep: Collection[str] = ()) -> None:
        """What follows from a new lap: the spool, the limit of the store."""

    def own_laps(self, info: SessionInfo, at_most: int) -> tuple[LapRecord, ...]:
        """The driver's clean laps in this car on this track, fastest first."""

    def look_into(self, text: str, info: SessionInfo | None) -> None:
        """Nothing, if the lap named as FILE or FILE#N can be a reference, in this car on this track if one is driven."""

    def next_sequence(self) -> int:
        """The running number that the next lap gets."""

    def follow(self, *, consent: bool, from_sequence: int = 0) -> None:
        """Take over the driver's consent."""


def without_ticks(report: LapReport) -> LapReport:
    """What the live coach needs of a report: it has the lap's ticks already, and the comparison is for pages."""
    told = report.recording
    return replace(report, recording=Recording(told.path, told.session, 0, dict[str, FloatArray]().get, frozenset()), comparison=None)
