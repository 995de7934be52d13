"""Run the overlay at 60 Hz on the screen of DISPLAY and print its CPU, paint times and memory as JSON.

    python -m tests.bench.overlay_load VARIANT SECONDS

VARIANT: `timer` (the tick alone), `all` (all widgets), a widget's name, or `pyqtgraph` / `qpainter` (the inputs' trace alone, drawn by either).
"""

from __future__ import annotations

import json
import sys
import time
from itertools import pairwise

import numpy as np
import psutil
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from overlay.panel_window import FLAGS
from overlay.state import Snapshot
from overlay.widgets import PANELS
from overlay.widgets.panel import Panel
from overlay.window import Appearance, Overlay
from tests.overlay.samples import driving

WARM_UP_S = 1.0


class PyqtgraphTrace:
    """The same four curves by pyqtgraph, for the comparison in decision 13."""

    def __init__(self) -> None:
        import pyqtgraph as pg

        self.window = QWidget(None, FLAGS | Qt.WindowType.WindowTransparentForInput | Qt.WindowType.X11BypassWindowManagerHint)
        self.window.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.window.setGeometry(1436, 906, 460, 150)
        self.plot = pg.PlotWidget(self.window, background=None)
        self.plot.setGeometry(0, 0, 460, 150)
        self.plot.hideAxis("left")
        self.plot.hideAxis("bottom")
        self.plot.setRange(xRange=(-180, 90), yRange=(-1.1, 1.0), padding=0)
        self.plot.setAntialiasing(True)
        own = [
            self.plot.plot(pen=pg.mkPen(c, width=2), fillLevel=level, brush=(*rgb, 56))
            for c, level, rgb in (("#4fd1b5", 0, (79, 209, 181)), ("#ff6f7d", -1.1, (255, 111, 125)))
        ]
        self.curves = [*own, self.plot.plot(pen="#9fb0c0"), self.plot.plot(pen="#9fb0c0")]
        self.window.show()
        self.due_s = 0.0

    def present(self, snapshot: Snapshot) -> None:
        traces = snapshot.inputs.traces if snapshot.inputs else None
        if traces is None or snapshot.time_s < self.due_s:
            return
        self.due_s = snapshot.time_s + 1 / 30 - 0.002
        reference = traces.reference
        assert reference is not None
        shown = np.arange(round((traces.station_m + traces.first_m) / traces.step_m), round((traces.station_m + 90.0) / traces.step_m))
        cells = shown % reference.brake_frac.size
        arrays = (
            traces.own_throttle_frac,
            traces.own_brake_frac - 1.1,
            reference.throttle_frac[cells],
            reference.brake_frac[cells] - 1.1,
        )
        for curve, share in zip(self.curves, arrays, strict=True):
            curve.setData(traces.first_m + np.arange(share.size) * traces.step_m, share)


class Nothing:
    """The tick alone."""

    def present(self, snapshot: Snapshot) -> None:
        """Show nothing."""


def main() -> None:
    """Run one variant."""
    variant, seconds = sys.argv[1], float(sys.argv[2])
    Panel.now_ns = staticmethod(time.thread_time_ns)
    app = QApplication([])
    snapshots = [driving(20.0 + k / 60.0) for k in range(round((seconds + WARM_UP_S + 1) * 60))]
    shown: Overlay | PyqtgraphTrace | Nothing
    if variant == "timer":
        shown = Nothing()
    elif variant == "pyqtgraph":
        shown = PyqtgraphTrace()
    else:
        names = tuple(p.name for p in PANELS) if variant == "all" else ("inputs",) if variant == "qpainter" else (variant,)
        shown = Overlay(Appearance(panels=names))
    frames: list[float] = []
    begun_cpu = begun_frame = 0.0

    def tick() -> None:
        nonlocal begun_cpu, begun_frame
        shown.present(snapshots[min(len(frames), len(snapshots) - 1)])
        frames.append(time.perf_counter())
        if len(frames) == round(WARM_UP_S * 60):
            begun_cpu, begun_frame = time.process_time(), len(frames)
        if len(frames) == round((WARM_UP_S + seconds) * 60):
            app.quit()

    timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(16)
    app.exec()
    cpu_s, counted = time.process_time() - begun_cpu, len(frames) - begun_frame
    period_s = float(np.mean([b - a for a, b in pairwise(frames[round(WARM_UP_S * 60) :])]))
    panels = [w.panel for w in shown.windows.values()] if isinstance(shown, Overlay) else []
    paints = np.concatenate([p.paint_ns[1:] for p in panels if p.paints > 1] or [np.array([0])]) / 1e6
    result = {
        "variant": variant,
        "cpu_ms_per_frame": 1000 * cpu_s / counted,
        "core_percent_at_60_hz": 100 * cpu_s / counted * 60,
        "period_ms": 1000 * period_s,
        "paint_p99_ms": float(np.quantile(paints, 0.99)),
        "paint_max_ms": float(paints.max()),
        "paints": {p.name: p.paints for p in panels},
        "resident_mb": psutil.Process().memory_info().rss / 1e6,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
