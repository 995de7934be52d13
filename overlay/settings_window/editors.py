"""One row per setting: its name and meaning, the control that fits its kind, and what is wrong with a refused value."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QKeySequenceEdit, QLineEdit, QPushButton, QSlider, QVBoxLayout, QWidget

from overlay.settings_window.button_field import ButtonField, Learn
from overlay.settings_window.controls import Slider, Switch
from overlay.settings_window.items import Item, Kind, Value
from overlay.window_style import drop_down, label

FINE, COARSE = 0.01, 0.05  # steps of a slider, up to a span of 1 and above: the defaults lie on them
CONTROL_WIDTH = 300


class Row(QWidget):
    """Edits one item; calls `change` with the new value and shows what it answers; `forget` gives up a car's own value.

    `learn`: which button is pressed next.
    """

    def __init__(self, item: Item, change: Callable[[str, Value], str], forget: Callable[[str], None], learn: Learn) -> None:
        super().__init__()
        self.item, self._learn = item, learn
        self._change = change
        self._shown = label("")
        self.control = self._control()
        self.control.setAccessibleName(item.label)
        self.control.setAccessibleDescription(item.meaning)
        self.control.setEnabled(not item.fixed)
        self.fault = label("", "fault")
        self.fault.hide()
        self.note = label("", "own")
        self.as_all = QPushButton("As in all cars")
        self.as_all.setProperty("kind", "small")
        self.as_all.clicked.connect(lambda: forget(item.path))
        words = QVBoxLayout()
        words.setSpacing(2)
        name = label(item.label)
        name.setBuddy(self.control)
        words.addWidget(name)
        if item.meaning:
            words.addWidget(label(item.meaning, "quiet"))
        self._noted = QWidget()
        noted = QHBoxLayout(self._noted)
        noted.setContentsMargins(0, 0, 0, 0)
        noted.addWidget(self.note, 1)  # a car's name and value are long: they are wrapped beside the button
        noted.addWidget(self.as_all)
        words.addWidget(self._noted)
        side = QHBoxLayout()
        side.addWidget(self.control, 1)
        if item.kind in {Kind.NUMBER, Kind.WHOLE}:
            self._shown.setMinimumWidth(70)
            self._shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            side.addWidget(self._shown)
        box = QWidget()
        box.setLayout(side)
        box.setFixedWidth(CONTROL_WIDTH)
        side.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addLayout(words, 1)
        row.addWidget(box)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 10, 18, 10)
        rows.addLayout(row)
        rows.addWidget(self.fault)  # as wide as the row: it is a sentence
        self._show_whose(item)

    def mark(self, item: Item) -> None:
        """Show what is set now, whose value it is and what there is to choose from: each may have changed elsewhere."""
        before, self.item = self.item, item
        if isinstance(self.control, QComboBox) and (item.choices, item.words) != (before.choices, before.words):
            self._fill(self.control, item)
        if not self._is_edited():
            self._show_value()
        if item != before:
            self._show_whose(item)

    def _is_edited(self) -> bool:
        """Whether the driver is about to change it: his half-typed text stays."""
        control = self.control.line if isinstance(self.control, ButtonField) else self.control
        if isinstance(control, QLineEdit):
            return control.hasFocus() and control.isModified()
        if isinstance(control, QSlider):
            return control.isSliderDown()
        return isinstance(control, QKeySequenceEdit) and control.hasFocus()

    def _show_value(self) -> None:
        """Put the control to what is set, which submits nothing."""
        control, value = self.control, self.item.value
        with QSignalBlocker(control):
            if isinstance(control, Switch):
                control.setChecked(bool(value))
            elif isinstance(control, QComboBox):
                control.setCurrentIndex(max(0, control.findData(value)))
            elif isinstance(control, QSlider):
                control.setValue(self._step_of(float(value)))
                self._shown.setText(self.item.text_of(float(value)))
            elif isinstance(control, QKeySequenceEdit):
                control.setKeySequence(QKeySequence(str(value)))
            elif isinstance(control, ButtonField):
                control.show_button(str(value))
            elif isinstance(control, QLineEdit):
                control.setText(str(value))

    def _show_whose(self, item: Item) -> None:
        self.note.setText(item.note)
        self.note.setProperty("kind", "own" if item.own else "quiet")
        self.note.style().polish(self.note)
        self._noted.setVisible(bool(item.note))
        self.as_all.setVisible(item.own)

    def submit(self, value: Value) -> None:
        """Try a value; a refused one leaves the setting and its control as they were and says why."""
        fault = self._change(self.item.path, value)
        self._show_value()
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))

    def _finish(self, value: Value, *, typed: bool) -> None:
        """Somebody leaves a field: what was not touched is no try, and why an earlier one was refused stays."""
        if typed or value != self.item.value:
            self.submit(value)

    def _control(self) -> QWidget:
        item = self.item
        if item.kind is Kind.SWITCH:
            box = Switch()
            box.setChecked(bool(item.value))
            box.toggled.connect(self.submit)
            return box
        if item.kind is Kind.NUMBER:
            return self._slider()
        if item.kind is Kind.WHOLE:
            return self._whole()
        if item.kind is Kind.CHOICE:
            combo = drop_down()
            self._fill(combo, item)
            combo.activated.connect(lambda index: self.submit(combo.itemData(index)))
            return combo
        if item.kind is Kind.KEYS:
            keys = QKeySequenceEdit(QKeySequence(str(item.value)))
            keys.setMaximumSequenceLength(1)
            keys.setClearButtonEnabled(True)
            keys.editingFinished.connect(lambda: self._finish(_text_of(keys), typed=False))
            return keys
        return self._button() if item.kind is Kind.BUTTON else self._text()

    def _button(self) -> ButtonField:
        field = ButtonField(str(self.item.value), self._learn)
        field.submitted.connect(lambda text: self._finish(text, typed=field.line.isModified()))
        return field

    def _text(self) -> QLineEdit:
        line = QLineEdit(str(self.item.value))
        line.editingFinished.connect(lambda: self._finish(line.text(), typed=line.isModified()))
        return line

    @staticmethod
    def _fill(combo: QComboBox, item: Item) -> None:
        combo.clear()
        for choice in item.choices:
            combo.addItem(item.text_of(choice), choice)
        combo.setCurrentIndex(max(0, combo.findData(item.value)))

    def _slider(self) -> QSlider:
        slider = Slider()
        slider.setMinimumHeight(26)
        slider.setRange(0, self._step_of(self.item.high))
        slider.setValue(self._step_of(float(self.item.value)))
        self._shown.setText(self.item.text_of(float(self.item.value)))
        slider.valueChanged.connect(lambda step: self._shown.setText(self.item.text_of(self._at(step))))
        slider.sliderReleased.connect(lambda: self.submit(self._at(slider.value())))
        slider.actionTriggered.connect(lambda _: None if slider.isSliderDown() else self.submit(self._at(slider.sliderPosition())))
        return slider

    @property
    def _step(self) -> float:
        return FINE if self.item.high - self.item.low <= 1 else COARSE

    def _step_of(self, value: float) -> int:
        return round((value - self.item.low) / self._step)

    def _at(self, step: int) -> float:
        return round(self.item.low + step * self._step, 2)

    def _whole(self) -> QLineEdit:
        line = QLineEdit(str(self.item.value))
        line.editingFinished.connect(lambda: self._finish(_number_in(line.text()), typed=line.isModified()))
        self._shown.setText(self.item.unit)
        return line


def _text_of(keys: QKeySequenceEdit) -> str:
    return keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText)


def _number_in(text: str) -> Value:
    """The whole number, or what was written instead: whoever refuses it says what is expected."""
    try:
        return int(text)
    except ValueError:
        return text
