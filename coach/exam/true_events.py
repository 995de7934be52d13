"""What physically happened on each lap, on the lap's own clock: from the simulator's slips and wheels off the track, not from channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coach.exam.judge_detections import EXAMINED, TrueEvent
from coach.exam.judge_events import TrueLap
from coach.sim.drive import Run
from coach.sim.happened import LOCK_SLIP, PAST_PEAK, SPIN_SLIP
from coach.sim.record import START_S

# The simulator's words for what the exam asks; a spin is the end of an oversteer.
CLEAR = 1.25  # times the limit at which an event begins: nearer to the limit either answer is right
ONE_EVENT_S = 0.5  # nobody could say two things about what happens twice within this
LIMITS = {"lockup": LOCK_SLIP, "wheelspin": SPIN_SLIP, "understeer": PAST_PEAK, "oversteer": PAST_PEAK}
WORDS = {**{what: what for what in EXAMINED}, "spin": "oversteer"}


def events_of(run: Run, truth: Mapping[int, TrueLap]) -> dict[int, Sequence[TrueEvent]]:
    """Events by lap number, times since the line of that lap; laps without any are not in it. A rear that swings back is one event."""
    found: dict[int, list[TrueEvent]] = {}
    for event in run.events:
        if event.kind in WORDS and event.lap in truth:
            start = START_S + event.time_s - truth[event.lap].start_s
            sure = event.strength >= CLEAR * LIMITS.get(event.kind, 0.0)
            _add(found.setdefault(event.lap, []), TrueEvent(WORDS[event.kind], start, start + event.duration_s, sure))
    return dict(found)


def _add(events: list[TrueEvent], new: TrueEvent) -> None:
    """Append it, or join it with the last of its kind if that ended less than ONE_EVENT_S before."""
    for i in range(len(events) - 1, -1, -1):
        last = events[i]
        if last.what == new.what:
            if new.start_s - last.end_s < ONE_EVENT_S:
                events[i] = TrueEvent(new.what, last.start_s, max(last.end_s, new.end_s), last.sure or new.sure)
                return
            break
    events.append(new)
