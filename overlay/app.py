"""The overlay at work: the process that reads the simulator, coaches, shows and speaks. It wires the parts together and decides nothing.

Threads: Qt's (windows, settings), the live one (source and engine), one that waits for the analysis of laps, one for reference laps, the
recorder's, the voice's, the hotkeys'. They meet in signals towards Qt and in `LiveThread.post` towards the engine. Laps are analyzed,
written and read in another process (`overlay/desk`), speech is rendered in a third (`overlay/voice`).
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QWidget

from coach.errors import BadInput, CannotWrite
from coach.files import make_folder
from coach.telemetry.recording import SessionInfo
from coach.telemetry.sources.iracing_live import IracingLive
from overlay.chosen import Chosen, cue_settings, lap_folder, reference_laps
from overlay.demo import Demo
from overlay.desk.beside import DeskBeside
from overlay.first_run import FirstRun
from overlay.folders import data_folder, references_folder
from overlay.from_settings import appearance_of, bindings_of
from overlay.hotkeys.listen import HotkeyListener
from overlay.hotkeys.names import Action
from overlay.live_session import LiveSession, Told
from overlay.live_thread import LiveThread
from overlay.order import Order
from overlay.ports import FIRST_MINUTE_DONE, RULES, CoachActions, FirstMinute, ServiceActions
from overlay.settings.model import Settings
from overlay.settings.service_address import service_address
from overlay.settings_window.pages import SettingsPages
from overlay.settings_window.window import SettingsWindow
from overlay.simulator_watch import SimulatorWatch
from overlay.state import Mode, Snapshot
from overlay.store.recorder import LapRecorder
from overlay.store.sharing import shares_from
from overlay.summary.model import SessionSummary
from overlay.sync.shelf import Shelf
from overlay.tray import Tray
from overlay.voice.devices import NoDevice, output_devices
from overlay.voice.notice import Notice, Trouble
from overlay.voice.settings import voice_settings
from overlay.voice.speaker import Speaker
from overlay.voices import Loudspeaker
from overlay.window import Overlay

if TYPE_CHECKING:
    from overlay.service_desk import ServiceDesk

FRAME_MS = 16
NOTICE_MS = 8000  # two lines are read in four seconds; the driver looks at the road first
SUMMARY_AFTER_S = 10.0  # a simulator that hangs for a moment has not gone: no window then


class Bridge(QObject):
    """What other threads tell Qt's."""

    notice = Signal(str)
    action = Signal(object)
    drive = Signal(object)
    ended = Signal(object, object)
    changed = Signal(object, object)  # settings before and after
    voice = Signal()  # it speaks in another way now


class App(QObject):
    """The whole program between start and end. Its slots are connected before any thread begins that could send to them."""

    def __init__(self, order: Order, qt: QApplication, chosen: Chosen, overlay: Overlay, page: FirstRun | None = None) -> None:
        """`page`: the first minute, still open from the run before."""
        super().__init__()
        self._order = order
        self.next: Order | None = None  # to be run in this one's place
        self.qt, self.chosen, self.overlay = qt, chosen, overlay
        settings = self.chosen.current
        self.bridge = Bridge()
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=FRAME_MS)
        self._notice_timer = QTimer(self, singleShot=True, interval=NOTICE_MS)
        self._connect()
        self._notices: deque[str] = deque()
        self._noticed: str = ""
        self._shown: Snapshot | None = None
        self.speaker = Speaker(voice_settings(settings.voice), self._voice_notice)
        self._loudspeaker = Loudspeaker(self.speaker)
        self._demo: subprocess.Popen[bytes] | None = None
        folder = order.demo.folder if order.demo else data_folder()
        self.lap_folder = folder / "store" if order.demo else lap_folder(settings)  # a demo's laps never lie among the driver's
        self.desk = DeskBeside(self.lap_folder, self.tell)
        self.chosen.laps = self.desk
        self.recorder = LapRecorder(
            self.desk,
            on_notice=self.tell,
            limit_mb=settings.store.limit_mb,
            shares_from=lambda: None if order.demo else shares_from(self.chosen.current),
            also_keep=lambda: reference_laps(self.chosen.for_all),
        )
        self.service: ServiceDesk | None = None
        self.shelf = Shelf(references_folder())
        self.source = IracingLive(order.demo.image if order.demo else order.image)
        self.session = LiveSession(
            self.chosen,
            self._loudspeaker,
            self.desk,
            self.recorder,
            folder / "sessions",
            Told(self.tell, self.bridge.drive.emit, self.bridge.ended.emit),
            self._post,
            (str(order.demo.reference),) if order.demo and order.demo.reference and not order.given else order.given,
        )
        self._has_service = order.demo is None  # a demonstration's laps stay here
        self.live = LiveThread(self.source, self.session.handle, self.tell)
        self.settings_window: SettingsWindow | None = None
        self.first_run = page
        self.summary: QWidget | None = None
        self._is_quitting = False
        self._ended: tuple[SessionSummary, Path, float] | None = None
        self._hotkeys: HotkeyListener | None = None
        self._watch: SimulatorWatch | None = None
        self.tray = Tray(self)

    def tell(self, text: str) -> None:
        """A notice for the driver, from any thread."""
        self.bridge.notice.emit(text)

    def _post(self, work: Callable[[], None]) -> None:
        self.live.post(work)

    def start(self, order: Order) -> None:
        """Show, listen, read."""
        self._present()
        self.live.start()
        self._timer.start()
        for notice in self.chosen.notices:
            self.tell(notice)
        self._listen()
        self._open_service()
        if order.demo:
            self._demo = order.demo.start()
            if order.then is not None:
                self._watch = SimulatorWatch(order.then.image, lambda: self._go_on(order.then))
        elif not (data_folder() / FIRST_MINUTE_DONE).exists():
            self.show_first_run()
        if self.first_run is not None:
            self.first_run.ask(self._first_minute())

    def drive_demo(self) -> None:
        """A simulated drive in this overlay's place, until a simulator runs."""
        if self._order.demo is None:
            demo = Demo(data_folder() / "demo")
            make_folder(demo.folder)
            self._go_on(Order(demo=demo, then=self._order))

    def _go_on(self, order: Order | None) -> None:
        self.next = order
        self.qt.exit()  # quit() would close the first minute's page

    def stop(self) -> None:
        """Save and end everything, also what others would leave running."""
        self._timer.stop()
        self._notice_timer.stop()
        if self._watch is not None:
            self._watch.stop()
        for window in (self.settings_window, self.summary):
            if window is not None:
                window.close()
        self.tray.hide()
        if self._hotkeys is not None:
            self._hotkeys.stop()
        self.live.post(self.session.close)
        self.live.stop()
        self._close_service()
        self.qt.processEvents()  # what it told at last
        if self.recorder.close():
            print("Note: some laps could not be saved.", file=sys.stderr)
        self.speaker.close()
        self.desk.close()
        if self._demo is not None:
            self._demo.kill()
            self._demo.wait()
        self.overlay.close()

    def helpers(self) -> tuple[int, ...]:
        """The processes that work for this one."""
        return tuple(pid for pid in (self.desk.pid, self.speaker.voice.helper_pid) if pid is not None)

    def quit(self) -> None:
        """The driver wants to end it: the summary of a session with laps is shown first, and closing it is the end."""
        if self._is_quitting or not self.session.has_laps:
            self.qt.quit()
            return
        self._is_quitting = True
        self.overlay.set_shown(False)
        self.live.post(self.session.save_summary)

    def toggle_mute(self) -> None:
        """The mute hotkey."""
        self.speaker.mute(not self.speaker.muted)
        self.tell("Muted." if self.speaker.muted else "The voice is on again.")

    def show_settings(self) -> None:
        """The settings window, made anew: it shows the present values."""
        if self.settings_window is not None:
            self.settings_window.close()
        self.settings_window = SettingsWindow(self._pages(), CoachActions(self), ServiceActions(self))
        self.settings_window.show()

    def _pages(self) -> SettingsPages:
        return SettingsPages(lambda: self.chosen.for_all, self._keep, self.chosen.consent, self._choices(), self._driven, self._agreed_to)

    def _keep(self, settings: Settings) -> None:
        try:
            self.chosen.keep(settings)
        except CannotWrite as error:
            raise BadInput(str(error)) from error  # the page shows it beside the control

    def _driven(self) -> tuple[str, str]:
        """The car's id and name."""
        info = self.session.info
        return (info.car_id, info.car_name or info.car_id) if info else ("", "")

    def _choices(self) -> dict[str, tuple[str, ...]]:
        """What only this machine knows: screens and sound outputs; the empty name is the system's choice."""
        try:
            outputs = tuple(dict.fromkeys(device.name for device in output_devices()))
        except NoDevice:
            outputs = ()
        return {"display.monitor": ("", *(screen.name() for screen in self.qt.screens())), "voice.device": ("", *outputs)}

    def show_first_run(self) -> None:
        """The first minute."""
        if self.first_run is None:
            self.first_run = FirstRun(self._first_minute())
        self.first_run.show()

    def _first_minute(self) -> FirstMinute:
        return FirstMinute(self, data_folder() / FIRST_MINUTE_DONE)

    def show_summary(self) -> None:
        """The last session's."""
        if self._ended is None:
            self.tell("There is no session to show yet.")
            return
        from overlay.summary.page import SummaryPage  # noqa: PLC0415 - its charts take 60 MB, after the drive only

        self.summary = SummaryPage(self._ended[0], speed_unit=self.chosen.current.display.speed_unit)
        self.summary.show()

    def _agreed_to(self) -> str:
        """The service's text about sharing."""
        site = self.service.sync.site_consent if self.service is not None else None
        return site.text if site is not None else ""

    def _open_service(self) -> None:
        address = self.chosen.for_all.service.url
        if address and self._has_service:
            from overlay.service_desk import ServiceDesk  # noqa: PLC0415 - HTTP and keyring are loaded only for those who have a service

            self.service = ServiceDesk(
                service_address(address), self.chosen, self.lap_folder, self.shelf, lambda: self.session.on_track, self.tell
            )
            self.service.references_changed.connect(self._references_changed)
            self.service.start()

    def _close_service(self) -> None:
        if self.service is not None:
            self.service.stop()
            self.service = None

    @Slot()
    def _references_changed(self) -> None:
        """The service's references are here, or the chosen one is another now."""
        if self.settings_window is not None and self.settings_window.isVisible():
            self.settings_window.show_references()
        if self.chosen.current.reference.rule == "service" and self.session.may_change_reference:
            self.live.post(self.session.find_reference)

    def take_reference(self, lap_id: str) -> str:
        """Another reference, by rule or file; why not, or nothing."""
        if not self.session.may_change_reference:
            return "the reference can be changed in the pits or outside the car"
        kind, _, rule = lap_id.partition(":")
        if kind == "service" and self.service is not None:
            self.service.choose(rule)
            return self.chosen.change("reference", {"rule": "service", "lap": ""})
        if kind == "rule" and rule in RULES:
            return self.chosen.change("reference", {"rule": rule, "lap": ""})
        return self.chosen.change("reference", {"rule": "file", "lap": lap_id})

    def next_reference(self) -> None:
        """The hotkey: the next rule."""
        now = self.chosen.current.reference
        rules = [rule for rule in RULES if rule != "file" or now.lap]
        rule = rules[(rules.index(now.rule) + 1) % len(rules)] if now.rule in rules else rules[0]
        if not self.session.may_change_reference:
            self.tell("The reference can be changed in the pits or outside the car.")
            return
        self.tell(self.chosen.change("reference.rule", rule) or f"From the next lap on against {RULES[rule]}.")

    def _connect(self) -> None:
        self._timer.timeout.connect(self._present)
        self._notice_timer.timeout.connect(self._next_notice)
        self.bridge.notice.connect(self._take_notice)
        self.bridge.action.connect(self._act)
        self.bridge.drive.connect(self._drive)
        self.bridge.ended.connect(self._take_ended)
        self.bridge.changed.connect(self._settings_changed)
        self.bridge.voice.connect(self._restyle)
        self.chosen.on_change = self.bridge.changed.emit  # from Qt's thread at once, from the live one when Qt's gets to it
        self.qt.setQuitOnLastWindowClosed(False)
        threading.excepthook = lambda fault: self._fault(fault.exc_type, fault.exc_value, fault.exc_traceback)
        sys.excepthook = self._fault

    @Slot()
    def _present(self) -> None:
        snapshot = self.session.snapshot
        if snapshot is not self._shown:
            self._shown = snapshot
            self.overlay.present(snapshot)
        if self._ended is not None and self.summary is None and time.monotonic() > self._ended[2] + SUMMARY_AFTER_S:
            if snapshot.status.mode is Mode.WAITING_SIMULATOR:
                self.show_summary()
            self._ended = (*self._ended[:2], float("inf"))

    @Slot(object)
    def _act(self, action: Action) -> None:
        """A hotkey or wheel button."""
        if action is Action.SHOW and self.first_run is not None:
            self.first_run.hotkey_pressed()
        does: dict[Action, Callable[[], object]] = {
            Action.LOCK: self.overlay.toggle_locked,
            Action.SHOW: self.overlay.toggle_shown,
            Action.MUTE: self.toggle_mute,
            Action.SAY_AGAIN: self.speaker.say_again,
            Action.NEXT_REFERENCE: self.next_reference,
            Action.MARK: lambda: self.live.post(self.session.mark),
        }
        does[action]()

    def _listen(self) -> None:
        if self._hotkeys is not None:
            self._hotkeys.stop()
        settings = self.chosen.current
        bindings = bindings_of(settings.hotkeys, settings.buttons)
        self._hotkeys = HotkeyListener(bindings, on_action=self.bridge.action.emit, on_notice=self.tell)
        self._hotkeys.start()

    @Slot(object)
    def _drive(self, _info: SessionInfo) -> None:
        """Another car or track: a summary on screen is of another time."""
        self.summary = None

    @Slot(object, object)
    def _take_ended(self, summary: SessionSummary, path: Path) -> None:
        self._ended, self.summary = (summary, path, time.monotonic()), None
        print(f"Session summary: {path}", flush=True)
        if self._is_quitting:
            self.qt.setQuitOnLastWindowClosed(True)
            self.show_summary()

    @Slot(object, object)
    def _settings_changed(self, before: Settings, after: Settings) -> None:
        """Whatever can be used at once is."""
        if (before.display, before.layout) != (after.display, after.layout) and appearance_of(
            after, after.display.monitor
        ) != self.overlay.appearance:
            self.overlay.set_appearance(appearance_of(after, after.display.monitor))
        if before.voice != after.voice:
            self._renew_voice(before, after)
        if before.voice != after.voice or cue_settings(before) != cue_settings(after):
            self._restyle()
        if before.reference != after.reference:
            self.live.post(self.session.find_reference)
        if before.sharing != after.sharing and self.service is not None:
            self.service.sync.wake()
        if before.service.url != after.service.url:
            self._close_service()
            self._open_service()
        if (before.hotkeys, before.buttons) != (after.hotkeys, after.buttons):
            self._listen()

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
            self._loudspeaker.speaker = self.speaker
            threading.Thread(target=gone.close, name="old-voice", daemon=True).start()

    def _voice_notice(self, notice: Notice) -> None:
        """In a thread of the voice: it may be heard before the live one exists, so Qt's takes it further."""
        self.tell(notice.text)
        if notice.trouble is Trouble.SYSTEM_FAILED:
            self.bridge.voice.emit()

    @Slot()
    def _restyle(self) -> None:
        self.live.post(self.session.restyle)

    @Slot(str)
    def _take_notice(self, text: str) -> None:
        """Each is shown for a while, one after another."""
        print(f"Note: {text}", flush=True)  # stderr is shut for a moment while the sound library opens a device
        if text != self._noticed and text not in self._notices:
            self._notices.append(text)
        if not self._notice_timer.isActive():
            self._next_notice()

    @Slot()
    def _next_notice(self) -> None:
        self._noticed = text = self._notices.popleft() if self._notices else ""
        self.live.post(lambda: self.session.show_notice(text))
        if text:
            self._notice_timer.start()

    def _fault(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """An exception that nobody caught, in any thread."""
        traceback.print_exception(kind, error, trace)
        self.tell(f"A fault of ours: {kind.__name__}: {error}.")
