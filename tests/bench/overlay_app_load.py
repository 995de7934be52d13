"""Run the whole overlay with its demo on the screen of DISPLAY and print what it costs as JSON.

python -m tests.bench.overlay_app_load SECONDS
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import psutil
from PySide6.QtCore import QTimer

from overlay.app import App
from overlay.cost import CostMeter, held_bytes
from overlay.demo import Demo
from overlay.folders import data_folder
from overlay.order import Order
from overlay.start import run_app
from overlay.widgets.panel import Panel

HEAVY = {"numba", "llvmlite", "pyarrow", "sqlalchemy"}
WARM_UP_S = 20.0  # until the car drives, kernels are loaded and phrases rendered


def memory_mb() -> dict[str, float]:
    """Resident memory in MB: all of it, and the part that is ours alone (not pages of files that others may share)."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    return {name: int(status[key].split()[0]) / 1000 for name, key in (("resident", "VmRSS"), ("private", "RssAnon"))}


def pids(app: App) -> dict[str, int]:
    """Our processes that run."""
    ours = {"overlay": os.getpid(), "desk": app.pipeline.desk.pid, "voice": app.pipeline.speaker.voice.helper_pid}
    return {name: pid for name, pid in ours.items() if pid is not None}


def main() -> None:
    """Run it for so long."""
    seconds = float(sys.argv[1])
    Panel.now_ns = staticmethod(time.thread_time_ns)
    begin = App.start

    def start(app: App, order: Order) -> None:
        begin(app, order)
        panels = [window.panel for window in app.overlay.windows.values()]
        meter = CostMeter(panels, app.pipeline.helpers)

        def begun() -> None:
            meter.read()
            for panel in panels:
                panel.paint_ns.clear()

        def over() -> None:
            cost = meter.read()
            paints = np.concatenate([np.array(panel.paint_ns) for panel in panels]) / 1e6
            result = {
                "core_percent": 100 * cost.core_frac,
                "all_core_percent": 100 * cost.all_core_frac,
                "paint_p99_ms": float(np.quantile(paints, 0.99)),
                "paints_per_s": cost.paints_per_s,
                "memory_mb": memory_mb(),
                "all_mb": cost.all_mb,
                "held_mb": {name: round(held_bytes(pid) / 1e6, 1) for name, pid in pids(app).items()},
                "resident_mb": {name: round(psutil.Process(pid).memory_info().rss / 1e6, 1) for name, pid in pids(app).items()},
                "loaded": sorted(HEAVY & set(sys.modules)),
                "laps": app.pipeline.recorder._settled,
                "mode": app.pipeline.session.snapshot.status.mode.value,
                "voice": app.pipeline.speaker.level.value,
            }
            print(json.dumps(result), flush=True)
            app.qt.quit()

        QTimer.singleShot(round(1000 * WARM_UP_S), app.bridge, begun)
        QTimer.singleShot(round(1000 * (WARM_UP_S + seconds)), app.bridge, over)

    App.start = start
    folder = data_folder() / "demo"
    folder.mkdir(parents=True)
    run_app(Order(demo=Demo(folder)))


if __name__ == "__main__":
    main()
