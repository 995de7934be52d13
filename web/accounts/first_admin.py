"""The first administrator: whoever can read what the service prints when it starts on an empty database."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from web.accounts import one_time, repository
from web.accounts.context import AccountsContext
from web.accounts.one_time import Purpose
from web.accounts.registration import LinkUnusable, refuse_weak
from web.accounts.schemas import FirstAdmin
from web.accounts.throttle import Deed
from web.audit import Action, record
from web.errors import NotProcessable
from web.models.accounts import User
from web.settings import Settings

UNUSABLE = "This link was used already or is older than a week. The service prints a link when it starts, as long as nobody administers it."


async def link(session: AsyncSession, settings: Settings) -> str | None:
    """A new link; None when there is an administrator. Each process prints its own, and all are good until one is used."""
    if await repository.has_admin(session):
        return None
    return f"{settings.origin}/first-run?token={await one_time.issue(session, Purpose.FIRST_ADMIN)}"


async def link_is_good(session: AsyncSession, token: str) -> bool:
    """Whether an administrator can be made with it."""
    return await one_time.look(session, Purpose.FIRST_ADMIN, token) is not None and not await repository.has_admin(session)


async def make(session: AsyncSession, context: AccountsContext, form: FirstAdmin, address: str | None) -> User:
    """Make the administrator, or make one of a user who gives their password. Mail may not work yet, so the address is taken as it is."""
    await context.throttle.check(Deed.CODE, address)
    refuse_weak(form.password, form.email)
    await repository.take_turns(session, Purpose.FIRST_ADMIN.label)
    await repository.take_turns(session, form.email)
    if not await link_is_good(session, form.token):
        raise LinkUnusable(UNUSABLE)
    user = await repository.user_by_email(session, form.email)
    if user is None:
        user = User(email=form.email, name=form.name, password_hash=await context.passwords.hash(form.password))
        session.add(user)
    elif not (await context.passwords.check(form.password, user.password_hash))[0]:
        raise NotProcessable("That is not the password.", {"password": "This address has an account: give its password."})
    await one_time.withdraw(session, Purpose.FIRST_ADMIN, None)
    user.is_admin = True
    await session.flush()
    record(session, Action.ADMIN_MADE, user.id, address)
    return user
