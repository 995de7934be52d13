"""Signing a program in without typing a password into it: the device-code flow (RFC 8628).

The program shows a short code and polls; its user types the code into a browser that is signed in, and allows or denies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web.accounts import repository
from web.accounts.context import AccountsContext
from web.accounts.opaque import hash_token, new_token
from web.accounts.programs import Tokens, allow
from web.accounts.throttle import Deed
from web.accounts.user_codes import new_user_code, typed
from web.audit import Action, record
from web.models.accounts import DeviceSignIn
from web.models.base import now

LIFETIME = timedelta(minutes=10)
INTERVAL_S = 5
SLOWER_S = 5  # RFC 8628, 3.5
TOLERANCE_S = 0.5  # a poll that was sent in time may arrive a little early after the one before


class PollError(StrEnum):
    """Answers to a poll that brings no tokens, in the words of RFC 8628, 3.5."""

    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"
    UNKNOWN = "invalid_grant"


@dataclass(frozen=True, slots=True)
class Started:
    """What the program gets: one code for itself, one to show."""

    device_code: str
    user_code: str
    expires_in_s: int
    interval_s: int


async def start(session: AsyncSession, context: AccountsContext, client: str, scopes: Iterable[str], address: str | None) -> Started:
    """A program asks for a code."""
    await context.throttle.check(Deed.DEVICE, address)
    device_code, user_code = new_token(), new_user_code()
    session.add(
        DeviceSignIn(
            device_code_hash=hash_token(device_code),
            user_code=user_code,
            client=client,
            scopes=sorted(scopes),
            expires_at=now() + LIFETIME,
            interval_s=INTERVAL_S,
        )
    )
    await session.flush()
    return Started(device_code, user_code, int(LIFETIME.total_seconds()), INTERVAL_S)


async def waiting(session: AsyncSession, context: AccountsContext, code: str, user_id: UUID, address: str | None) -> DeviceSignIn | None:
    """The program that shows this code; None when there is none, it is too late, or it has been decided."""
    await context.throttle.check(Deed.CODE, address, f"device {user_id}")
    user_code = typed(code)
    return await repository.device_by_user_code(session, user_code, now()) if user_code else None


async def decide(session: AsyncSession, code: str, user_id: UUID, address: str | None, *, approved: bool) -> DeviceSignIn | None:
    """Allow or deny; None when another tab was quicker or it is too late."""
    user_code = typed(code)
    device = await repository.device_by_user_code(session, user_code, now(), locked=True) if user_code else None
    if device is None:
        return None
    device.user_id, device.approved = user_id, approved
    if not approved:
        record(session, Action.PROGRAM_DENIED, user_id, address)
    return device


async def poll(session: AsyncSession, context: AccountsContext, device_code: str, address: str | None) -> Tokens | PollError:
    """The program asks whether it may. Keep the session's changes whatever the answer: polls are counted, codes spent.

    Tokens come once: the code is gone with them, a second poll with it is refused.
    """
    device = await repository.locked_device_by_code(session, hash_token(device_code))
    if device is None:
        return PollError.UNKNOWN
    if device.expires_at < now():
        return PollError.EXPIRED
    early = device.polled_at is not None and now() - device.polled_at < timedelta(seconds=device.interval_s - TOLERANCE_S)
    device.polled_at = now()
    if early:
        device.interval_s += SLOWER_S
        return PollError.SLOW_DOWN
    if device.approved is None or device.user_id is None:
        return PollError.PENDING
    await session.delete(device)
    if not device.approved:
        return PollError.DENIED
    return await allow(session, context, device.user_id, device.client, device.scopes, address)
