"""Which laps of a session are kept for the analysis of the coming ones: memory stays flat however long it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

NEWEST_KEPT = 8  # laps behind patterns, scatter and the road
FASTEST_KEPT = 4  # beside the newest: what the car can do shows on the fast ones
MAP_LAPS = 3  # after these the corners stay as they are, so that a topic's corner cannot move

T = TypeVar("T")


def kept(laps: Sequence[T], time_s: Callable[[T], float]) -> list[T]:
    """The newest laps and the fastest of the older ones, in their order (oldest first)."""
    older = range(max(0, len(laps) - NEWEST_KEPT))
    fastest = sorted(older, key=lambda k: time_s(laps[k]))[:FASTEST_KEPT]
    return [laps[k] for k in sorted(fastest)] + list(laps[-NEWEST_KEPT:])
