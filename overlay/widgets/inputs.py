"""Inputs against the reference: brake and throttle over the stretch around the car, at equal station, and the pedals now.

The car stays at a fixed place; left of it is what was driven, right of it what the reference does next. Own lap solid, reference thin
and grey. The trace moves 30 times a second, by whole pixels: at 60 m/s that is two metres, below what the eye resolves here.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from overlay.display import shown
from overlay.pedal_traces import AHEAD_M, BEHIND_M, LONGEST_STEP_M
from overlay.state import Inputs, ReferencePedals, Snapshot, Traces
from overlay.widgets.lap_curve import LapCurve
from overlay.widgets.panel import RIGHT, Panel, write
from overlay.widgets.trace_strip import SPARE_PX, Layers, TraceStrip
from overlay.widgets.wrapped import write_centred


class InputsPanel(Panel):
    """Two lanes, throttle above brake, with the pedals as bars on the right."""

    name = "inputs"
    title = "Inputs"
    design_size = (460, 150)
    rate_hz = 30.0
    parts = ("inputs",)
    _reference: ReferencePedals | None = None
    _curves: tuple[LapCurve | None, ...] = (None, None)  # of the reference's throttle and brake

    def lay_out(self) -> None:
        look, width, height = self.look, self.width(), self.height()
        pad = look.size("pad")
        bars_w = look.px(58)
        trace_w = width - 2 * pad - bars_w - look.px(12)
        gap = look.px(12)
        lane_h = (height - 2 * pad - gap) / 2
        self.throttle_lane = QRectF(pad, pad, trace_w, lane_h)
        self.brake_lane = QRectF(pad, pad + lane_h + gap, trace_w, lane_h)
        self.px_per_m = trace_w / (BEHIND_M + AHEAD_M)
        self.car_x = pad + BEHIND_M * self.px_per_m
        bar_w = look.px(12)
        right = width - pad - bars_w
        self.bars = [
            (lane, QRectF(right, lane.top(), bar_w, lane.height()), QRectF(right + bar_w, lane.top(), bars_w - bar_w, lane.height()))
            for lane in (self.throttle_lane, self.brake_lane)
        ]
        self.figure_font = look.font("body", bold=True)
        self.label_font = look.font(16)
        self.own_width = max(1.5, look.px(2.5))
        self.reference_pen = QPen(look.colour("quiet"), max(1.0, look.px(1.4)))
        self.own_pens = {name: QPen(look.colour(name), self.own_width, j=Qt.PenJoinStyle.BevelJoin) for name in ("throttle", "brake")}
        self.fills = {name: look.colour(name, 0.22) for name in ("throttle", "brake")}
        left, top = round(pad), math.floor(pad - self.own_width)  # a line at full throttle reaches above its lane
        self.traces_area = QRect(left, top, math.ceil(trace_w), math.ceil(self.brake_lane.bottom() + self.own_width) - top)
        self._strip = self._make_strip()
        self._curves = self._curves_of(self._reference)
        self.car_pen = QPen(look.colour("text"), max(1.0, look.px(1.5)))

    def read_still(self, snapshot: Snapshot) -> object:
        return snapshot.inputs is None

    def read_moving(self, snapshot: Snapshot) -> tuple[object, ...]:
        inputs = snapshot.inputs
        return () if inputs is None else (shown(inputs.throttle_frac), shown(inputs.brake_frac), inputs.traces)

    def draw_still(self, painter: QPainter, snapshot: Snapshot) -> None:
        look = self.look
        self.draw_glass(painter)
        if snapshot.inputs is None:
            write_centred(painter, QRectF(self.rect()), "pedals come with the car", self.label_font, look.colour("quiet"))
            return
        for lane, bar, _ in self.bars:
            painter.setPen(QPen(look.colour("line"), max(1.0, look.px(1))))
            painter.drawLine(QPointF(lane.left(), lane.bottom()), QPointF(lane.right(), lane.bottom()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("text", 0.04))
            painter.drawRect(QRectF(self.car_x, lane.top(), lane.right() - self.car_x, lane.height()))
            painter.setBrush(look.colour("line"))
            painter.drawRoundedRect(bar, look.px(3), look.px(3))
        painter.setPen(self.car_pen)
        painter.drawLine(QLineF(self.car_x, self.throttle_lane.top(), self.car_x, self.brake_lane.bottom()))

    def moving_area(self, before: object, now: object) -> QRect:
        """The pedals rest for most of a lap."""
        pedals_rest = isinstance(before, tuple) and isinstance(now, tuple) and before[:2] == now[:2]
        return self.traces_area if pedals_rest else self.rect()

    def draw_moving(self, painter: QPainter, snapshot: Snapshot) -> None:
        inputs = snapshot.inputs
        if inputs is None:
            return
        if inputs.traces is not None:
            self._draw_traces(painter, inputs.traces)
        if not self.traces_area.contains(self.painted_area):
            self._draw_pedals(painter, inputs)

    def _draw_traces(self, painter: QPainter, traces: Traces) -> None:
        if traces.reference is not self._reference:
            self._reference, self._curves = traces.reference, self._curves_of(traces.reference)
            self._strip.forget()
        if self._strip.ratio != self.devicePixelRatioF():
            self._strip = self._make_strip()
        ratio, driven = self._strip.ratio, partial(self._draw_driven, traces)
        at = QPointF(round(self.traces_area.x() * ratio) / ratio, round(self.traces_area.y() * ratio) / ratio)  # on a pixel of the screen
        car_px = traces.station_m * self.px_per_m
        end_px = car_px + (traces.first_m + (len(traces.own_brake_frac) - 1) * traces.step_m) * self.px_per_m
        self._strip.move_to(car_px - (self.car_x - at.x()), end_px, LONGEST_STEP_M * self.px_per_m, Layers(self._draw_reference, driven))
        self._strip.show_on(painter, at)
        shift = at.x() - self._strip.left_px
        since = max(shift + self._strip.driven_px, at.x())  # a small widget shows less than was driven since
        painter.setClipRect(QRectF(since, at.y(), self.car_x + self._reach_px() - since, self.traces_area.height()))
        painter.translate(shift, at.y())
        driven(painter, self._strip.driven_px - self._reach_px(), end_px)
        painter.translate(-shift, -at.y())
        painter.setClipping(False)

    def _draw_reference(self, painter: QPainter, left: float, right: float) -> None:
        """In both lanes from one x to another, which count from the start line; y as in the strip."""
        painter.setPen(self.reference_pen)
        for curve in self._curves:
            if curve is not None:
                painter.drawPolyline(QPolygonF(curve.between(left, right)))

    def _draw_driven(self, traces: Traces, painter: QPainter, left: float, right: float) -> None:
        """The driver's own pedals, as the reference's."""
        lanes = (("throttle", self.throttle_lane, traces.own_throttle_frac), ("brake", self.brake_lane, traces.own_brake_frac))
        for name, lane, own in lanes:
            bottom = lane.bottom() - self.traces_area.y()
            ours = self._points(traces, own, bottom, lane.height(), left, right)
            if not ours:
                continue
            first, last = ours[0], ours[-1]
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)  # its edge is under the line; ten times cheaper
            if len(ours) > 2 or first.y() != last.y():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.fills[name])
                painter.drawPolygon(QPolygonF([*ours, QPointF(last.x(), bottom), QPointF(first.x(), bottom)]))
            elif first.y() < bottom:
                painter.fillRect(QRectF(first, QPointF(last.x(), bottom)), self.fills[name])
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self.own_pens[name])
            if len(ours) > 2:
                painter.drawPolyline(QPolygonF(ours))
            else:
                painter.drawLine(first, last)

    def _draw_pedals(self, painter: QPainter, inputs: Inputs) -> None:
        radius = self.look.px(3)
        for (_, bar, figure), name, share in zip(self.bars, ("throttle", "brake"), (inputs.throttle_frac, inputs.brake_frac), strict=True):
            if shown(share) is None:
                continue
            height = bar.height() * max(0.0, min(1.0, share))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.look.colours[name])
            if height >= 1.0:
                painter.drawRoundedRect(QRectF(bar.left(), bar.bottom() - height, bar.width(), height), radius, radius)
            write(painter, figure, f"{round(share * 100)}", self.figure_font, self.look.colours[name], RIGHT)

    def _curves_of(self, reference: ReferencePedals | None) -> tuple[LapCurve | None, ...]:
        if reference is None:
            return None, None
        step_px, top = reference.step_m * self.px_per_m, self.traces_area.y()
        beyond = math.ceil((self.traces_area.width() + SPARE_PX + 2.0 * self._reach_px()) / step_px) + 1
        lanes = ((self.throttle_lane, reference.throttle_frac), (self.brake_lane, reference.brake_frac))
        return tuple(LapCurve(share, step_px, lane.bottom() - top, lane.height(), beyond) for lane, share in lanes)

    def _make_strip(self) -> TraceStrip:
        return TraceStrip(self.traces_area.width(), self.traces_area.height(), self.devicePixelRatioF(), self._reach_px())

    def _reach_px(self) -> float:
        """How far a line reaches beyond its points: half its width, and where its edge is smoothed."""
        return self.own_width + 2.0

    def _points(
        self, traces: Traces, share: npt.NDArray[np.float32], bottom: float, height: float, left: float, right: float
    ) -> list[QPointF]:
        """The driver's own trace from one x to another, and a sample beyond either.

        Samples before the first and after the last known one are left out, gaps between are bridged. Fewer than two: nothing. Two where
        the pedal rests: a straight line is drawn much faster than one that bends.
        """
        first, step = (traces.station_m + traces.first_m) * self.px_per_m, traces.step_m * self.px_per_m
        begin, end = max(0, math.floor((left - first) / step)), math.ceil((right - first) / step) + 1
        known = [(k, y) for k, y in enumerate(share[begin:end].tolist(), begin) if y == y]  # noqa: PLR0124  only NaN differs from itself
        if len(known) < 2:
            return []
        if all(y == known[0][1] for _, y in known):  # on most of a lap: full throttle, no brake
            known = [known[0], known[-1]]
        return [QPointF(first + step * k, bottom - height * y) for k, y in known]
