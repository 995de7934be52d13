"""Corner by corner: what each corner of this lap cost, as signed bars from a zero line, the current corner marked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from coach.wording import DASH
from overlay.display import shown, signed_text
from overlay.look import text_width
from overlay.state import CornerLoss, Progress, Snapshot
from overlay.widgets.panel import LEFT, RIGHT, Panel, shortened, write
from overlay.widgets.wrapped import wrapped, write_centred

LEAST_SPAN_S = 0.3  # the bar column spans no less: small losses are not drawn large
MOST_S = 1.2  # nor more to either side: beside a spin the other bars stay readable; its own is cut off with a gap, its figure is not
COLOURED_S = 0.02  # a corner within this of the reference is plain: two hundredths are not worth a glance
CURRENT_AT = 0.62  # how far down the list the current corner is kept, so that more past than future is seen
BAR_SHARE = 0.38  # of the room beside number and figure, where the names leave it
LEAST_BAR_PX = 40  # a shorter bar says nothing that the figure's colour does not
TYPES = ((16, 1, LEAST_BAR_PX), (14, 1, LEAST_BAR_PX), (14, 1, 0), (13, 1, 0), (14, 2, 0), (13, 2, 0), (12, 2, 0))
"""How names are set, best first: type size and lines of a name, and the least bar beside it, all in design pixels."""


@dataclass(frozen=True, slots=True)
class Names:
    """How the names of one lap's corners are set: all alike, so that the list stays as it is while it scrolls. Widths in pixels."""

    font: QFont
    line_h: float
    row_h: float
    lines: dict[str, tuple[str, ...]]  # by name
    number_w: float
    name_w: float
    bar_w: float  # 0: no bar


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the bars of a lap begin, in pixels, and how long a second is."""

    zero: float
    px_per_s: float


class CornerLosses(Panel):
    """A list that follows the car; it shows as many corners as its height allows.

    A name is never cut at a size that the driver can give the widget: the bar gives way first, then the name goes on two lines.
    """

    name = "corners"
    title = "Corners"
    design_size = (340, 340)
    smallest_share = 0.6  # below it a name like "The Right-Hander" would need type that nobody can read
    parts = ("corners", "lap_number")

    def lay_out(self) -> None:
        look, width = self.look, self.width()
        pad = look.size("pad")
        self.head = QRectF(pad, look.px(8), width - 2 * pad, look.px(28))
        self.top = self.head.bottom() + look.px(4)
        self.number_font = look.font(16, bold=True)
        self.hint_font = look.font(16)
        self.loss_font = look.font("body", bold=True)
        self.total_font = look.font(22, bold=True)
        self.label_font = look.font("small")
        self.loss_w = text_width(self.loss_font, "+0.00") + look.px(2)
        self.room = width - 2 * pad - self.loss_w  # for number, name and bar
        self.bar_h = look.px(10)
        self._names: Names | None = None
        self._names_of: tuple[tuple[str, str], ...] = ()  # turn numbers and names that they were set for

    def names_of(self, corners: tuple[CornerLoss, ...]) -> Names:
        """How to set these corners' names; worked out once per track and size."""
        shown = tuple((corner.turn_number, corner.name) for corner in corners)
        if self._names is None or self._names_of != shown:
            widest = max((text_width(self.number_font, number) for number, _ in shown), default=0.0)
            two = widest <= text_width(self.number_font, "00")
            number_w = self.look.px(26) if two else widest + self.look.px(8)  # "10A" is wider than two figures
            made = [self._set([name for _, name in shown], number_w, *kind) for kind in TYPES]
            self._names, self._names_of = next((names for names, fits in made if fits), made[-1][0]), shown
        return self._names

    def _set(self, words: list[str], number_w: float, size: float, most_lines: int, least_bar: float) -> tuple[Names, bool]:
        """The names in this type, and whether all of them stand there whole."""
        look, font = self.look, self.look.font(size)
        room = self.room - number_w
        gap, bar_w = look.px(14 if least_bar else 6), 0.0
        if least_bar:
            widest = max((text_width(font, name) for name in words), default=0.0)
            bar_w = max(look.px(least_bar), min(room * BAR_SHARE, room - gap - widest))
        name_w = room - gap - bar_w
        lines, fits = dict[str, tuple[str, ...]](), True
        for name in words:
            parted = wrapped(name, font, name_w)
            if len(parted) > most_lines or " ".join(parted) != " ".join(name.split()):
                fits = False
                parted = tuple(shortened(line, font, name_w) for line in (*parted[: most_lines - 1], " ".join(parted[most_lines - 1 :])))
            lines[name] = parted
        line_h = QFontMetricsF(font).height() * 0.95
        row_h = max(
            look.px(31), line_h * max(map(len, lines.values()), default=1) + look.px(9)
        )  # two lines are nearer to each other than two rows
        return Names(font, line_h, row_h, lines, number_w, name_w, bar_w), fits

    def read_still(self, snapshot: Snapshot) -> tuple[object, ...]:
        rows = tuple((c.turn_number, c.name, shown(c.time_lost_s), c.progress) for c in self.visible(snapshot.corners))
        return rows, shown(total(snapshot.corners)), snapshot.lap_number, span_s(snapshot.corners)

    def rows(self, corners: tuple[CornerLoss, ...]) -> int:
        """How many of these corners are in sight."""
        return max(1, int((self.height() - self.top - self.look.px(6)) / self.names_of(corners).row_h))

    def visible(self, corners: tuple[CornerLoss, ...]) -> tuple[CornerLoss, ...]:
        """The corners in sight: around the current one, or around the last that is done."""
        rows = self.rows(corners)
        here = next((i for i, c in enumerate(corners) if c.progress is Progress.CURRENT), None)
        if here is None:
            here = max(0, sum(c.progress is Progress.DONE for c in corners) - 1)
        first = max(0, min(here - int(rows * CURRENT_AT), len(corners) - rows))
        return corners[first : first + rows]

    def draw_still(self, painter: QPainter, snapshot: Snapshot) -> None:
        look = self.look
        in_sight, names = self.visible(snapshot.corners), self.names_of(snapshot.corners)
        self.draw_glass(painter, self.top + max(len(in_sight), 3) * names.row_h + look.px(8))
        lap = "This lap" if snapshot.lap_number is None else f"Lap {snapshot.lap_number}"
        write(painter, self.head, lap, self.label_font, look.colour("quiet"), LEFT)
        if not snapshot.corners:
            area = QRectF(0, self.top, self.width(), 3 * names.row_h - look.px(8))
            write_centred(painter, area, "corners come with the first lap", self.hint_font, look.colour("quiet"))
            return
        lost = total(snapshot.corners)
        write(painter, self.head, signed_text(lost), self.total_font, self.colour_of(lost), RIGHT)
        scale = self._scale(names, span_s(snapshot.corners))
        if names.bar_w:
            painter.setPen(QPen(look.colour("line"), max(1.0, look.px(1.5))))
            painter.drawLine(QPointF(scale.zero, self.top), QPointF(scale.zero, self.top + len(in_sight) * names.row_h))
        for k, corner in enumerate(in_sight):
            self._draw_row(painter, corner, names, self.top + k * names.row_h, scale)

    def _scale(self, names: Names, span: tuple[float, float]) -> Scale:
        left = self.width() - self.look.size("pad") - self.loss_w - self.look.px(8) - names.bar_w
        px_per_s = names.bar_w / (span[1] - span[0])
        return Scale(left - span[0] * px_per_s, px_per_s)

    def colour_of(self, time_lost_s: float | None) -> QColor:
        """Gaining, losing, or plain when it does not matter."""
        if time_lost_s is None:
            return self.look.colour("quiet")
        if abs(time_lost_s) < COLOURED_S:
            return self.look.colour("text")
        return self.look.colour("losing" if time_lost_s > 0 else "gaining")

    def _draw_row(self, painter: QPainter, corner: CornerLoss, names: Names, y: float, scale: Scale) -> None:
        look, pad, row_h = self.look, self.look.size("pad"), names.row_h
        current = corner.progress is Progress.CURRENT
        if current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("text", 0.13))
            inset = look.px(6)
            painter.drawRoundedRect(QRectF(inset, y, self.width() - 2 * inset, row_h), look.px(6), look.px(6))
        words = look.colour("quiet" if corner.progress is Progress.AHEAD else "text")
        write(painter, QRectF(pad, y, names.number_w, row_h), corner.turn_number, self.number_font, words, LEFT)
        lines = names.lines[corner.name]
        above = y + (row_h - len(lines) * names.line_h) / 2
        for k, line in enumerate(lines):
            area = QRectF(pad + names.number_w, above + k * names.line_h, names.name_w, names.line_h)
            write(painter, area, line, names.font, words, LEFT)
        lost = shown(corner.time_lost_s, 3)
        loss = QRectF(self.width() - pad - self.loss_w, y, self.loss_w, row_h)
        if lost is None:
            if corner.progress is Progress.DONE:
                write(painter, loss, DASH, self.loss_font, look.colour("quiet"), RIGHT)
            return
        write(painter, loss, loss_text(lost), self.loss_font, self.colour_of(lost), RIGHT)
        colour = look.colour("neutral") if abs(lost) < COLOURED_S else self.colour_of(lost)
        self._draw_bar(painter, lost, scale, colour, y + (row_h - self.bar_h) / 2)

    def _draw_bar(self, painter: QPainter, lost_s: float, scale: Scale, colour: QColor, y: float) -> None:
        """Right of the zero line while losing, left of it while gaining; one that is cut off has a gap near its end."""
        look, end = self.look, max(-MOST_S, min(MOST_S, lost_s)) * scale.px_per_s
        if abs(end) < 1.0:
            return
        tip = math.copysign(look.px(4), end)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for begin, stop in ((0.0, end),) if abs(lost_s) <= MOST_S else ((0.0, end - 2 * tip), (end - tip, end)):
            bar = QRectF(scale.zero + begin, y, stop - begin, self.bar_h).normalized()
            painter.drawRoundedRect(bar, look.px(2), look.px(2))


def span_s(corners: tuple[CornerLoss, ...]) -> tuple[float, float]:
    """What the bar column spans on this lap, from its largest gain (-) to its largest loss, so that the dearest corner fills its side."""
    known = [c.time_lost_s for c in corners if shown(c.time_lost_s) is not None and c.time_lost_s is not None]
    low, high = max(-MOST_S, min((*known, 0.0))), min(MOST_S, max((*known, 0.0)))
    return low, max(high, low + LEAST_SPAN_S)


def loss_text(seconds: float) -> str:
    """A corner's figure, no wider than "+0.00": a spin costs tens of seconds, and a cut figure would be another figure."""
    size = abs(seconds)
    return signed_text(seconds, 2 if size < 9.995 else 1 if size < 99.95 else 0)


def total(corners: tuple[CornerLoss, ...]) -> float | None:
    """Time lost in the corners done this lap, or None before the first."""
    known = [c.time_lost_s for c in corners if shown(c.time_lost_s) is not None and c.time_lost_s is not None]
    return sum(known) if known else None
