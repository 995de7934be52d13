"""Composing mail: `templates/email/<name>.txt` (first line: subject) and `<name>.html`, both in one message.

It goes out only if the request's transaction is kept: the message waits on the queue inside it.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from web.jobs.queue import enqueue
from web.jobs.task import Payload, task
from web.mail.port import MailRefused
from web.render import environment
from web.services import services_of


async def send_mail(session: AsyncSession, to: str, template: str, **context: Any) -> None:
    """Put one message on the queue."""
    settings = services_of(session).settings
    given = {"site": settings.origin, **context}
    subject, _, text = environment().get_template(f"email/{template}.txt").render(given).strip().partition("\n")
    html = environment().get_template(f"email/{template}.html").render({"subject": subject, **given})
    await enqueue(session, "mail.send", {"to": to, "subject": subject.strip(), "text": text.strip() + "\n", "html": html})


@task("mail.send", attempts=8)
async def deliver(session: AsyncSession, payload: Payload) -> None:
    """Send it; a permanent refusal is final, anything else is tried again."""
    services = services_of(session)
    message = compose(services.settings.mail_from, payload)
    try:
        await services.mailer.send(message)
    except MailRefused as error:
        if not error.permanent:
            raise


def compose(sender: str, payload: Payload) -> EmailMessage:
    """The message as it is sent."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, payload["to"], payload["subject"]
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">") or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(payload["text"])
    message.add_alternative(payload["html"], subtype="html")
    return message
