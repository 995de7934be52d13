"""Whether a planned cue is spoken now, in which form, or dropped, and why. It plans nothing and knows no laps.

Every cue ends in exactly one of: spoken, shortened, dropped. A late cue is worse than silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from coach.cues.plan import Form, Plan
from coach.cues.road import Road
from coach.cues.settings import CueSettings
from coach.events import CueState


@dataclass(frozen=True, slots=True)
class Moment:
    """The car when words begun now are heard. `station_m` goes on over the line from the plan's first lap; `silent`: why the coach may not speak, or empty."""

    t_s: float
    station_m: float
    speed_mps: float
    busy: bool  # braking or turning
    silent: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a plan."""

    plan: Plan
    state: CueState
    form: Form
    reason: str


@dataclass(slots=True)
class Arbiter:
    """The plans of the coming lap, and when the voice is free again."""

    settings: CueSettings
    plans: list[Plan] = field(default_factory=list)
    free_at_s: float = -1e9  # end of the last clip
    next_m: float = float("inf")  # nothing is to be decided before this station
    _held: str = ""  # what has kept the plan at hand from being spoken so far

    def add(self, plan: Plan) -> None:
        """Take a plan on; plans are decided in the order of their places."""
        self.plans.append(plan)
        self.plans.sort(key=lambda one: one.first_m)
        self.next_m = self.plans[0].first_m

    def forget(self, plan: Plan) -> None:
        """Give up a plan."""
        self.plans.remove(plan)
        self.next_m = self.plans[0].first_m if self.plans else float("inf")

    def clear(self, topics_only: bool = False) -> list[Plan]:
        """Forget the plans (all, or those of topics) and give them back."""
        gone = [one for one in self.plans if one.entry is not None or not topics_only]
        self.plans = [one for one in self.plans if one not in gone]
        self.next_m = self.plans[0].first_m if self.plans else float("inf")
        self._held = ""
        return gone

    def shift(self, by_m: float) -> None:
        """The line was crossed: stations count on from it again."""
        self.plans = [_shifted(plan, by_m) for plan in self.plans]
        self.next_m += by_m

    def decide(self, now: Moment, road: Road, lengths: Mapping[str, float]) -> Decision | None:
        """The decision that is due now, if any. Call it again in the same tick after a decision.

        `lengths`, s: of texts as the voice has measured them, also since they were planned.
        """
        if now.station_m < self.next_m or not self.plans:
            return None
        plan = _measured(self.plans[0], lengths)
        possible = [form for form in plan.forms if self._in_time(form, plan, now, road)]
        usable = [form for form in possible if form.start_m <= now.station_m]
        held = self._held_back(now)
        if usable and not held:
            return self._settle(plan, CueState.SPOKEN if usable[0] is plan.forms[0] else CueState.SHORTENED, usable[0], now)
        self._held = held or self._held
        if not possible:
            return self._settle(plan, CueState.DROPPED, plan.forms[0], now)
        return None

    def _settle(self, plan: Plan, state: CueState, form: Form, now: Moment) -> Decision:
        self.forget(self.plans[0])
        reason = ""
        if state is CueState.DROPPED:
            reason = self._held or "too late: it would not have ended in time"
        else:
            self.free_at_s = now.t_s + form.spoken_s
            if state is CueState.SHORTENED:
                reason = self._held or "the longer form would not have ended in time"
        self._held = ""
        return Decision(plan, state, form, reason)

    def _held_back(self, now: Moment) -> str:
        if now.silent:
            return now.silent
        if now.busy:
            return "you were braking or turning"
        if now.t_s < self.free_at_s + self.settings.gap_s:
            return f"less than {self.settings.gap_s:g} s after the last cue"
        return ""

    def _in_time(self, form: Form, plan: Plan, now: Moment, road: Road) -> bool:
        """Begun now, the form ends early enough, at the speed the car really has: within its own stretch of quiet, and before the action."""
        return (
            now.station_m <= form.deadline_m
            and _time_left(form.end_m, now, road) >= form.spoken_s
            and _time_left(plan.action_m, now, road) >= form.spoken_s + self.settings.end_before_action_s
        )


def _time_left(to_m: float, now: Moment, road: Road) -> float:
    """Until a station is reached, s: the driver's usual time over these metres, at the car's own pace now."""
    usual_s = road.time_at(to_m) - road.time_at(now.station_m)
    usual_mps = float(road.speed_mps[min(round(max(now.station_m, 0.0) / road.step_m), road.speed_mps.size - 1)])
    return usual_s * min(usual_mps / max(now.speed_mps, 1.0), 1.0)  # a slower car has more time: not counted on


def _measured(plan: Plan, lengths: Mapping[str, float]) -> Plan:
    """With the lengths that are known now: when it was planned, the voice may not have rendered it yet."""
    if all(lengths.get(form.text, form.spoken_s) == form.spoken_s for form in plan.forms):
        return plan
    return replace(plan, forms=tuple(replace(form, spoken_s=lengths.get(form.text, form.spoken_s)) for form in plan.forms))


def _shifted(plan: Plan, by_m: float) -> Plan:
    forms = tuple(
        replace(form, start_m=form.start_m + by_m, deadline_m=form.deadline_m + by_m, end_m=form.end_m + by_m) for form in plan.forms
    )
    return replace(plan, forms=forms, action_m=plan.action_m + by_m)
