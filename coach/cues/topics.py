"""The topics of a session: taken up one after the other, silent inside the driver's own noise, put to rest, brought back, closed.

Human coaches keep to three topics a session and five or six laps each, and go on only when a topic has become automatic
(coaching science 2.7); where another corner turns out to cost clearly more, a topic waits. Speaking only outside the band keeps
what was learned when the coach is off again (1.3).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import fmean

import numpy as np

from coach.compare.cause import Cause
from coach.compare.comparison import CornerComparison, ReferenceKind
from coach.compare.differences import mean_differences
from coach.cues.candidate import CLEARLY_THE_LOSS, Candidate, Claim, missing
from coach.cues.done import Done, action_in, done
from coach.cues.effect import Effect, effect, flattery, pooled_scatter
from coach.cues.settings import CueSettings
from coach.cues.topic import LapSeen, Topic, corner_seen, price_of

Seen = Mapping[ReferenceKind, Sequence[LapSeen]]  # comparable laps, oldest first, against each kind of reference there is

# A cue about these asks for less than the driver does: who loses the car there needs it all the more.
ASKS_FOR_LESS = frozenset({Cause.BRAKE_LATE, Cause.LOCKUP, Cause.WHEELSPIN, Cause.UNDERSTEER, Cause.OVERSTEER})
LOST_CAR = "you spun or left the track there after it was said"
BACK_OF = 3  # newest laps by which a habit is in or out of the band; two of them outside bring it back


class TopicState(StrEnum):
    """Where a topic stands."""

    WORKING = "working"
    WAITING = "waiting"  # another corner clearly costs more: silent until there is room again
    RESTING = "resting"  # the habit has come in: silent, and watched
    CLOSED = "closed"  # its laps are used up


IN_HAND = frozenset({TopicState.WORKING, TopicState.WAITING})


@dataclass(frozen=True, slots=True)
class Told:
    """What one lap tells about a topic, s: the price of its cause, the loss at its corner, and how much of that scatter alone explains."""

    price_s: float
    lost_s: float
    noise_s: float


@dataclass(slots=True)
class Entry:
    """A topic in work."""

    candidate: Candidate
    state: TopicState
    before_s: tuple[float, ...]  # losses at its corner on the laps that proved it, and after them until its first cue
    flattered_s: float = 0.0  # by how much being chosen makes the sum of `before_s` too large
    since_s: list[float] = field(default_factory=list)  # losses on the laps since
    before_action: tuple[float, ...] = ()  # what its cue asks to change (done.py), on the laps of `before_s`
    since_action: list[float] = field(default_factory=list)
    proof: tuple[Told, ...] = ()  # of the laps that proved it
    told: list[Told] = field(default_factory=list)  # of each lap since
    driven: list[Mapping[str, float]] = field(default_factory=list)  # differences of the newest laps: the amounts that are said
    laps: int = 0  # on which it could be worked on, since it was taken up or came back
    cued_for: list[int] = field(default_factory=list)  # numbers of the laps that its cues were about
    silenced: int | None = None  # number of the newest lap on which its cue was due and nothing could be said
    praised: bool = False  # its effect was said
    taken_back: bool = False  # he lost the car at its corner once it had been said
    gave_way: bool = False  # nothing could be said about it: it has cost the driver no attention
    noted: int = -1  # number of the newest lap taken note of

    @property
    def topic(self) -> Topic:
        """What it is about."""
        return self.candidate.topic

    def cued(self, lap: int) -> None:
        """It was said, for its passage on that lap."""
        self.cued_for.append(lap)

    @property
    def first_cued(self) -> int | None:
        """Number of the lap that its first cue was about."""
        return self.cued_for[0] if self.cued_for else None

    def count_anew(self, by: int) -> None:
        """The laps are numbered from the start again: what was before has so much smaller numbers."""
        self.cued_for = [lap - by for lap in self.cued_for]
        self.noted -= by
        self.silenced = None

    def asked_on(self, lap: int) -> bool:
        """Whether he had been asked for more on that lap."""
        return self.topic.cause not in ASKS_FOR_LESS and self.first_cued is not None and self.first_cued <= lap

    @property
    def running(self) -> int:
        """Laps running for which it was cued, up to the newest: the last one noted, or the one after it, whose cue may have come before the line."""
        newest = max([self.noted, *self.cued_for])
        return next((n for n in range(len(self.cued_for)) if newest - n not in self.cued_for), len(self.cued_for))

    @property
    def inside(self) -> int:
        """Laps in a row, up to the newest, on which the habit cost no more than the driver's noise."""
        return next((n for n in range(len(self.told)) if not self._inside(len(self.told) - n)), len(self.told))

    def _inside(self, laps: int) -> bool:
        """After so many laps: nothing was lost at the corner, or the newest three together say so.

        One lap tells well what was lost, but often blames the wrong cause (docs/exam.md); the price of a lasting habit is a mean over laps.
        """
        newest = (*self.proof, *self.told[:laps])[-BACK_OF:]
        price_s, noise_s = fmean(one.price_s for one in newest), fmean(one.noise_s for one in newest) / math.sqrt(len(newest))
        return newest[-1].lost_s <= newest[-1].noise_s or price_s <= noise_s


@dataclass(frozen=True, slots=True)
class Change:
    """A topic whose state changed, and why."""

    topic: Topic
    candidate: Candidate
    state: str
    reason: str


@dataclass(slots=True)
class Topics:
    """The topics of one session. `after_lap` once per comparable lap; `to_cue` names what to speak about on the next one."""

    settings: CueSettings
    entries: list[Entry] = field(default_factory=list)

    def after_lap(self, laps: Seen, found: Sequence[Candidate]) -> tuple[Change, ...]:
        """Take note of the newest lap, then take up what is free to be taken up."""
        changes = []
        for entry in self.entries:
            if laps.get(entry.candidate.kind):
                self._note(entry, laps[entry.candidate.kind][-1])
            change = self._moved(entry, found)
            if change:
                changes.append(change)
        waits = self._make_way(found)
        beaten_s = max((CLEARLY_THE_LOSS * change.candidate.gain_s for change in waits), default=0.0)
        return (*changes, *waits, *self.take_up(laps, found, beaten_s))

    def to_cue(self) -> tuple[Entry, ...]:
        """Topics in work whose habit showed on the newest lap that tells, and can still be seen in what the driver does.

        Inside the band nothing is said, nor where he already does what the cue would ask for, nor on too many laps running.
        """
        return tuple(one for one in self.entries if one.state is TopicState.WORKING and not self.why_silent(one))

    def why_silent(self, entry: Entry) -> str:
        """Why a topic in work is not spoken about on the next lap; empty where it is."""
        if entry.inside:
            return "within your own noise on the last lap"
        if not missing(entry.topic.cause, entry.candidate.figures) > 0.0:
            return "you already do what it would ask for"
        if entry.running < self.settings.cues_running:
            return ""
        return f"said on {'the last lap' if entry.running == 1 else f'{entry.running} laps running'}, so not on this one"

    def give_way(self, entry: Entry, reason: str) -> Change:
        """A topic about which nothing can be said makes room, also among those of a session."""
        entry.gave_way = True
        return self._set(entry, TopicState.CLOSED, reason)

    def count_anew(self, by: int) -> None:
        """Another session of the same car and track numbers its laps from the start again."""
        for entry in self.entries:
            entry.count_anew(by)

    def praised(self, corner: int, *, said: bool = True) -> None:
        """Whether what the topic of that corner has brought was said: once is enough."""
        for entry in self.entries:
            if entry.topic.corner == corner:
                entry.praised = said

    def take_back(self, corners: Collection[int], lap: int) -> tuple[Change, ...]:
        """The driver lost the car at these corners (one, or several that are linked) on that lap: what is asked for there is asked no more."""
        asked = [one for one in self.entries if one.state in IN_HAND and one.topic.corner in corners and one.asked_on(lap)]
        for one in asked:
            one.taken_back = True
        return tuple(self._set(one, TopicState.CLOSED, LOST_CAR) for one in asked)

    def is_done_with(self, topic: Topic) -> bool:
        """Whether its corner has come in since it was spoken about, or the car was lost there when he was asked for more.

        Of less one may still speak; and what came to rest before a word was said has not come in: two laps were within the noise.
        """
        there = [one for one in self.entries if one.topic.corner == topic.corner]
        came_in = any(one.state is TopicState.RESTING and one.cued_for for one in there)
        return came_in or any(one.taken_back and topic.cause not in ASKS_FOR_LESS for one in there)

    def effect_of(self, entry: Entry) -> Effect | None:
        """Before against since; None until it was cued and two laps stand on either side."""
        return effect(entry.before_s, entry.since_s, entry.flattered_s / max(1, len(entry.before_s))) if entry.cued_for else None

    def done_of(self, entry: Entry) -> Done | None:
        """Whether he does what its cues ask for; None where that cannot be measured, or not yet."""
        if not entry.cued_for or len(entry.before_s) < 2 or len(entry.since_s) < 2:
            return None
        scatter_s = pooled_scatter(np.array(entry.before_s), np.array(entry.since_s))
        flattered = entry.flattered_s / len(entry.before_s) / scatter_s if scatter_s > 0.0 else 0.0
        return done(entry.topic.cause, entry.before_action, entry.since_action, flattered)

    def _note(self, entry: Entry, lap: LapSeen) -> None:
        """Each lap once: a lap that has become the reference itself is not among the laps, and the one before comes again."""
        corner = corner_seen(lap, entry.topic.corner)
        if lap.number == entry.noted or corner is None:
            return
        entry.laps += entry.state is not TopicState.WAITING and entry.silenced != lap.number
        entry.noted = lap.number
        entry.told.append(_told(lap, corner, entry.topic))
        entry.driven = [*entry.driven, corner.differences][-self.settings.laps_needed :]
        entry.candidate = replace(entry.candidate, figures=mean_differences(entry.driven), newest=corner.differences)
        action = action_in(entry.topic.cause, corner.own_phases)
        if entry.first_cued is not None and lap.number >= entry.first_cued:
            entry.since_s.append(corner.time_lost_s)
            entry.since_action.append(action)
        else:
            entry.before_s = (*entry.before_s, corner.time_lost_s)
            entry.before_action = (*entry.before_action, action)

    def _moved(self, entry: Entry, found: Sequence[Candidate]) -> Change | None:
        """Put to rest, brought back or closed."""
        if entry.state in IN_HAND:
            fresh = next((one for one in found if one.topic == entry.topic), None)
            entry.candidate = replace(fresh, figures=entry.candidate.figures, newest=entry.candidate.newest) if fresh else entry.candidate
            if entry.laps and entry.inside >= self.settings.within_band_laps:
                return self._set(entry, TopicState.RESTING, f"{entry.inside} laps within your own noise")
            if entry.laps >= self.settings.laps_per_topic:
                return self._set(entry, TopicState.CLOSED, f"{entry.laps} laps on it are enough for one session")
        elif entry.state is TopicState.RESTING and self._room():
            late = entry.told[-BACK_OF:]
            if entry.inside == 0 and sum(one.price_s > one.noise_s for one in late) >= self.settings.laps_seen:
                return self._set(entry, TopicState.WORKING, "it is back")
        return None

    def _set(self, entry: Entry, state: TopicState, reason: str) -> Change:
        entry.laps = entry.laps if TopicState.WAITING in (entry.state, state) else 0
        entry.state = state
        return Change(entry.topic, entry.candidate, state.value, reason)

    def _room(self) -> bool:
        return sum(one.state is TopicState.WORKING for one in self.entries) < self.settings.topics_at_once

    def _make_way(self, found: Sequence[Candidate]) -> tuple[Change, ...]:
        """The cheapest topic in work waits where a corner that has had no turn clearly costs more.

        It was taken up when fewer laps had told what costs most, and has been spoken about on as many as a proof takes.
        """
        working = [one for one in self.entries if one.state is TopicState.WORKING]
        free = next((one for one in found if all(entry.topic.corner != one.topic.corner for entry in self.entries)), None)
        if not working or free is None or self._room() or self._used_up():
            return ()
        least = min(working, key=lambda one: one.candidate.gain_s)
        less_sure = free.claim is Claim.TRY and least.candidate.claim is not Claim.TRY
        if less_sure or len(least.cued_for) < self.settings.laps_needed or free.gain_s < CLEARLY_THE_LOSS * least.candidate.gain_s:
            return ()
        return (self._set(least, TopicState.WAITING, f"{free.corner.name} costs clearly more"),)

    def _used_up(self) -> bool:
        """Whether the session has had its topics."""
        return sum(not one.gave_way for one in self.entries) >= self.settings.topics_per_session

    def take_up(self, laps: Seen, found: Sequence[Candidate], beaten_s: float = 0.0) -> list[Change]:
        """Candidates that there is room for, in their order; what waits comes back in its turn.

        `beaten_s`: a new one had to cost more than that to be taken up, which flatters it as the least loss worth words does.
        """
        changes: list[Change] = []
        for candidate in found:
            there = next((one for one in self.entries if one.topic.corner == candidate.topic.corner), None)
            if not self._room():
                break
            if there is not None:  # one topic a corner; one that is at rest or closed there has had its turn
                waits = there.state is TopicState.WAITING and there.topic == candidate.topic
                changes += [self._set(there, TopicState.WORKING, "it is its turn again")] if waits else []
            elif not self._used_up():
                self.entries.append(self._entry(candidate, laps[candidate.kind][-self.settings.laps_looked_at :], beaten_s))
                earlier = f", {candidate.n_earlier} of them of earlier sessions" if candidate.n_earlier else ""
                reason = f"{candidate.claim.value}: {candidate.gain_s:.2f} s a lap over {candidate.n} laps{earlier}"
                changes.append(Change(candidate.topic, candidate, "taken up", reason))
        return changes

    def _entry(self, candidate: Candidate, proof: Sequence[LapSeen], beaten_s: float) -> Entry:
        seen = [(lap, corner) for lap in proof if (corner := corner_seen(lap, candidate.topic.corner)) is not None]
        return Entry(
            candidate,
            TopicState.WORKING,
            tuple(corner.time_lost_s for _, corner in seen),
            len(seen) * flattery(candidate.topic.corner, proof, max(self.settings.least_loss_s, beaten_s)),
            before_action=tuple(action_in(candidate.topic.cause, corner.own_phases) for _, corner in seen),
            proof=tuple(_told(lap, corner, candidate.topic) for lap, corner in seen),
            driven=[corner.differences for _, corner in seen],
            noted=proof[-1].number,
        )


def _told(lap: LapSeen, corner: CornerComparison, topic: Topic) -> Told:
    return Told(price_of(lap, topic), corner.time_lost_s, corner.verdict.noise_s)
