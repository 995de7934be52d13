"""The first minute: hear the voice, choose the sound device, the screen, try the hotkey, find the simulator or drive the demo.

One page, five lines, each ticked as it is done; nothing is asked twice and everything can be skipped.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from coach.look import tokens
from overlay.phrase import NOT_YET, Told
from overlay.window_style import dress, drop_down, fit, label

LOOK_FOR_SIMULATOR_MS = 1000
SMALLEST = (660, 400)  # the longest name of a sound output has room in it; what is below can be scrolled to
FIRST_MINUTE_DONE = "first-minute-done"  # the file in the data folder that says so


class Step(StrEnum):
    """What is checked, in this order."""

    DEVICE = "device"
    VOICE = "voice"
    MONITOR = "monitor"
    HOTKEY = "hotkey"
    SIMULATOR = "simulator"


class FirstRunPort(Protocol):
    """What the page asks of the application."""

    def devices(self) -> tuple[str, ...]:
        """Names of the sound devices, the one in use first."""

    def choose_device(self, name: str) -> str:
        """Use it; returns what went wrong, or nothing."""

    def say_test_phrase(self, told: Told) -> None:
        """Speak: told, in any thread, what to show; nothing: it is heard."""

    def has_clearer_voice(self) -> bool:
        """Whether a voice that is not installed is easier to understand than the one that speaks."""

    def monitors(self) -> tuple[str, ...]:
        """Names of the screens, the one in use first."""

    def choose_monitor(self, name: str) -> None:
        """Put the overlay there and show it."""

    def show_hotkey(self) -> str:
        """The combination that shows and hides the overlay."""

    def simulator_found(self) -> bool:
        """Whether a simulator runs now."""

    def start_demo(self) -> None:
        """Drive the demonstration."""

    def finished(self) -> None:
        """Do not come again."""


TEXTS = {
    Step.DEVICE: ("Sound", "Where should the coach speak?"),
    Step.VOICE: ("Voice", "Play a phrase. If you hear it, this is done."),
    Step.MONITOR: ("Screen", "Where do you drive? The overlay appears there at once."),
    Step.HOTKEY: ("Hotkey", "Press {keys} now, or the button on your wheel. From then on, it hides the overlay and shows it again."),
    Step.SIMULATOR: ("Simulator", "Start iRacing whenever you like, in borderless window mode: exclusive full screen hides every overlay."),
}


CLEARER = " A voice that is easier to understand can be installed in the settings, on the page Voice."


class FirstRun(QWidget):
    """The page. `hotkey_pressed` is called by whoever listens to hotkeys."""

    _phrase_told = Signal(str)  # from the voice's thread into Qt's

    def __init__(self, port: FirstRunPort) -> None:
        super().__init__()
        self.setWindowTitle("Racing Coach, the first minute")
        self.setMinimumSize(*SMALLEST)
        dress(self)
        fit(self, 720, 720)
        self._port = port
        self.done: set[Step] = set()
        self._ticks: dict[Step, QLabel] = {}
        self._faults: dict[Step, QLabel] = {}
        self.devices, self.monitors = drop_down(), drop_down()
        self.devices.addItems(list(port.devices()))
        if self.devices.count() == 0:  # with a text for an empty box, Qt would show that instead of the first device
            self.devices.setPlaceholderText("no sound output found")
            self.devices.setEnabled(False)
        self.monitors.addItems(list(port.monitors()))
        self.devices.textActivated.connect(self._take_device)
        self.monitors.textActivated.connect(self._take_monitor)
        self.play, self.heard, self.demo = QPushButton("Play"), QPushButton("I heard it"), QPushButton("Drive the demo")
        self.heard.setEnabled(False)
        self._phrase_waits = False
        self.play.clicked.connect(self._play)
        self._phrase_told.connect(self._show_phrase)
        self.heard.clicked.connect(lambda: self._tick(Step.VOICE))
        self.demo.clicked.connect(self._start_demo)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 28, 32, 28)
        layout.setSpacing(12)
        layout.addWidget(label("The first minute", "title"))
        layout.addWidget(label("Five small checks. Skip what you like; all of it is in the settings, too.", "quiet"))
        controls: dict[Step, tuple[QWidget, ...]] = {
            Step.DEVICE: (self.devices,),
            Step.VOICE: (self.play, self.heard),
            Step.MONITOR: (self.monitors,),
            Step.HOTKEY: (),
            Step.SIMULATOR: (self.demo,),
        }
        lines = QWidget()
        column = QVBoxLayout(lines)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        for step, widgets in controls.items():
            column.addWidget(self._line(step, widgets))
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setWidget(lines)
        layout.addWidget(self._area, 1)
        self.finish = QPushButton("Skip the rest")
        self.finish.setProperty("kind", "main")
        self.finish.clicked.connect(self.close)
        layout.addWidget(self.finish, 0, Qt.AlignmentFlag.AlignRight)
        self._timer = QTimer(self, interval=LOOK_FOR_SIMULATOR_MS)
        self._timer.timeout.connect(self.look_for_simulator)
        self._timer.start()
        self.look_for_simulator()

    def ask(self, port: FirstRunPort) -> None:
        """From here on of another application: the demonstration runs in the place of the one before."""
        self._port = port

    @property
    def waits_for_hotkey(self) -> bool:
        """Whether the next press is the one that it asks for."""
        return self.isVisible() and Step.HOTKEY not in self.done

    def hotkey_pressed(self) -> None:
        """The hotkey works."""
        self._tick(Step.HOTKEY)

    def look_for_simulator(self) -> None:
        """Tick the line once a simulator is there."""
        if self._port.simulator_found():
            self._tick(Step.SIMULATOR)
            self._timer.stop()

    def _line(self, step: Step, controls: tuple[QWidget, ...]) -> QFrame:
        title, words = TEXTS[step]
        words += CLEARER if step is Step.VOICE and self._port.has_clearer_voice() else ""
        card = QFrame()
        card.setProperty("kind", "card")
        row = QHBoxLayout(card)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(14)
        tick = label("")
        tick.setFixedWidth(24)
        tick.setWordWrap(False)
        self._ticks[step] = tick
        row.addWidget(tick)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(label(title, "heading"))
        texts.addWidget(label(words.format(keys=self._port.show_hotkey()), "quiet"))
        self._faults[step] = label("", "fault")
        self._faults[step].hide()
        texts.addWidget(self._faults[step])
        row.addLayout(texts, 1)
        for control in controls:
            if isinstance(control, QComboBox):  # names of devices are long: below the words they have the whole width
                control.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
                texts.addWidget(control)
            else:
                control.setMinimumWidth(110)
                row.addWidget(control)
        self._draw_tick(step)
        return card

    def _show_fault(self, step: Step, fault: str) -> bool:
        self._faults[step].setText(fault)
        self._faults[step].setVisible(bool(fault))
        if fault:
            QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(self._faults[step]))  # once it has its place
        return bool(fault)

    def _take_device(self, name: str) -> None:
        if not self._show_fault(Step.DEVICE, self._port.choose_device(name)):
            self._tick(Step.DEVICE)

    def _take_monitor(self, name: str) -> None:
        self._port.choose_monitor(name)
        self._tick(Step.MONITOR)

    def _play(self) -> None:
        if not self._phrase_waits:  # it is said once, however often the button is clicked until then
            self._phrase_waits = True
            self._port.say_test_phrase(self._phrase_told.emit)

    def _show_phrase(self, says: str) -> None:
        self._phrase_waits = says == NOT_YET
        if not self._show_fault(Step.VOICE, says):
            self.heard.setEnabled(True)
            self._tick(Step.DEVICE)  # the device that is in use was good enough to try

    def _start_demo(self) -> None:
        self._port.start_demo()
        self._tick(Step.SIMULATOR)

    def _tick(self, step: Step) -> None:
        self.done.add(step)
        self._draw_tick(step)
        if self.done == set(Step):
            self.finish.setText("Done")

    def _draw_tick(self, step: Step) -> None:
        done = step in self.done
        colour = QColor(tokens()["dark"]["coach" if done else "neutral"]).name()
        self._ticks[step].setText("●" if done else "○")
        self._ticks[step].setStyleSheet(f"color: {colour}; font-size: 20px;")
        self._ticks[step].setAccessibleName("done" if done else "to do")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Who closes it has seen it, however it is closed."""
        self._timer.stop()
        self._port.finished()
        super().closeEvent(event)
