"""One sitting: a drive with known mistakes, the engine's answers to it, and their judgement. Sittings are independent of each other."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import numpy as np

from coach.compare.cause import Cause
from coach.compare.causes.pattern import LEAST_LAPS
from coach.compare.choose import Choice
from coach.compare.compare import compare_each, compare_lap, together
from coach.compare.comparison import ReferenceKind
from coach.compare.study import Drive, Study, StudyLap, prepare
from coach.detect.baseline import learn_baseline
from coach.detect.detect import detect_lap
from coach.exam.answers import accepted_answers
from coach.exam.cue_sitting import coached
from coach.exam.judge_causes import KnownMistake, judge_at, judge_lap
from coach.exam.judge_detections import judge_detections
from coach.exam.judge_events import TrueLap, judge_lap_time, judge_phases
from coach.exam.papers import DetectionCount, Form, Paper, bundle
from coach.exam.questions import LESS, ON_THE_WAY_OUT, TRIES, ask_one_each, fault_laps, lasting, several_on_a_lap
from coach.exam.true_events import events_of
from coach.exam.world import Place, as_recorded, place_of, true_laps
from coach.sim.circuit import CircuitCorner
from coach.sim.drive import Run
from coach.sim.plan import Fault
from coach.sim.pricing import price
from coach.track.map import Corner

REFERENCE_LAPS = 2  # of the external fast driver
HABITS = 3
PROBES = 14  # faults tried one by one, so that those put together are known to cost time
HABIT_LAPS = 7  # coaching.md 2.8


class Sheet(StrEnum):
    """What a sitting asks; see `papers.Form` for how causes are judged."""

    SINGLES = "singles"
    SEVERAL = "several"
    MOMENTS = "moments"
    LASTING = "lasting"
    CUES_EXTERNAL = "cues, external reference"  # under the live coach; see coach/exam/cue_sitting.py
    CUES_ALONE = "cues, own laps only"


@dataclass(frozen=True, slots=True)
class Sitting:
    """A sitting, by ids, so that it can be sent to another process. `questions`: laps with mistakes (LASTING has always seven)."""

    sheet: Sheet
    circuit: str
    car: str
    driver: str
    seed: int
    questions: int

    @property
    def cluster(self) -> str:
        """Circuit, car and driver: what its answers have in common."""
        return f"{self.circuit} {self.car} {self.driver}"


def sit(sitting: Sitting) -> Paper:
    """Drive, ask, judge. What the engine trips over ends the sitting, not the exam, and counts against it."""
    scatter = 0.0 if sitting.sheet in {Sheet.SINGLES, Sheet.SEVERAL} else 1.0
    place = place_of(sitting.circuit, sitting.car, sitting.driver, scatter, sitting.seed)
    rng = np.random.default_rng((sitting.seed, list(Sheet).index(sitting.sheet)))
    try:
        return bundle([ASK[sitting.sheet](sitting, place, rng), Paper(ends=("",))])
    except Exception as error:  # noqa: BLE001 - a recording on which the engine fails in any way is a failed answer
        return Paper(
            ends=(f"{sitting.sheet} {sitting.cluster}: {traceback.format_exception(error)[-2].strip().splitlines()[0]}: {error!r}",)
        )


@dataclass(frozen=True, slots=True)
class Examined:
    """A drive with mistakes beside the same drive without: exact truth on one side, what the engine made of the recording on the other."""

    sitting: Sitting
    place: Place
    run: Run
    drive: Drive
    study: Study
    truth: Mapping[int, TrueLap]

    def laps(self) -> dict[int, StudyLap]:
        """Laps that the engine times and that were driven from line to line, by number."""
        return {lap.number: self.study.lap(self.drive, lap) for lap in self.drive.timed if lap.number in self.truth}


def _examine(sitting: Sitting, place: Place, run: Run, others: Sequence[Drive] = ()) -> Examined:
    drive = as_recorded(place, run)
    return Examined(sitting, place, run, drive, prepare([drive, *others]), true_laps(place, run))


def _one_each(sitting: Sitting, place: Place, rng: np.random.Generator, form: Form) -> Paper:
    """One fault a lap: without scatter each against the nearest clean lap, with scatter against the best clean lap."""
    run, asked = ask_one_each(place, sitting.questions, rng)
    examined = _examine(sitting, place, run)
    laps = examined.laps()
    spoiled = {one.fault.lap for one in asked}
    references = [lap for number, lap in laps.items() if number not in spoiled and lap.lap.clean]
    scatter = examined.study.scatter(references)
    answers, undriven = [], []
    for one in asked:
        number = one.fault.lap or 0
        if one.happened or number not in laps:
            undriven.append(f"{sitting.cluster}: {_name(one.fault)}: {one.happened or 'no timed lap'}")
            continue
        if one.void:
            continue
        said = compare_lap(examined.study, laps[number], [_reference(laps[number], references, form)], ReferenceKind.OWN, scatter)
        judge = judge_lap if form is Form.SINGLE else judge_at
        answers.append(judge(sitting.cluster, known_mistake(place, form, one.fault, one.cost_s), said))
    return bundle([_measured(examined), Paper(answers=tuple(answers), undriven=tuple(undriven))])


def _reference(own: StudyLap, clean: Sequence[StudyLap], form: Form) -> StudyLap:
    """Without scatter the nearest clean lap, for its fuel; with scatter the best."""
    if form is Form.SCATTER:
        return min(clean, key=lambda lap: lap.lap.lap_time_s)
    return min(clean, key=lambda lap: abs(lap.lap.number - own.lap.number))


def _several(sitting: Sitting, place: Place, rng: np.random.Generator) -> Paper:
    """Several faults a lap, priced by leaving each out in turn; the costliest of each corner is asked for."""
    good = [one for one in ask_one_each(place, PROBES, rng)[1] if one.good]
    if not good:
        return Paper()
    asked, n = fault_laps(sitting.questions)
    faults = several_on_a_lap(good, asked, rng)
    run = place.drive(faults, n)
    priced = price(faults, run, lambda left: place.drive(left, n))
    examined = _examine(sitting, place, run)
    laps = examined.laps()
    references = [lap for number, lap in laps.items() if number not in asked and lap.lap.clean]
    scatter = examined.study.scatter(references)
    answers, undriven = [], []
    for lap in asked:
        here = [one for one in priced if one.fault.lap == lap]
        if not all(one.driveable for one in here) or lap not in laps:
            undriven += [f"{sitting.cluster}: {_name(one.fault)}: with others on its lap" for one in here]
            continue
        said = compare_lap(examined.study, laps[lap], [_reference(laps[lap], references, Form.MULTIPLE)], ReferenceKind.OWN, scatter)
        costs = [(one.fault, one.time_lost_s) for one in here]
        answers += [judge_at(sitting.cluster, mistake, said) for mistake in _dearest(examined, Form.MULTIPLE, costs)]
    return bundle([_measured(examined), Paper(answers=tuple(answers), undriven=tuple(undriven))])


def _lasting(sitting: Sitting, place: Place, rng: np.random.Generator) -> Paper:
    """Habits on all of seven laps with scatter, against a lap of another driver who is as fast but has neither: an external reference.

    The driver has no other lasting habits than those asked for, or nobody could say which the engine ought to name.
    """
    place = replace(place, skill=replace(place.skill, habit_scale=0.0))
    tidy = replace(place, scatter=0.0)
    faults = lasting([one for one in ask_one_each(tidy, PROBES, rng)[1] if one.good], HABITS, rng)
    reference = as_recorded(tidy, tidy.drive((), REFERENCE_LAPS))
    for _ in range(TRIES):
        run = place.drive(faults, HABIT_LAPS)
        examined = _examine(sitting, place, run, [reference])
        own = [lap for lap in examined.laps().values() if lap.lap.clean]
        if len(own) >= LEAST_LAPS:
            break
        faults = tuple(replace(fault, size=fault.size if fault.cause is Cause.GEAR else LESS * fault.size) for fault in faults)
    else:
        return Paper(undriven=tuple(f"{sitting.cluster}: {_name(fault)}: fewer than {LEAST_LAPS} clean laps" for fault in faults))
    study = examined.study
    best = min(reference.timed, key=lambda lap: lap.lap_time_s)
    choice = Choice(tuple(own), (study.lap(reference, best),), ReferenceKind.EXTERNAL, "a tidy driver")
    said = together(compare_each(study, choice))
    numbers = [lap.lap.number for lap in own]
    left_out = [(fault, place.drive([one for one in faults if one is not fault], HABIT_LAPS)) for fault in faults]
    costs = [(fault, _mean_cost(run, without, numbers)) for fault, without in left_out]
    answers = tuple(judge_at(sitting.cluster, mistake, said) for mistake in _dearest(examined, Form.SEVEN, costs))
    return bundle([_measured(examined), Paper(answers=answers)])


def _dearest(examined: Examined, form: Form, costs: Sequence[tuple[Fault, float]]) -> list[KnownMistake]:
    """Of the faults in one window of the engine's the dearest: a window has one first cause."""
    by_window: dict[int, tuple[Fault, float, Corner]] = {}
    for fault, cost in costs:
        window = examined.study.track.corner_at(circuit_corner(examined.place, fault).apex_m)
        if window is not None and (window.number not in by_window or cost > by_window[window.number][1]):
            by_window[window.number] = fault, cost, window
    return [
        replace(known_mistake(examined.place, form, fault, cost), start_m=window.start_m, end_m=window.end_m)
        for fault, cost, window in by_window.values()
    ]


def _mean_cost(run: Run, without: Run, laps: Sequence[int]) -> float:
    """What a lasting fault costs a lap, s, over the laps that both drives have a time for."""
    mine, other = dict(run.lap_times_s), dict(without.lap_times_s)
    return float(np.mean([mine[lap] - other[lap] for lap in laps if lap in mine and lap in other]))


def known_mistake(place: Place, form: Form, fault: Fault, loss_s: float) -> KnownMistake:
    """A fault with its place and price; what costs time on the way out reaches to the next corner."""
    corner = circuit_corner(place, fault)
    following = next((other.start_m for other in place.circuit.corners if other.start_m > corner.start_m), None)
    beyond = following if following is not None else place.circuit.corners[0].start_m + place.circuit.length_m
    return KnownMistake(
        form=form,
        kind=fault.cause.value,
        corner=f"T{fault.corner}",
        size=fault.size,
        lap=fault.lap or 0,
        start_m=corner.start_m,
        end_m=corner.end_m,
        reach_m=max(beyond, corner.end_m) if fault.cause in ON_THE_WAY_OUT else corner.end_m,
        loss_s=loss_s,
        answers=accepted_answers(fault.cause),
    )


def circuit_corner(place: Place, fault: Fault) -> CircuitCorner:
    """The corner that a fault names."""
    return next(corner for corner in place.circuit.corners if corner.number == fault.corner)


def _name(fault: Fault) -> str:
    return f"{fault.cause}@T{fault.corner}:{fault.size:g}@L{fault.lap}"


def _measured(examined: Examined) -> Paper:
    """Events, lap times, delta (A1) and detections (A4) of every lap."""
    cluster, laps = examined.sitting.cluster, examined.laps()
    counted = {number: lap for number, lap in laps.items() if lap.lap.clean}
    corners = examined.study.track.corners
    events = [one for number, lap in counted.items() for one in judge_phases(cluster, lap, corners, examined.truth[number])]
    reference = min(counted.values(), key=lambda lap: lap.lap.lap_time_s, default=None)
    times = [
        judge_lap_time(cluster, lap, examined.truth[number], reference, examined.truth[reference.lap.number])
        for number, lap in counted.items()
        if reference is not None
    ]
    return Paper(events=tuple(events), laps=tuple(times), detections=tuple(_detections(examined, laps)))


def _detections(examined: Examined, laps: Mapping[int, StudyLap]) -> list[DetectionCount]:
    baseline = learn_baseline([lap.trace for lap in laps.values()])
    happened = events_of(examined.run, examined.truth)
    return [
        count
        for number, lap in laps.items()
        for count in judge_detections(examined.sitting.cluster, number, detect_lap(lap.trace, baseline), happened.get(number, ()))
    ]


def _cues(sitting: Sitting, place: Place, rng: np.random.Generator, *, external: bool) -> Paper:  # noqa: ARG001 - nothing is drawn
    return Paper(cues=coached(sitting.cluster, place, external=external))


ASK: dict[Sheet, Callable[[Sitting, Place, np.random.Generator], Paper]] = {
    Sheet.SINGLES: partial(_one_each, form=Form.SINGLE),
    Sheet.SEVERAL: _several,
    Sheet.MOMENTS: partial(_one_each, form=Form.SCATTER),
    Sheet.LASTING: _lasting,
    Sheet.CUES_EXTERNAL: partial(_cues, external=True),
    Sheet.CUES_ALONE: partial(_cues, external=False),
}
