"""Planning a cue: between which stations it may begin so that it ends a second before the driver must act.

Lead is counted in seconds at this driver's speed, never in metres (coaching science 1.4, 2.7). A cue that does not fit is
said in its short form, or on an earlier straight by the corner's name, or not at all, with the reason. The earlier straight is
one shortly before the corner where there is one; else the last before it that is long enough, up to the one after the corner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coach.cues.candidate import Candidate, Claim, said_figures
from coach.cues.road import STEADY_S, Road
from coach.cues.settings import CueSettings
from coach.cues.topics import Entry
from coach.wording.spoken import full_cue, short_cue

WORD_S = 0.33  # per word at a normal rate (coaching.md 1.4), until the voice has told the clip's real length
LEAST_CLIP_S = 0.6
PROGRESS = "progress"  # what a call is about that is about no detection


@dataclass(frozen=True, slots=True)
class Form:
    """One wording of a cue. It may begin from `start_m`; begun at `deadline_m` it has just ended at `end_m`.

    `end_m` lies well before the driver brakes or turns for any corner. Stations may go on over the line.
    """

    text: str
    spoken_s: float
    start_m: float
    deadline_m: float
    end_m: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be said: forms in the order of preference, the first usable one is taken. `entry` None: a remark about no topic.

    `about`: of a call, the kind of detection or progress. `action_m`: where the driver must act next, which every form has ended well before.
    """

    entry: Entry | None
    corner: int
    forms: tuple[Form, ...]
    action_m: float
    about: str = ""

    @property
    def first_m(self) -> float:
        """Where the first form may begin."""
        return min(form.start_m for form in self.forms)

    @property
    def last_m(self) -> float:
        """After this nothing of it can be said any more."""
        return max(form.deadline_m for form in self.forms)


def too_close(one: Plan, other: Plan, road: Road, gap_s: float) -> bool:
    """Whether the later of two plans could not wait for `gap_s` of silence after the earlier one, said as soon as it may be."""
    earlier, later = sorted((one, other), key=lambda plan: plan.first_m)
    said = min(earlier.forms, key=lambda form: form.start_m)
    return road.time_at(later.last_m) < road.time_at(said.start_m) + said.spoken_s + gap_s


def apart(plan: Plan, others: Sequence[Plan], road: Road, gap_s: float) -> Plan | None:
    """The plan in those of its forms that are not too close to any of the others; None without one."""
    forms = tuple(form for form in plan.forms if not any(too_close(replace(plan, forms=(form,)), other, road, gap_s) for other in others))
    return replace(plan, forms=forms) if forms else None


def clip_s(text: str, lengths: Mapping[str, float]) -> float:
    """Length of the spoken text: as the voice measured it, else by its words."""
    return lengths.get(text) or max(LEAST_CLIP_S, WORD_S * sum(_words(part) for part in text.split()))


def _words(part: str) -> int:
    """How many words a part of a text is spoken as: numbers are said digit by digit, with their point."""
    return max(1, sum(sign.isdigit() for sign in part) + ("." in part.rstrip(".")))


def plan_cue(entry: Entry, road: Road, from_m: float, settings: CueSettings, lengths: Mapping[str, float]) -> Plan | str:
    """The cue for a topic's next passage after `from_m` (0 .. L), or in words why it cannot be said."""
    candidate = entry.candidate
    full, short = texts_of(candidate, again=bool(entry.cued_for))
    action_m = road.action_m[candidate.topic.corner]
    while action_m <= from_m:
        action_m += road.length_m
    around_s = road.time_at(road.length_m)
    for ahead_s in (min(settings.ahead_s, around_s), around_s):
        for passage_m in (action_m, action_m + road.length_m):  # where the corner is too near already, the next time round
            forms = _forms(full, short, passage_m, road, from_m, ahead_s, settings, lengths)
            if forms:
                return Plan(entry, candidate.topic.corner, forms, passage_m)
    return "no straight is long enough for it"


def _forms(
    full: str, short: str, action_m: float, road: Road, from_m: float, ahead_s: float, settings: CueSettings, lengths: Mapping[str, float]
) -> tuple[Form, ...]:
    """What can be said at most `ahead_s` before a corner: both forms on the straight before it; where only the short one fits, the long one earlier on.

    The short form names no corner: it is for the straight that leads to the corner only.
    """
    acts_s, ends_s = road.time_at(action_m) - settings.trim_s, settings.end_before_action_s
    runs = road.quiet_runs(max(road.time_at(from_m), acts_s - ends_s - ahead_s), acts_s)
    leads_there = bool(runs) and runs[0][1] >= acts_s - ends_s
    here = [_form(text, _settled(runs[0], ends_s), road, settings, lengths) for text in (full, short)] if leads_there else [None, None]
    before = runs[1:] if leads_there else runs
    earlier = (
        None if here[0] else next((form for run in before if (form := _form(full, _settled(run, ends_s), road, settings, lengths))), None)
    )
    return tuple(form for form in (earlier, *here) if form is not None)


def _early(run: tuple[float, float], by_s: float) -> tuple[float, float]:
    """A quiet run that ends so much before the driver is busy again."""
    return run[0], run[1] - by_s


def _settled(run: tuple[float, float], by_s: float) -> tuple[float, float]:
    """The same, begun when the car has come out of the corner before on every lap: it is still turned a little more or less there."""
    return run[0] + STEADY_S, run[1] - by_s


def plan_remark(
    texts: Sequence[str], corner: int, road: Road, from_m: float, settings: CueSettings, lengths: Mapping[str, float]
) -> Plan | str:
    """A remark on the next straight after `from_m` that is long enough for one of its forms, the first that fits, within a lap."""
    for run in reversed(road.quiet_runs(road.time_at(from_m), road.time_at(from_m + road.length_m))):
        quiet = _early(run, settings.end_before_action_s)
        form = next((one for text in texts if (one := _form(text, quiet, road, settings, lengths))), None)
        if form is not None:
            at_once = replace(form, start_m=road.station_at(run[0]))  # a remark need not wait for the last moment
            return Plan(None, corner, (at_once,), road.station_at(run[1]))
    return "no straight is long enough"


@dataclass(frozen=True, slots=True)
class Straight:
    """The straight that the car is on: where it is, where the driver acts next, and for how long it has run straight already."""

    at_m: float
    acts_m: float
    driven_s: float = 0.0


def plan_call(
    text: str, about: str, corner: int, road: Road, straight: Straight, settings: CueSettings, lengths: Mapping[str, float]
) -> Plan | str:
    """A call at once, on the straight after the corner, or in words why it cannot be said."""
    from_s = road.time_at(straight.at_m)
    runs = road.quiet_runs(from_s, road.time_at(straight.acts_m))
    if not runs or straight.driven_s + runs[-1][1] - from_s < settings.call_straight_s:
        return f"the straight is shorter than {settings.call_straight_s:g} s"
    run = runs[-1]
    form = _form(text, _early(run, settings.end_before_action_s), road, settings, lengths)
    if form is None:
        return "it does not end in time on this straight"
    return Plan(None, corner, (replace(form, start_m=road.station_at(run[0])),), road.station_at(run[1]), about)


def _form(text: str, run: tuple[float, float], road: Road, settings: CueSettings, lengths: Mapping[str, float]) -> Form | None:
    """The text as late as it can be in a quiet run (times s), with the margin before; None when it does not fit."""
    length_s = clip_s(text, lengths)
    deadline_s = run[1] - length_s
    if deadline_s < run[0]:
        return None
    start_s = max(run[0], deadline_s - settings.margin_s)
    return Form(text, length_s, road.station_at(start_s), road.station_at(deadline_s), road.station_at(run[1]))


def texts_of(candidate: Candidate, *, again: bool = False) -> tuple[str, str]:
    """What may be said about a candidate: the full sentence and the short form. That it is something to try is said the first time."""
    figures, cause = said_figures(candidate), candidate.topic.cause
    return full_cue(candidate.corner.name, cause, figures, to_try=candidate.claim is Claim.TRY and not again), short_cue(cause, figures)
