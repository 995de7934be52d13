"""Delta bar: how far ahead or behind the reference, where it is going, and the lap time it leads to."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from coach.wording import MINUS
from overlay.display import lap_time_text, reference_label, shown, signed_text, waiting_text
from overlay.look import text_width
from overlay.state import Delta, Snapshot
from overlay.widgets.panel import CENTRE, LEFT, RIGHT, Panel, shortened, write

SCALES_S = (1.0, 2.0, 5.0)  # what a half of the bar may stand for; beyond the last the number speaks
BACK_FRAC = 0.8  # a smaller scale comes back only for a delta well inside it: without that it would flicker about its end
TREND_STEPS_S_PER_S = (0.02, 0.06, 0.12)  # one, two, three chevrons: 0.02 s/s is a tenth in five seconds, just worth seeing


class DeltaBar(Panel):
    """Left of the middle is ahead of the reference, right is behind, as on a number line. Its ends say how many seconds they are."""

    name = "delta"
    title = "Delta"
    design_size = (440, 96)
    smallest_share = 0.6  # its smallest words are eight pixels high then, on a screen of 1080
    type_shrinks = True
    rate_hz = 30.0
    parts = ("delta", "reference", "status")
    full_s = SCALES_S[0]  # that a half of the bar stands for now

    def lay_out(self) -> None:
        look, width, height = self.look, self.width(), self.height()
        pad = look.size("pad")
        self.label_font = look.font("small")
        end_w = text_width(self.label_font, f"+{SCALES_S[-1]:g}")
        self.line = QRectF(pad, look.px(14), width - 2 * pad, look.px(14))
        self.bar = self.line.adjusted(end_w + look.px(8), 0, -end_w - look.px(8), 0)
        self.ends = tuple(QRectF(x, look.px(8), end_w, look.px(26)) for x in (pad, width - pad - end_w))
        self.half = self.bar.width() / 2
        self.middle = self.bar.center().x()
        top = self.bar.bottom() + look.px(6)
        self.number = QRectF(0, top, width, height - top - look.px(8))
        side = width * 0.30
        label_h, value_h = look.px(18), look.px(24)
        first = self.number.center().y() - (label_h + value_h) / 2
        self.left = (QRectF(pad, first, side, label_h), QRectF(pad, first + label_h, side, value_h))
        self.right = (QRectF(width - pad - side, first, side, label_h), QRectF(width - pad - side, first + label_h, side, value_h))
        self.number_font = look.font("number", bold=True)
        self.value_font = look.font("body", bold=True)
        self.chevron = look.px(8)
        self.chevron_from = text_width(self.number_font, "+00.00") / 2 + look.px(8)
        self.tick_pen = QPen(look.colour("text"), max(2.0, look.px(2)))

    def read_still(self, snapshot: Snapshot) -> tuple[object, ...]:
        if known(snapshot.delta) is not None:
            return snapshot.reference, self.full_s
        return waiting_text(snapshot), snapshot.status.clean_laps, snapshot.status.clean_laps_needed

    def read_moving(self, snapshot: Snapshot) -> tuple[object, ...]:
        delta = known(snapshot.delta)
        if delta is None:
            return ()
        self.full_s = full_scale_s(delta.delta_s, self.full_s)  # this is read before what the still layer shows
        return self.bar_px(delta.delta_s), shown(delta.delta_s), trend_step(delta.trend_s_per_s), shown(delta.predicted_lap_s)

    def bar_px(self, delta_s: float) -> int:
        """Length of the bar in pixels, + to the right."""
        return round(max(-1.0, min(1.0, delta_s / self.full_s)) * self.half)

    def draw_still(self, painter: QPainter, snapshot: Snapshot) -> None:
        look = self.look
        self.draw_glass(painter)
        if known(snapshot.delta) is None:
            self._draw_waiting(painter, snapshot)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("line"))
        radius = self.bar.height() / 2
        painter.drawRoundedRect(self.bar, radius, radius)
        painter.setPen(QPen(look.colour("neutral"), max(1.0, look.px(1))))
        for part in (-0.5, 0.5):
            x = self.middle + part * self.half
            painter.drawLine(QPointF(x, self.bar.top() + look.px(3)), QPointF(x, self.bar.bottom() - look.px(3)))
        for end, sign, align in zip(self.ends, (MINUS, "+"), (LEFT, RIGHT), strict=True):
            write(painter, end, f"{sign}{self.full_s:g}", self.label_font, look.colour("quiet"), align)
        write(painter, self.right[0], "Predicted", self.label_font, look.colour("quiet"), RIGHT)
        reference = snapshot.reference
        if reference is not None:
            label = shortened(reference_label(reference), self.label_font, self.left[0].width())
            write(painter, self.left[0], label, self.label_font, look.colour("quiet"), LEFT)
            write(painter, self.left[1], lap_time_text(reference.lap_time_s), self.value_font, look.colour("text"), LEFT)
        self._draw_tick(painter)

    def draw_moving(self, painter: QPainter, snapshot: Snapshot) -> None:
        view = self.read_moving(snapshot)
        if not view or snapshot.delta is None:
            return
        look = self.look
        length, delta_s, trend, predicted = self.bar_px(snapshot.delta.delta_s), view[1], view[2], view[3]
        colour = look.colours["text" if delta_s == 0 else "losing" if snapshot.delta.delta_s > 0 else "gaining"]
        if length:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            self._draw_bar(painter, length)
            self._draw_tick(painter)
        write(painter, self.number, signed_text(snapshot.delta.delta_s), self.number_font, colour, CENTRE)
        self._draw_trend(painter, trend)  # type: ignore[arg-type]  # the view's third value
        write(painter, self.right[1], lap_time_text(predicted, 2), self.value_font, look.colour("text"), RIGHT)  # type: ignore[arg-type]

    def _draw_waiting(self, painter: QPainter, snapshot: Snapshot) -> None:
        """Instead of the bar one piece per clean lap that is needed, filled for those that are there."""
        look, status = self.look, snapshot.status
        needed, gap = max(1, status.clean_laps_needed), look.px(6)
        width = (self.line.width() - gap * (needed - 1)) / needed
        painter.setPen(Qt.PenStyle.NoPen)
        for k in range(needed):
            painter.setBrush(look.colour("coach" if k < status.clean_laps else "line"))
            piece = QRectF(self.line.left() + k * (width + gap), self.line.top(), width, self.line.height())
            painter.drawRoundedRect(piece, piece.height() / 2, piece.height() / 2)
        write(painter, self.number, waiting_text(snapshot), self.value_font, look.colour("quiet"), CENTRE)

    def _draw_bar(self, painter: QPainter, length: int) -> None:
        """The filled part: square at the middle, round at its end."""
        radius = min(self.bar.height() / 2, abs(length))
        painter.drawRoundedRect(QRectF(self.middle, self.bar.top(), length, self.bar.height()).normalized(), radius, self.bar.height() / 2)
        painter.drawRect(QRectF(self.middle, self.bar.top(), length / 2, self.bar.height()).normalized())

    def _draw_tick(self, painter: QPainter) -> None:
        painter.setPen(self.tick_pen)
        reach = self.look.px(4)
        painter.drawLine(QPointF(self.middle, self.bar.top() - reach), QPointF(self.middle, self.bar.bottom() + reach))

    def _draw_trend(self, painter: QPainter, step: int) -> None:
        """Chevrons beside the number: to the left while gaining, to the right while losing, more of them for more."""
        if not step:
            return
        look, size = self.look, self.chevron
        side = 1 if step > 0 else -1
        painter.setPen(
            QPen(look.colours["losing" if step > 0 else "gaining"], look.px(3), c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin)
        )
        y = self.number.center().y()
        for k in range(abs(step)):
            x = self.middle + side * (self.chevron_from + k * size * 0.9)
            painter.drawPolyline(QPolygonF([QPointF(x, y - size * 0.8), QPointF(x + side * size * 0.7, y), QPointF(x, y + size * 0.8)]))


def known(delta: Delta | None) -> Delta | None:
    """The delta, or None where the engine has no number: before the first seen start of a lap, without a reference."""
    return delta if delta is not None and math.isfinite(delta.delta_s) else None


def full_scale_s(delta_s: float, before_s: float) -> float:
    """The scale after `before_s`: the smallest that holds the delta, but down again only where it lies well inside."""
    least, calm = (next((scale for scale in SCALES_S if abs(delta_s) <= share * scale), SCALES_S[-1]) for share in (1.0, BACK_FRAC))
    return max(least, min(before_s, calm))


def trend_step(trend_s_per_s: float) -> int:
    """How many chevrons, + while losing."""
    steps = sum(abs(trend_s_per_s) >= bound for bound in TREND_STEPS_S_PER_S)
    return steps if trend_s_per_s > 0 else -steps
