"""The record of who did what to which account; the administrator's page shows it. It holds no name, no address and no secret."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from web.models.accounts import User
from web.models.audit import AuditEvent

KEPT = timedelta(days=365)  # as the privacy policy says


class Action(StrEnum):
    """What is written down. Other rooms add theirs here, so that the page can explain each."""

    REGISTERED = "registered"
    SIGNED_IN = "signed in"
    SIGN_IN_FAILED = "sign-in failed"
    LOCKED = "locked after too many tries"
    SIGNED_OUT = "signed out"
    SIGNED_OUT_EVERYWHERE = "signed out everywhere"
    PASSWORD_CHANGED = "password changed"  # noqa: S105 - not a password
    PASSWORD_RESET = "password reset"  # noqa: S105 - not a password
    EMAIL_CHANGED = "e-mail address changed"
    NAME_CHANGED = "name changed"
    SECOND_FACTOR_ON = "second factor on"
    SECOND_FACTOR_OFF = "second factor off"
    RECOVERY_CODE_USED = "recovery code used"
    RECOVERY_CODES_RENEWED = "recovery codes renewed"
    PROVIDER_CONNECTED = "provider connected"
    PROVIDER_DISCONNECTED = "provider disconnected"
    PROGRAM_ALLOWED = "program allowed"
    PROGRAM_DENIED = "program denied"
    PROGRAM_ENDED = "program ended"
    REFRESH_TOKEN_REUSED = "refresh token used twice"  # noqa: S105 - not a password
    CONSENT_CHANGED = "consent changed"
    DATA_DOWNLOADED = "data downloaded"
    ACCOUNT_DELETED = "account deleted"
    ADMIN_MADE = "administrator made"
    ADMIN_ENDED = "administrator no more"
    ADMIN_CHANGED_ANOTHER = "changed who administers"
    EXPORT_MADE = "training export made"
    EXPORT_DOWNLOADED = "training export downloaded"
    EXPORT_DELETED = "training export deleted"


def record(session: AsyncSession, action: Action, user_id: UUID | None, address: str | None, **details: str | int | bool) -> None:
    """Write one event with the session's transaction."""
    session.add(AuditEvent(action=action, user_id=user_id, network=network(address), details=details))


def network(address: str | None) -> str | None:
    """The address without the part that names one household: /24 of IPv4, /48 of IPv6. None for what is no address."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


async def events_page(session: AsyncSession, limit: int, after: UUID | None) -> Sequence[Row[AuditEvent, str | None]]:
    """Events with the address of whom they concern, the newest first, beyond `after`: ids sort by time."""
    query = select(AuditEvent, User.email).outerjoin(User, User.id == AuditEvent.user_id).order_by(AuditEvent.id.desc()).limit(limit)
    return (await session.execute(query if after is None else query.where(AuditEvent.id < after))).all()


async def events_of(session: AsyncSession, user_id: UUID) -> Sequence[AuditEvent]:
    """What happened to one account, the newest first."""
    return (await session.scalars(select(AuditEvent).where(AuditEvent.user_id == user_id).order_by(AuditEvent.created_at.desc()))).all()


async def forget_networks(session: AsyncSession, user_id: UUID) -> None:
    """Leave of a deleted account's events only what happened and when."""
    await session.execute(update(AuditEvent).where(AuditEvent.user_id == user_id).values(network=None, details={}))


async def drop_events(session: AsyncSession, before: datetime) -> None:
    """Delete what is older than the privacy policy allows."""
    await session.execute(delete(AuditEvent).where(AuditEvent.created_at < before))
