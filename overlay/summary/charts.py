"""The session's charts by pyqtgraph: lap times, and the best lap against its reference over station. Imported only after driving.

Station on the x axis with corner numbers; delta above speed above pedals; one cursor through all of them; own lap solid, reference
thin and grey; the loss is shaded where it happens.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from coach.look import tokens
from coach.wording import distance
from overlay.display import PER_MPS, lap_time_text, signed_text
from overlay.look import load_fonts
from overlay.summary.model import Review, SessionSummary

LOOK = tokens()["dark"]
SMALL_PX = 13


def _shade(name: str, opacity: float) -> QColor:
    colour = QColor(LOOK[name])
    colour.setAlphaF(opacity)
    return colour


def _plot(height: int, unit: str) -> pg.PlotWidget:
    font = QFont(load_fonts())
    font.setPixelSize(SMALL_PX)
    plot = pg.PlotWidget(background=LOOK["surface"])
    plot.setFixedHeight(height)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setLabel("left", unit, color=LOOK["quiet"])
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(LOOK["line"])
        axis.setTextPen(LOOK["quiet"])
        axis.setTickFont(font)
        axis.enableAutoSIPrefix(enable=False)
    plot.setAntialiasing(aa=True)
    plot.getAxis("left").setWidth(58)
    plot.showGrid(x=False, y=True, alpha=0.12)
    return plot


class LapTimes(QWidget):
    """Clean laps as discs joined by a line, others as rings; the best in the gaining colour."""

    def __init__(self, summary: SessionSummary) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.plot = _plot(190, "s")
        self.plot.setMouseEnabled(x=False, y=False)
        layout.addWidget(self.plot)
        clean = [(lap.number, lap.lap_time_s) for lap in summary.clean if lap.lap_time_s is not None]
        if clean:
            numbers, times = zip(*clean, strict=True)
            self.plot.plot(numbers, times, pen=pg.mkPen(LOOK["line"], width=2))
            colours = [LOOK["gaining"] if time == summary.best_s else LOOK["text"] for time in times]
            self.plot.addItem(pg.ScatterPlotItem(numbers, times, size=11, pen=None, brush=colours))
            spread = max(max(times) - min(times), 0.1)
            self.plot.setYRange(min(times) - 0.25 * spread, max(times) + 0.25 * spread)
            rest = [(lap.number, lap.lap_time_s) for lap in summary.laps if lap.why_not and lap.lap_time_s is not None]
            if rest:
                top = max(times) + 0.2 * spread
                self.plot.addItem(
                    pg.ScatterPlotItem(
                        [n for n, _ in rest], [min(t, top) for _, t in rest], size=11, pen=pg.mkPen(LOOK["quiet"], width=1.5), brush=None
                    )
                )
            self.plot.getAxis("bottom").setTicks(
                [[(number, str(number)) for number in range(1, max(lap.number for lap in summary.laps) + 1)]]
            )
            self.plot.getAxis("left").setTicks([[(time, lap_time_text(time, 2)) for time in (min(times), max(times))]])
            self.plot.setLabel("left", "")
            self.plot.getAxis("left").setWidth(70)


class LapReview(QWidget):
    """Delta, speed and pedals over station, moved and zoomed together; `read` tells what stands under the cursor."""

    read = Signal(str)

    def __init__(self, review: Review, speed_unit: str = "km/h") -> None:
        super().__init__()
        self.review, self.speed_unit = review, speed_unit
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.plots = [_plot(150, "delta, s"), _plot(190, speed_unit), _plot(130, "pedals, %")]
        self._cursors = []
        for plot in self.plots:
            layout.addWidget(plot)
            plot.setXRange(float(review.station_m[0]), float(review.station_m[-1]), padding=0)
            plot.setMouseEnabled(x=True, y=False)
            plot.setXLink(self.plots[0]) if plot is not self.plots[0] else None
            cursor = pg.InfiniteLine(angle=90, pen=pg.mkPen(LOOK["coach"], width=1))
            cursor.hide()
            plot.addItem(cursor)
            self._cursors.append(cursor)
            plot.scene().sigMouseMoved.connect(lambda at, plot=plot: self._move(plot, at))
            for _, station in review.corners:
                plot.addItem(pg.InfiniteLine(station, angle=90, pen=pg.mkPen(_shade("neutral", 0.35), style=Qt.PenStyle.DotLine)))
        self._draw()

    def show_cursor(self, station_m: float) -> None:
        """Put the cursor at a station and tell what stands there."""
        review, scale = self.review, PER_MPS[self.speed_unit]
        i = int(np.clip(np.searchsorted(review.station_m, station_m), 0, review.station_m.size - 1))
        for cursor in self._cursors:
            cursor.setPos(float(review.station_m[i]))
            cursor.show()
        self.read.emit(
            f"{distance(float(review.station_m[i]))}   delta {signed_text(float(review.delta_s[i]))} s   "
            f"{review.speed_mps[i] * scale:.0f} {self.speed_unit}, reference {review.reference_speed_mps[i] * scale:.0f}   "
            f"brake {review.brake_frac[i]:.0%}, reference {review.reference_brake_frac[i]:.0%}   "
            f"throttle {review.throttle_frac[i]:.0%}, reference {review.reference_throttle_frac[i]:.0%}"
        )

    def _draw(self) -> None:
        review, scale, (delta, speed, pedals) = self.review, PER_MPS[self.speed_unit], self.plots
        s = review.station_m
        losing = np.gradient(review.delta_s, s) > 0
        ground = np.zeros_like(s)
        for name, where in (("losing", losing), ("gaining", ~losing)):
            delta.plot(s, np.where(where, review.delta_s, np.nan), pen=pg.mkPen(LOOK[name], width=2), connect="finite")
            shaded = np.where(where, review.delta_s, 0.0)
            delta.addItem(pg.FillBetweenItem(pg.PlotDataItem(s, ground), pg.PlotDataItem(s, shaded), brush=_shade(name, 0.22)))
        delta.addItem(pg.InfiniteLine(0.0, angle=0, pen=pg.mkPen(LOOK["line"])))
        reference = pg.mkPen(LOOK["reference"], width=1)
        speed.plot(s, review.reference_speed_mps * scale, pen=reference)
        speed.plot(s, review.speed_mps * scale, pen=pg.mkPen(LOOK["text"], width=2))
        for share in (review.reference_throttle_frac, review.reference_brake_frac):
            pedals.plot(s, 100 * share, pen=reference)
        pedals.plot(s, 100 * review.throttle_frac, pen=pg.mkPen(LOOK["throttle"], width=2))
        pedals.plot(s, 100 * review.brake_frac, pen=pg.mkPen(LOOK["brake"], width=2))
        pedals.setYRange(0, 100, padding=0.05)
        axis = delta.getAxis("top")
        delta.showAxis("top")
        axis.setTicks([[(station, turn_number) for turn_number, station in review.corners]])
        axis.setPen(LOOK["line"])
        axis.setTextPen(LOOK["quiet"])
        for plot in (delta, speed):
            plot.getAxis("bottom").setStyle(showValues=False)
        pedals.setLabel("bottom", "station, m", color=LOOK["quiet"])

    def _move(self, plot: pg.PlotWidget, at: QPointF) -> None:
        if plot.sceneBoundingRect().contains(at):
            self.show_cursor(float(plot.getPlotItem().vb.mapSceneToView(at).x()))
