"""What of a session is kept: every event as a line in the log, and what the summary at its end needs."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from io import FileIO
from pathlib import Path

import numpy as np

from coach.compare.cause import Cause
from coach.compare.causes.pattern import interval_of
from coach.compare.comparison import ReferenceKind
from coach.cues.candidate import Candidate
from coach.cues.plan import texts_of
from coach.cues.take_home import take_home
from coach.cues.topic import Topic, losses_at
from coach.cues.topics import Entry, TopicState
from coach.events import CueState, Event, EventKind, event_fields
from coach.files import make_folder
from coach.laps.time_scatter import time_scatter_s
from coach.live.delta import RunningReference
from coach.live.report import LapReport
from coach.live.state import corner_number_at
from coach.session import State, asked_for
from coach.telemetry.recording import SessionInfo
from coach.telemetry.tick_clock import TICK_S
from coach.wording import next_time
from overlay.display import beside_name, lap_time_text, reference_name
from overlay.summary import words
from overlay.summary.model import CORNERS_TOLD, NEXT_TIME, CornerRow, CueFate, CueRow, LapRow, MarkRow, Review, SessionSummary, TopicRow

FATES = {CueState.SPOKEN.value: CueFate.SPOKEN, CueState.SHORTENED.value: CueFate.SHORTENED, CueState.DROPPED.value: CueFate.DROPPED}
AGAINST = {
    ReferenceKind.OWN: "your own best lap",
    ReferenceKind.EXTERNAL: "the reference",
    ReferenceKind.POTENTIAL: "the potential lap",
}

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def session_name(info: SessionInfo) -> str:
    """Of the folder of a session that begins now."""
    what = _NOT_IN_NAMES.sub("-", f"{info.car_id} {info.track_id}".casefold()).strip("-")
    return f"{datetime.now(tz=UTC):%Y%m%dT%H%M%S%fZ}_{what}"


class SessionLog:
    """Events as JSON lines, each written out at once: a crash loses none. A disk that refuses is `trouble`; the lines wait for it in memory."""

    def __init__(self, path: Path) -> None:
        make_folder(path.parent)
        self.path = path
        self._file: FileIO | None = path.open("ab", buffering=0)  # a buffer would fail again when it is closed
        self._waiting = b""
        self.trouble = ""

    def write(self, event: Event) -> None:
        """One line, after those that could not be written before."""
        if self._file is None:
            return
        self._waiting += json.dumps(event_fields(event), ensure_ascii=False, allow_nan=False).encode() + b"\n"
        self._write_out()

    def close(self) -> None:
        """No more lines."""
        if self._file is not None:
            self._write_out()
            self._file.close()
        self._file = None

    def _write_out(self) -> None:
        try:
            while self._waiting and self._file is not None:
                self._waiting = self._waiting[self._file.write(self._waiting) or 0 :]
        except OSError as error:
            self.trouble = f"The session log {self.path} cannot be written: {error.strerror}."
        else:
            self.trouble = ""


class SessionNotes:
    """Laps and cues of the session, for the summary."""

    def __init__(self) -> None:
        self.laps: list[LapRow] = []
        self._cues: list[Event] = []
        self._marks: list[Event] = []
        self._best: tuple[float, LapReport] | None = None
        self._against: tuple[str, RunningReference] | None = None  # what the newest lap was compared with, and the rule that chose it
        self._found: dict[Topic, Candidate] = {}  # the newest candidate of each topic

    def event(self, event: Event) -> None:
        """Keep what became of cues, and what the driver marked."""
        if event.kind is EventKind.MARK:
            self._marks.append(event)
        if event.kind is EventKind.CUE and event.state in FATES:
            self._cues.append(event)

    def lap(self, report: LapReport) -> None:
        """Keep a lap, and what was found with it; the best one for the review."""
        self._found |= {one.topic: one for one in report.found}
        if report.running is not None:
            self._against = report.rule, report.running
        if report.lap is None:
            return
        self.laps.append(LapRow(report.lap.number, report.lap.lap_time_s, ", ".join(reason.value for reason in report.lap.reasons)))
        if report.lap.clean and (self._best is None or report.lap.lap_time_s < self._best[0]):
            self._best = report.lap.lap_time_s, report

    def summary(self, state: State, day: date) -> SessionSummary:
        """The session so far."""
        times = [lap.lap_time_s for lap in self.laps if not lap.why_not and lap.lap_time_s is not None]
        names = {corner.number: corner.name for corner in state.corners}
        session, against = state.session, self._against
        asked = {candidate.topic: cue.text for cue in self._cues if (candidate := asked_for(cue, state))}
        return SessionSummary(
            car=session.car_name,
            track=" ".join(part for part in (session.track_name, session.track_config) if part),
            date=day.isoformat(),
            laps=tuple(self.laps),
            scatter_s=time_scatter_s(times),
            reference=f"{reference_name(against[0])}, {lap_time_text(against[1].lap_time_s)}" if against else "",
            corners=_corners(state),
            corners_against=AGAINST[next(iter(state.report.seen))] if state.report and state.report.seen else "",
            # What was never said was not worked on.
            topics=tuple(_topic(entry, asked.get(entry.topic, ""), state) for entry in state.topics.entries if entry.cued_for),
            cues=tuple(
                CueRow(cue.lap, names.get(cue.corner, ""), cue.text or _words(cue), FATES[cue.state], cue.reason) for cue in self._cues
            ),
            marks=tuple(MarkRow(mark.lap, mark.station_m, names.get(corner_number_at(state, mark.station_m), "")) for mark in self._marks),
            next_time=self._next_time(state),
            came_in=tuple(
                entry.candidate.corner.name for entry in state.topics.entries if entry.state is TopicState.RESTING and entry.cued_for
            ),
            review=self._review(state),
            simulated=session.simulated,
        )

    def _next_time(self, state: State) -> tuple[str, ...]:
        """At most three sentences about what still costs at the end, worked on or not; not what has come in, or was taken back."""
        if state.report is None:
            return ()
        things = [
            one for one in take_home(self._found.values(), state.report.seen, state.settings) if not state.topics.is_done_with(one.topic)
        ]
        return tuple(words.thing(one) for one in things[:NEXT_TIME])

    def _review(self, state: State) -> Review | None:
        """The best lap beside what the newest was compared with. None where that is the same lap, measured once more or read from its file.

        Two laps that nowhere differ by more than a tick have nothing to tell each other.
        """
        if self._best is None or self._against is None or state.report is None or state.report.track is None:
            return None
        reference = self._against[1]
        own = self._best[1].own
        if own is None or own.time_s.size != reference.time_s.size or np.allclose(own.time_s, reference.time_s, rtol=0.0, atol=TICK_S):
            return None
        return _compared(f"Your best lap, lap {self._best[1].lap.number if self._best[1].lap else ''}", own, reference, state)


def _compared(title: str, own: RunningReference, reference: RunningReference, state: State) -> Review:
    return Review(
        title=title,
        station_m=np.arange(own.time_s.size, dtype=np.float64) * own.step_m,
        delta_s=own.time_s - reference.time_s,
        speed_mps=own.speed_mps,
        reference_speed_mps=reference.speed_mps,
        brake_frac=own.brake_frac,
        throttle_frac=own.throttle_frac,
        reference_brake_frac=reference.brake_frac,
        reference_throttle_frac=reference.throttle_frac,
        corners=tuple((corner.turn_number, corner.apex_m) for corner in state.corners),
    )


def _corners(state: State) -> tuple[CornerRow, ...]:
    """What each corner costs against the surest reference, which is the first of `seen`; of this session's laps only."""
    seen = next(iter(state.report.seen.values()), ()) if state.report else ()
    newest = [lap for lap in seen if not lap.earlier][-state.settings.laps_looked_at :]
    rows = []
    for corner in newest[-1].corners if newest else ():
        lost_s = np.array(losses_at(newest, corner.number))
        if lost_s.size >= state.settings.laps_needed:
            rows.append(CornerRow(corner.name, float(np.mean(lost_s)), *interval_of(lost_s), lost_s.size))
    return tuple(sorted(rows, key=lambda row: -row.lost_s)[:CORNERS_TOLD])


def _topic(entry: Entry, said: str, state: State) -> TopicRow:
    """`said`: its newest cue."""
    shown, corner_name = state.topics.effect_of(entry), entry.candidate.corner.name
    return TopicRow(
        corner_name=corner_name,
        words=beside_name(said or texts_of(entry.candidate)[1], corner_name),
        times_said=len(entry.cued_for),
        laps_before=len(entry.before_s),
        laps_after=len(entry.since_s),
        before_s=(sum(entry.before_s) - entry.flattered_s) / max(1, len(entry.before_s)),
        after_s=shown.after_s if shown else None,
        gain_s=shown.before_s - shown.after_s if shown else None,
        gain_low_s=shown.interval_s[0] if shown else None,
        gain_high_s=shown.interval_s[1] if shown else None,
        taken_back=entry.taken_back,
        done=state.topics.done_of(entry),
    )


def _words(cue: Event) -> str:
    """What a cue without a wording was about."""
    return next_time(Cause(cue.cause)) if cue.cause in set(Cause) else ""
