"""Giving and withdrawing consent. A yes counts only for the text that was shown: whoever has seen an older one is asked again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web.audit import Action, record
from web.consent import repository
from web.consent.texts import Kind, current, of_version
from web.errors import Conflict
from web.jobs.queue import enqueue
from web.models.consent import ConsentRecord

CHANGED = "This text has changed since the page was opened. Please read it again."


def choices(terms_version: str, telemetry_version: str, *, shares: bool) -> dict[str, Any]:
    """What somebody chose in a form, to be recorded once they have an account. Conflict where a text has changed meanwhile."""
    _is_current(Kind.TERMS, terms_version)
    _is_current(Kind.TELEMETRY, telemetry_version)
    return {Kind.TERMS: {"version": terms_version, "given": True}, Kind.TELEMETRY: {"version": telemetry_version, "given": shares}}


def record_choices(session: AsyncSession, user_id: UUID, chosen: dict[str, Any], source: str) -> None:
    """Record what was chosen in the form, in the version that the form showed."""
    for kind, choice in chosen.items():
        _add(session, user_id, Kind(kind), choice["version"], source, given=choice["given"])


async def telemetry(session: AsyncSession, user_id: UUID) -> ConsentRecord | None:
    """The consent under which a lap that comes now is stored; None: never asked."""
    return await repository.newest(session, user_id, Kind.TELEMETRY)


async def change_telemetry(
    session: AsyncSession, user_id: UUID, version: str | None, source: str, address: str | None, *, given: bool
) -> ConsentRecord:
    """Give or withdraw consent. Giving needs the current text; withdrawing is always possible. Saying the same again changes nothing."""
    newest = await telemetry(session, user_id)
    text = current(Kind.TELEMETRY)
    if given:
        _is_current(Kind.TELEMETRY, version or "")
    if newest is not None and newest.given is given and newest.version == text.version:
        return newest
    row = _add(session, user_id, Kind.TELEMETRY, text.version, source, given=given)
    await session.flush()
    record(session, Action.CONSENT_CHANGED, user_id, address, telemetry=given)
    if not given:
        await enqueue(session, "exports.withdraw", {"user_id": str(user_id)})
    return row


async def terms_accepted(session: AsyncSession, user_id: UUID) -> bool:
    """Whether this user has seen the terms that hold now."""
    newest = await repository.newest(session, user_id, Kind.TERMS)
    return newest is not None and newest.given and newest.version == current(Kind.TERMS).version


async def accept_terms(session: AsyncSession, user_id: UUID, version: str) -> None:
    """Somebody has read the new terms."""
    _is_current(Kind.TERMS, version)
    if not await terms_accepted(session, user_id):
        _add(session, user_id, Kind.TERMS, version, "site", given=True)


def _add(session: AsyncSession, user_id: UUID, kind: Kind, version: str, source: str, *, given: bool) -> ConsentRecord:
    text = of_version(kind, version)
    if text is None:
        raise Conflict(CHANGED)
    row = ConsentRecord(user_id=user_id, kind=kind, version=version, text_sha256=text.sha256, given=given, source=source)
    session.add(row)
    return row


def _is_current(kind: Kind, version: str) -> None:
    if version != current(kind).version:
        raise Conflict(CHANGED)
