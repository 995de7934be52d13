"""What is said in a session, planned after a lap and decided on the straight, and every reason for silence, as events."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from coach.cues.arbiter import Decision, Moment
from coach.cues.plan import PROGRESS, Form, Plan, apart, plan_cue, plan_remark, too_close
from coach.cues.road import Road
from coach.cues.topic import Topic
from coach.cues.topics import Change, Entry, TopicState
from coach.events import CueState, Event, EventKind
from coach.live.state import Output, State, event_about, event_now
from coach.telemetry.frame import Frame
from coach.wording.spoken import best_lap, effect

WAITING = "waiting for clean laps"
BRAKING = 0.05  # of the pedal: coaching.md 2.4's onset


def note_silence(frame: Frame, state: State, out: list[Output]) -> None:
    """The coach's mode, said when it changes."""
    reason = state.silence.reason(frame)
    if not reason and state.report is None:
        reason = WAITING
    change_mode(reason, state, out)


def change_mode(reason: str, state: State, out: list[Output]) -> None:
    """Silent for a reason, or allowed to speak; told when it changes."""
    if reason != state.silent:
        state.silent = reason
        out.append(event_now(EventKind.STATUS, state, state="silent" if reason else "coaching", reason=reason))


def is_busy(frame: Frame, state: State) -> bool:
    """Whether the driver brakes or turns."""
    return frame["brake_frac"] > BRAKING or frame["brake_raw_frac"] > BRAKING or abs(state.lateral_mps2) > state.settings.turning_mps2


def speak(frame: Frame, state: State, out: list[Output]) -> None:
    """Decide the plan that is due, for the moment at which the driver hears what is decided now."""
    road, place = state.road, state.place
    heard_m = place.station_m + state.heard_after_s * place.speed_mps
    if road is None or heard_m < state.arbiter.next_m:
        return
    heard_s = place.t_s + state.heard_after_s
    busy = is_busy(frame, state)
    while state.arbiter.plans:
        used_up = state.corrections >= state.settings.corrections_per_lap and state.arbiter.plans[0].entry is not None
        silent = state.silent or (at_most(state.settings.corrections_per_lap, "correction") if used_up else "")
        decision = state.arbiter.decide(Moment(heard_s, heard_m, place.speed_mps, busy, silent), road, state.clips_s)
        if decision is None:
            return
        _settle(decision, state, out)


def at_most(count: int, what: str) -> str:
    """Why nothing more of a kind is said on this lap."""
    return f"at most {count} {what}{'' if count == 1 else 's'} a lap" if count else f"{what}s are switched off"


def _settle(decision: Decision, state: State, out: list[Output]) -> None:
    plan = decision.plan
    about = _about(plan, state)
    if decision.state is not CueState.DROPPED:
        state.said = plan
        if plan.entry is None:
            state.remarks += 1
            if plan.about:
                state.watch.called[plan.corner, plan.about] = state.lap
            elif plan.corner:
                state.topics.praised(plan.corner)
        else:
            state.corrections += 1
            plan.entry.cued(about)
    elif plan.entry is not None and state.silent:
        plan.entry.silenced = about
    log_cue(plan, decision.state, decision.reason, state, out, text=decision.form.text, spoken_s=decision.form.spoken_s)


def unsay(state: State) -> None:
    """What was said last, in this tick, reached nobody: no limit and no rest counts it, the next cue need not keep its distance."""
    plan, state.said = state.said, None
    if plan is None:
        return
    state.arbiter.free_at_s = -math.inf  # what was said before it is long over, else it would have been held back
    if plan.entry is not None:
        state.corrections -= 1
        plan.entry.silenced = plan.entry.cued_for.pop()
        return
    state.remarks -= 1
    if plan.about:
        del state.watch.called[plan.corner, plan.about]  # the one before had rested long enough
    elif plan.corner:
        state.topics.praised(plan.corner, said=False)


def _about(plan: Plan, state: State) -> int:
    """Number of the lap that a plan is about: before the line, a cue may be for the first corner after it."""
    return state.lap + (plan.action_m >= state.place.length_m)


def plan_cues(state: State, out: list[Event]) -> None:
    """Plan the topics' cues for the passages that come; a topic for which there is no time to speak makes room for another."""
    road, report = state.road, state.report
    if road is None or report is None:
        return
    for old in state.arbiter.clear(topics_only=True):
        log_cue(old, CueState.DROPPED, "planned anew after the lap", state, out)
    _tell_silent(state, out)
    asked: list[Topic] = []
    while waiting := [entry for entry in state.topics.to_cue() if entry.topic not in asked]:
        entry = waiting[0]
        asked.append(entry.topic)
        if sum(plan.entry is not None for plan in state.arbiter.plans) >= state.settings.corrections_per_lap:
            reason = at_most(state.settings.corrections_per_lap, "correction")
            out.append(event_about(EventKind.CUE, state, entry.candidate, state_word=CueState.DROPPED.value, reason=reason))
            continue
        plan = plan_cue(entry, road, state.place.station_m, state.settings, state.clips_s)
        if isinstance(plan, Plan):
            _add_if_worth_it(plan, entry, road, state, out)
            continue
        out.append(event_about(EventKind.CUE, state, entry.candidate, state_word=CueState.DROPPED.value, reason=plan))
        tell_changes((state.topics.give_way(entry, plan), *state.topics.take_up(report.seen, report.found)), state, out)


def _tell_silent(state: State, out: list[Event]) -> None:
    """Topics in work that are not spoken about on the coming lap, and why not."""
    working = [entry for entry in state.topics.entries if entry.state is TopicState.WORKING]
    silent = [(entry, why) for entry in working if (why := state.topics.why_silent(entry))]
    out.extend(event_about(EventKind.TOPIC, state, entry.candidate, state_word="silent", reason=why) for entry, why in silent)


def _add_if_worth_it(plan: Plan, entry: Entry, road: Road, state: State, out: list[Event]) -> None:
    """Of two cues that are too close to each other the dearer one is planned as it is: whichever comes first would silence the other.

    The cheaper one is planned in those of its forms that come when the other was said; without one it is dropped.
    """
    gap_s = state.settings.gap_s
    planned = [(other, other.entry) for other in state.arbiter.plans if other.entry]
    dearer = [(other, about) for other, about in planned if about.candidate.gain_s >= entry.candidate.gain_s]
    fitting = apart(plan, [other for other, _ in dearer], road, gap_s)
    if fitting is None:
        dearest = max((about for other, about in dearer if too_close(plan, other, road, gap_s)), key=lambda about: about.candidate.gain_s)
        log_cue(plan, CueState.DROPPED, _gives_way_to(dearest, gap_s), state, out)
        return
    for other, about in planned:
        if about.candidate.gain_s < entry.candidate.gain_s and too_close(fitting, other, road, gap_s):
            state.arbiter.forget(other)
            log_cue(other, CueState.DROPPED, _gives_way_to(entry, gap_s), state, out)
            later = apart(other, [fitting], road, gap_s)
            if later is not None:
                state.arbiter.add(later)
                log_cue(later, CueState.PLANNED, "", state, out)
    state.arbiter.add(fitting)
    log_cue(fitting, CueState.PLANNED, "", state, out)


def _gives_way_to(entry: Entry, gap_s: float) -> str:
    return f"less than {gap_s:g} s from the cue for {entry.candidate.corner.name}, which is worth more"


def tell_changes(changes: Iterable[Change], state: State, out: list[Event]) -> None:
    """Topics that were taken up, rested, came back or were closed."""
    out.extend(event_about(EventKind.TOPIC, state, change.candidate, state_word=change.state, reason=change.reason) for change in changes)


def plan_remarks(state: State, out: list[Event]) -> None:
    """Praise of a best lap, which no cue puts off; else what a topic has brought, when that stands above the noise."""
    report, road = state.report, state.road
    if report is None or road is None or report.lap is None:
        return
    effects = [(entry, shown) for entry in state.topics.entries if (shown := state.topics.effect_of(entry)) is not None]
    for entry, shown in effects:
        gained = shown.before_s - shown.after_s
        text = effect(entry.candidate.corner.name, gained, shown.interval_s)
        out.append(
            event_about(
                EventKind.EFFECT,
                state,
                entry.candidate,
                state_word=entry.state.value,
                text=text,
                reason=followed.text if (followed := state.topics.done_of(entry)) else "",
                gain_s=gained,
                interval_s=shown.interval_s,
                n=shown.n_after,
            )
        )
    told = [
        (entry, shown)
        for entry, shown in effects
        if shown.interval_s[0] > 0.0 and entry.state is TopicState.RESTING and not entry.praised and not _is_planned(entry, state)
    ]
    texts: tuple[str, ...]
    if report.is_best:
        texts, corner = best_lap(report.lap.lap_time_s), 0
    elif told:
        entry, shown = told[0]
        texts, corner = (effect(entry.candidate.corner.name, shown.before_s - shown.after_s, shown.interval_s),), entry.topic.corner
    else:
        return
    text = texts[0]
    if state.remarks >= state.settings.remarks_per_lap:
        reason = at_most(state.settings.remarks_per_lap, "remark")
        out.append(event_now(EventKind.CUE, state, corner=corner, text=text, state=CueState.DROPPED.value, reason=reason))
        return
    plan = plan_remark(texts, corner, road, state.place.station_m, state.settings, state.clips_s)
    if isinstance(plan, str):
        out.append(event_now(EventKind.CUE, state, corner=corner, text=text, state=CueState.DROPPED.value, reason=plan))
        return
    cues = coming_first(plan.forms[0], state, road)
    if cues and not report.is_best:
        out.append(event_now(EventKind.CUE, state, corner=corner, text=text, state=CueState.DROPPED.value, reason="a cue comes first"))
        return
    for cue in cues:
        state.arbiter.forget(cue)
        if cue.entry is not None:
            cue.entry.silenced = _about(cue, state)
        log_cue(cue, CueState.DROPPED, "a best lap is praised first", state, out)
    state.arbiter.add(plan)
    log_cue(plan, CueState.PLANNED, "", state, out)


def _is_planned(entry: Entry, state: State) -> bool:
    """Whether what the topic has brought waits to be said."""
    return any(plan.entry is None and plan.corner == entry.topic.corner and not plan.about for plan in state.arbiter.plans)


def coming_first(form: Form, state: State, road: Road) -> list[Plan]:
    """The other plans that begin before this form, said as soon as it may be, and the silence after it are over."""
    busy_s = form.spoken_s + state.settings.gap_s
    from_s = road.time_at(form.start_m)
    return [other for other in state.arbiter.plans if other.first_m >= form.start_m and road.time_at(other.first_m) - from_s < busy_s]


def log_cue(
    plan: Plan, cue: CueState, reason: str, state: State, out: list[Any], *, text: str = "", spoken_s: float = math.nan, **evidence: Any
) -> None:
    """A cue's fate as an event."""
    form = plan.forms[0]
    length_m = state.place.length_m
    words: dict[str, Any] = {
        **evidence,
        "text": text or form.text,
        "start_m": form.start_m % length_m,
        "deadline_m": plan.last_m % length_m,
        "spoken_s": form.spoken_s if math.isnan(spoken_s) else spoken_s,
    }
    if plan.entry is None:
        cause = "" if plan.about == PROGRESS else plan.about
        out.append(event_now(EventKind.CUE, state, corner=plan.corner, cause=cause, state=cue.value, reason=reason, **words))
    else:
        out.append(event_about(EventKind.CUE, state, plan.entry.candidate, state_word=cue.value, reason=reason, **words))
