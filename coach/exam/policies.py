"""The coaching policies that are compared: nothing, chance, always the largest delta, and the rules of coaching science."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from coach.compare.cause import NOT_THE_DRIVER
from coach.compare.comparison import CornerComparison
from coach.exam.policy import TOPICS_PER_SESSION, LapSeen, Topic

LEAST_LOSS_S = 0.10  # coaching.md 0: loss before speaking about a corner
LAPS_NEEDED = 3  # coaching.md 0, as the next: comparable laps, and in how many of them the pattern must show
LAPS_SEEN = 2
LAPS_PER_TOPIC = 6  # coaching.md 0: 5 to 6
WITHIN_BAND_LAPS = 2  # a topic is done when the habit stays inside the driver's own noise for two laps


def topic_of(corner: CornerComparison) -> Topic | None:
    """The corner's first cause that is the driver's own, as a topic."""
    own = next((share.cause for share in corner.verdict.causes if share.cause not in NOT_THE_DRIVER), None)
    return Topic(corner.number, own) if own is not None else None


@dataclass(slots=True)
class Silence:
    """No coach."""

    def choose(self, laps: Sequence[LapSeen]) -> tuple[Topic, ...]:  # noqa: ARG002 - the interface
        """Nothing."""
        return ()


@dataclass(slots=True)
class AtRandom:
    """Cues one of the causes seen on the last lap, drawn by chance, within the session's limit."""

    rng: np.random.Generator
    taken: list[Topic] = field(default_factory=list)

    def choose(self, laps: Sequence[LapSeen]) -> tuple[Topic, ...]:
        """One topic a lap."""
        seen = [topic for corner in laps[-1].corners if (topic := topic_of(corner))] if laps else []
        return _within_limit(seen[int(self.rng.integers(len(seen)))] if seen else None, self.taken, int(self.rng.integers(1 << 30)))


@dataclass(slots=True)
class LargestDelta:
    """Cues the corner that lost most on the last lap, whatever the noise: what a delta bar tells a driver."""

    taken: list[Topic] = field(default_factory=list)

    def choose(self, laps: Sequence[LapSeen]) -> tuple[Topic, ...]:
        """One topic a lap; when the session's topics are used up, the one of them whose corner lost most."""
        if not laps:
            return ()
        by_loss = sorted(laps[-1].corners, key=lambda corner: -corner.time_lost_s)
        topics = [topic for corner in by_loss if (topic := topic_of(corner))]
        if len(self.taken) >= TOPICS_PER_SESSION:
            order = [corner.number for corner in by_loss]
            return (min(self.taken, key=lambda topic: order.index(topic.corner)),)
        return _within_limit(topics[0] if topics else None, self.taken, 0)


def _within_limit(wanted: Topic | None, taken: list[Topic], pick: int) -> tuple[Topic, ...]:
    """The wanted topic while the session has room for it, else one of those taken up."""
    if wanted is not None and wanted not in taken and len(taken) < TOPICS_PER_SESSION:
        taken.append(wanted)
    if wanted in taken:
        return (wanted,) if wanted is not None else ()
    return (taken[pick % len(taken)],) if taken else ()


@dataclass(slots=True)
class Ours:
    """The rules of coaching.md 0 and 2.7: one topic at a time, only what several laps prove, silent inside the driver's own noise."""

    current: Topic | None = None
    laps_on_it: int = 0
    taken: list[Topic] = field(default_factory=list)

    def choose(self, laps: Sequence[LapSeen]) -> tuple[Topic, ...]:
        """The topic in work unless it was just within the band; a new one when it is done."""
        if self.current is not None and (self.laps_on_it >= LAPS_PER_TOPIC or self._automatic(laps)):
            self.current = None
        if self.current is None:
            self._take_up(laps)
        if self.current is None:
            return ()
        self.laps_on_it += 1
        return (self.current,) if _price(laps[-1], self.current) > _noise(laps[-1], self.current) else ()

    def _automatic(self, laps: Sequence[LapSeen]) -> bool:
        """Whether the habit stayed within the noise on the last laps."""
        assert self.current is not None
        last = laps[-WITHIN_BAND_LAPS:]
        return self.laps_on_it >= WITHIN_BAND_LAPS and all(_price(lap, self.current) <= _noise(lap, self.current) for lap in last)

    def _take_up(self, laps: Sequence[LapSeen]) -> None:
        """The topic with the largest mean price over the last laps among those that are proven."""
        last = laps[-LAPS_NEEDED:]
        if len(last) < LAPS_NEEDED or len(self.taken) >= TOPICS_PER_SESSION:
            return
        prices = {topic: float(np.mean([_price(lap, topic) for lap in last])) for topic in _topics(last) if self._proven(topic, last)}
        if prices:
            self.current = max(prices, key=lambda topic: prices[topic])
            self.laps_on_it = 0
            self.taken.append(self.current)

    def _proven(self, topic: Topic, last: Sequence[LapSeen]) -> bool:
        """First cause on two of three laps and on the newest, sure of it once, and worth speaking of."""
        corners = [_corner(lap, topic.corner) for lap in last]
        first = [corner is not None and topic_of(corner) == topic for corner in corners]
        sure = any(corner is not None and is_first and corner.verdict.confident for corner, is_first in zip(corners, first, strict=True))
        loss = float(np.mean([corner.time_lost_s for corner in corners if corner is not None]))
        return (
            topic not in self.taken
            and sum(first) >= LAPS_SEEN
            and first[-1]
            and sure
            and loss >= max(LEAST_LOSS_S, _noise(last[-1], topic))
        )


def _topics(laps: Sequence[LapSeen]) -> list[Topic]:
    return list(dict.fromkeys(topic for lap in laps for corner in lap.corners if (topic := topic_of(corner))))


def _corner(lap: LapSeen, number: int) -> CornerComparison | None:
    return next((corner for corner in lap.corners if corner.number == number and not corner.excluded), None)


def _price(lap: LapSeen, topic: Topic) -> float:
    """What the topic's cause cost on that lap, s; 0 where it was not named."""
    corner = _corner(lap, topic.corner)
    return sum(share.time_lost_s for share in corner.verdict.causes if share.cause is topic.cause) if corner else 0.0


def _noise(lap: LapSeen, topic: Topic) -> float:
    corner = _corner(lap, topic.corner)
    return corner.verdict.noise_s if corner else np.inf
