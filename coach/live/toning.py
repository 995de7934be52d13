"""Tones to the braking point of a topic, decided a moment before they sound. They carry no words and wait for none."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from coach.cues.tones import APPROACH_S, BRAKING_POINT, TonePlan, arrives_in_s, point_asked, told_ahead_s
from coach.events import CueState, Event, EventKind, ToneState
from coach.live.speaking import is_busy
from coach.live.state import Output, State, event_about
from coach.telemetry.frame import Frame

BUSY = "you were braking or turning"
LOOKS_FROM_S = 3.0  # before the point, at the present speed


def plan_tones(state: State, out: list[Event]) -> None:
    """For the next passage of each topic about a braking point that is to be cued."""
    report, road = state.report, state.road
    for plan in state.tones:
        if not plan.approached:
            _tell(plan, CueState.DROPPED, "planned anew after the lap", state, out)
    state.tones = [plan for plan in state.tones if plan.approached]  # the tick is still to come
    if report is None or road is None or not state.settings.braking_tones:
        return
    for entry in state.topics.to_cue():
        if entry.topic.cause not in BRAKING_POINT:
            continue
        plan = TonePlan(entry, point_asked(entry, report.seen.get(entry.candidate.kind, ())))
        if math.isnan(plan.brake_m):
            _tell(plan, CueState.DROPPED, "the reference does not brake there", state, out)
            continue
        if arrives_in_s(plan.brake_m, state.place.station_m, state.place.speed_mps, road) < APPROACH_S + told_ahead_s(state.heard_after_s):
            plan.brake_m += road.length_m  # too near for the first tone: the next passage
        state.tones.append(plan)
        _tell(plan, CueState.PLANNED, "", state, out)
    state.tones.sort(key=lambda one: one.brake_m)


def drop_tones(reason: str, state: State, out: list[Any], these: Callable[[TonePlan], bool] = lambda _: True) -> None:
    """The drive was broken, or what these are about is asked for no more."""
    for plan in filter(these, state.tones):
        _tell(plan, CueState.DROPPED, reason, state, out)
    state.tones = [plan for plan in state.tones if not these(plan)]


def sound(frame: Frame, state: State, out: list[Output]) -> None:
    """Tell the tones that are due, or why they are not heard."""
    road, place = state.road, state.place
    if not state.tones or road is None:
        return
    plan = state.tones[0]
    if plan.brake_m - place.station_m > LOOKS_FROM_S * place.speed_mps:
        return
    left_s = arrives_in_s(plan.brake_m, place.station_m, place.speed_mps, road)
    if plan.approached:
        if left_s <= told_ahead_s(state.heard_after_s):
            state.tones.pop(0)
            why = state.silent or (BUSY if is_busy(frame, state) else "")
            _tell(plan, CueState.DROPPED if why else ToneState.BRAKE, why, state, out, in_s=left_s)
        return
    in_s = left_s - APPROACH_S
    if in_s > told_ahead_s(state.heard_after_s):
        return
    why = state.silent or (BUSY if is_busy(frame, state) else "")
    why = why or ("too late: the first tone would be past" if in_s < 0.0 else "")
    why = why or ("words are being said" if place.t_s + in_s < state.arbiter.free_at_s else "")
    plan.approached = not why
    if why:
        state.tones.pop(0)
    _tell(plan, CueState.DROPPED if why else ToneState.APPROACH, why, state, out, in_s=in_s)


def _tell(plan: TonePlan, tone: CueState | ToneState, reason: str, state: State, out: list[Any], in_s: float = math.nan) -> None:
    heard_s = state.place.t_s + in_s if isinstance(tone, ToneState) else math.nan
    deadline_m = plan.brake_m % state.place.length_m
    out.append(
        event_about(
            EventKind.TONES, state, plan.entry.candidate, state_word=tone.value, reason=reason, deadline_m=deadline_m, heard_s=heard_s
        )
    )
