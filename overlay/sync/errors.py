"""What can go wrong with the service, in words for the driver. A network that is not there is `coach.errors.Unreachable`."""

from __future__ import annotations

from coach.errors import RacingCoachError, Unreachable


class SignedOut(RacingCoachError):
    """No account is connected, or its owner has ended this program's access."""


class Refused(RacingCoachError):
    """The service answered, and said no. `status` is HTTP's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Busy(Unreachable):
    """The service asks to come again later."""

    def __init__(self, message: str, after_s: float) -> None:
        super().__init__(message)
        self.after_s = after_s
