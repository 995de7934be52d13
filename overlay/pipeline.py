"""From the simulator to the driver's ear and the store: source, engine, voice, lap desk and recorder, without any window.

Threads: the live one (source and engine), one that waits for the analysis of laps, one for reference laps, the recorder's, the voice's.
Laps are analyzed, written and read in another process (`overlay/desk`), speech is rendered in a third (`overlay/voice`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from coach.telemetry.sources.iracing_live import IracingLive
from coach.wording import use_language, use_length_unit
from overlay.chosen import Chosen, cue_settings, lap_folder, reference_laps
from overlay.desk.beside import DeskBeside
from overlay.folders import data_folder
from overlay.live_session import LiveSession, Told
from overlay.live_thread import LiveThread
from overlay.order import Order
from overlay.settings.model import Settings
from overlay.state import DEMO, SIMULATOR
from overlay.store.recorder import LapRecorder
from overlay.store.sharing import shares_from
from overlay.voice.notice import Level, Notice, Trouble
from overlay.voice.settings import VoiceSettings, voice_settings
from overlay.voice.speaker import Speaker
from overlay.voices import Loudspeaker


class Pipeline:
    """Between `start` and `close`; used from Qt's thread. What is told is told in any; `on_voice_failed`: no voice is left that speaks.

    `line_is_shown`, asked in the live thread: whether the cue line is on the screen.
    """

    def __init__(
        self,
        order: Order,
        chosen: Chosen,
        told: Told,
        on_voice_failed: Callable[[], None],
        line_is_shown: Callable[[], bool] = lambda: True,
    ) -> None:
        self._tell, self._on_voice_failed = told.notice, on_voice_failed
        settings, demo = chosen.current, order.demo
        use_language(settings.voice.language)
        use_length_unit(settings.display.length_unit)
        self.speaker = Speaker(voice_settings(settings.voice), self._voice_notice)
        self.loudspeaker = Loudspeaker(self.speaker)
        self.lap_folder = demo.folder / "store" if demo else lap_folder(settings)  # a demo's laps never lie among the driver's
        self.desk = DeskBeside(self.lap_folder, told.notice)
        # Consent, also when it is given or withdrawn during a demo, is about the driver's laps. No process runs before it is asked.
        self._own_desk = DeskBeside(lap_folder(settings), told.notice) if demo else self.desk
        chosen.laps = self._own_desk
        self.recorder = LapRecorder(
            self.desk,
            on_notice=told.notice,
            limit_bytes=lambda: chosen.for_all.store.limit_bytes,
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
            told,
            self.post,
            (str(demo.reference),) if demo and demo.reference and not order.given else order.given,
            DEMO if demo else SIMULATOR,
            line_is_shown,
        )
        self._live = LiveThread(self.source, self.session.handle, told.notice)

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
        if unsaved := self.recorder.close():
            print(f"Note: {unsaved} {'lap' if unsaved == 1 else 'laps'} could not be saved.", file=sys.stderr)
        self.speaker.close()
        self.desk.close()
        if self._own_desk is not self.desk:
            self._own_desk.close()

    def helpers(self) -> tuple[int, ...]:
        """The processes that work for this one."""
        return tuple(pid for pid in dict.fromkeys((self.desk.pid, self._own_desk.pid, self.speaker.voice.helper_pid)) if pid is not None)

    def toggle_mute(self) -> None:
        """Be silent, or speak again."""
        muted = not self.speaker.muted
        self.speaker.mute(muted)
        self.post(lambda: self.session.show_muted(muted))

    def say_again(self) -> None:
        """The last words once more, on the cue line in any case."""
        self.speaker.say_again()
        self.post(self.session.show_again)

    def use(self, before: Settings, after: Settings) -> None:
        """The settings have changed."""
        use_length_unit(after.display.length_unit)  # what is planned already is said as it was rendered
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

    def voice_installed(self, settings: Settings) -> None:
        """The neural voice has come: it speaks from here on, where it is wanted."""
        new = voice_settings(settings.voice)
        if new.level is Level.KOKORO:
            self._speak_with(new)

    def _renew_voice(self, before: Settings, after: Settings) -> None:
        """Volume, device and its delay change in the open stream; another voice needs another helper, and its clips have other lengths."""
        use_language(after.voice.language)
        old, new = voice_settings(before.voice), voice_settings(after.voice)
        self.speaker.mixer.volume, self.speaker.mixer.output_delay_s = new.volume, new.output_delay_s
        if old.device != new.device:
            self.speaker.mixer.use_device(new.device)
        if _says(old) != _says(new) or before.voice.language != after.voice.language:
            self._speak_with(new)

    def _speak_with(self, new: VoiceSettings) -> None:
        self.speaker.use_voice(new)
        self.post(self.session.another_voice)

    def _voice_notice(self, notice: Notice) -> None:
        """In a thread of the voice: it may be heard before the live one exists, so Qt's takes it further."""
        self._tell(notice.text)
        if notice.trouble is Trouble.SYSTEM_FAILED:
            self._on_voice_failed()


def _says(settings: VoiceSettings) -> tuple[object, ...]:
    """What decides how a phrase sounds: engines, best first, whether tones stand in for them, and speed."""
    return settings.engines(), settings.level is Level.TEXT, settings.speed
