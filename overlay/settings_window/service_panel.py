"""The account on the service: how it stands, signing in by a code, signing out. Stands on the page Service."""

from __future__ import annotations

import io
from typing import Protocol

import segno
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from coach.look import tokens
from overlay.settings_window.watching_panel import WatchingPanel
from overlay.window_style import label

EVERY_MS = 500
QR_MODULE_PX = 5


class ServicePort(Protocol):
    """What the panel asks of the application."""

    def service_status(self) -> str:
        """How it stands, as one line."""

    def signed_in(self) -> bool:
        """Whether an account is connected."""

    def has_service(self) -> bool:
        """Whether an address is set."""

    def sign_in_code(self) -> tuple[str, str, str] | None:
        """The code, the page to type it into, and the page with the code in it, while one is waited for."""

    def begin_sign_in(self) -> None:
        """Ask for a code."""

    def cancel_sign_in(self) -> None:
        """Do not wait any more."""

    def sign_out(self) -> None:
        """End this program's access."""


class ServicePanel(WatchingPanel):
    """Looks at its port twice a second while it is seen."""

    def __init__(self, port: ServicePort) -> None:
        super().__init__(EVERY_MS)
        self._port = port
        self._drawn = ""
        self.status, self.words, self.code = label(""), label("", "quiet"), label("", "number")
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.words.setOpenExternalLinks(True)
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.code.setAccessibleName("The code")
        self.picture = QLabel()
        self.picture.setAccessibleName("The page and the code as a QR code")
        self.sign_in, self.cancel, self.sign_out = QPushButton("Sign in"), QPushButton("Cancel"), QPushButton("Sign out")
        self.sign_in.setProperty("kind", "main")
        self.sign_in.clicked.connect(self._begin)
        self.cancel.clicked.connect(port.cancel_sign_in)
        self.sign_out.clicked.connect(port.sign_out)
        texts = QVBoxLayout()
        for widget in (label("Account", "heading"), self.status, self.words, self.code):
            texts.addWidget(widget)
        buttons = QHBoxLayout()
        for button in (self.sign_in, self.cancel, self.sign_out):
            buttons.addWidget(button)
        buttons.addStretch(1)
        texts.addLayout(buttons)
        texts.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 14, 18, 14)
        row.addLayout(texts, 1)
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        self.look()

    def look(self) -> None:
        """Show how it stands now."""
        code, there, is_in = self._port.sign_in_code(), self._port.has_service(), self._port.signed_in()
        status = self._port.service_status() if there else "No service yet: write its address below."
        if code is not None:
            status = "Waiting until you confirm it in the browser"
        self.status.setText(status[:1].upper() + status[1:])
        self.show_buttons(
            {self.cancel: code is not None, self.sign_in: there and not is_in and code is None, self.sign_out: there and is_in}
        )
        self.code.setVisible(code is not None)
        self.words.setVisible(code is not None)
        self.picture.setVisible(code is not None)
        if code is None:
            self._drawn = ""
        elif code[2] != self._drawn:
            shown, page, self._drawn = code
            self.code.setText(shown)
            self.words.setText(
                f'Open <a style="color: {tokens()["dark"]["coach"]}" href="{self._drawn}">{page}</a> on this computer or your phone, and check that it shows this code:'
            )
            self.picture.setPixmap(_qr(self._drawn))

    def _begin(self) -> None:
        self._port.begin_sign_in()
        self.look()


def _qr(text: str) -> QPixmap:
    """Black on white, whatever the look: that is what cameras read."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=QR_MODULE_PX, border=4)
    picture = QPixmap()
    picture.loadFromData(drawn.getvalue())
    return picture
