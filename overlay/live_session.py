"""What happens between the simulator and the driver: the live coach of each drive, with its log, laps, reference and summary.

All of it belongs to the live thread, but for `snapshot`, which any thread may read, and the work beside: reading laps from the disk.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from coach.cues.candidate import Candidate
from coach.cues.settings import CueSettings
from coach.errors import RacingCoachError
from coach.events import Event, EventKind
from coach.live.report import LapReport
from coach.session import asked_for, same_drive
from coach.telemetry.frame import Frame
from coach.telemetry.recording import SessionInfo
from coach.telemetry.sources.iracing_live import Connected, Disconnected, Dropped, LiveEvent, SessionChanged
from coach.wording import distance
from overlay.chosen import Chosen, cue_settings
from overlay.desk.analyst import DeskAnalyst
from overlay.desk.port import Desk, Outing
from overlay.display import reference_notice
from overlay.finished_laps import Beside
from overlay.kept_session import KeptSession
from overlay.live_coach import LiveCoach, Spoken
from overlay.state import SIMULATOR, Mode, Snapshot, Status
from overlay.store.recorder import LapRecorder
from overlay.summary.model import SessionSummary

DROPPED_TOLD = 60  # ticks missed at once that are worth a notice: a second
ANALYZED_S = 4.0  # half a second usually, and three at most for its words (`finished_laps.RENDER_WAIT_S`)
TOLD_APART_S = 60.0  # between two such notices: a machine that has stood still is behind in several goes, and one that is busy stays so


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told what; called in the live thread, `notice` in any."""

    notice: Callable[[str], None]
    drive: Callable[[SessionInfo], None]  # another car or track
    ended: Callable[[SessionSummary, Path, str], None]  # the simulator has gone; the summary is saved there, or why it is not
    asked: Callable[[Candidate], None] = lambda _: None  # what a cue asks for, as it is said


class LiveSession:
    """One at a time. `post` runs work in the live thread; `given` are laps named on the command line, which win over the settings' rule."""

    def __init__(
        self,
        chosen: Chosen,
        voice: Spoken,
        desk: Desk,
        recorder: LapRecorder,
        folder: Path,
        told: Told,
        post: Callable[[Callable[[], None]], None],
        given: tuple[str, ...] = (),
        simulator: str = SIMULATOR,
        line_is_shown: Callable[[], bool] = lambda: True,
    ) -> None:
        self._chosen, self._voice, self._desk, self._recorder = chosen, voice, desk, recorder
        self._told, self._post, self._given, self._simulator = told, post, given, simulator
        self._line_is_shown = line_is_shown
        self._files = ThreadPoolExecutor(1, thread_name_prefix="references")
        self._info: SessionInfo | None = None
        self._outing: Outing | None = None
        self._kept = KeptSession(folder, told.notice)
        self._reasons_told = set[str]()  # for which reference laps are left aside
        self._notice = ""
        self._muted = False
        self._in_pits = False
        self._missed_told_s = -TOLD_APART_S
        self._coach = self._new_coach()
        self._off = Snapshot(status=Status(mode=Mode.OFF))

    @property
    def snapshot(self) -> Snapshot:
        """What is to be shown now."""
        return self._coach.snapshot if self._chosen.current.enabled else self._off

    @property
    def info(self) -> SessionInfo | None:
        """The drive under way, or the last one."""
        return self._info

    @property
    def has_laps(self) -> bool:
        """Whether there is something to sum up."""
        return bool(self._kept.notes.laps)

    @property
    def may_change_reference(self) -> bool:
        """The car stands in the pits, nobody is in it, or the coach is switched off and shows no delta that would jump."""
        return not (self._chosen.current.enabled and self.on_track)

    @property
    def on_track(self) -> bool:
        """Somebody is driving, outside the pits."""
        return self._coach.snapshot.in_car and not self._in_pits

    def handle(self, event: LiveEvent) -> None:
        """What the source says."""
        if isinstance(event, Frame):
            self._in_pits = event["on_pit_road"] == 1.0
            if self._chosen.current.enabled:
                self._coach.tick(event)
            else:
                self._coach.maker.seat(event)
        elif isinstance(event, Connected | SessionChanged):
            self._session(event.session.parse())
        elif isinstance(event, Disconnected):
            self._coach.lost(event.why)
            self._coach.maker.notice(self._notice)  # the one that is being shown stays
            self._told.notice(f"iRacing has gone: {event.why}.")
            self.save_summary()
        elif isinstance(event, Dropped) and event.ticks >= DROPPED_TOLD:
            self._tell_missed(event.ticks)

    def _tell_missed(self, ticks: int) -> None:
        now_s = time.monotonic()
        if now_s >= self._missed_told_s + TOLD_APART_S:
            self._missed_told_s = now_s
            self._told.notice(f"{ticks} ticks of the simulator were missed: this machine was too busy.")

    def show_notice(self, text: str) -> None:
        """One line about trouble on screen; empty when it is over."""
        self._notice = text
        self._coach.maker.notice(text)
        self._off = Snapshot(status=Status(mode=Mode.OFF, notice=text))

    def show_muted(self, muted: bool) -> None:
        """Beside what the coach is doing, for as long as the voice is muted."""
        self._muted = muted
        self._coach.maker.mute(muted)

    def restyle(self) -> None:
        """The settings of the coach have changed, or its voice."""
        self._coach.use(self._cue_settings())

    def another_voice(self) -> None:
        """The coach speaks with another voice from here on."""
        self._coach.another_voice()

    def find_reference(self) -> None:
        """Look for the lap that the settings ask for; it is read beside the live loop."""
        outing, reference, given = self._outing, self._chosen.current.reference, self._given
        if outing is None:
            return

        def look() -> None:
            try:
                known = self._desk.refer(outing, reference, given)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with a file must not end the session
                text = str(error) if isinstance(error, RacingCoachError) else f"{type(error).__name__}: {error}"
                self._told.notice(f"The reference lap cannot be used: {text}")
            else:
                if known is not None:
                    self._post(lambda: self._expect(known, outing))

        self._files.submit(look)

    def mark(self) -> None:
        """The driver marks this moment."""
        state = self._coach.state
        if state is not None:
            mark = Event(EventKind.MARK, state.place.t_s, state.lap, state.place.station_m)
            self._hear(mark)
            self._told.notice(f"Marked: lap {mark.lap}, {distance(mark.station_m)}.")

    def show_again(self) -> None:
        """The last cue once more on its line."""
        self._coach.show_again()

    def close(self) -> None:
        """Save what is there."""
        self._coach.close()  # renders nothing more, which what is under analysis would wait for
        self.save_summary()
        self._coach.close(wait=True)
        self._files.shutdown(wait=False, cancel_futures=True)
        self._kept.close()

    def _session(self, info: SessionInfo) -> None:
        if self._info is not None and same_drive(info, self._info):
            self._coach.session(info)
            self._info = info
            return
        if self._info is not None:
            self.save_summary()
            self._coach.session(info)  # what was planned is dropped, and logged
            self._coach.close()
        self._info = info
        self._in_pits = False
        self._chosen.drive(info.car_id)
        self._outing = Outing(secrets.token_hex(4), info, self._cue_settings())
        self._kept.begin(info)
        self._voice.forget()
        self._reasons_told.clear()
        self._coach = self._new_coach()
        self._coach.session(info)
        self._coach.maker.notice(self._notice)
        self._coach.maker.mute(self._muted)
        self._told.drive(info)
        self.find_reference()

    def _cue_settings(self) -> CueSettings:
        return cue_settings(self._chosen.current, tones_only=self._voice.tones_only)

    def _new_coach(self) -> LiveCoach:
        settings = self._cue_settings()
        outing = self._outing or Outing("", SessionInfo(""), settings)  # nobody drives yet
        return LiveCoach(
            settings,
            lambda: DeskAnalyst(self._desk, outing, self._recorder.submit, self._told.notice),
            self._voice,
            heard=self._hear,
            lap=self._kept.notes.lap,
            work=Beside(),
            simulator=self._simulator,
            line_is_shown=self._line_is_shown,
        )

    def _expect(self, known: LapReport, outing: Outing) -> None:
        if outing is self._outing:
            self._coach.expect(known)

    def _hear(self, event: Event) -> None:
        if event.kind is EventKind.REFERENCE:
            self._tell_of_reference(event)
        if self._coach.state is not None and (candidate := asked_for(event, self._coach.state)) is not None:
            self._told.asked(candidate)
        self._kept.event(event)

    def _tell_of_reference(self, event: Event) -> None:
        """What it cannot be used for, once for each reason."""
        report = self._coach.state.report if self._coach.state else None
        notice = reference_notice(event, report.caveat if report else "")
        if notice and event.reason not in self._reasons_told:
            self._reasons_told.add(event.reason)
            self._told.notice(notice)

    def save_summary(self) -> None:
        """Once there is a lap to speak of; with the laps that are under analysis."""
        self._coach.settle(ANALYZED_S)
        state = self._coach.state
        if state is None or not self.has_laps:
            return
        saved = self._kept.save_summary(state, self._chosen.current.display.speed_unit)
        with suppress(RuntimeError):  # Qt may be gone already
            self._told.ended(*saved)
