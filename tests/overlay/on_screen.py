"""Programs that tests run on a virtual screen: a stand-in for the game, and the overlay. Commands come line by line on stdin.

python -m tests.overlay.on_screen game solid|bright|dark      commands: shot PATH, quit; prints "click X Y"
python -m tests.overlay.on_screen overlay STATE               commands: lock, unlock, state NAME, hide, show, places, quit
"""

from __future__ import annotations

import json
import os
import sys

from PySide6.QtCore import QSocketNotifier
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from overlay.window import Overlay
from tests.overlay.samples import STATES
from tests.overlay.scenery import scenery

SOLID = QColor(32, 64, 128)


class Game(QWidget):
    """A full-screen window that tells where it is clicked."""

    def __init__(self, kind: str) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint)
        size = QApplication.primaryScreen().geometry()
        self.image = None if kind == "solid" else scenery(size.width(), size.height(), bright=kind == "bright")
        self.setGeometry(size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.image is None:
            painter.fillRect(self.rect(), SOLID)
        else:
            painter.drawImage(0, 0, self.image)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        say(f"click {round(event.globalPosition().x())} {round(event.globalPosition().y())}")


def say(line: str) -> None:
    """A line to the test."""
    print(line, flush=True)


def main() -> None:
    """Run one of the two programs until told to quit."""
    kind, what = sys.argv[1:3]
    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    game = Game(what) if kind == "game" else None
    overlay = Overlay() if kind == "overlay" else None
    if game is not None:
        game.show()
    if overlay is not None:
        overlay.present(STATES[what]())

    def obey(command: str) -> None:
        verb, _, rest = command.partition(" ")
        if verb == "quit":
            app.quit()
        elif verb == "shot":
            app.primaryScreen().grabWindow(0).save(rest)
        elif overlay is not None:
            if verb in {"lock", "unlock"}:
                overlay.set_locked(verb == "lock")
            elif verb in {"show", "hide"}:
                overlay.set_shown(verb == "show")
            elif verb == "state":
                overlay.present(STATES[rest]())
            elif verb == "places":
                places = {name: (window.rect_on_desktop(), window.isVisible()) for name, window in overlay.windows.items()}
                say(json.dumps({name: [rect.x, rect.y, rect.width, rect.height, shown] for name, (rect, shown) in places.items()}))
                return
        say("done")

    waiting = b""

    def read() -> None:
        nonlocal waiting
        waiting += os.read(0, 4096)
        *lines, waiting = waiting.split(b"\n")
        for line in lines:
            obey(line.decode())

    notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
    notifier.activated.connect(read)
    say("ready")
    app.exec()


if __name__ == "__main__":
    main()
