"""Inputs against the reference: brake and throttle over the stretch around the car, at equal station, and the pedals now.

The car stays at a fixed place; left of it is what was driven, right of it what the reference does next. Own lap solid, reference thin
and grey. The trace moves 30 times a second: at 60 m/s that is two metres, below what the eye resolves here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from overlay.display import shown
from overlay.pedal_traces import AHEAD_M, BEHIND_M
from overlay.state import Inputs, ReferencePedals, Snapshot, Traces
from overlay.widgets.lap_curve import STRAIGHT_FRAC, LapCurve
from overlay.widgets.panel import RIGHT, Panel, write
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

    def draw_moving(self, painter: QPainter, snapshot: Snapshot) -> None:
        inputs = snapshot.inputs
        if inputs is None:
            return
        if inputs.traces is not None:
            self._draw_traces(painter, inputs.traces)
        self._draw_pedals(painter, inputs)

    def _draw_traces(self, painter: QPainter, traces: Traces) -> None:
        if traces.reference is not self._reference:
            self._reference, self._curves = traces.reference, self._curves_of(traces.reference)
        lanes = (("throttle", self.throttle_lane, traces.own_throttle_frac), ("brake", self.brake_lane, traces.own_brake_frac))
        for (name, lane, own), curve in zip(lanes, self._curves, strict=True):
            ours = self._points(traces, own, lane)
            if ours:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.fills[name])
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)  # its edge is under the line; ten times cheaper
                painter.drawPolygon(QPolygonF([*ours, QPointF(ours[-1].x(), lane.bottom()), QPointF(ours[0].x(), lane.bottom())]))
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if curve is not None:
                line_x = self.car_x - traces.station_m * self.px_per_m
                painter.setPen(self.reference_pen)
                painter.translate(line_x, 0.0)
                painter.drawPolyline(QPolygonF(curve.between(lane.left() - line_x, lane.right() - line_x)))
                painter.translate(-line_x, 0.0)
            if ours:
                painter.setPen(self.own_pens[name])
                painter.drawPolyline(QPolygonF(ours))

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
        beyond = math.ceil((BEHIND_M + AHEAD_M) / reference.step_m) + 1
        lanes = ((self.throttle_lane, reference.throttle_frac), (self.brake_lane, reference.brake_frac))
        return tuple(LapCurve(share, reference.step_m * self.px_per_m, lane.bottom(), lane.height(), beyond) for lane, share in lanes)

    def _points(self, traces: Traces, share: npt.NDArray[np.float32], lane: QRectF) -> list[QPointF]:
        """The driver's own trace in the lane's pixels, only where it bends: full throttle and no brake are most of a lap and need two points.

        Samples before the first and after the last known one are left out, gaps between are bridged. Fewer than two: nothing. In plain
        Python: between two paints numpy's code leaves the processor's cache, and calling it costs more than this loop.
        """
        values = share.tolist()
        at: Sequence[int] = range(len(values))
        if math.isnan(sum(values)):
            at = [k for k, y in enumerate(values) if y == y]  # noqa: PLR0124  only NaN differs from itself
            values = [values[k] for k in at]
        if len(values) < 2:
            return []
        bends = (
            k
            for k, (before, here, after) in enumerate(zip(values, values[1:], values[2:], strict=False), 1)
            if not -STRAIGHT_FRAC < before - 2 * here + after < STRAIGHT_FRAC
        )
        left, right, bottom, height = lane.left(), lane.right(), lane.bottom(), lane.height()
        first, step = self.car_x + traces.first_m * self.px_per_m, traces.step_m * self.px_per_m
        return [QPointF(min(max(first + step * at[k], left), right), bottom - height * values[k]) for k in (0, *bends, len(values) - 1)]
