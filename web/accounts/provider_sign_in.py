"""Signing in through a provider, registering that way, and connecting a provider to an account.

An account here is never handed to a provider's user only because the e-mail addresses agree: its owner connects the two while
signed in. So a provider that is careless about addresses opens nobody's account.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from authlib.common.security import generate_token
from sqlalchemy.ext.asyncio import AsyncSession

from web.accounts import one_time, repository, signing_in
from web.accounts.one_time import Purpose
from web.accounts.providers.base import Challenge, Person, Provider
from web.accounts.providers.discord import Discord
from web.accounts.providers.openid import OpenId
from web.accounts.registration import LinkUnusable
from web.accounts.schemas import ProviderSignUp
from web.accounts.signing_in import CodeNeeded
from web.audit import Action, record
from web.consent import service as consent
from web.database import let_go
from web.errors import Conflict, NotFound
from web.mail.compose import send_mail
from web.models.accounts import Identity, User
from web.settings import Settings


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Nobody here yet: to be asked for a name and for consent, with this token."""

    token: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Connected:
    """The provider opens the account of who was signed in."""


def configured(settings: Settings) -> dict[str, Provider]:
    """The providers by name."""
    found: list[Provider] = [OpenId(one) for one in settings.oidc_providers]
    if settings.discord_client_id:
        found.insert(0, Discord(settings.discord_url, settings.discord_client_id, settings.discord_client_secret.get_secret_value()))
    return {provider.name: provider for provider in found}


def provider_named(settings: Settings, name: str) -> Provider:
    """The provider; NotFound where it is not configured."""
    found = configured(settings).get(name)
    if found is None:
        raise NotFound("There is no such way to sign in.")
    return found


async def begin(session: AsyncSession, provider: Provider, redirect_uri: str, connect_to: UUID | None, target: str) -> tuple[str, str]:
    """Where to send the browser, and the state that its cookie keeps until it is back."""
    nonce, verifier = generate_token(43), generate_token(64)
    state = await one_time.issue(
        session, Purpose.PROVIDER_STATE, connect_to, provider=provider.name, nonce=nonce, code_verifier=verifier, next=target
    )
    await let_go(session)  # the provider may take its time
    return await provider.address(Challenge(redirect_uri, state, nonce, verifier)), state


async def come_back(
    session: AsyncSession, provider: Provider, redirect_uri: str, state: str, code: str, viewer_id: UUID | None, address: str | None
) -> tuple[User | CodeNeeded | NewPerson | Connected, str]:
    """The browser is back: what follows, and where it wanted to go."""
    begun = await one_time.spend(session, Purpose.PROVIDER_STATE, state)
    if begun is None or begun.payload["provider"] != provider.name or begun.user_id != viewer_id:
        raise LinkUnusable("This sign-in was finished in another tab or began too long ago. Please try again.")
    kept = begun.payload
    await let_go(session)  # the provider may take its time, and the way back is good once
    person = await provider.identify(Challenge(redirect_uri, state, kept["nonce"], kept["code_verifier"]), code)
    await repository.take_turns(session, f"{provider.name} {person.subject}")
    user = await repository.user_by_identity(session, provider.name, person.subject)
    if viewer_id is not None:
        return await _connect(session, provider, person, user, viewer_id, address), kept["next"]
    if user is not None:
        return await signing_in.next_step(session, user, address), kept["next"]
    return await _introduce(session, provider, person), kept["next"]


async def sign_up(session: AsyncSession, form: ProviderSignUp, address: str | None) -> User:
    """Make the account of somebody whom a provider vouches for."""
    consents = consent.choices(form.terms_version, form.telemetry_version, shares=form.share_telemetry)
    known = await one_time.spend(session, Purpose.PROVIDER_SIGN_UP, form.token)
    if known is not None:
        await repository.take_turns(session, known.payload["email"])
        await repository.take_turns(session, f"{known.payload['provider']} {known.payload['subject']}")
        if await repository.user_by_identity(session, known.payload["provider"], known.payload["subject"]) is not None:
            known = None
    if known is None or await repository.user_by_email(session, known.payload["email"]) is not None:
        raise LinkUnusable("This registration was finished in another tab or began too long ago. Please sign in again.")
    user = User(email=known.payload["email"], name=form.name, password_hash=None)
    session.add(user)
    await session.flush()
    session.add(Identity(user_id=user.id, provider=known.payload["provider"], subject=known.payload["subject"]))
    consent.record_choices(session, user.id, consents, "registration")
    await repository.drop_pending_registrations(session, user.email)
    record(session, Action.REGISTERED, user.id, address, provider=known.payload["provider"])
    return user


async def disconnect(session: AsyncSession, user: User, identity_id: UUID, address: str | None) -> None:
    """The provider opens the account no longer. Conflict where nothing else would."""
    if user.password_hash is None and len(await repository.identities(session, user.id)) <= 1:
        raise Conflict("Set a password first: without this provider you could not sign in.")
    if not await repository.drop_identity(session, user.id, identity_id):
        raise NotFound("This provider is not connected.")
    record(session, Action.PROVIDER_DISCONNECTED, user.id, address)


async def _connect(
    session: AsyncSession, provider: Provider, person: Person, owner: User | None, user_id: UUID, address: str | None
) -> Connected:
    if owner is not None and owner.id != user_id:
        raise Conflict(f"This account at {provider.title} opens another account here. Disconnect it there first.")
    if owner is None:
        session.add(Identity(user_id=user_id, provider=provider.name, subject=person.subject))
        await session.flush()
        record(session, Action.PROVIDER_CONNECTED, user_id, address, provider=provider.name)
        if connected := await repository.user_by_id(session, user_id):  # outlasts a new password, so its owner is told
            await send_mail(session, connected.email, "accounts/provider_connected", name=connected.name, provider=provider.title)
    return Connected()


async def _introduce(session: AsyncSession, provider: Provider, person: Person) -> NewPerson:
    if person.email is None:
        raise Conflict(f"{provider.title} does not vouch for your e-mail address. Verify it there, or register with it here.")
    if await repository.user_by_email(session, person.email) is not None:  # said to nobody but the address's owner
        raise Conflict(
            f"Your e-mail address has an account here already. Sign in with your password, then connect {provider.title} on the page Account."
        )
    token = await one_time.issue(
        session, Purpose.PROVIDER_SIGN_UP, provider=provider.name, subject=person.subject, email=person.email, name=person.name
    )
    return NewPerson(token, person.name, person.email)
