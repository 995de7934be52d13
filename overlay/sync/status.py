"""How overlay and service stand, as the driver reads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What the driver reads."""

    SIGNED_OUT = "signed out"
    OFFLINE = "offline"
    NOT_SHARING = "not sharing"
    ON_TRACK = "waiting until the car stands"
    SENDING = "sending"
    UP_TO_DATE = "up to date"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Status:
    """How it stands. `says`: why, in a sentence; `waiting`: laps that still have to go."""

    mode: Mode = Mode.SIGNED_OUT
    account: str = ""
    waiting: int = 0
    sent: int = 0  # since the program began
    dead: int = 0
    says: str = ""

    @property
    def line(self) -> str:
        """As one line."""
        parts = [self.mode.value if not self.account else f"{self.account}: {self.mode.value}"]
        parts += [f"{self.waiting} laps wait" if self.waiting > 1 else "1 lap waits"] * bool(self.waiting) + [f"{self.sent} sent"] * bool(
            self.sent
        )
        parts += [f"{self.dead} refused"] * bool(self.dead)
        return ", ".join(parts) + (f". {self.says}" if self.says else "")
