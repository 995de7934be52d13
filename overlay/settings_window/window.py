"""The settings window: pages on the left, what they hold on the right. It never opens by itself while driving."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from coach.wording import DASH
from overlay.settings_window.button_field import ButtonField
from overlay.settings_window.editors import Row
from overlay.settings_window.items import CoachPort, Page, SettingsPort, Value
from overlay.settings_window.page_frame import page_of, show_note
from overlay.settings_window.phrase_line import PhraseLine
from overlay.settings_window.reference_page import ReferencePage
from overlay.settings_window.service_panel import ServicePanel, ServicePort
from overlay.settings_window.voice_panel import VoicePanel, VoicePort
from overlay.widgets.panel import shortened
from overlay.window_style import dress, fit, label

EVERY_MS = 1000
SMALLEST = (820, 440)  # a screen of 1366 x 768 at 150 % or one of 1920 x 1080 at 200 % holds it, and everything on a page has room in it
COST_WORDS = (
    ("CPU", "of one core; the goal is 6 %, a processor of eight cores has 800 %"),
    ("CPU, with helpers", "the same with the processes beside this one, at low priority: one looks at laps, one renders speech"),
    ("Memory", "held by this program, with all that others use, too; the goal is 200 MB without the neural voice"),
    (
        "Memory, with helpers",
        "of all of them, each with its part of what several use, so that it can be less; the one that looks at laps ends ten minutes after the drive",
    ),
    ("A paint", "CPU time of the slowest hundredth of the paints; the budget is 2 ms"),
    ("Paints", "per second, of all widgets together"),
)


class SettingsWindow(QWidget):
    """Plain Qt widgets in our look."""

    def __init__(
        self, settings: SettingsPort, coach: CoachPort, service: ServicePort | None = None, voice: VoicePort | None = None
    ) -> None:
        super().__init__()
        self.setWindowTitle("Racing Coach settings")
        self.setMinimumSize(*SMALLEST)
        dress(self)
        fit(self, 980, 680)
        self._settings, self._coach, self._service, self._voice = settings, coach, service, voice
        self.rows: dict[str, Row] = {}
        self.names = QListWidget()
        self.names.setObjectName("pages")
        self.names.setFixedWidth(220)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stack = QStackedWidget()
        self._forms: list[QScrollArea] = []
        side = QVBoxLayout()
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(0)
        side.addWidget(self._scope())
        side.addWidget(self.names, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(side)
        layout.addWidget(self.stack, 1)
        for page in settings.pages():
            self._forms.append(self._add(page.title, self._form(page)))
        self.references = ReferencePage(coach)
        self._add("Reference laps", self.references)
        self._figures = [label(DASH, "number") for _ in COST_WORDS]
        self._add("What does it cost?", self._cost_page())
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.show_cost)
        self._timer.timeout.connect(self._look)
        self.names.currentRowChanged.connect(self.stack.setCurrentIndex)
        self.names.setCurrentRow(0)

    def showEvent(self, event: QShowEvent) -> None:
        """Costs are measured only while somebody looks."""
        super().showEvent(event)
        self.look_for_references()
        self._coach.cost()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def look_for_references(self) -> None:
        """Those of the car and track that are driven now; they come later."""
        self._coach.look_for_references()
        self.show_references()

    def show_references(self) -> None:
        """Others are offered now."""
        self.references.fill()

    def show_cost(self) -> None:
        """Write the figures of the last second."""
        cost = self._coach.cost()
        texts = (
            f"{cost.core_frac:.1%}",
            f"{cost.all_core_frac:.1%}",
            f"{cost.resident_mb:.0f} MB",
            f"{cost.all_mb:.0f} MB",
            f"{cost.paint_p99_ms:.2f} ms",
            f"{cost.paints_per_s:.0f}",
        )
        for figure, text in zip(self._figures, texts, strict=True):
            figure.setText(text)

    @property
    def takes_buttons(self) -> bool:
        """Whether a press on the wheel is meant for a setting."""
        return any(field.takes_buttons for field in self.findChildren(ButtonField))

    @property
    def for_car(self) -> bool:
        """Whether the values of this car are edited, not those of all."""
        return self.this_car.isChecked()

    def _scope(self) -> QWidget:
        """For all cars, or for this one."""
        box = QWidget()
        box.setObjectName("scope")
        box.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        box.setFixedWidth(220)
        column = QVBoxLayout(box)
        column.setContentsMargins(12, 16, 12, 8)
        column.setSpacing(6)
        self.all_cars, self.this_car = QPushButton("All cars"), QPushButton()
        self._name_car()
        group = QButtonGroup(box)
        for choice in (self.all_cars, self.this_car):
            choice.setCheckable(True)
            choice.setProperty("kind", "scope")
            group.addButton(choice)
            column.addWidget(choice)
        self.all_cars.setChecked(True)
        group.buttonToggled.connect(lambda _, checked: self._show_forms() if checked else None)
        return box

    def _name_car(self) -> None:
        """The button that edits the values of the car that is driven."""
        self._car = car = self._settings.car()
        self.this_car.setText(shortened(car, self.font(), 150) if car else "This car")
        self.this_car.setToolTip(car or "Once a car was driven, it can have values of its own.")
        self.this_car.setEnabled(bool(car))

    def _show_forms(self) -> None:
        """All forms anew, with the values of all cars or of this one."""
        for area, page in zip(self._forms, self._settings.pages(for_car=self.for_car), strict=True):
            area.takeWidget().deleteLater()  # not at once: a button of the old one may have been clicked
            area.setWidget(self._form(page))

    def _change(self, path: str, value: Value) -> str:
        fault = self._settings.change(path, value, for_car=self.for_car)
        self._mark()
        return fault

    def _look(self) -> None:
        """An engine tells its voices when it has found them, another car may be driven, and the hotkey locks widgets, too."""
        if self._settings.car() != self._car:
            self._name_car()
            if not self._car:
                self.all_cars.setChecked(True)
            self._show_forms()
        self._name_move()
        self._mark()

    def _mark(self) -> None:
        """What is set and agreed to, whose values they are, and what there is to choose from now."""
        for area, page in zip(self._forms, self._settings.pages(for_car=self.for_car), strict=True):
            show_note(area, page.note)
            for item in page.items:
                self.rows[item.path].mark(item)

    def _forget(self, path: str) -> None:
        fault = self._settings.forget(path)
        self._show_forms()
        self.rows[path].fault.setText(fault)
        self.rows[path].fault.setVisible(bool(fault))

    def _add(self, title: str, content: QWidget) -> QScrollArea:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(content)
        self.names.addItem(title)
        self.stack.addWidget(area)
        return area

    def _form(self, page: Page) -> QWidget:
        content, layout = page_of(page.title, page.note)
        if page.title == "Service" and self._service is not None:
            layout.addWidget(ServicePanel(self._service))
        if page.title == "Voice" and self._voice is not None:
            layout.addWidget(VoicePanel(self._voice))
        card = QFrame()
        card.setProperty("kind", "card")
        rows = QVBoxLayout(card)
        rows.setContentsMargins(0, 6, 0, 6)
        rows.setSpacing(0)
        for item in page.items:
            self.rows[item.path] = Row(item, self._change, self._forget, self._coach.learn_button)
            rows.addWidget(self.rows[item.path])
        layout.addWidget(card)
        if page.title == "Voice":
            layout.addWidget(PhraseLine(self._coach.say_test_phrase))
        if page.title == "Overlay":
            put_back = QPushButton("Put widgets back")
            put_back.clicked.connect(self._coach.reset_places)
            self._move = QPushButton()
            self._move.clicked.connect(self._move_widgets)
            self._name_move()
            for button in (self._move, put_back):
                layout.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
        return content

    def _move_widgets(self) -> None:
        self._coach.move_widgets(move=not self._coach.widgets_move())
        self._name_move()

    def _name_move(self) -> None:
        """What the button does now."""
        self._move.setText("Lock the widgets" if self._coach.widgets_move() else "Move widgets")

    def _cost_page(self) -> QWidget:
        content, layout = page_of(
            "What does this cost me?", "Measured now, on our own processes. The simulator, Windows and the graphics driver are not in it."
        )
        for (name, words), figure in zip(COST_WORDS, self._figures, strict=True):
            card = QFrame()
            card.setProperty("kind", "card")
            line = QHBoxLayout(card)
            line.setContentsMargins(18, 12, 18, 12)
            texts = QVBoxLayout()
            texts.addWidget(label(name, "heading"))
            texts.addWidget(label(words, "quiet"))
            line.addLayout(texts, 1)
            line.addWidget(figure)
            layout.addWidget(card)
        layout.addStretch(1)
        return content
