"""Browsers that are signed in: an opaque token in a cookie, its hash in the database."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection
from starlette.responses import Response

from web.access import STRANGER, Viewer
from web.accounts import repository
from web.accounts.opaque import hash_token, new_token
from web.models.accounts import BrowserSession, User
from web.models.base import now
from web.settings import Settings

IDLE = timedelta(days=30)
LONGEST = timedelta(days=180)  # after that somebody proves again who they are
SEEN_EVERY = timedelta(minutes=10)  # a write per page would be a write too many
FRESH = timedelta(minutes=10)
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))


def cookie_name(settings: Settings) -> str:
    """`__Host-`: a browser takes it over https only, from this host only, and no sub-domain can set it."""
    return "__Host-session" if settings.https else "session"


async def sign_in(session: AsyncSession, settings: Settings, response: Response, user: User, user_agent: str) -> BrowserSession:
    """Sign a browser in under a token it did not have before."""
    token = new_token()
    row = BrowserSession(token_hash=hash_token(token), user_id=user.id, browser=describe(user_agent))
    session.add(row)
    await session.flush()
    response.set_cookie(
        cookie_name(settings), token, max_age=int(LONGEST.total_seconds()), path="/", secure=settings.https, httponly=True, samesite="lax"
    )
    return row


def forget(settings: Settings, response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.https, httponly=True, samesite="lax")


async def viewer_of(session: AsyncSession, settings: Settings, connection: HTTPConnection) -> Viewer:
    """Who is signed in with this browser."""
    token = connection.cookies.get(cookie_name(settings))
    if not token:
        return STRANGER
    found = await repository.browser_session(session, hash_token(token))
    if found is None:
        return STRANGER
    if found.seen_at < now() - IDLE or found.created_at < now() - LONGEST:
        return STRANGER
    if found.seen_at < now() - SEEN_EVERY:
        await repository.browser_seen(session, found.id)
    return Viewer(user_id=found.user_id, name=found.name, is_admin=found.is_admin, browser_session_id=found.id)


def is_fresh(row: BrowserSession) -> bool:
    """Whether this browser signed in a moment ago: stands in for a password where there is none."""
    return row.created_at > now() - FRESH


def describe(user_agent: str) -> str:
    """Such as Firefox on Windows: so that its owner knows it again, and no more than that is kept."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
