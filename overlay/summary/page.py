"""The session summary as a window: the same content and order as the HTML file, with charts that can be read and zoomed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from coach.errors import RacingCoachError
from coach.look import tokens
from overlay.summary import words
from overlay.summary.charts import LapReview, LapTimes
from overlay.summary.html import Interval, intervals, write_html
from overlay.summary.model import CueFate, SessionSummary, TopicRow, Verdict
from overlay.window_style import dress, fit, label

COLOURS = {Verdict.HELPED: "gaining", Verdict.WORSE: "losing", Verdict.TAKEN_BACK: "losing", Verdict.UNSHOWN: "quiet"}


class SummaryPage(QWidget):
    """Shown after the session, never during it. `ask_path` names the file to save to, None when the driver thought better of it."""

    def __init__(self, summary: SessionSummary, ask_path: Callable[[], Path | None] | None = None, speed_unit: str = "km/h") -> None:
        super().__init__()
        self.setWindowTitle(f"Racing Coach, {words.title(summary)}")
        fit(self, 1120, 860)
        dress(self)
        self.summary, self._speed_unit = summary, speed_unit
        self._ask_path = ask_path or self._ask
        self.told = label("", "quiet")
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(32, 28, 32, 28)
        self._column.setSpacing(14)
        self._head()
        self._tiles()
        self._heading(words.for_next_time(summary))
        left_out = [why for why in [words.left_out(summary)] if why]
        self._lines([*(f"{k}.  {thing}" for k, thing in enumerate(summary.next_time, 1)), *left_out])
        self._corners()
        self._heading("What was worked on, and whether it helped")
        self._topics()
        self._heading("Laps")
        self._column.addWidget(LapTimes(summary))
        self._review()
        if summary.marks:
            self._heading("What you marked")
            self._lines([words.marked(mark) for mark in summary.marks])
        self._heading("What was said")
        self._said()
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def save(self) -> None:
        """Write the HTML file where the driver wants it."""
        path = self._ask_path()
        if path is None:
            return
        try:
            write_html(self.summary, path, self._speed_unit)
        except RacingCoachError as error:
            self.told.setText(str(error))
        else:
            self.told.setText(f"saved as {path}")

    def _ask(self) -> Path | None:
        name, _ = QFileDialog.getSaveFileName(self, "Save the summary", f"session {self.summary.date}.html", "HTML (*.html)")
        return Path(name) if name else None

    def _head(self) -> None:
        line = QHBoxLayout()
        texts = QVBoxLayout()
        texts.addWidget(label(words.title(self.summary), "title"))
        notes = [self.summary.date, f"against {self.summary.reference}" if self.summary.reference else ""]
        notes.append("simulated, not driven" if self.summary.simulated else "")
        texts.addWidget(label(" · ".join(filter(None, notes)), "quiet"))
        line.addLayout(texts, 1)
        save = QPushButton("Save as HTML")
        save.setProperty("kind", "main")
        save.clicked.connect(self.save)
        line.addWidget(save, 0, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(line)
        self._column.addWidget(self.told)

    def _tiles(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(12)
        for tile in words.tiles(self.summary):
            card, inside = _card()
            inside.addWidget(label(tile.label, "quiet"))
            inside.addWidget(label(tile.value, "number"))
            inside.addWidget(label(tile.note, "quiet"))
            line.addWidget(card, 1)
        self._column.addLayout(line)

    def _corners(self) -> None:
        if not self.summary.corners:
            return
        self._heading(words.WHERE)
        card, inside = _card()
        inside.addWidget(label(words.where_note(self.summary), "quiet"))
        inside.addSpacing(6)
        table = QGridLayout()
        table.setHorizontalSpacing(28)
        for row, cells in enumerate((words.CORNER_HEADS, *map(words.corner_cells, self.summary.corners))):
            for column, cell in enumerate(cells):
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                table.addWidget(label(cell, "" if row else "quiet"), row, column, side)
        table.setColumnStretch(len(words.CORNER_HEADS), 1)
        inside.addLayout(table)
        self._column.addWidget(card)

    def _topics(self) -> None:
        if not self.summary.topics:
            self._lines([words.NOTHING_TO_WORK_ON])
            return
        grid = QGridLayout()
        grid.setSpacing(12)
        for column in range(3):
            grid.setColumnStretch(column, 1)
        for k, (topic, drawn) in enumerate(zip(self.summary.topics, intervals(self.summary.topics), strict=True)):
            grid.addWidget(_topic_card(topic, drawn, self._speed_unit), k // 3, k % 3)
        self._column.addLayout(grid)

    def _review(self) -> None:
        review = self.summary.review
        if review is None:
            return
        self._heading(review.title)
        readout = label("Move over a chart to read it; the wheel zooms, dragging moves.", "quiet")
        charts = LapReview(review, self._speed_unit)
        charts.read.connect(readout.setText)
        self._column.addWidget(readout)
        self._column.addWidget(charts)

    def _said(self) -> None:
        cues = [cue for cue in self.summary.cues if cue.fate is not CueFate.DROPPED]
        dropped = [cue for cue in self.summary.cues if cue.fate is CueFate.DROPPED]
        self._lines([words.said(cue) for cue in cues] or ["Nothing was said."])
        if dropped:
            self._column.addWidget(label("Kept back, and why", "heading"))
            self._lines([f"{words.said(cue)} ({cue.reason})" for cue in dropped])

    def _heading(self, text: str) -> None:
        self._column.addSpacing(10)
        self._column.addWidget(label(text, "heading"))

    def _lines(self, lines: list[str]) -> None:
        card, inside = _card()
        for line in lines:
            inside.addWidget(label(line))
        self._column.addWidget(card)


class GainBar(QWidget):
    """A topic's gain: its interval as a line, its mean as a dot, zero as a tick."""

    def __init__(self, drawn: Interval, colour: str) -> None:
        super().__init__()
        self._drawn, self._colour = drawn, QColor(colour)
        self.setFixedHeight(18)

    def sizeHint(self) -> QSize:
        return QSize(200, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, per_cent, y = tokens()["dark"], self.width() / 100, self.height() / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(look["line"]), 2))
        painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        painter.setPen(QPen(QColor(look["quiet"]), 2))
        painter.drawLine(QPointF(50 * per_cent, 2), QPointF(50 * per_cent, self.height() - 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        low, high = self._drawn.low * per_cent, self._drawn.high * per_cent
        painter.drawRoundedRect(QRectF(low, y - 2, high - low, 4), 2, 2)
        painter.drawEllipse(QPointF(self._drawn.middle * per_cent, y), 5, 5)
        painter.end()


def _topic_card(topic: TopicRow, drawn: Interval | None, speed_unit: str) -> QFrame:
    card, inside = _card()
    colour = tokens()["dark"][COLOURS[topic.verdict]]
    head = QHBoxLayout()
    name = label(topic.corner_name, "heading")
    name.setWordWrap(True)  # a long one would make its card wider than the others
    head.addWidget(name, 1)
    verdict = QLabel(str(topic.verdict))
    verdict.setStyleSheet(f"color: {colour};")
    head.addWidget(verdict, 0, Qt.AlignmentFlag.AlignTop)
    inside.addLayout(head)
    inside.addWidget(label(topic.words))
    if drawn is not None:
        inside.addWidget(GainBar(drawn, colour))
    inside.addWidget(label(words.effect(topic), "quiet"))
    done = words.done(topic, speed_unit)
    if done:
        inside.addWidget(label(done, "quiet"))
    inside.addWidget(label(f"{words.before_after(topic)}; {words.how_often(topic)}", "quiet"))
    inside.addStretch(1)
    return card


def _card() -> tuple[QFrame, QVBoxLayout]:
    card = QFrame()
    card.setProperty("kind", "card")
    inside = QVBoxLayout(card)
    inside.setContentsMargins(16, 12, 16, 12)
    inside.setSpacing(4)
    return card, inside
