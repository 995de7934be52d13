"""Corner by corner: what each corner of this lap cost, as signed bars around a zero line, the current corner marked."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from overlay.display import DASH, shown, signed_text
from overlay.look import text_width
from overlay.state import CornerLoss, Progress, Snapshot
from overlay.widgets.panel import CENTRE, LEFT, RIGHT, Panel, shortened, write

FULL_S = 0.3  # half a bar column; a corner that costs more is cut off there, its figure is not
COLOURED_S = 0.02  # a corner within this of the reference is plain: two hundredths are not worth a glance
CURRENT_AT = 0.62  # how far down the list the current corner is kept, so that more past than future is seen


class CornerLosses(Panel):
    """A list that follows the car; it shows as many corners as its height allows."""

    name = "corners"
    title = "Corners"
    design_size = (320, 340)
    parts = ("corners", "lap_number")

    def lay_out(self) -> None:
        look, width, height = self.look, self.width(), self.height()
        pad = look.size("pad")
        self.head = QRectF(pad, look.px(8), width - 2 * pad, look.px(28))
        self.row_h = look.px(31)
        top = self.head.bottom() + look.px(4)
        self.rows = max(1, int((height - top - look.px(6)) / self.row_h))
        self.top = top
        self.number_font = look.font(16, bold=True)
        self.name_font = look.font(16)
        self.loss_font = look.font("body", bold=True)
        self.total_font = look.font(22, bold=True)
        self.label_font = look.font("small")
        self.number_w = look.px(26)
        self.loss_w = text_width(self.loss_font, "+0.00") + look.px(2)
        self.bar_w = max(look.px(40), (width - 2 * pad - self.number_w - self.loss_w) * 0.38)
        self.name_w = width - 2 * pad - self.number_w - self.loss_w - self.bar_w - look.px(14)
        self.bar_middle = pad + self.number_w + self.name_w + look.px(6) + self.bar_w / 2
        self.bar_h = look.px(10)

    def read_still(self, snapshot: Snapshot) -> tuple[object, ...]:
        rows = tuple((c.number, c.name, shown(c.time_lost_s), c.progress) for c in self.visible(snapshot.corners))
        return rows, shown(total(snapshot.corners)), snapshot.lap_number

    def visible(self, corners: tuple[CornerLoss, ...]) -> tuple[CornerLoss, ...]:
        """The corners in sight: around the current one, or around the last that is done."""
        here = next((i for i, c in enumerate(corners) if c.progress is Progress.CURRENT), None)
        if here is None:
            here = max(0, sum(c.progress is Progress.DONE for c in corners) - 1)
        first = max(0, min(here - int(self.rows * CURRENT_AT), len(corners) - self.rows))
        return corners[first : first + self.rows]

    def draw_still(self, painter: QPainter, snapshot: Snapshot) -> None:
        look = self.look
        in_sight = self.visible(snapshot.corners)
        self.draw_glass(painter, self.top + max(len(in_sight), 3) * self.row_h + look.px(8))
        lap = "This lap" if snapshot.lap_number is None else f"Lap {snapshot.lap_number}"
        write(painter, self.head, lap, self.label_font, look.colour("quiet"), LEFT)
        if not snapshot.corners:
            area = QRectF(0, self.top, self.width(), 3 * self.row_h - look.px(8))
            write(painter, area, "corners come with the first lap", self.name_font, look.colour("quiet"), CENTRE)
            return
        lost = total(snapshot.corners)
        write(painter, self.head, signed_text(lost), self.total_font, self.colour_of(lost), RIGHT)
        painter.setPen(QPen(look.colour("line"), max(1.0, look.px(1.5))))
        painter.drawLine(QPointF(self.bar_middle, self.top), QPointF(self.bar_middle, self.top + len(in_sight) * self.row_h))
        for k, corner in enumerate(in_sight):
            self._draw_row(painter, corner, self.top + k * self.row_h)

    def colour_of(self, time_lost_s: float | None) -> QColor:
        """Gaining, losing, or plain when it does not matter."""
        if time_lost_s is None:
            return self.look.colour("quiet")
        if abs(time_lost_s) < COLOURED_S:
            return self.look.colour("text")
        return self.look.colour("losing" if time_lost_s > 0 else "gaining")

    def _draw_row(self, painter: QPainter, corner: CornerLoss, y: float) -> None:
        look, pad = self.look, self.look.size("pad")
        current = corner.progress is Progress.CURRENT
        if current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("text", 0.13))
            inset = look.px(6)
            painter.drawRoundedRect(QRectF(inset, y, self.width() - 2 * inset, self.row_h), look.px(6), look.px(6))
        words = look.colour("quiet" if corner.progress is Progress.AHEAD else "text")
        write(painter, QRectF(pad, y, self.number_w, self.row_h), str(corner.number), self.number_font, words, LEFT)
        name = shortened(corner.name, self.name_font, self.name_w)
        write(painter, QRectF(pad + self.number_w, y, self.name_w, self.row_h), name, self.name_font, words, LEFT)
        lost = shown(corner.time_lost_s, 3)
        loss = QRectF(self.width() - pad - self.loss_w, y, self.loss_w, self.row_h)
        if lost is None:
            if corner.progress is Progress.DONE:
                write(painter, loss, DASH, self.loss_font, look.colour("quiet"), RIGHT)
            return
        write(painter, loss, signed_text(lost), self.loss_font, self.colour_of(lost), RIGHT)
        length = max(-1.0, min(1.0, lost / FULL_S)) * self.bar_w / 2
        if abs(length) >= 1.0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("neutral") if abs(lost) < COLOURED_S else self.colour_of(lost))
            bar = QRectF(self.bar_middle, y + (self.row_h - self.bar_h) / 2, length, self.bar_h).normalized()
            painter.drawRoundedRect(bar, look.px(2), look.px(2))


def total(corners: tuple[CornerLoss, ...]) -> float | None:
    """Time lost in the corners done this lap, or None before the first."""
    known = [c.time_lost_s for c in corners if shown(c.time_lost_s) is not None and c.time_lost_s is not None]
    return sum(known) if known else None
