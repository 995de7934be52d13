"""Coach status: what the coach is doing, against which lap, and why it is silent; trouble in its place."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from overlay.display import lap_time_text, shown, status_detail, status_title
from overlay.look import text_width
from overlay.state import Mode, Snapshot
from overlay.widgets.panel import LEFT, RIGHT, Panel, write
from overlay.widgets.wrapped import wrapped

MARK_COLOURS = {Mode.COACHING: "coach", Mode.LISTENING: "coach", Mode.SILENT: "quiet", Mode.OFF: "neutral"}
SHARES = (1.0, 0.93, 0.86, 0.8, 0.74, 0.68, 0.62, 0.56, 0.5)  # of the type's size, until everything fits


@dataclass(frozen=True, slots=True)
class Text:
    """What is written: title lines, detail lines, times to their right; `height` in pixels of all of it."""

    title: tuple[str, ...]
    detail: tuple[str, ...]
    last: str  # right of the first title line, or nothing
    best: str  # right of the last detail line, or nothing
    title_font: QFont
    detail_font: QFont
    title_h: float
    detail_h: float

    @property
    def height(self) -> float:
        """Of all lines."""
        return len(self.title) * self.title_h + len(self.detail) * self.detail_h


class CoachStatus(Panel):
    """State and last lap, then the reference or the reason; a notice takes its place.

    Words are never cut: what is too long for its line goes on below, where the glass grows to hold it, then in smaller type.
    Only the lap times give way.
    """

    name = "status"
    title = "Coach"
    design_size = (380, 108)
    smallest_share = 0.8  # below it a long notice would need type that nobody can read
    parts = ("status", "reference", "last_lap_s", "best_lap_s")

    def lay_out(self) -> None:
        look = self.look
        self.pad, self.edge = look.size("pad"), look.px(9)
        self.left = self.pad + look.px(30)
        self.room = self.width() - self.left - self.pad

    def read_still(self, snapshot: Snapshot) -> tuple[object, ...]:
        return snapshot.status, snapshot.reference, shown(snapshot.last_lap_s, 3), shown(snapshot.best_lap_s, 3)

    def draw_still(self, painter: QPainter, snapshot: Snapshot) -> None:
        look, text = self.look, self.text_of(snapshot)
        height = min(float(self.height()), max(text.height + 2 * self.edge, look.px(68)))
        self.draw_glass(painter, height)
        self._draw_mark(painter, snapshot.status.mode, height)
        y = (height - text.height) / 2
        for k, line in enumerate(text.title):
            area = QRectF(self.left, y, self.room, text.title_h)
            write(painter, area, line, text.title_font, look.colour("text"), LEFT)
            if k == 0 and text.last:
                write(painter, area, text.last, text.detail_font, look.colour("text"), RIGHT)
            y += text.title_h
        for k, line in enumerate(text.detail):
            area = QRectF(self.left, y, self.room, text.detail_h)
            write(painter, area, line, text.detail_font, look.colour("warning" if snapshot.status.notice else "quiet"), LEFT)
            if k == len(text.detail) - 1 and text.best:
                write(painter, area, text.best, text.detail_font, look.colour("quiet"), RIGHT)
            y += text.detail_h

    def text_of(self, snapshot: Snapshot) -> Text:
        """The largest type in which everything fits."""
        made = [self._set(snapshot, share) for share in SHARES]
        most = self.height() - 2 * self.edge
        return next((text for text in made if text.height <= most), made[-1])

    def _set(self, snapshot: Snapshot, share: float) -> Text:
        look, status, gap = self.look, snapshot.status, self.look.px(10)
        title_font, detail_font = look.font(18 * share, bold=True), look.font(15 * share)
        title, detail = status_title(status), status.notice or status_detail(status, snapshot.reference)
        last = "" if snapshot.last_lap_s is None else f"last {lap_time_text(snapshot.last_lap_s)}"
        best_time = lap_time_text(snapshot.best_lap_s)
        best = "" if snapshot.best_lap_s is None or status.notice or best_time in detail else f"best {best_time}"
        title_lines, detail_lines = wrapped(title, title_font, self.room), wrapped(detail, detail_font, self.room)
        if last and text_width(title_font, title_lines[0]) + gap + text_width(detail_font, last) > self.room:
            last = ""
        if best and text_width(detail_font, detail_lines[-1]) + gap + text_width(detail_font, best) > self.room:
            best = ""
        return Text(
            title_lines,
            detail_lines,
            last,
            best,
            title_font,
            detail_font,
            QFontMetricsF(title_font).height() + look.px(1),
            QFontMetricsF(detail_font).height() + look.px(1),
        )

    def _draw_mark(self, painter: QPainter, mode: Mode, height: float) -> None:
        """A full disc while coaching, a ring while listening or waiting, a bar across while silent."""
        look, radius = self.look, self.look.px(8)
        at = QPointF(self.pad + look.px(8), height / 2)
        colour = look.colour(MARK_COLOURS.get(mode, "quiet"))
        painter.setPen(QPen(colour, look.px(3)))
        painter.setBrush(colour if mode is Mode.COACHING else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, radius, radius)
        if mode in {Mode.SILENT, Mode.OFF}:
            reach = radius * 0.7
            painter.drawLine(QPointF(at.x() - reach, at.y() + reach), QPointF(at.x() + reach, at.y() - reach))
