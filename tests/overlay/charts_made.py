"""Pages with charts, made and dropped in Qt's thread while another thread makes garbage of its own.

python -m tests.overlay.charts_made PAGES [unguarded]     prints how many pages are left and how often each thread collected
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import weakref

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from overlay.garbage import QtGarbage
from overlay.summary.page import SummaryPage
from overlay.window_style import let_go
from tests.overlay.summary.sample import summary

IN_BETWEEN_MS = 40


def main() -> None:
    """Make them, count what is left."""
    app = QApplication([])
    garbage = QtGarbage() if "unguarded" not in sys.argv else None
    collected: list[str] = []
    gc.callbacks.append(lambda phase, _info: collected.append(threading.current_thread().name) if phase == "start" else None)
    over = threading.Event()

    def make_garbage() -> None:
        while not over.wait(0.001):
            for _ in range(1000):
                ring: list[object] = []
                ring.append(ring)

    other = threading.Thread(target=make_garbage, name="other")
    other.start()
    pages = []
    for _ in range(int(sys.argv[1])):
        page = SummaryPage(summary())
        page.show()
        app.processEvents()
        let_go(page)
        pages.append(weakref.ref(page))
        del page
        QTest.qWait(IN_BETWEEN_MS)
    over.set()
    other.join()
    if garbage is not None:
        garbage.settle()
    left = sum(page() is not None for page in pages)
    print(json.dumps({"left": left, "qt": collected.count("MainThread"), "other": collected.count("other")}))


if __name__ == "__main__":
    main()
