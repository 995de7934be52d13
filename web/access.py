"""Who may use which route: declared at each route, decided here and nowhere else.

Which *objects* somebody sees is another matter: queries in the repositories are scoped by owner or visibility.
`tests/web/test_access.py` walks all routes as stranger, other user, administrator and program.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from web.errors import Forbidden, SignInNeeded
from web.http.body import whole_body

SIGN_IN_PATH = "/sign-in"


class ProgramScope(StrEnum):
    """What a program may be allowed to do in a user's name."""

    LAPS_READ = "laps:read"
    LAPS_WRITE = "laps:write"
    REFERENCES_READ = "references:read"
    REFERENCES_WRITE = "references:write"
    CONSENT = "consent"
    PROFILE = "profile"

    @property
    def meaning(self) -> str:
        """In the words of the page that asks for it."""
        return {
            ProgramScope.LAPS_READ: "see your laps",
            ProgramScope.LAPS_WRITE: "send, change and delete your laps",
            ProgramScope.REFERENCES_READ: "see and download reference laps that you can see",
            ProgramScope.REFERENCES_WRITE: "mark your laps as references and share them",
            ProgramScope.CONSENT: "see and change whether your laps train the coach",
            ProgramScope.PROFILE: "see your name and e-mail address",
        }[self]


ALL_SCOPES = frozenset(ProgramScope)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. A browser that is signed in has a `browser_session_id`, a program a `grant_id`, a stranger neither."""

    user_id: UUID | None = None
    name: str = ""
    is_admin: bool = False
    scopes: frozenset[str] = frozenset()
    browser_session_id: UUID | None = None
    grant_id: UUID | None = None
    rejected_token: bool = False  # a bearer token came and was no good

    @property
    def in_browser(self) -> bool:
        """Whether somebody is signed in with a browser."""
        return self.browser_session_id is not None

    @property
    def known_id(self) -> UUID:
        """The user's id where the route's audience guarantees that there is one."""
        if self.user_id is None:
            raise SignInNeeded("Sign in first.")
        return self.user_id


STRANGER = Viewer()


def viewer_of(request: Request) -> Viewer:
    """Who asks."""
    viewer: Viewer = request.scope["user"]
    return viewer


class Door(StrEnum):
    """The kinds of audience."""

    PUBLIC = "public"
    USER = "user"
    ADMIN = "admin"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may use a route. `scope` belongs to PROGRAM: users in a browser may use these routes, too, as the pages' scripts do."""

    door: Door
    scope: ProgramScope | None = None

    def admits(self, viewer: Viewer) -> bool:
        """Whether this viewer may."""
        match self.door:
            case Door.PUBLIC:
                return True
            case Door.USER:
                return viewer.in_browser
            case Door.ADMIN:
                return viewer.in_browser and viewer.is_admin
            case Door.PROGRAM:
                return viewer.in_browser or (viewer.grant_id is not None and self.scope in viewer.scopes)


PUBLIC = Audience(Door.PUBLIC)
USER = Audience(Door.USER)
ADMIN = Audience(Door.ADMIN)


def program(scope: ProgramScope) -> Audience:
    """Programs with this scope, and users in a browser."""
    return Audience(Door.PROGRAM, scope)


Endpoint = Callable[[Request], Awaitable[Response]]


class GuardedRoute(Route):
    """A route with its audience. The service has no other kind: `unguarded` finds those that slipped in."""

    body_first = True  # files are written to disk as they come instead

    def __init__(
        self, path: str, endpoint: Endpoint, *, audience: Audience, methods: list[str] | None = None, name: str | None = None
    ) -> None:
        super().__init__(path, endpoint, methods=methods, name=name)
        self.audience = audience

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Route does, and the audience goes along for those who log or count."""
        match, child = super().matches(scope)
        return match, {**child, "audience": self.audience} if match is not Match.NONE else child

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in whom the audience admits; send a stranger with a browser to the sign-in page and back."""
        viewer: Viewer = scope["user"]
        if self.audience.door is Door.PUBLIC and viewer.grant_id is not None:
            scope["user"] = STRANGER  # what its user may see on a public page is in none of a program's scopes
        if self.audience.admits(viewer):
            if self.body_first and scope["method"] not in {"GET", "HEAD"}:
                receive = await whole_body(receive)
            await super().handle(scope, receive, send)
            return
        if viewer.user_id is not None:
            raise Forbidden(
                "Your account may not use this page."
                if viewer.in_browser
                else "This needs a permission that the program has not been given."
            )
        if self.audience.door is Door.PROGRAM:
            challenge = 'Bearer error="invalid_token"' if viewer.rejected_token else "Bearer"
            raise SignInNeeded("Sign in first: this needs a valid access token.", headers={"WWW-Authenticate": challenge})
        if scope["method"] in {"GET", "HEAD"}:
            request = Request(scope)
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            await RedirectResponse(f"{SIGN_IN_PATH}?next={quote(target, safe='')}", 303)(scope, receive, send)
            return
        raise SignInNeeded("You are signed out. Sign in and send it again: what you typed is still in the other tab.")


def safe_next(target: str | None, default: str = "/") -> str:
    """Where to go after signing in: a path of this site, whatever was asked for. Two slashes of any kind name another site to a browser."""
    if (
        not target
        or not target.startswith("/")
        or target[1:2] in {"/", "\\"}
        or any(ord(letter) < 32 or letter == "\\" for letter in target)
    ):
        return default
    return target
