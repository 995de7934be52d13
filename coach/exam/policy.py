"""What a coaching policy is: it sees how the last laps compared, corner by corner, and says what to work on next.

The live coach plugs in here. A policy knows laps only through their comparisons: never the student's latent habits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from coach.cues.topic import LapSeen, Topic

TOPICS_PER_SESSION = 3  # coaching.md 0 and 2.7: human coaches keep to three


@dataclass(frozen=True, slots=True)
class Advice:
    """What is said before a corner. `size`: how much the fault is said to be, + as the cause says, in its unit."""

    topic: Topic
    size: float


class Policy(Protocol):
    """One instance coaches one session."""

    def choose(self, laps: Sequence[LapSeen]) -> tuple[Advice, ...]:
        """What to cue on the next lap, from the laps so far (oldest first): at most one per corner, three different topics a session."""
        ...


class BrokenPolicyError(Exception):
    """A policy cued a corner twice on one lap or took up more topics than a session may have: a fault of the policy's code."""


def check(chosen: Sequence[Topic], session: set[Topic]) -> None:
    """Hold a lap's topics against the limits and add them to those of the session."""
    corners = [topic.corner for topic in chosen]
    if len(set(corners)) < len(corners):
        raise BrokenPolicyError(f"two topics at one corner: {chosen}")
    session.update(chosen)
    if len(session) > TOPICS_PER_SESSION:
        raise BrokenPolicyError(f"more than {TOPICS_PER_SESSION} topics in a session: {session}")
