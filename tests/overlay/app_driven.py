"""The whole application without a screen, driven with recorded ticks faster than time; prints what it has loaded, as JSON.

python -m tests.overlay.app_driven TICKS SESSION LAPS [kill]     kill: the lap desk's process, once, after the first lap
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import time
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
import psutil
from PySide6.QtCore import QTimer

from coach.telemetry.frame import frame_of
from overlay.app import App
from overlay.order import Order
from overlay.start import run_app


def main() -> None:
    """Drive, wait until every lap is on the disk, show the cost page, tell, quit."""
    ticks, session, laps = np.load(sys.argv[1]), pickle.loads(Path(sys.argv[2]).read_bytes()), int(sys.argv[3])
    kill = sys.argv[4:]
    begin = App.start

    def start(app: App, order: Order) -> None:
        begin(app, order)
        timer = QTimer(app, interval=100)

        def drive() -> None:
            app.pipeline.session._session(session)
            for tick, values in enumerate(ticks):
                app.pipeline.session.handle(frame_of(tick, values.copy()))
                while not all(report.done() for report in app.pipeline.session._coach._finished_laps.reports):
                    time.sleep(0.005)  # a lap takes a minute, its analysis half a second

        def look() -> None:
            if kill and app.pipeline.recorder._settled and app.pipeline.desk.pid:
                psutil.Process(app.pipeline.desk.pid).kill()
                kill.clear()
            if app.pipeline.recorder._settled < laps:
                return
            timer.stop()
            app.windows.show_settings()
            while app.references.is_looking:
                app.qt.processEvents()
            app.qt.processEvents()  # the page hears of it
            app.windows.settings.show_cost()
            told = {
                "loaded": sorted({"numba", "llvmlite", "pyarrow", "sqlalchemy"} & set(sys.modules)),
                "cost": [figure.text() for figure in app.windows.settings._figures],
                "references": app.windows.settings.references.table.rowCount(),
            }
            print(json.dumps(told), flush=True)
            app.qt.quit()

        timer.timeout.connect(look)
        timer.start()
        app.pipeline.post(drive)

    App.start = start
    run_app(Order(image=Path(sys.argv[1]).with_name("nobody.bin")))


if __name__ == "__main__":
    main()
