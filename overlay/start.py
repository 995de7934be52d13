"""Starts the overlay: the windows first, which takes a second, then everything behind them; the demonstration in its place, and back."""

from __future__ import annotations

import signal

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from overlay.chosen import Chosen
from overlay.first_run import FirstRun
from overlay.from_settings import PlacesInSettings, appearance_of
from overlay.garbage import QtGarbage
from overlay.order import Order
from overlay.settings.file import SettingsFile
from overlay.single_instance import only_instance
from overlay.state import Snapshot
from overlay.window import Overlay


def run_app(order: Order) -> None:
    """Run until the driver quits. BadInput: another overlay runs."""
    lock = only_instance()
    try:
        existing = QApplication.instance()
        qt = existing if isinstance(existing, QApplication) else QApplication(["racing-coach"])
        garbage = QtGarbage()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: QTimer.singleShot(0, qt.quit))  # also heard when the loop begins later
        chosen = Chosen(SettingsFile())
        chosen.override(order.style, order.sensitivity)
        todo: Order | None = order
        page: FirstRun | None = None
        while todo is not None:
            todo, page = _run(todo, qt, garbage, chosen, page)
        garbage.close()
    finally:
        lock.release()


def _run(order: Order, qt: QApplication, garbage: QtGarbage, chosen: Chosen, page: FirstRun | None) -> tuple[Order | None, FirstRun | None]:
    """One order, under the lock that is held all the time; what is to be run next, and the first minute's page if it is still open."""
    overlay = Overlay(appearance_of(chosen.current, chosen.current.display.monitor), PlacesInSettings(lambda: chosen.for_all, chosen.keep))
    overlay.present(Snapshot())
    overlay.set_shown(True)
    qt.processEvents()
    from overlay.app import App  # noqa: PLC0415 - the engine takes longer to load than the windows to show

    app = App(order, qt, chosen, overlay, page)
    try:
        app.start(order)
        garbage.settle()
        qt.exec()
    finally:
        app.stop()
    return app.next, app.windows.first_run
