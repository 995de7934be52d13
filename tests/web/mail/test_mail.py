"""Mail, through a real mail server on this machine and through the folder that stands in for one."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from tests.web.ports import free_port
from web.jobs.task import TASKS
from web.mail.compose import compose, send_mail
from web.mail.port import MailRefused
from web.mail.sender import FolderSender, SMTPSender, make_mailer
from web.render import environment
from web.services import Services
from web.settings import Settings

PAYLOAD = {"to": "jörg@example.org", "subject": "Grüße", "text": "Hallo\n", "html": "<p>Hallo</p>"}


class Inbox:
    """What a mail server took in; some recipients it refuses."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address.startswith("nobody"):
            return "550 no such user"
        if address.startswith("later"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    port = free_port()
    box = Inbox()
    server = Controller(box, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    server.start()
    yield box, port
    server.stop()


def smtp(settings: Settings, port: int) -> SMTPSender:
    return SMTPSender(settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}))


async def test_message_arrives_with_both_parts(settings: Settings, inbox: tuple[Inbox, int]) -> None:
    box, port = inbox
    await smtp(settings, port).send(compose(settings.mail_from, PAYLOAD))
    message = box.messages[0]
    assert message["Subject"] == "Grüße"
    assert message.get_body(("plain",)).get_content().strip() == "Hallo"
    assert "<p>Hallo</p>" in message.get_body(("html",)).get_content()


@pytest.mark.parametrize(("to", "permanent"), [("nobody@example.org", True), ("later@example.org", False)])
async def test_refusal_says_whether_trying_again_helps(settings: Settings, inbox: tuple[Inbox, int], to: str, permanent: bool) -> None:
    with pytest.raises(MailRefused) as refused:
        await smtp(settings, inbox[1]).send(compose(settings.mail_from, {**PAYLOAD, "to": to}))
    assert refused.value.permanent is permanent
    assert "example.org" not in str(refused.value)


async def test_server_that_is_away_is_tried_again(settings: Settings) -> None:
    with pytest.raises(MailRefused) as refused:
        await smtp(settings, 1).send(compose(settings.mail_from, PAYLOAD))
    assert not refused.value.permanent


async def test_without_a_server_mail_becomes_a_file(settings: Settings) -> None:
    mailer = make_mailer(settings)
    assert isinstance(mailer, FolderSender)
    await mailer.send(compose(settings.mail_from, PAYLOAD))
    (path,) = (settings.data / "mail").glob("*.eml")
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["To"] == "jörg@example.org"


async def test_header_cannot_be_injected(settings: Settings) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        compose(settings.mail_from, {**PAYLOAD, "to": "a@example.org\nBcc: b@example.org"})


async def test_mail_waits_on_the_queue_with_its_transaction(
    settings: Settings, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jinja2 import DictLoader

    monkeypatch.setattr(
        environment(),
        "loader",
        DictLoader({"email/hello.txt": "Hello {{ name }}\n\nText for {{ name }}", "email/hello.html": "<p>{{ name }}</p>"}),
    )
    services = Services.of(settings, database_url)
    async with services.database.transaction() as session:
        await send_mail(session, "a@example.org", "hello", name="<Ann>")
        payload = await session.scalar(text("SELECT convert_from(payload, 'UTF8')::json FROM pgqueuer WHERE entrypoint = 'mail.send'"))
    await services.database.close()
    assert payload == {"to": "a@example.org", "subject": "Hello <Ann>", "text": "Text for <Ann>\n", "html": "<p>&lt;Ann&gt;</p>"}
    assert "mail.send" in TASKS
