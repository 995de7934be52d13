"""Tokens that are good once, for one purpose, for a while: links in mails and the steps of signing in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web.accounts import repository
from web.accounts.opaque import hash_token, new_token
from web.models.accounts import OneTimeToken


class Purpose(Enum):
    """What a token is for, and how long it is good."""

    RESET_PASSWORD = ("reset password", timedelta(hours=1))
    CHANGE_EMAIL = ("change e-mail", timedelta(hours=24))
    SECOND_FACTOR = ("second factor", timedelta(minutes=10))
    PROVIDER_STATE = ("provider state", timedelta(minutes=10))
    PROVIDER_SIGN_UP = ("provider sign-up", timedelta(minutes=30))
    FIRST_ADMIN = ("first administrator", timedelta(days=7))

    def __init__(self, label: str, lifetime: timedelta) -> None:
        self.label = label
        self.lifetime = lifetime


async def issue(session: AsyncSession, purpose: Purpose, user_id: UUID | None = None, **payload: Any) -> str:
    """A new token; only its hash is stored."""
    token = new_token()
    session.add(
        OneTimeToken(
            purpose=purpose.label,
            token_hash=hash_token(token),
            user_id=user_id,
            payload=payload,
            expires_at=datetime.now(UTC) + purpose.lifetime,
        )
    )
    await session.flush()
    return token


async def look(session: AsyncSession, purpose: Purpose, token: str) -> OneTimeToken | None:
    """The token while it is good, kept from other transactions."""
    return await repository.one_time_token(session, hash_token(token), purpose.label, datetime.now(UTC))


async def spend(session: AsyncSession, purpose: Purpose, token: str) -> OneTimeToken | None:
    """The token, which is then gone; None when it is used, too old, or never was."""
    found = await look(session, purpose, token)
    if found is not None:
        await session.delete(found)
        await session.flush()
    return found


async def withdraw(session: AsyncSession, purpose: Purpose, user_id: UUID | None) -> None:
    """Make all earlier tokens of this user for this purpose useless."""
    await repository.drop_one_time_tokens(session, user_id, purpose.label)
