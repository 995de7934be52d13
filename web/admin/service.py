"""Making administrators, and taking it from them: by an administrator who proves who they are, written down for both."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web.accounts import owner
from web.accounts import repository as accounts
from web.accounts.context import AccountsContext
from web.audit import Action, record
from web.errors import Conflict, NotFound
from web.mail.compose import send_mail
from web.models.accounts import User


async def found(session: AsyncSession, user_id: UUID) -> User:
    """A user. NotFound: there is none of that id."""
    user = await accounts.user_by_id(session, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


async def change(
    session: AsyncSession,
    context: AccountsContext,
    chief: User,
    browser_id: UUID | None,
    user_id: UUID,
    password: str,
    address: str | None,
    *,
    administers: bool,
) -> None:
    """`chief` makes the user an administrator, or takes it from them. Conflict: nobody would administer the service any more."""
    await owner.prove(session, context, chief, browser_id, password, address)
    await accounts.take_turns(session, "administrators")  # two who take it from each other at once would leave none
    user = await accounts.locked_user(session, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    if user.is_admin is administers:  # done in another tab
        return
    if not administers and not await accounts.has_admin(session, but=user_id):
        raise Conflict("This is the only administrator. Make another one first.")
    user.is_admin = administers
    record(session, Action.ADMIN_MADE if administers else Action.ADMIN_ENDED, user.id, address)
    record(session, Action.ADMIN_CHANGED_ANOTHER, chief.id, address, made=administers)
    await send_mail(session, user.email, "accounts/administrator", name=user.name, on=administers, contact=context.settings.contact)
