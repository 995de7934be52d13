"""What a sender of mail must do."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Protocol


class MailRefused(Exception):
    """The server will not take this message now or ever (`permanent`). The text holds no address."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


class Mailer(Protocol):
    """Sends one message, or raises MailRefused."""

    async def send(self, message: EmailMessage) -> None:
        """Hand one message on."""
