"""What the service refuses, as a status and a sentence for the person who asked; never anything about its insides.

RacingCoachError
+-- ServiceError            answered with its status: a page for browsers, problem+json under /api
|   +-- NotFound 404, Forbidden 403, SignInNeeded 401, Conflict 409, NotProcessable 422
|   +-- TooLarge 413, TooMany 429
+-- CannotStart             `racing-coach serve` or `worker` cannot run; the command line prints it and exits with 2
"""

from __future__ import annotations

from coach.errors import RacingCoachError


class ServiceError(RacingCoachError):
    """Refused on purpose. `slug` names the kind for programs: it ends the problem's type."""

    status = 500
    slug = "error"

    def __init__(self, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.headers = headers or {}


class NotFound(ServiceError):
    """Nothing is there, or nothing that the viewer may know of."""

    status = 404
    slug = "not-found"


class Forbidden(ServiceError):
    """The viewer may not do this."""

    status = 403
    slug = "forbidden"


class SignInNeeded(ServiceError):
    """Only for somebody who is signed in."""

    status = 401
    slug = "sign-in-needed"


class Conflict(ServiceError):
    """It does not fit what is already there."""

    status = 409
    slug = "conflict"


class TooLarge(ServiceError):
    """More bytes than this route takes."""

    status = 413
    slug = "too-large"


class NotProcessable(ServiceError):
    """The form or the document cannot be used; `faults` says why, by field."""

    status = 422
    slug = "not-processable"

    def __init__(self, message: str, faults: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.faults = faults or {}


class TooMany(ServiceError):
    """Too often; `after_s` says when to come again."""

    status = 429
    slug = "too-many-requests"

    def __init__(self, message: str, after_s: int) -> None:
        super().__init__(message, headers={"Retry-After": str(max(1, after_s))})


class CannotStart(RacingCoachError):
    """The service cannot run as asked; the message says what to change."""
