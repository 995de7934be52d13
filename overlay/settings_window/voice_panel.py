"""The neural voice: whether it is installed, and a button that installs it. Stands on the page Voice."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout

from overlay.settings_window.watching_panel import WatchingPanel
from overlay.voice.model import SIZE
from overlay.window_style import label

EVERY_MS = 250
MB = 1e6
MEMORY_MB = 330  # of its process, measured (decision 12)


class VoicePort(Protocol):
    """What the panel asks of the application."""

    def has_neural_voice(self) -> bool:
        """Whether it is installed."""

    def installed_share(self) -> float | None:
        """How much of it is there, 0 to 1, while it is being installed."""

    def installation_fault(self) -> str:
        """Why the last try failed, or nothing."""

    def may_install(self) -> bool:
        """Nobody is on the track."""

    def install_voice(self) -> None:
        """Bring it here."""

    def cancel_installation(self) -> None:
        """Not now."""


class VoicePanel(WatchingPanel):
    """Looks at its port four times a second while it is seen."""

    def __init__(self, port: VoicePort) -> None:
        super().__init__(EVERY_MS)
        self._port = port
        self.status, self.fault = label("", "quiet"), label("", "fault")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("How much of the neural voice is here")
        self.install, self.cancel = QPushButton("Install"), QPushButton("Cancel")
        self.install.setProperty("kind", "main")
        self.install.clicked.connect(self._begin)
        self.cancel.clicked.connect(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        for widget in (label("Neural voice", "heading"), self.status, self.bar, self.fault):
            column.addWidget(widget)
        buttons = QHBoxLayout()
        for button in (self.install, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        self.look()

    def look(self) -> None:
        """Show how it stands now."""
        share, there, may = self._port.installed_share(), self._port.has_neural_voice(), self._port.may_install()
        fault = "" if share is not None else self._port.installation_fault()
        if share is not None:
            status = f"{share * SIZE / MB:.0f} of {SIZE / MB:.0f} MB are here."
        elif there:
            status = "Installed. It speaks where the engine below is kokoro."
        else:
            status = f"A natural voice: {SIZE / MB:.0f} MB, downloaded once. It takes {MEMORY_MB} MB of memory, in a process of its own."
            status += "" if may else " It can be installed when you are not on the track."
        self.status.setText(status)
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        self.bar.setVisible(share is not None)
        self.bar.setValue(round(1000 * (share or 0.0)))
        self.install.setEnabled(may)
        self.show_buttons({self.install: share is None and not there, self.cancel: share is not None})

    def _begin(self) -> None:
        self._port.install_voice()
        self.look()

    def _cancel(self) -> None:
        self._port.cancel_installation()
        self.look()
