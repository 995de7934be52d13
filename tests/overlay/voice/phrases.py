"""Phrases as a coach says them: every sentence of the catalogue that has no figure in it, and some with figures."""

from __future__ import annotations

from coach.wording import catalogue
from coach.wording.quantity import spoken_later, spoken_time

PHRASES = [
    *(entry["next"] for entry in catalogue()["cause"].values() if entry["next"]),
    catalogue()["voice"]["test"],
    f"Turn three: brake {spoken_later(10)}.",
    f"Turn one: brake {spoken_later(-25)}.",
    f"That was {spoken_time(0.2)}.",
]
