"""Switching the second factor on and off."""

from __future__ import annotations

from contextlib import suppress

from cryptography.fernet import InvalidToken
from sqlalchemy.ext.asyncio import AsyncSession

from web.accounts import repository
from web.accounts.context import AccountsContext
from web.accounts.opaque import hash_token
from web.accounts.totp import matching_step, new_recovery_codes, new_secret, recovery_form
from web.audit import Action, record
from web.errors import Conflict, NotProcessable
from web.models.accounts import RecoveryCode, User
from web.models.base import now


def offer(context: AccountsContext, user: User) -> str:
    """A secret for the authenticator. It counts once a code made with it came back: a second tab shows the same one."""
    if user.has_second_factor:
        raise Conflict("The second factor is on already.")
    if user.totp_secret is not None:
        with suppress(InvalidToken):  # the service's secret was changed since
            return context.unseal(user.totp_secret)
    secret = new_secret()
    user.totp_secret = context.seal(secret)
    return secret


async def switch_on(session: AsyncSession, context: AccountsContext, user: User, code: str, address: str | None) -> list[str]:
    """The authenticator works: from now on it is asked for. The recovery codes, shown this once."""
    if user.has_second_factor or user.totp_secret is None:
        raise Conflict("Open the page again: the second factor was switched in another tab.")
    step = matching_step(context.unseal(user.totp_secret), code, now(), None)
    if step is None:
        raise NotProcessable("Wrong code.", {"code": "This is not the code of this half minute. Is the telephone's clock right?"})
    user.totp_confirmed_at, user.totp_last_step = now(), step
    record(session, Action.SECOND_FACTOR_ON, user.id, address)
    return await _renew(session, user)


async def renew_recovery_codes(session: AsyncSession, user: User, address: str | None) -> list[str]:
    """New recovery codes; the old ones are useless."""
    if not user.has_second_factor:
        raise Conflict("The second factor is off.")
    record(session, Action.RECOVERY_CODES_RENEWED, user.id, address)
    return await _renew(session, user)


async def switch_off(session: AsyncSession, user: User, address: str | None) -> None:
    """The password alone signs in again."""
    user.totp_secret = user.totp_confirmed_at = user.totp_last_step = None
    await repository.drop_recovery_codes(session, user.id)
    record(session, Action.SECOND_FACTOR_OFF, user.id, address)


async def _renew(session: AsyncSession, user: User) -> list[str]:
    await repository.drop_recovery_codes(session, user.id)
    codes = new_recovery_codes()
    session.add_all(RecoveryCode(user_id=user.id, code_hash=hash_token(recovery_form(code))) for code in codes)
    return codes
