"""Coach status: what the coach is doing, against which lap, and why it is silent; trouble as one line."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from overlay.display import lap_time_text, shown, status_detail, status_title
from overlay.look import text_width
from overlay.state import Mode, Snapshot
from overlay.widgets.panel import LEFT, RIGHT, Panel, shortened, write

MARK_COLOURS = {Mode.COACHING: "coach", Mode.LISTENING: "coach", Mode.SILENT: "quiet", Mode.OFF: "neutral"}


class CoachStatus(Panel):
    """Two lines: state with the last lap on the right, reference or reason below; a notice takes the second line's place."""

    name = "status"
    title = "Coach"
    design_size = (380, 68)
    parts = ("status", "reference", "last_lap_s", "best_lap_s")

    def lay_out(self) -> None:
        look, width, height = self.look, self.width(), self.height()
        pad = look.size("pad")
        self.mark = QPointF(pad + look.px(8), height / 2)
        left = pad + look.px(30)
        line = (height - 2 * look.px(9)) / 2
        self.first = QRectF(left, look.px(9), width - left - pad, line)
        self.second = QRectF(left, look.px(9) + line, width - left - pad, line)
        self.title_font = look.font(18, bold=True)
        self.detail_font = look.font(15)

    def read_still(self, snapshot: Snapshot) -> tuple[object, ...]:
        return snapshot.status, snapshot.reference, shown(snapshot.last_lap_s, 3), shown(snapshot.best_lap_s, 3)

    def draw_still(self, painter: QPainter, snapshot: Snapshot) -> None:
        look, status = self.look, snapshot.status
        self.draw_glass(painter)
        self._draw_mark(painter, status.mode)
        room = self.first.width()
        if snapshot.last_lap_s is not None:
            last = f"last {lap_time_text(snapshot.last_lap_s)}"
            write(painter, self.first, last, self.detail_font, look.colour("text"), RIGHT)
            room -= text_width(self.detail_font, last) + look.px(10)
        write(painter, self.first, shortened(status_title(status), self.title_font, room), self.title_font, look.colour("text"), LEFT)
        detail = status.notice or status_detail(status, snapshot.reference)
        colour = look.colour("warning" if status.notice else "quiet")
        room = self.second.width()
        best = f"best {lap_time_text(snapshot.best_lap_s)}"
        if snapshot.best_lap_s is not None and not status.notice and best.removeprefix("best ") not in detail:
            write(painter, self.second, best, self.detail_font, look.colour("quiet"), RIGHT)
            room -= text_width(self.detail_font, best) + look.px(10)
        write(painter, self.second, shortened(detail, self.detail_font, room), self.detail_font, colour, LEFT)

    def _draw_mark(self, painter: QPainter, mode: Mode) -> None:
        """A full disc while coaching, a ring while listening or waiting, a bar across while silent."""
        look, radius = self.look, self.look.px(8)
        colour = look.colour(MARK_COLOURS.get(mode, "quiet"))
        painter.setPen(QPen(colour, look.px(3)))
        painter.setBrush(colour if mode is Mode.COACHING else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(self.mark, radius, radius)
        if mode in {Mode.SILENT, Mode.OFF}:
            reach = radius * 0.7
            painter.drawLine(QPointF(self.mark.x() - reach, self.mark.y() + reach), QPointF(self.mark.x() + reach, self.mark.y() - reach))
