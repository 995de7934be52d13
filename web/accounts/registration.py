"""From "Register" to an account. Nothing on this way says whether an address has an account: only its mailbox learns that.

The request never looks an address up; a job does, and writes either the link or "you already have an account".
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web.accounts import repository
from web.accounts.context import AccountsContext
from web.accounts.opaque import hash_token, new_token
from web.accounts.passwords import weakness
from web.accounts.schemas import Confirmation, Registration
from web.accounts.throttle import Deed
from web.audit import Action, record
from web.consent import service as consent
from web.errors import NotFound, NotProcessable
from web.models.accounts import PendingRegistration, User
from web.models.base import now

LIFETIME = timedelta(hours=24)
UNUSABLE = "This link was used already or is older than a day. Sign in, or register again."


class LinkUnusable(NotFound):
    """A link of a mail that is too old, used, or cut short."""


async def register(session: AsyncSession, context: AccountsContext, form: Registration, address: str | None) -> UUID:
    """Note down who wants an account; the id is for the job that writes to them."""
    refuse_weak(form.password, form.email)
    consents = consent.choices(form.terms_version, form.telemetry_version, shares=form.share_telemetry)
    await context.throttle.check(Deed.MAIL, address, form.email)
    pending = PendingRegistration(
        email=form.email,
        name=form.name,
        password_hash=await context.passwords.hash(form.password),
        consents=consents,
        expires_at=now() + LIFETIME,
    )
    session.add(pending)
    await session.flush()
    return pending.id


async def prepare_link(session: AsyncSession, pending_id: UUID) -> tuple[PendingRegistration, str | None] | None:
    """For the job: whom to write to, and the token of the link; no token where the address has an account already."""
    pending = await session.get(PendingRegistration, pending_id)
    if pending is None:
        return None
    if await repository.user_by_email(session, pending.email) is not None:
        await session.delete(pending)
        return pending, None
    token = new_token()
    pending.token_hash = hash_token(token)
    return pending, token


async def link_is_good(session: AsyncSession, token: str) -> bool:
    """Whether the link of the mail can still be used."""
    return await repository.pending_registration(session, hash_token(token), now()) is not None


async def confirm(session: AsyncSession, context: AccountsContext, form: Confirmation, address: str | None) -> User:
    """Make the account. The password proves that who reads the mailbox is who registered, not somebody who was registered."""
    await context.throttle.check(Deed.CODE, address, hash_token(form.token).hex())
    pending = await repository.pending_registration(session, hash_token(form.token), now())
    if pending is None:
        raise LinkUnusable(UNUSABLE)
    right, _renewed = await context.passwords.check(form.password, pending.password_hash)
    if not right:
        raise NotProcessable("That is not the password.", {"password": "This is not the password you chose when you registered."})
    await repository.take_turns(session, pending.email)
    if await repository.pending_registration(session, hash_token(form.token), now()) is None:
        raise LinkUnusable(UNUSABLE)  # another link or tab was quicker
    if await repository.user_by_email(session, pending.email) is not None:
        raise LinkUnusable("This address has an account already. Sign in.")
    user = User(email=pending.email, name=pending.name, password_hash=pending.password_hash)
    session.add(user)
    await session.flush()
    consent.record_choices(session, user.id, pending.consents, "registration")
    await repository.drop_pending_registrations(session, user.email)
    record(session, Action.REGISTERED, user.id, address)
    return user


def refuse_weak(password: str, email: str) -> None:
    """NotProcessable with the reason when a password will not do."""
    if reason := weakness(password, email):
        raise NotProcessable("Choose another password.", {"password": reason})
