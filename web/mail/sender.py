"""Senders: a mail server, and a folder of .eml files that stands in for it where there is none."""

from __future__ import annotations

import asyncio
import time
import uuid
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from coach.errors import CannotWrite
from coach.files import make_folder, write_bytes
from web.mail.port import Mailer, MailRefused
from web.settings import Settings

_TIMEOUT_S = 30.0


class SMTPSender:
    """One connection per message: mail is rare here."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, message: EmailMessage) -> None:
        """Hand it to the server."""
        settings = self._settings
        try:
            await aiosmtplib.send(
                message,
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                use_tls=settings.smtp_security == "tls",
                start_tls=settings.smtp_security == "starttls",
                username=settings.smtp_username or None,
                password=settings.smtp_password.get_secret_value() or None,
                timeout=_TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise MailRefused(f"recipient refused ({codes})", permanent=all(500 <= code < 600 for code in codes)) from None
        except aiosmtplib.SMTPResponseException as error:
            raise MailRefused(f"refused with {error.code}", permanent=500 <= error.code < 600) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailRefused(f"mail server not reached ({type(error).__name__})", permanent=False) from None


class FolderSender:
    """Each message becomes a file, the newest last by name; the person at this machine reads it there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, message: EmailMessage) -> None:
        """Write it."""
        path = self.folder / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}.eml"
        try:
            make_folder(self.folder)
            self.folder.chmod(0o700)
            await asyncio.to_thread(write_bytes, path, message.as_bytes())
        except CannotWrite as error:
            raise MailRefused("the mail folder cannot be written", permanent=False) from error


def make_mailer(settings: Settings) -> Mailer:
    """The mail server when one is named, else the folder."""
    return SMTPSender(settings) if settings.smtp_host else FolderSender(settings.data / "mail")
