"""The coaching policies that are compared: nothing, chance, always the largest delta, and the rules of coaching science."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from coach.compare.cause import NOT_THE_DRIVER
from coach.compare.comparison import CornerComparison, ReferenceKind
from coach.cues.candidate import candidates
from coach.cues.settings import CueSettings, settings_for
from coach.cues.topic import LapSeen, Topic, corner_seen
from coach.cues.topics import Topics
from coach.exam.policy import TOPICS_PER_SESSION, Advice
from coach.exam.reading import size_in


def topic_of(corner: CornerComparison) -> Topic | None:
    """The corner's first cause that is the driver's own, as a topic."""
    own = next((share.cause for share in corner.verdict.causes if share.cause not in NOT_THE_DRIVER), None)
    return Topic(corner.number, own) if own is not None else None


@dataclass(slots=True)
class Silence:
    """No coach."""

    def choose(self, laps: Sequence[LapSeen]) -> tuple[Advice, ...]:  # noqa: ARG002 - the interface
        """Nothing."""
        return ()


@dataclass(slots=True)
class AtRandom:
    """Cues one of the causes seen on the last lap, drawn by chance, within the session's limit."""

    rng: np.random.Generator
    taken: list[Topic] = field(default_factory=list)

    def choose(self, laps: Sequence[LapSeen]) -> tuple[Advice, ...]:
        """One topic a lap."""
        seen = [topic for corner in laps[-1].corners if (topic := topic_of(corner))] if laps else []
        wanted = seen[int(self.rng.integers(len(seen)))] if seen else None
        return _as_driven(laps, _within_limit(wanted, self.taken, int(self.rng.integers(1 << 30))))


@dataclass(slots=True)
class LargestDelta:
    """Cues the corner that lost most on the last lap, whatever the noise: what a delta bar tells a driver."""

    taken: list[Topic] = field(default_factory=list)

    def choose(self, laps: Sequence[LapSeen]) -> tuple[Advice, ...]:
        """One topic a lap; when the session's topics are used up, the one of them whose corner lost most."""
        if not laps:
            return ()
        by_loss = sorted(laps[-1].corners, key=lambda corner: -corner.time_lost_s)
        topics = [topic for corner in by_loss if (topic := topic_of(corner))]
        if len(self.taken) >= TOPICS_PER_SESSION:
            order = [corner.number for corner in by_loss]
            return _as_driven(laps, min(self.taken, key=lambda topic: order.index(topic.corner)))
        return _as_driven(laps, _within_limit(topics[0] if topics else None, self.taken, 0))


def _within_limit(wanted: Topic | None, taken: list[Topic], pick: int) -> Topic | None:
    """The wanted topic while the session has room for it, else one of those taken up."""
    if wanted is not None and wanted not in taken and len(taken) < TOPICS_PER_SESSION:
        taken.append(wanted)
    if wanted in taken:
        return wanted
    return taken[pick % len(taken)] if taken else None


def _as_driven(laps: Sequence[LapSeen], topic: Topic | None) -> tuple[Advice, ...]:
    """The topic by what was driven on the last lap."""
    if topic is None:
        return ()
    corner = corner_seen(laps[-1], topic.corner)
    return (Advice(topic, size_in(corner.differences, topic)),) if corner is not None else ()


@dataclass(slots=True)
class Ours:
    """The live coach's own rules (`coach/cues`), against an external reference; a topic that is to be cued counts as said.

    `remembers`: whether laps of earlier sessions are proof.
    """

    settings: CueSettings = field(default_factory=settings_for)
    remembers: bool = True
    topics: Topics = field(init=False)

    def __post_init__(self) -> None:
        self.topics = Topics(self.settings)

    def choose(self, laps: Sequence[LapSeen]) -> tuple[Advice, ...]:
        """What the live coach would speak about on the next lap."""
        laps = laps if self.remembers else [lap for lap in laps if not lap.earlier]
        if not laps or laps[-1].earlier:  # a session's first lap has no words: the lap before it is another day's
            return ()
        self.topics.after_lap({ReferenceKind.EXTERNAL: laps}, candidates(laps, ReferenceKind.EXTERNAL, self.settings))
        cued = self.topics.to_cue()[: self.settings.corrections_per_lap]
        for entry in cued:
            entry.cued(laps[-1].number + 1)
        return tuple(Advice(entry.topic, size_in(entry.candidate.figures, entry.topic)) for entry in cued)
