"""The page of reference laps: what there is to choose from, which one is in use, and taking another, from the list or a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QHeaderView, QPushButton, QTableWidget, QTableWidgetItem, QWidget

from coach.look import tokens
from overlay.display import lap_time_text
from overlay.settings_window.items import CoachPort
from overlay.settings_window.page_frame import page_of
from overlay.widgets.panel import shortened
from overlay.window_style import label

COLUMNS = {
    "Lap": QHeaderView.ResizeMode.Stretch,
    "Time": QHeaderView.ResizeMode.ResizeToContents,
    "From": QHeaderView.ResizeMode.Stretch,
    "": QHeaderView.ResizeMode.ResizeToContents,
}
SUFFIXES = (".ibt", ".parquet", ".csv", ".csv.gz", ".jsonl", ".jsonl.gz")  # the importers know them, but are too heavy for this process
NAME_PX = 260  # of a file; the narrowest window has room for it beside the buttons
FILTER = f"Laps ({' '.join(f'*{suffix}' for suffix in SUFFIXES)});;All files (*)"


class ReferencePage(QWidget):
    """Names and matches are long: they are wrapped, not cut."""

    _looked_into = Signal(str, str)  # a file and what is wrong with it, from the thread that reads it into Qt's

    def __init__(self, coach: CoachPort) -> None:
        super().__init__()
        self._coach = coach
        _, layout = page_of(
            "Reference laps", "Only laps of the same car and track layout can be compared with. Change it while standing in the pits.", self
        )
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)  # Tab goes on to the button; arrow keys go through the laps
        self.table.setWordWrap(True)
        self.table.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, mode in enumerate(COLUMNS.values()):
            self.table.horizontalHeader().setSectionResizeMode(column, mode)
        self.fault = label("", "fault")
        self.use = QPushButton("Use this lap")
        self.use.setProperty("kind", "main")
        self.use.clicked.connect(self.take)
        self.open = QPushButton("Open a lap file...")
        self.open.clicked.connect(self._choose_file)
        self._looked_into.connect(self._take_file)
        self._read = ""  # the file that is being read
        self.busy = label("", "quiet")
        buttons = QHBoxLayout()
        buttons.addWidget(self.use)
        buttons.addWidget(self.open)
        buttons.addWidget(self.busy, 1)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.fault)
        layout.addLayout(buttons)

    def fill(self) -> None:
        """Fill the list again; the selected lap stays the selected one."""
        choices, chosen, selected = self._coach.references(), self._coach.chosen_reference(), self._selected()
        self._say_busy()
        self.table.setRowCount(len(choices))
        for row, choice in enumerate(choices):
            in_use = "in use" if choice.lap_id == chosen else choice.refused
            for column, text in enumerate((choice.name, lap_time_text(choice.lap_time_s), choice.conditions or choice.source, in_use)):
                cell = QTableWidgetItem(text)
                cell.setData(Qt.ItemDataRole.UserRole, choice.lap_id)
                cell.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled if not choice.refused else Qt.ItemFlag.NoItemFlags)
                if choice.refused:
                    cell.setForeground(QColor(tokens()["dark"]["neutral"]))
                self.table.setItem(row, column, cell)
        row = next((row for row, choice in enumerate(choices) if choice.lap_id == selected), -1)
        if row != self.table.currentRow():
            self.table.setCurrentCell(row, 0)

    def take(self) -> None:
        """Take the selected lap."""
        selected = self._selected()
        self._say("Select a lap first." if selected is None else self._coach.choose_reference(selected))
        self.fill()

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, "Open a lap file", "", FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._look_into)
        dialog.open()

    def _look_into(self, path: str) -> None:
        self._read = path
        self._say("")
        self._say_busy()
        self._coach.look_into_file(path, lambda fault: self._looked_into.emit(path, fault))

    def _take_file(self, path: str, fault: str) -> None:
        if path != self._read:
            return  # another one was opened meanwhile
        self._read = ""
        self._say(fault or self._coach.choose_reference(path))
        self.fill()

    def _say(self, fault: str) -> None:
        self.fault.setText(fault[:1].upper() + fault[1:])

    def _say_busy(self) -> None:
        looking = "Looking for your laps..." if self._coach.is_looking_for_references() else ""
        self.busy.setText(f"Reading {shortened(Path(self._read).name, self.busy.font(), NAME_PX)}" if self._read else looking)

    def _selected(self) -> str | None:
        """The lap id."""
        cell = self.table.item(self.table.currentRow(), 0)
        return None if cell is None else str(cell.data(Qt.ItemDataRole.UserRole))
