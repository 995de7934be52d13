"""Mini-map: the track coloured by time lost per metre, the worst corners marked, the car as a dot."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from overlay.look import text_width
from overlay.state import MapMark, MiniMap, Snapshot, TrackShape
from overlay.widgets.map_numbers import place_numbers
from overlay.widgets.panel import CENTRE, Panel, write
from overlay.widgets.wrapped import write_centred

STEPS = 4  # shades on either side of neutral
TURN_DEG = 5.0  # orientations that are tried
LEAST_FULL_S_PER_M = 0.001  # full colour is never less than a tenth in 100 m: smaller differences are the driver's own scatter


class MiniMapPanel(Panel):
    """Turned so that it is as large as the widget allows (the line is known without a compass); only the dot moves."""

    name = "map"
    title = "Map"
    design_size = (300, 220)
    rate_hz = 30.0
    parts = ("minimap",)

    def lay_out(self) -> None:
        look = self.look
        self.track_width = look.px(7.5)
        self.casing_width = look.px(12)
        self.margin = look.px(30)
        self.mark_font = look.font("body", bold=True)
        self.dot_radius = look.px(6.5)
        self.label_font = look.font(16)
        self._placed: tuple[TrackShape, np.ndarray] | None = None
        self._numbers: tuple[TrackShape, tuple[MapMark, ...], list[QRectF]] | None = None
        self._steps: tuple[tuple[float | None, ...], tuple[int, ...]] | None = None
        self._ground: QPixmap | None = None  # glass and bare track: made anew only for another track or size
        self._pieces: list[QPainterPath] = []
        self._ground_of: tuple[TrackShape, int] | None = None

    def read_still(self, snapshot: Snapshot) -> tuple[object, ...]:
        minimap = snapshot.minimap
        if minimap is None:
            return ()
        return minimap.shape, self.steps_of(minimap), minimap.marks

    def read_moving(self, snapshot: Snapshot) -> tuple[int, ...]:
        if snapshot.minimap is None or not math.isfinite(snapshot.minimap.lap_dist_frac):
            return ()
        dot = self.place(snapshot.minimap.shape, snapshot.minimap.lap_dist_frac)
        return round(dot.x()), round(dot.y())

    def steps_of(self, minimap: MiniMap) -> tuple[int, ...]:
        """The pieces' shades, computed once per change of the losses."""
        if self._steps is None or self._steps[0] != minimap.loss_s_per_m:
            self._steps = minimap.loss_s_per_m, loss_steps(minimap.loss_s_per_m)
        return self._steps[1]

    def points(self, shape: TrackShape) -> np.ndarray:
        """The line in pixels, shape (n, 2); computed once per track and size."""
        if self._placed is None or self._placed[0] is not shape:
            line = np.column_stack((shape.x_m, -np.asarray(shape.y_m)))
            room = np.array([self.width(), self.height()]) - 2 * self.margin
            line, scale = max(
                (_turned(line, angle, room) for angle in np.radians(np.arange(0, 180, TURN_DEG))), key=lambda turned: turned[1]
            )
            self._placed = shape, line * scale + self.margin
        return self._placed[1]

    def glass_height(self, shape: TrackShape) -> float:
        """As high as the track needs."""
        return float(self.points(shape)[:, 1].max()) + self.margin

    def place(self, shape: TrackShape, lap_dist_frac: float) -> QPointF:
        """Where on the glass this station is."""
        line = self.points(shape)
        at = (lap_dist_frac % 1.0) * len(line)
        i = int(at) % len(line)
        x, y = line[i] + (line[(i + 1) % len(line)] - line[i]) * (at - int(at))
        return QPointF(float(x), float(y))

    def mark_boxes(self, minimap: MiniMap) -> list[QRectF]:
        """Where the marked corners' numbers stand; computed once per change of the marks."""
        shape, marks = minimap.shape, minimap.marks
        if self._numbers is None or self._numbers[:2] != (shape, marks):
            edge = self.look.px(5)
            area = QRectF(edge, edge, self.width() - 2 * edge, self.glass_height(shape) - 2 * edge)
            wide = [(mark.lap_dist_frac, text_width(self.mark_font, mark.turn_number)) for mark in marks]
            height = QFontMetricsF(self.mark_font).capHeight()
            boxes = place_numbers(wide, height, self.points(shape), self._start_ends(shape), area, self.look.px(1))
            self._numbers = shape, marks, boxes
        return self._numbers[2]

    def _start_ends(self, shape: TrackShape) -> np.ndarray:
        """The mark across the line, shape (2, 2)."""
        line = self.points(shape)
        along = line[1] - line[-1]
        across = np.array([-along[1], along[0]]) / max(1e-9, float(np.hypot(*along))) * self.look.px(9)
        return np.stack((line[0] - across, line[0] + across))

    def draw_still(self, painter: QPainter, snapshot: Snapshot) -> None:
        look, minimap = self.look, snapshot.minimap
        if minimap is None:
            self.draw_glass(painter)
            write_centred(painter, QRectF(self.rect()), "the map comes with the first lap", self.label_font, look.colour("quiet"))
            return
        painter.drawPixmap(0, 0, self._ground_for(minimap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        steps = self.steps_of(minimap)
        for step in sorted(set(steps) - {0}):
            coloured = QPainterPath()
            for k, piece in enumerate(self._pieces):
                if steps[k] == step:
                    coloured.addPath(piece)
            painter.setPen(self._pen(look.loss_colour(step / STEPS), self.track_width))
            painter.drawPath(coloured)
        painter.setPen(QPen(look.colour("text"), look.px(3)))
        painter.drawLine(*(QPointF(*end) for end in self._start_ends(minimap.shape)))
        for mark, box in zip(minimap.marks, self.mark_boxes(minimap), strict=True):
            area = box.adjusted(-1, -box.height(), 1, box.height())  # the line of text is higher than its figures
            write(painter, area, mark.turn_number, self.mark_font, look.colour("losing"), CENTRE)

    def draw_moving(self, painter: QPainter, snapshot: Snapshot) -> None:
        minimap = snapshot.minimap
        if minimap is None or not math.isfinite(minimap.lap_dist_frac):
            return
        painter.setPen(QPen(self.look.colours["background"], self.look.px(2.5)))
        painter.setBrush(self.look.colours["text"])
        painter.drawEllipse(self.place(minimap.shape, minimap.lap_dist_frac), self.dot_radius, self.dot_radius)

    def _ground_for(self, minimap: MiniMap) -> QPixmap:
        """Glass and bare track; the paths of the pieces are made with it."""
        look, pieces = self.look, len(minimap.loss_s_per_m)
        if (
            self._ground is None
            or self._ground_of != (minimap.shape, pieces)
            or self._ground.devicePixelRatio() != self.devicePixelRatioF()
        ):
            line = self.points(minimap.shape)
            bounds = [round(k * len(line) / max(1, pieces)) for k in range(pieces + 1)]
            self._pieces = [_path(line, first, last) for first, last in pairwise(bounds)]
            self._ground_of = minimap.shape, pieces
            self._ground = self.transparent_pixmap()
            painter = QPainter(self._ground)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.draw_glass(painter, self.glass_height(minimap.shape))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width in ((look.colour("background"), self.casing_width), (look.colour("neutral", 0.55), self.track_width)):
                painter.setPen(self._pen(colour, width))
                painter.drawPath(_path(line, 0, len(line)))
            painter.end()
        return self._ground

    def _pen(self, colour: QColor, width: float) -> QPen:
        return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def loss_steps(loss_s_per_m: tuple[float | None, ...]) -> tuple[int, ...]:
    """Each piece's shade, -STEPS (gaining) to STEPS (losing); 0 where unknown. Full colour is the 95 % quantile of this lap."""
    loss = np.array(loss_s_per_m, dtype=float)
    known = np.abs(loss[np.isfinite(loss)])
    full = max(LEAST_FULL_S_PER_M, float(np.quantile(known, 0.95))) if known.size else LEAST_FULL_S_PER_M
    return tuple(np.rint(np.clip(np.nan_to_num(loss) / full, -1, 1) * STEPS).astype(int).tolist())


def _turned(line: np.ndarray, angle_rad: float, room: np.ndarray) -> tuple[np.ndarray, float]:
    """The line turned, its least x and y at 0 except that x is centred in the room; and the scale at which it fits the room."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    turned = line @ np.array([[cos, -sin], [sin, cos]])
    extent = np.maximum(np.ptp(turned, axis=0), 1.0)
    scale = float(np.min(room / extent))
    turned = turned - turned.min(axis=0)
    turned[:, 0] += (room[0] / scale - extent[0]) / 2
    return turned, scale


def _path(line: np.ndarray, first: int, last: int) -> QPainterPath:
    points = line[np.arange(first, last + 1) % len(line)].tolist()
    path = QPainterPath(QPointF(*points[0]))
    for x, y in points[1:]:
        path.lineTo(x, y)
    return path
