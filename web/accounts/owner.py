"""What the owner of an account changes about it. Before something that cannot be undone, they prove again who they are."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web.accounts import browsers, one_time, registration, repository
from web.accounts.context import AccountsContext
from web.accounts.one_time import Purpose
from web.accounts.throttle import Deed
from web.audit import Action, record
from web.errors import Forbidden, NotFound, NotProcessable
from web.models.accounts import BrowserSession, User
from web.models.base import now
from web.personal_data import PersonalData, erase_all


async def prove(
    session: AsyncSession, context: AccountsContext, user: User, browser_id: UUID | None, password: str, address: str | None
) -> None:
    """NotProcessable or Forbidden unless it is the owner: by password, or by a sign-in a moment ago where there is none."""
    if user.password_hash is None:
        browser = await session.get(BrowserSession, browser_id) if browser_id else None
        if browser is None or not browsers.is_fresh(browser):
            raise Forbidden("Please sign out and in again, then do this within ten minutes: so we know that it is you.")
        return
    await context.throttle.check(Deed.SIGN_IN, address, user.email)
    right, _renewed = await context.passwords.check(password, user.password_hash)
    if not right:
        raise NotProcessable("That is not your password.", {"current_password": "This is not your password."})


async def change_password(
    session: AsyncSession, context: AccountsContext, user: User, password: str, browser_id: UUID | None, address: str | None
) -> None:
    """A new password; every other browser is signed out."""
    registration.refuse_weak(password, user.email)
    user.password_hash = await context.passwords.hash(password)
    await _stop_what_is_under_way(session, user.id)
    await repository.end_browser_sessions(session, user.id, but=browser_id)
    record(session, Action.PASSWORD_CHANGED, user.id, address)


async def reset_password(session: AsyncSession, context: AccountsContext, token: str, password: str, address: str | None) -> User:
    """A new password with the link of a mail. Signs everything out, programs too: whoever had the old password may hold them."""
    link = await one_time.look(session, Purpose.RESET_PASSWORD, token)
    user = await repository.locked_user(session, link.user_id) if link is not None and link.user_id is not None else None
    if link is None or user is None:
        raise registration.LinkUnusable("This link was used already or is older than an hour. Ask for a new one.")
    registration.refuse_weak(password, user.email)
    user.password_hash = await context.passwords.hash(password)
    user.failed_sign_ins, user.locked_until = 0, None
    await sign_out_everywhere(session, user, address)
    record(session, Action.PASSWORD_RESET, user.id, address)
    return user


async def sign_out_everywhere(session: AsyncSession, user: User, address: str | None) -> None:
    """End all browsers and programs, and every step of signing in that is under way."""
    await repository.end_browser_sessions(session, user.id)
    await repository.revoke_grants(session, user.id, now())
    await _stop_what_is_under_way(session, user.id)
    record(session, Action.SIGNED_OUT_EVERYWHERE, user.id, address)


async def _stop_what_is_under_way(session: AsyncSession, user_id: UUID) -> None:
    """Whoever had the password may have asked for a link to another address, let a program in, or begun to connect a provider: none of it counts."""
    for purpose in (Purpose.SECOND_FACTOR, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL, Purpose.PROVIDER_STATE):
        await one_time.withdraw(session, purpose, user_id)
    await repository.drop_device_sign_ins(session, user_id)


async def end_program(session: AsyncSession, user_id: UUID, grant_id: UUID, address: str | None) -> None:
    """One program may no longer; NotFound where this user has no such program."""
    if not await repository.revoke_grants(session, user_id, now(), only=grant_id):
        raise NotFound("This program is not signed in.")
    record(session, Action.PROGRAM_ENDED, user_id, address)


async def end_browser(session: AsyncSession, user_id: UUID, browser_id: UUID, address: str | None) -> None:
    """Sign one browser out; NotFound where this user has no such browser."""
    if not await repository.end_browser_sessions(session, user_id, only=browser_id):
        raise NotFound("This browser is not signed in.")
    record(session, Action.SIGNED_OUT, user_id, address)


async def change_email(session: AsyncSession, token: str, address: str | None) -> tuple[User, str]:
    """Take the new address with the link that went there; the user and the old address."""
    link = await one_time.spend(session, Purpose.CHANGE_EMAIL, token)
    user = await repository.locked_user(session, link.user_id) if link is not None and link.user_id is not None else None
    if link is not None:
        await repository.take_turns(session, link.payload["email"])
    if link is None or user is None or await repository.user_by_email(session, link.payload["email"]) is not None:
        raise registration.LinkUnusable("This link was used already or is older than a day. Ask for a new one on the page Account.")
    old, user.email = user.email, link.payload["email"]
    await one_time.withdraw(session, Purpose.RESET_PASSWORD, user.id)  # links that went to the old address
    await session.flush()
    record(session, Action.EMAIL_CHANGED, user.id, address)
    return user, old


async def delete_account(session: AsyncSession, parts: Sequence[PersonalData], user_id: UUID, address: str | None) -> list[str]:
    """Delete everything about this user; what stays."""
    stays = await erase_all(parts, session, user_id)
    record(session, Action.ACCOUNT_DELETED, None, address)
    return stays
