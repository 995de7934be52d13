"""Signing in with a password, and with the second factor where there is one. Each refusal has the same words and takes as long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cryptography.fernet import InvalidToken
from sqlalchemy.ext.asyncio import AsyncSession

from web.accounts import one_time, repository
from web.accounts.context import AccountsContext
from web.accounts.one_time import Purpose
from web.accounts.opaque import hash_token
from web.accounts.throttle import Deed
from web.accounts.totp import matching_step, recovery_form
from web.audit import Action, record
from web.models.accounts import User
from web.models.base import now

TRIES = 10  # wrong passwords or codes in a row, over all addresses and processes
REST = timedelta(minutes=15)
REFUSED = "The e-mail address or the password is not right. After many wrong tries an account rests for 15 minutes."
WRONG_CODE = "This code is not right, or it was used already. Wait for the next one."


@dataclass(frozen=True, slots=True)
class Refused:
    """Not signed in. Keep the session's changes: the try has been counted. `locked`: this try locked the account; write to its owner."""

    message: str
    locked: User | None = None


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The password was right; a code has to follow, with this token."""

    token: str


async def with_password(
    session: AsyncSession, context: AccountsContext, email: str, password: str, address: str | None
) -> User | CodeNeeded | Refused:
    """Check a password. TooMany when tried too often, whether or not there is such an account."""
    user = await _proved(session, context, email, password, address)
    if isinstance(user, Refused):
        return user
    return await next_step(session, user, address)


async def with_password_and_code(
    session: AsyncSession, context: AccountsContext, email: str, password: str, code: str | None, address: str | None
) -> User | Refused:
    """The same at once, for scripts."""
    user = await _proved(session, context, email, password, address)
    if isinstance(user, Refused):
        return user
    if user.has_second_factor:  # its row is kept from others, so that one code signs one of two in that come at once
        user = await repository.locked_user(session, user.id) or user
    if user.has_second_factor and not await _accepts(session, context, user, code or "", address):
        return await _refuse(session, user.email, address, REFUSED)
    return _signed_in(session, user, address)


async def next_step(session: AsyncSession, user: User, address: str | None) -> User | CodeNeeded:
    """Somebody has proved a password or an account at a provider: signed in, or a code is still needed."""
    if user.has_second_factor:
        return CodeNeeded(await one_time.issue(session, Purpose.SECOND_FACTOR, user.id))
    return _signed_in(session, user, address)


async def with_code(session: AsyncSession, context: AccountsContext, token: str, code: str, address: str | None) -> User | Refused | None:
    """The second step; None when the first was too long ago."""
    step = await one_time.look(session, Purpose.SECOND_FACTOR, token)
    user = await repository.locked_user(session, step.user_id) if step is not None and step.user_id is not None else None
    if step is None or user is None:
        return None
    await context.throttle.check(Deed.CODE, address, str(user.id))
    if _resting(user) or not await _accepts(session, context, user, code, address):
        return await _refuse(session, user.email, address, WRONG_CODE)
    await session.delete(step)
    return _signed_in(session, user, address)


async def _proved(session: AsyncSession, context: AccountsContext, email: str, password: str, address: str | None) -> User | Refused:
    await context.throttle.check(Deed.SIGN_IN, address, email)
    user: User | None = None

    async def stored_hash() -> str | None:
        nonlocal user
        user = await repository.user_by_email(session, email)
        return user.password_hash if user else None

    right, renewed = await context.passwords.check_found(password, stored_hash)
    if user is None or not right or _resting(user):
        return await _refuse(session, email, address, REFUSED)
    if renewed is not None:
        user.password_hash = renewed
    return user


async def _accepts(session: AsyncSession, context: AccountsContext, user: User, code: str, address: str | None) -> bool:
    """Whether the code is one of the authenticator's or a recovery code, which is then spent."""
    try:
        secret = context.unseal(user.totp_secret) if user.totp_secret else None
    except InvalidToken:  # the service's secret was changed; recovery codes still work
        secret = None
    step = matching_step(secret, code, now(), user.totp_last_step) if secret else None
    if step is not None:
        user.totp_last_step = step
        return True
    if await repository.use_recovery_code(session, user.id, hash_token(recovery_form(code))):
        record(session, Action.RECOVERY_CODE_USED, user.id, address)
        return True
    return False


async def _refuse(session: AsyncSession, email: str, address: str | None, message: str) -> Refused:
    """Count the try. The same statements run whether or not there is such a user."""
    counted = await repository.count_failure(session, email)
    record(session, Action.SIGN_IN_FAILED, counted[0] if counted else None, address)
    if counted is None or counted[1] < TRIES:
        return Refused(message)
    await repository.lock(session, counted[0], now() + REST)
    record(session, Action.LOCKED, counted[0], address)
    return Refused(message, locked=await repository.user_by_id(session, counted[0]))


def _resting(user: User) -> bool:
    return user.locked_until is not None and user.locked_until > now()


def _signed_in(session: AsyncSession, user: User, address: str | None) -> User:
    user.failed_sign_ins, user.locked_until = 0, None
    record(session, Action.SIGNED_IN, user.id, address)
    return user
