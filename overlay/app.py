"""The overlay at work: the process that reads the simulator, coaches, shows and speaks. It wires the parts together and decides nothing.

Threads: Qt's, where all of this runs, the pipeline's (`overlay/pipeline.py`), the service's and the hotkeys'. They meet in signals
towards Qt and in `Pipeline.post` towards the engine.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from coach.cues.candidate import Candidate
from coach.files import make_folder
from coach.telemetry.recording import SessionInfo
from overlay.chosen import Chosen
from overlay.demo import Demo, DemoDriver
from overlay.driver_windows import DriverWindows
from overlay.first_run import FirstRun
from overlay.folders import data_folder
from overlay.from_settings import appearance_of, bindings_of
from overlay.full_screen import FullScreenWatch, watch_full_screen
from overlay.hotkeys.listen import HotkeyListener
from overlay.hotkeys.names import Action, written
from overlay.laps_from_qt import LapsFromQt
from overlay.live_session import Told
from overlay.notice_line import NoticeLine
from overlay.order import Order
from overlay.parts import Parts
from overlay.pipeline import Pipeline
from overlay.reference_choice import References
from overlay.service_seat import ServiceSeat
from overlay.settings.model import Settings
from overlay.simulator_watch import SimulatorWatch
from overlay.state import Snapshot
from overlay.summary.model import SessionSummary
from overlay.tray import Tray
from overlay.voice.installation import Installation
from overlay.voice.model import model_folder
from overlay.widgets.cue_line import CueLinePanel
from overlay.window import Overlay

FRAME_MS = 34  # a little more than two ticks: nothing is painted more often, and to look costs as much as to paint
MUTED, HEARD = "Muted.", "The voice is on again."
SUMMARY_MS = 8000  # after Quit: a lap under analysis takes four seconds at most, a disk one


class Bridge(QObject):
    """What other threads tell Qt's."""

    action = Signal(object)
    drive = Signal(object)
    ended = Signal(object, object, str)
    changed = Signal(object, object)  # settings before and after
    voice_failed = Signal()  # no voice is left that speaks
    voice_installed = Signal()
    laps_found = Signal()  # of the driver's own, to be chosen from


class App(QObject):
    """The whole program between start and end. Its slots are connected before any thread begins that could send to them."""

    def __init__(self, order: Order, qt: QApplication, chosen: Chosen, overlay: Overlay, page: FirstRun | None = None) -> None:
        """`page`: the first minute, still open from the run before."""
        super().__init__()
        self._order = order
        self.next: Order | None = None  # to be run in this one's place
        self.qt, self.chosen, self.overlay = qt, chosen, overlay
        self.notices = NoticeLine(self._show_notice)
        self.bridge = Bridge()
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=FRAME_MS)
        self._summary_due = QTimer(self, singleShot=True)  # runs from Quit until the summary is shown
        self._connect()
        tell = self.notices.tell
        told = Told(tell, self.bridge.drive.emit, self.bridge.ended.emit, self._tell_demo)
        self.pipeline = Pipeline(order, chosen, told, self.bridge.voice_failed.emit, lambda: overlay.shows(CueLinePanel.name))
        if chosen.laps is not None:
            chosen.laps = LapsFromQt(chosen.laps)
        self.service = ServiceSeat(chosen, self.pipeline, tell, self._references_changed, in_demo=order.demo is not None)
        self.references = References(chosen, self.pipeline, self.service, tell, self.bridge.laps_found.emit)
        self.neural_voice = Installation(model_folder(), self.bridge.voice_installed.emit)
        parts = Parts(chosen, overlay, self.pipeline, self.service, self.references, self.neural_voice, tell)
        self.windows = DriverWindows(parts, self.drive_demo, page)
        self._shown: Snapshot | None = None
        self._demo: DemoDriver | None = None
        self._is_quitting = False
        self._hotkeys: HotkeyListener | None = None
        self._watch: SimulatorWatch | FullScreenWatch | None = None
        self.tray = Tray(
            {
                "Settings": self.windows.show_settings,
                "Session summary": self.windows.show_summary,
                "Lock or move the widgets": overlay.toggle_locked,
                "Hide the overlay": self._show_or_hide,
                "Mute": self._mute_or_speak,
                "Quit": self.quit,
            },
            {"Hide the overlay": lambda: not overlay.shown, "Mute": lambda: self.pipeline.speaker.muted},
        )

    def start(self, order: Order) -> None:
        """Show, listen, read."""
        self._present()
        self.pipeline.start()
        self._timer.start()
        for notice in (*self.chosen.notices, *self.overlay.faults.values()):
            self.notices.tell(notice)
        self._listen()
        self.service.open()
        if order.demo:
            self._demo = order.demo.start()
            if order.then is not None:
                self._watch = SimulatorWatch(order.then.image, lambda: self._go_on(order.then))
        else:
            self._watch = watch_full_screen(lambda: self.pipeline.source.connected, self.notices.tell, self.tray.show)
            self.windows.show_first_run()

    def drive_demo(self) -> None:
        """A simulated drive in this overlay's place, until a simulator runs."""
        if self._order.demo is None:
            demo = Demo(data_folder() / "demo")
            make_folder(demo.folder)
            self._go_on(Order(demo=demo, then=self._order))

    def _tell_demo(self, candidate: Candidate) -> None:
        if self._demo is not None:
            self._demo.hear(candidate)

    def quit(self) -> None:
        """The driver wants to end it: the summary of a session with laps is shown first, and closing it is the end; so is none that comes."""
        if self._is_quitting or not self.pipeline.session.has_laps:
            self.qt.quit()
            return
        self._is_quitting = True
        self.overlay.set_shown(False)
        self._summary_due.start(SUMMARY_MS)
        self.pipeline.post(self.pipeline.session.save_summary)

    def stop(self) -> None:
        """Save and end everything, also what others would leave running."""
        self._timer.stop()
        self._summary_due.stop()
        self.notices.stop()
        if self._watch is not None:
            self._watch.stop()
        self.neural_voice.cancel()
        self.windows.close()
        self.tray.hide()
        if self._hotkeys is not None:
            self._hotkeys.stop()
        self.references.close()
        self.pipeline.end_session()
        self.service.close()
        self.qt.processEvents()  # what it told at last
        self.pipeline.close()
        self.chosen.save_rest()
        if self._demo is not None:
            self._demo.stop()
        self.overlay.close()
        self.qt.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # no event loop runs that would

    def _connect(self) -> None:
        self._timer.timeout.connect(self._present)
        self._summary_due.timeout.connect(self.qt.quit)
        self.bridge.action.connect(self._act)
        self.bridge.drive.connect(self._drive)
        self.bridge.ended.connect(self._take_ended)
        self.bridge.changed.connect(self._settings_changed)
        self.bridge.voice_failed.connect(self._restyle)
        self.bridge.voice_installed.connect(self._voice_installed)
        self.overlay.on_fault = self.notices.tell
        self.bridge.laps_found.connect(self._laps_found)
        self.chosen.on_unsaved = self.notices.tell
        self.chosen.on_change = self.bridge.changed.emit  # from Qt's thread at once, from the live one when Qt's gets to it
        self.qt.setQuitOnLastWindowClosed(False)
        threading.excepthook = lambda fault: self._fault(fault.exc_type, fault.exc_value, fault.exc_traceback)
        sys.excepthook = self._fault

    def _go_on(self, order: Order | None) -> None:
        self.next = order
        self.qt.exit()  # quit() would close the first minute's page

    def _listen(self) -> None:
        if self._hotkeys is not None:
            self._hotkeys.stop()
        settings = self.chosen.current
        bindings = bindings_of(settings.hotkeys, settings.buttons)
        self._hotkeys = HotkeyListener(bindings, on_action=self.bridge.action.emit, on_notice=self.notices.tell)
        self._hotkeys.start()

    def _show_notice(self, text: str) -> None:
        self.pipeline.post(lambda: self.pipeline.session.show_notice(text))

    @Slot()
    def _present(self) -> None:
        snapshot = self.pipeline.session.snapshot
        if snapshot is not self._shown:
            self._shown = snapshot
            self.overlay.present(snapshot)
        self.notices.seen(self.overlay.notice)
        self.windows.look(snapshot)

    @Slot(object)
    def _act(self, action: Action) -> None:
        """A hotkey or wheel button."""
        if self.windows.takes_buttons:
            return
        does: dict[Action, Callable[[], object]] = {
            Action.LOCK: self.overlay.toggle_locked,
            Action.SHOW: self._show_or_hide,
            Action.MUTE: self._mute_or_speak,
            Action.SAY_AGAIN: self.pipeline.say_again,
            Action.NEXT_REFERENCE: self.references.take_next,
            Action.MARK: lambda: self.pipeline.post(self.pipeline.session.mark),
        }
        does[action]()

    def _show_or_hide(self) -> None:
        page = self.windows.first_run
        if page is not None and page.waits_for_hotkey:
            page.hotkey_pressed()
            self.overlay.set_shown(True)
            return
        self.overlay.toggle_shown()
        if not self.overlay.shown:  # no notice: it would be read once it is wrong
            keys = written(self.chosen.current.hotkeys.show) or self.chosen.current.buttons.show or '"Hide the overlay" in the tray'
            print(f"Note: The overlay is hidden: {keys} shows it again.", flush=True)

    def _mute_or_speak(self) -> None:
        self.pipeline.toggle_mute()
        told, over = (MUTED, HEARD) if self.pipeline.speaker.muted else (HEARD, MUTED)
        self.notices.tell(told, instead_of=over)

    @Slot(object)
    def _drive(self, _info: SessionInfo) -> None:
        if not self._is_quitting:  # the summary that he reads then stays
            self.windows.session_begins()

    @Slot(object, object, str)
    def _take_ended(self, summary: SessionSummary, path: Path, why_not: str) -> None:
        if not why_not:
            print(f"Session summary: {path}", flush=True)
        if self._is_quitting and not self._summary_due.isActive():
            return  # it is on screen already
        self.windows.session_ended(summary, why_not)
        if self._summary_due.isActive():
            self._summary_due.stop()
            self.qt.setQuitOnLastWindowClosed(True)
            self.windows.show_summary()

    @Slot(object, object)
    def _settings_changed(self, before: Settings, after: Settings) -> None:
        """Whatever can be used at once is."""
        appearance = appearance_of(after, after.display.monitor)
        if (before.display, before.layout) != (after.display, after.layout) and appearance != self.overlay.appearance:
            self.overlay.set_appearance(appearance)
        self.pipeline.use(before, after)
        self.service.use(before, after)
        if (before.hotkeys, before.buttons) != (after.hotkeys, after.buttons):
            self._listen()

    @Slot()
    def _restyle(self) -> None:
        self.pipeline.restyle()

    @Slot()
    def _voice_installed(self) -> None:
        self.pipeline.voice_installed(self.chosen.current)
        self.notices.tell("The neural voice is installed.")

    @Slot()
    def _laps_found(self) -> None:
        self.windows.show_references()

    @Slot()
    def _references_changed(self) -> None:
        """The service's references are here, or the chosen one is another now."""
        self.windows.show_references()
        self.references.service_changed()

    def _fault(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """An exception that nobody caught, in any thread."""
        traceback.print_exception(kind, error, trace)
        self.notices.tell(f"A fault of ours: {kind.__name__}: {error}.")
