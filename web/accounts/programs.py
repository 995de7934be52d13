"""What programs may do for a user: grants, and the tokens that stand for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web.access import Viewer
from web.accounts import repository
from web.accounts.access_tokens import LIFETIME
from web.accounts.context import AccountsContext
from web.accounts.opaque import hash_token, lineage, new_token, row_of, successor
from web.audit import Action, record
from web.models.accounts import Grant
from web.models.base import new_id, now

UNUSED = timedelta(days=180)  # a grant that nobody has used for so long is gone
LOST_ANSWER = timedelta(seconds=60)  # the old refresh token is good so long: the answer with the new one may have been lost
SEEN_EVERY = timedelta(minutes=10)

REJECTED = Viewer(rejected_token=True)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a program gets."""

    access_token: str
    expires_in_s: int
    refresh_token: str
    scopes: frozenset[str]


async def allow(
    session: AsyncSession, context: AccountsContext, user_id: UUID, client: str, scopes: Iterable[str], address: str | None
) -> Tokens:
    """A new grant and its first tokens."""
    grant_id = new_id()
    refresh = lineage(context.lineage_key, grant_id) + new_token()
    grant = Grant(id=grant_id, user_id=user_id, client=client, scopes=sorted(scopes), refresh_hash=hash_token(refresh))
    session.add(grant)
    await session.flush()
    record(session, Action.PROGRAM_ALLOWED, user_id, address)
    return _tokens(context, grant, refresh)


async def refresh(session: AsyncSession, context: AccountsContext, refresh_token: str, address: str | None) -> Tokens | None:
    """New tokens for an old refresh token; None when it is no good.

    One that was replaced a while ago is in two hands, and nobody knows which is the thief's: the grant ends (RFC 9700, 4.14.2).
    """
    presented = hash_token(refresh_token)
    grant = await repository.locked_grant_by_refresh(session, presented)
    if grant is None:
        await _end_by_older(session, context, refresh_token, address)
        return None
    if grant.used_at < now() - UNUSED:
        return None
    if presented != grant.refresh_hash and grant.refreshed_at < now() - LOST_ANSWER:
        grant.revoked_at = now()
        record(session, Action.REFRESH_TOKEN_REUSED, grant.user_id, address)
        return None
    renewed = lineage(context.lineage_key, grant.id) + successor(context.refresh_key, refresh_token)
    if presented == grant.refresh_hash:
        grant.previous_refresh_hash = presented
        grant.refresh_hash = hash_token(renewed)
        grant.refreshed_at = grant.used_at = now()
    return _tokens(context, grant, renewed)


async def _end_by_older(session: AsyncSession, context: AccountsContext, refresh_token: str, address: str | None) -> None:
    """A token from further back: a thief who has renewed it twice must not be the one who stays."""
    grant_id = row_of(context.lineage_key, refresh_token)
    grant = await repository.locked_grant(session, grant_id) if grant_id else None
    if grant is not None:
        grant.revoked_at = now()
        record(session, Action.REFRESH_TOKEN_REUSED, grant.user_id, address)


async def end_by_token(session: AsyncSession, refresh_token: str, address: str | None) -> None:
    """The program signs itself out; a token that is no good is no error (RFC 7009, 2.2)."""
    grant = await repository.locked_grant_by_refresh(session, hash_token(refresh_token))
    if grant is not None:
        grant.revoked_at = now()
        record(session, Action.PROGRAM_ENDED, grant.user_id, address)


async def viewer_of(session: AsyncSession, context: AccountsContext, access_token: str) -> Viewer:
    """For whom a program asks, and what it may."""
    claims = context.access_tokens.read(access_token)
    found = await repository.grant_with_user(session, claims.grant_id, claims.user_id) if claims else None
    if claims is None or found is None:
        return REJECTED
    grant, user = found
    if grant.used_at < now() - SEEN_EVERY:
        grant.used_at = now()
    return Viewer(user_id=user.id, name=user.name, scopes=claims.scopes & frozenset(grant.scopes), grant_id=grant.id)


def _tokens(context: AccountsContext, grant: Grant, refresh_token: str) -> Tokens:
    access = context.access_tokens.issue(grant.user_id, grant.id, grant.scopes)
    return Tokens(access, int(LIFETIME.total_seconds()), refresh_token, frozenset(grant.scopes))
