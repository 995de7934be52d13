"""From the simulator to the driver's ear and the store: source, engine, voice, lap desk and recorder, without any window.

Threads: the live one (source and engine), one that waits for the analysis of laps, one for reference laps, the recorder's, the voice's.
Laps are analyzed, written and read in another process (`overlay/desk`), speech is rendered in a third (`overlay/voice`).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from coach.telemetry.recording import SessionInfo
from coach.telemetry.sources.iracing_live import IracingLive
from overlay.chosen import Chosen, cue_settings, lap_folder, reference_laps
from overlay.desk.beside import DeskBeside
from overlay.folders import data_folder
from overlay.live_session import LiveSession, Told
from overlay.live_thread import LiveThread
from overlay.order import Order
from overlay.settings.model import Settings
from overlay.store.recorder import LapRecorder
from overlay.store.sharing import shares_from
from overlay.summary.model import SessionSummary
from overlay.voice.notice import Notice, Trouble
from overlay.voice.settings import voice_settings
from overlay.voice.speaker import Speaker
from overlay.voices import Loudspeaker


@dataclass(frozen=True, slots=True)
class Heard:
    """Who is told what; called in any thread."""

    notice: Callable[[str], None]
    drive: Callable[[SessionInfo], None]  # another car or track
    ended: Callable[[SessionSummary, Path], None]  # the simulator has gone; the summary is saved there
    voice: Callable[[], None]  # it speaks in another way now


class Pipeline:
    """Between `start` and `stop`; used from Qt's thread."""

    def __init__(self, order: Order, chosen: Chosen, heard: Heard) -> None:
        self._chosen, self._heard = chosen, heard
        settings, demo = chosen.current, order.demo
        self.speaker = Speaker(voice_settings(settings.voice), self._voice_notice)
        self.loudspeaker = Loudspeaker(self.speaker)
        self.lap_folder = demo.folder / "store" if demo else lap_folder(settings)  # a demo's laps never lie among the driver's
        self.desk = DeskBeside(self.lap_folder, heard.notice)
        chosen.laps = self.desk
        self.recorder = LapRecorder(
            self.desk,
            on_notice=heard.notice,
            limit_mb=settings.store.limit_mb,
            shares_from=lambda: None if demo else shares_from(chosen.current),
            also_keep=lambda: reference_laps(chosen.for_all),
        )
        self.source = IracingLive(demo.image if demo else order.image)
        self.session = LiveSession(
            chosen,
            self.loudspeaker,
            self.desk,
            self.recorder,
            (demo.folder if demo else data_folder()) / "sessions",
            Told(heard.notice, heard.drive, heard.ended),
            self.post,
            (str(demo.reference),) if demo and demo.reference and not order.given else order.given,
        )
        self._live = LiveThread(self.source, self.session.handle, heard.notice)

    def start(self) -> None:
        """Read the simulator."""
        self._live.start()

    def post(self, work: Callable[[], None]) -> None:
        """Have this done in the live thread, from any other."""
        self._live.post(work)

    def end_session(self) -> None:
        """Save the session and read the simulator no more."""
        self.post(self.session.close)
        self._live.stop()

    def close(self) -> None:
        """End the processes, once all laps are saved."""
        if self.recorder.close():
            print("Note: some laps could not be saved.", file=sys.stderr)
        self.speaker.close()
        self.desk.close()

    def helpers(self) -> tuple[int, ...]:
        """The processes that work for this one."""
        return tuple(pid for pid in (self.desk.pid, self.speaker.voice.helper_pid) if pid is not None)

    def toggle_mute(self) -> None:
        """Be silent, or speak again."""
        self.speaker.mute(not self.speaker.muted)
        self._heard.notice("Muted." if self.speaker.muted else "The voice is on again.")

    def use(self, before: Settings, after: Settings) -> None:
        """The settings have changed."""
        if before.voice != after.voice:
            self._renew_voice(before, after)
        if before.voice != after.voice or cue_settings(before) != cue_settings(after):
            self.restyle()
        if before.reference != after.reference:
            self.find_reference()

    def restyle(self) -> None:
        """What the coach may say, or its voice, is another now."""
        self.post(self.session.restyle)

    def find_reference(self) -> None:
        """Look again for the lap that the settings ask for."""
        self.post(self.session.find_reference)

    def _renew_voice(self, before: Settings, after: Settings) -> None:
        """The volume and the device change in the open stream; another voice needs another helper."""
        old, new = voice_settings(before.voice), voice_settings(after.voice)
        self.speaker.mixer.volume = new.volume
        if old.device != new.device:
            self.speaker.mixer.use_device(new.device)
        if old.engines() != new.engines() or (old.speed, old.language, old.output_delay_s) != (new.speed, new.language, new.output_delay_s):
            gone, muted = self.speaker, self.speaker.muted
            self.speaker = Speaker(new, self._voice_notice)
            self.speaker.muted = muted
            self.loudspeaker.speaker = self.speaker
            threading.Thread(target=gone.close, name="old-voice", daemon=True).start()

    def _voice_notice(self, notice: Notice) -> None:
        """In a thread of the voice: it may be heard before the live one exists, so Qt's takes it further."""
        self._heard.notice(notice.text)
        if notice.trouble is Trouble.SYSTEM_FAILED:
            self._heard.voice()
