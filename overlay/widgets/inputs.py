"""Inputs against the reference: brake and throttle over the stretch around the car, at equal station, and the pedals now.

The car stays at a fixed place; left of it is what was driven, right of it what the reference does next. Own lap solid, reference thin
and grey. The trace moves 30 times a second: at 60 m/s that is two metres, below what the eye resolves here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from shiboken6 import Shiboken

from overlay.display import shown
from overlay.state import Inputs, Snapshot, Traces
from overlay.widgets.panel import CENTRE, LEFT, RIGHT, Panel, write

BEHIND_M = 180.0
AHEAD_M = 90.0


class InputsPanel(Panel):
    """Two lanes, throttle above brake, with the pedals as bars on the right."""

    name = "inputs"
    title = "Inputs"
    design_size = (460, 150)
    rate_hz = 30.0

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
            write(painter, QRectF(self.rect()), "pedals come with the car", self.label_font, look.colour("quiet"), CENTRE)
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
        lanes = (
            ("throttle", self.throttle_lane, traces.own_throttle_frac, traces.reference_throttle_frac),
            ("brake", self.brake_lane, traces.own_brake_frac, traces.reference_brake_frac),
        )
        painter.setClipRect(self.throttle_lane.united(self.brake_lane).adjusted(0, -self.own_width, 0, self.own_width))
        for name, lane, own, reference in lanes:
            ours = self._polyline(traces, own, lane)
            if ours is not None:
                under = QPolygonF(ours)
                under.append(QPointF(ours.last().x(), lane.bottom()))
                under.append(QPointF(ours.first().x(), lane.bottom()))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.fills[name])
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
                painter.drawPolygon(under)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            theirs = self._polyline(traces, reference, lane)
            if theirs is not None:
                painter.setPen(self.reference_pen)
                painter.drawPolyline(theirs)
            if ours is not None:
                painter.setPen(self.own_pens[name])
                painter.drawPolyline(ours)
        painter.setClipping(False)

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

    def _polyline(self, traces: Traces, share: npt.NDArray[np.float32], lane: QRectF) -> QPolygonF | None:
        """One trace in the lane's pixels; samples before the first and after the last known one are left out, gaps inside are bridged."""
        known = np.flatnonzero(np.isfinite(share))
        if known.size < 2:
            return None
        points = QPolygonF()
        points.resize(int(known.size))
        memory = np.frombuffer(Shiboken.VoidPtr(points.data(), 16 * int(known.size), True), np.float64).reshape(-1, 2)  # noqa: FBT003
        np.multiply(traces.first_m + known * traces.step_m, self.px_per_m, out=memory[:, 0])
        memory[:, 0] += self.car_x
        np.multiply(share[known], -lane.height(), out=memory[:, 1])
        memory[:, 1] += lane.bottom()
        return points
