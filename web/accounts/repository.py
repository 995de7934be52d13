"""Queries about accounts. A row that belongs to a user is found only together with that user's id, or by a secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from web.models.accounts import BrowserSession, DeviceSignIn, Grant, Identity, OneTimeToken, PendingRegistration, RecoveryCode, User
from web.models.base import now

_BROWSER = (
    select(BrowserSession.id, BrowserSession.created_at, BrowserSession.seen_at, User.id.label("user_id"), User.name, User.is_admin)
    .join(User, User.id == BrowserSession.user_id)
    .where(BrowserSession.token_hash == bindparam("token_hash"))
)


async def user_by_id(session: AsyncSession, user_id: UUID) -> User | None:
    """The user, or None."""
    return await session.get(User, user_id)


async def user_by_email(session: AsyncSession, email: str) -> User | None:
    """The user with this address (lower-cased), or None."""
    return await session.scalar(select(User).where(User.email == email))


async def take_turns(session: AsyncSession, name: str) -> None:
    """Until this transaction ends, others that name the same wait: two tabs, or two links, cannot both make the one account."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def locked_user(session: AsyncSession, user_id: UUID) -> User | None:
    """The user, kept from other transactions until this one ends."""
    return await session.scalar(select(User).where(User.id == user_id).with_for_update().execution_options(populate_existing=True))


async def users_page(session: AsyncSession, limit: int, after: UUID | None) -> Sequence[User]:
    """Users, the newest first, beyond `after`: ids sort by time."""
    query = select(User).order_by(User.id.desc()).limit(limit)
    return (await session.scalars(query if after is None else query.where(User.id < after))).all()


async def has_admin(session: AsyncSession, *, but: UUID | None = None) -> bool:
    """Whether anybody administers this service; `but`: anybody else."""
    query = select(User.id).where(User.is_admin, User.id.is_distinct_from(but))
    return await session.scalar(query.limit(1)) is not None


async def count_failure(session: AsyncSession, email: str) -> tuple[UUID, int] | None:
    """One more failed sign-in; the user and how many there are now, or None where there is no such user (as quickly)."""
    query = (
        update(User).where(User.email == email).values(failed_sign_ins=User.failed_sign_ins + 1).returning(User.id, User.failed_sign_ins)
    )
    row = (await session.execute(query.execution_options(synchronize_session=False))).one_or_none()
    return (row[0], row[1]) if row else None


async def lock(session: AsyncSession, user_id: UUID, until: datetime) -> None:
    """Refuse sign-ins until then; the count begins again."""
    await session.execute(update(User).where(User.id == user_id).values(locked_until=until, failed_sign_ins=0))


# Browsers


async def browser_session(session: AsyncSession, token_hash: bytes) -> Row[*tuple[Any, ...]] | None:
    """The signed-in browser and its user, in one query of plain columns: it runs on every page."""
    return (await session.execute(_BROWSER, {"token_hash": token_hash})).one_or_none()


async def browser_seen(session: AsyncSession, browser_session_id: UUID) -> None:
    """Note that this browser is in use."""
    await session.execute(update(BrowserSession).where(BrowserSession.id == browser_session_id).values(seen_at=now()))


async def browser_sessions(session: AsyncSession, user_id: UUID) -> Sequence[BrowserSession]:
    """Where this user is signed in, the last used first."""
    query = select(BrowserSession).where(BrowserSession.user_id == user_id).order_by(BrowserSession.seen_at.desc())
    return (await session.scalars(query)).all()


async def end_browser_sessions(session: AsyncSession, user_id: UUID, *, only: UUID | None = None, but: UUID | None = None) -> int:
    """Sign browsers of this user out: one, all, or all but one. How many."""
    query = delete(BrowserSession).where(BrowserSession.user_id == user_id)
    if only is not None:
        query = query.where(BrowserSession.id == only)
    if but is not None:
        query = query.where(BrowserSession.id != but)
    return len((await session.scalars(query.returning(BrowserSession.id))).all())


# Programs


async def grant_with_user(session: AsyncSession, grant_id: UUID, user_id: UUID) -> Row[Grant, User] | None:
    """A grant that still stands, and its user."""
    query = (
        select(Grant, User)
        .join(User, User.id == Grant.user_id)
        .where(Grant.id == grant_id, Grant.user_id == user_id, Grant.revoked_at.is_(None))
    )
    return (await session.execute(query)).one_or_none()


async def grants(session: AsyncSession, user_id: UUID) -> Sequence[Grant]:
    """Programs that may act for this user."""
    return (
        await session.scalars(select(Grant).where(Grant.user_id == user_id, Grant.revoked_at.is_(None)).order_by(Grant.used_at.desc()))
    ).all()


async def locked_grant_by_refresh(session: AsyncSession, refresh_hash: bytes) -> Grant | None:
    """The grant whose refresh token this is, or was before the last use."""
    query = select(Grant).where(
        or_(Grant.refresh_hash == refresh_hash, Grant.previous_refresh_hash == refresh_hash), Grant.revoked_at.is_(None)
    )
    return await session.scalar(query.with_for_update())


async def locked_grant(session: AsyncSession, grant_id: UUID) -> Grant | None:
    """A grant that still stands, found by a token of its own; kept from other transactions."""
    return await session.scalar(select(Grant).where(Grant.id == grant_id, Grant.revoked_at.is_(None)).with_for_update())


async def revoke_grants(session: AsyncSession, user_id: UUID, now: datetime, *, only: UUID | None = None) -> int:
    """End what programs may do: one or all. How many."""
    query = update(Grant).where(Grant.user_id == user_id, Grant.revoked_at.is_(None)).values(revoked_at=now)
    if only is not None:
        query = query.where(Grant.id == only)
    return len((await session.scalars(query.returning(Grant.id).execution_options(synchronize_session=False))).all())


async def locked_device_by_code(session: AsyncSession, device_code_hash: bytes) -> DeviceSignIn | None:
    """The waiting program with this device code."""
    return await session.scalar(select(DeviceSignIn).where(DeviceSignIn.device_code_hash == device_code_hash).with_for_update())


async def device_by_user_code(session: AsyncSession, user_code: str, now: datetime, *, locked: bool = False) -> DeviceSignIn | None:
    """The program that waits for a decision under this code; None when it is decided or too late."""
    query = select(DeviceSignIn).where(DeviceSignIn.user_code == user_code, DeviceSignIn.expires_at > now, DeviceSignIn.approved.is_(None))
    return await session.scalar(query.with_for_update() if locked else query)


async def drop_device_sign_ins(session: AsyncSession, user_id: UUID) -> None:
    """Programs that this user has let in and that have not fetched their tokens yet get none."""
    await session.execute(delete(DeviceSignIn).where(DeviceSignIn.user_id == user_id))


# Tokens, codes, identities


async def one_time_token(session: AsyncSession, token_hash: bytes, purpose: str, now: datetime) -> OneTimeToken | None:
    """The token if it is good for this purpose, kept from other transactions: two tabs cannot both use it."""
    query = select(OneTimeToken).where(
        OneTimeToken.token_hash == token_hash, OneTimeToken.purpose == purpose, OneTimeToken.expires_at > now
    )
    return await session.scalar(query.with_for_update())


async def drop_one_time_tokens(session: AsyncSession, user_id: UUID | None, purpose: str) -> None:
    """Make earlier links for this purpose useless."""
    await session.execute(delete(OneTimeToken).where(OneTimeToken.user_id.is_not_distinct_from(user_id), OneTimeToken.purpose == purpose))


async def pending_registration(session: AsyncSession, token_hash: bytes, now: datetime) -> PendingRegistration | None:
    """The registration that this link confirms, as it is now, even if it was read before."""
    query = select(PendingRegistration).where(PendingRegistration.token_hash == token_hash, PendingRegistration.expires_at > now)
    return await session.scalar(query.execution_options(populate_existing=True))


async def drop_pending_registrations(session: AsyncSession, email: str) -> None:
    """The address has an account now."""
    await session.execute(delete(PendingRegistration).where(PendingRegistration.email == email))


async def use_recovery_code(session: AsyncSession, user_id: UUID, code_hash: bytes) -> bool:
    """Spend a recovery code; False where this user has no such code."""
    query = delete(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash).returning(RecoveryCode.id)
    return (await session.scalars(query)).first() is not None


async def drop_recovery_codes(session: AsyncSession, user_id: UUID) -> None:
    """Make all recovery codes useless."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


async def recovery_codes_left(session: AsyncSession, user_id: UUID) -> int:
    """How many are not spent."""
    return await session.scalar(select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)) or 0


async def user_by_identity(session: AsyncSession, provider: str, subject: str) -> User | None:
    """Whose account at the provider this is."""
    return await session.scalar(
        select(User).join(Identity, Identity.user_id == User.id).where(Identity.provider == provider, Identity.subject == subject)
    )


async def identities(session: AsyncSession, user_id: UUID) -> Sequence[Identity]:
    """Accounts at providers that this user has connected."""
    return (await session.scalars(select(Identity).where(Identity.user_id == user_id).order_by(Identity.created_at))).all()


async def drop_identity(session: AsyncSession, user_id: UUID, identity_id: UUID) -> bool:
    """Disconnect a provider."""
    query = delete(Identity).where(Identity.user_id == user_id, Identity.id == identity_id).returning(Identity.id)
    return (await session.scalars(query)).first() is not None


async def drop_expired(session: AsyncSession, now: datetime, browsers_seen_before: datetime, grants_used_before: datetime) -> None:
    """Delete what is too old to be used: nothing is kept longer than the privacy policy says."""
    for expiring in (OneTimeToken, PendingRegistration, DeviceSignIn):
        await session.execute(delete(expiring).where(expiring.expires_at < now))
    await session.execute(delete(BrowserSession).where(BrowserSession.seen_at < browsers_seen_before))
    await session.execute(delete(Grant).where(or_(Grant.used_at < grants_used_before, Grant.revoked_at < now)))
