"""Cue line: what the coach says, for the eye, with the corner it belongs to. Nothing is drawn while there is nothing to say."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from overlay.look import text_width
from overlay.state import CueLine, CueState, Snapshot
from overlay.widgets.panel import CENTRE, LEFT, Panel, shortened, write
from overlay.widgets.wrapped import wrapped

SMALLEST_SHARE = 0.72  # a long text shrinks this far before it goes on in a second line
LEAST_PX = 6


SMALLEST_NUMBER = 13.0  # of type, before scaling


class CueLinePanel(Panel):
    """Badge with the corner's turn number, its name, the words. Speaking is in the coach's colour, shown is plain, a reminder on the approach is quiet."""

    name = "cue"
    title = "Cue"
    design_size = (600, 76)
    smallest_share = 0.6  # the corner's name is eight pixels high then, on a screen of 1080
    type_shrinks = True
    parts = ("cue", "time_s")

    def lay_out(self) -> None:
        look, width, height = self.look, self.width(), self.height()
        pad = look.size("pad")
        side = height - 2 * look.px(14)
        self.badge = QRectF(pad + look.px(4), look.px(14), side, side)
        self.waves = QPointF(width - pad - look.px(26), height / 2)
        self.words_x = (self.badge.right() + look.size("pad"), pad + look.px(4))  # with and without a corner
        self.words_right = self.waves.x() - look.px(8)
        self.name_y, self.name_h = look.px(9), look.px(18)
        self.text_y, self.text_h = self.name_y + self.name_h, height - self.name_y - self.name_h - look.px(8)
        self.name_font = look.font("small")
        self.badge_fonts = [look.font(size, bold=True) for size in ("lead", "body", SMALLEST_NUMBER)]  # for "6", "10A", "10-11"
        self.stripe = look.px(4)

    def cue_of(self, snapshot: Snapshot) -> CueLine | None:
        """The cue that is on screen at this instant."""
        cue = snapshot.cue
        return cue if cue is not None and snapshot.time_s < cue.until_s else None

    def read_still(self, snapshot: Snapshot) -> CueLine | None:
        return self.cue_of(snapshot)

    def draw_still(self, painter: QPainter, snapshot: Snapshot) -> None:
        cue = self.cue_of(snapshot)
        if cue is None:
            return
        look = self.look
        self.draw_glass(painter)
        reminds = cue.state is CueState.REMINDER
        x = self.words_x[1]
        if cue.turn_number:
            self._draw_badge(painter, cue, quiet=reminds)
            x = self.words_x[0]
        speaking = cue.state is CueState.SPEAKING
        room = self.words_right - x if speaking else self.width() - look.size("pad") - x
        if cue.corner_name:
            name = shortened(cue.corner_name, self.name_font, room)
            write(painter, QRectF(x, self.name_y, room, self.name_h), name, self.name_font, look.colour("quiet"), LEFT)
            area = QRectF(x, self.text_y, room, self.text_h)
        else:
            area = QRectF(x, 0, room, self.height())
        font, lines = self._fitted(cue.text, area)
        line_h = min(area.height() / len(lines), QFontMetricsF(font).height())
        y = area.center().y() - line_h * len(lines) / 2
        for k, line in enumerate(lines):
            write(painter, QRectF(x, y + k * line_h, room, line_h), line, font, look.colour("quiet" if reminds else "text"), LEFT)
        if speaking:
            self._draw_waves(painter)

    def _fitted(self, text: str, area: QRectF) -> tuple[QFont, tuple[str, ...]]:
        """The largest type in which the whole text fits: on one line down to its share, then on several."""
        font = self.look.font("lead", bold=True)
        while text_width(font, text) > area.width() and font.pixelSize() > self.look.size("lead") * SMALLEST_SHARE:
            font.setPixelSize(font.pixelSize() - 1)
        lines = wrapped(text, font, area.width())
        while (
            len(lines) > 1
            and len(lines) * QFontMetricsF(font).tightBoundingRect("Äg").height() > area.height()
            and font.pixelSize() > LEAST_PX
        ):
            font.setPixelSize(font.pixelSize() - 1)
            lines = wrapped(text, font, area.width())
        return font, lines

    def _draw_badge(self, painter: QPainter, cue: CueLine, *, quiet: bool) -> None:
        look = self.look
        radius = look.px(8)
        if quiet:
            line = max(1.0, look.px(2))
            painter.setPen(QPen(look.colour("coach"), line))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.badge.adjusted(line / 2, line / 2, -line / 2, -line / 2), radius, radius)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("coach"))
            painter.drawRoundedRect(self.badge, radius, radius)
        ink = look.colour("coach") if quiet else look.colour("background")
        room = self.badge.width() - look.px(6)
        font = next((font for font in self.badge_fonts if text_width(font, cue.turn_number) <= room), self.badge_fonts[-1])
        write(painter, self.badge, cue.turn_number, font, ink, CENTRE)

    def _draw_waves(self, painter: QPainter) -> None:
        """Three bars of sound, standing still: it speaks now."""
        look = self.look
        painter.setPen(QPen(look.colour("coach"), look.px(4), c=Qt.PenCapStyle.RoundCap))
        for k, share in enumerate((0.35, 0.8, 0.5)):
            x = self.waves.x() + look.px(8) * (k + 0.5)
            reach = look.px(14) * share
            painter.drawLine(QPointF(x, self.waves.y() - reach), QPointF(x, self.waves.y() + reach))
