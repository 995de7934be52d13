"""The overlay without a screen and faster than time: the same source, engine, widgets and voice, kept as files.

It writes the session log, pictures of the overlay, the spoken session as a WAV, the laps, and the summary as a page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from coach.cues.candidate import Candidate
from coach.cues.settings import CueSettings
from coach.errors import CannotWrite
from coach.events import SAID, Event, EventKind
from coach.files import make_folder
from coach.laps.lap_files import lap_content
from coach.live.analyst import Analyst
from coach.live.report import LapReport
from coach.session import asked_for
from coach.sim.live import LiveDrive
from coach.telemetry.frame import Frame
from coach.telemetry.sources.iracing_live import Connected, Disconnected, IracingLive, LiveEvent, SessionChanged
from overlay.display import reference_notice
from overlay.finished_laps import Inline
from overlay.live_coach import LiveCoach
from overlay.session_notes import SessionLog, SessionNotes
from overlay.state import Snapshot
from overlay.store.recorder import LapRecorder
from overlay.store.store import LapStore
from overlay.summary.html import write_html
from overlay.voice.cache import ClipCache
from overlay.voice.notice import Notice, Notices
from overlay.voice.settings import VoiceSettings
from overlay.voice.voice import Voice
from overlay.voices import Tape

PICTURE_AFTER_S = 0.5  # of what is to be seen
MOST_PICTURES = 6
_PICTURE = re.compile(rf"[1-{MOST_PICTURES}]-(cue|lap)\.png")


@dataclass(frozen=True, slots=True)
class Written:
    """What a headless run left behind."""

    log: Path
    sound: Path
    summary: Path
    pictures: tuple[Path, ...]
    laps: int
    cues: int
    notices: tuple[str, ...]


class Pictures:
    """Pictures of the overlay at moments worth showing, painted without a screen. Needs Qt, which is loaded here and nowhere else."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - the platform must be chosen before Qt is loaded

        from overlay.pictures import OverlayPainter  # noqa: PLC0415

        self._app = QApplication.instance() or QApplication([])
        self._painter = OverlayPainter()
        self._folder = folder
        self.paths: list[Path] = []

    def take(self, name: str, snapshot: Snapshot) -> None:
        """One picture, while there is room."""
        if len(self.paths) < MOST_PICTURES:
            path = self._folder / f"{len(self.paths) + 1}-{name}.png"
            self._painter.paint(snapshot).save(str(path))
            self.paths.append(path)


def run_headless(
    events: Iterator[LiveEvent],
    out: Path,
    settings: CueSettings,
    analyst: Callable[[], Analyst],
    voice: VoiceSettings,
    progress: Callable[[float], None] = lambda _: None,
    asked: Callable[[Candidate], None] = lambda _: None,
) -> Written:
    """Coach what the source says until it ends. `asked` hears what each cue asks for, as it is said."""
    make_folder(out)
    _remove_run_before(out)
    notices: list[str] = []

    def told(notice: Notice) -> None:
        notices.append(notice.text)

    speech = Voice(voice.engines(), ClipCache(voice.cache_folder()), Notices(told), speed=voice.speed)
    tape, notes, log = Tape(speech), SessionNotes(), SessionLog(out / "session.jsonl")
    store = LapStore(out / "laps")
    recorder = LapRecorder(store, on_notice=notices.append)
    pictures, wanted, pictured = Pictures(out), list[tuple[float, str]](), set[object]()

    def show(what: object, at_s: float, name: str) -> None:
        """A picture of each thing once: a cue that is said on six laps looks the same on all."""
        if what not in pictured:
            pictured.add(what)
            wanted.append((at_s + PICTURE_AFTER_S, name))

    def heard(event: Event) -> None:
        log.write(event)
        notes.event(event)
        told_of = reference_notice(event, coach.state.report.caveat if coach.state and coach.state.report else "")
        if told_of and told_of not in notices:
            notices.append(told_of)
        if event.kind is EventKind.CUE and event.state in SAID:
            show((event.corner, event.text), event.t_s, "cue")
        if coach.state is not None and (candidate := asked_for(event, coach.state)) is not None:
            asked(candidate)
        corners = coach.snapshot.corners
        at_line = (
            event.kind is EventKind.CORNER and bool(corners) and coach.state is not None and event.corner == coach.state.corners[-1].number
        )
        if at_line and "lap" not in pictured and all(corner.time_lost_s is not None for corner in corners[:-1]):
            pictured.add("lap")
            pictures.take("lap", coach.snapshot)  # the tick before the line: in this one all that is shown of the lap goes

    def lap(report: LapReport) -> None:
        notes.lap(report)
        driven, length_m = report.lap, report.track.length_m if report.track else float("nan")
        if driven is not None:
            recorder.submit(f"lap {driven.number}", lambda: lap_content(report.recording, driven, track_length_m=length_m))

    coach = LiveCoach(settings, analyst, tape, heard=heard, lap=lap, work=Inline())
    first_s = last_s = None
    try:
        for event in events:
            if isinstance(event, Connected | SessionChanged):
                coach.session(event.session.parse())
            elif isinstance(event, Disconnected):
                coach.lost(event.why)
            elif isinstance(event, Frame):
                last_s = tape.at_s = event["session_time_s"]
                first_s = last_s if first_s is None else first_s
                coach.tick(event)
                progress(last_s - first_s)
                if wanted and last_s >= wanted[0][0]:
                    pictures.take(wanted.pop(0)[1], coach.snapshot)
        if first_s is not None and last_s is not None:
            tape.write(out / "spoken.wav", first_s, last_s)
        if coach.state is not None:
            write_html(notes.summary(coach.state, date.today()), out / "summary.html")  # noqa: DTZ011 - the driver's own day
    finally:
        coach.close()
        speech.close()
        recorder.close()
        store.close()
        log.close()
    return Written(
        log=out / "session.jsonl",
        sound=out / "spoken.wav",
        summary=out / "summary.html",
        pictures=tuple(pictures.paths),
        laps=len(notes.laps),
        cues=tape.spoken,
        notices=tuple(notices),
    )


def _remove_run_before(out: Path) -> None:
    """A run is told by its own files alone. Its laps stay: what could not be sent goes with the next run."""
    pictures = [path for path in out.glob("*.png") if _PICTURE.fullmatch(path.name)]
    for path in (*(out / name for name in ("session.jsonl", "spoken.wav", "summary.html")), *pictures):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise CannotWrite(
                f"{path} of the run before could not be removed: {error.strerror}. Name another folder with --out."
            ) from error


def followed(drive: LiveDrive, image: Path) -> Iterator[LiveEvent]:
    """A simulated drive through the real memory image and pyirsdk, as fast as it is read: one tick published, one tick read."""
    source = IracingLive(image)
    now_s = 0.0
    try:
        more = True
        while more:
            more = drive.step()
            now_s += 1.0 / 60.0
            yield from source.poll(now_s)
    finally:
        source.close()
