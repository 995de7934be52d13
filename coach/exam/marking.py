"""From papers to marks: the parts A1, A2, A4 and A5 of the exam with the thresholds of coaching.md 4.3 and issue 3, section 4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coach.compare.causes.agreement import MIN_LOSS_S
from coach.cues.candidate import Claim
from coach.exam.judge_detections import EXAMINED
from coach.exam.marks import Mark, Section, Unit, later_mark, share_mark, value_mark
from coach.exam.papers import CauseAnswer, CueReading, DetectionCount, EventReading, Form, LapReading, Paper
from coach.exam.statistics import median, root_mean_square, wilson

KMH_TO_MPS = 1.0 / 3.6
# What is measured: within, in its unit; the share that must be; how it is called.
EVENT_MARKS = (
    ("brake_on", 3.0, 0.95, "braking point within 3 m"),
    ("v_min", 0.5 * KMH_TO_MPS, 0.95, "minimum speed within 0.5 km/h"),
    ("full_throttle", 4.0, 0.90, "full throttle within 4 m"),
)
DELTA_S, LAP_TIME_S = 0.020, 0.005
TOP_1, TOP_2, SURE_RIGHT, COVERAGE = 0.90, 0.95, 0.96, 0.75
PARTS = 0.95  # of the answers must have parts that sum: the document names none for this, 95 % is what A1 asks of its measurements
CUES_RIGHT, CUE_GAIN_S, LED_OFF, ENDS_BEFORE_S, IN_TIME = 0.90, 0.030, 0.01, 1.0, 0.99
PRECISION, RECALL, FALSE_PER_TEN = 0.90, 0.75, 1.0
FORM_NAMES = {
    Form.SINGLE: "single faults",
    Form.MULTIPLE: "several faults a lap",
    Form.SCATTER: "with scatter, one lap",
    Form.SEVEN: "with scatter, seven laps",
}


def event_marks(paper: Paper) -> list[Mark]:
    """A1."""
    marks = [share_mark("A1", name, _within(paper.events, what, limit), wanted) for what, limit, wanted, name in EVENT_MARKS]
    return [*marks, _delta_mark(paper.laps), _lap_time_mark(paper.laps)]


def _within(events: Sequence[EventReading], what: str, limit: float) -> list[bool]:
    return [bool(abs(event.error) <= limit) for event in events if event.what == what]  # NaN is not within


def _delta_mark(laps: Sequence[LapReading]) -> Mark:
    seen = [lap for lap in laps if np.isfinite(lap.delta_rms_s)]
    return value_mark(
        "A1", "delta, rms", [lap.delta_rms_s for lap in seen], [lap.cluster for lap in seen], Unit.TIME, root_mean_square, DELTA_S
    )


def _lap_time_mark(laps: Sequence[LapReading]) -> Mark:
    """The worst lap, not the mean: a lap time is either right or not."""
    errors = [abs(lap.lap_time_error_s) for lap in laps]
    return value_mark(
        "A1", "lap time, worst", errors, [lap.cluster for lap in laps], Unit.TIME, lambda values: float(values.max()), LAP_TIME_S
    )


def cause_marks(answers: Sequence[CauseAnswer], form: Form, *, wanted: bool) -> list[Mark]:
    """A2 of one form; `wanted`: against the thresholds. Mistakes that truly cost less than MIN_LOSS_S are not asked for."""
    asked = [answer for answer in answers if answer.form is form and answer.true_loss_s > MIN_LOSS_S]
    sure = [answer for answer in asked if answer.confident]
    name = FORM_NAMES[form]

    def at_least(threshold: float) -> float:
        return threshold if wanted else float(np.nan)

    errors = [abs(answer.price_error_s) for answer in asked if answer.right_within(1)]
    return [
        share_mark("A2", f"{name}: first cause right", [answer.right_within(1) for answer in asked], at_least(TOP_1)),
        share_mark("A2", f"{name}: among the first two", [answer.right_within(2) for answer in asked], at_least(TOP_2)),
        share_mark("A2", f"{name}: right when sure", [answer.right_within(1) for answer in sure], at_least(SURE_RIGHT)),
        share_mark("A2", f"{name}: sure", [answer.confident for answer in asked], at_least(COVERAGE)),
        share_mark("A2", f"{name}: parts sum to the loss", [answer.parts_sum for answer in asked], at_least(PARTS)),
        value_mark(
            "A2",
            f"{name}: price of the right cause, median error",
            errors,
            [answer.cluster for answer in asked if answer.right_within(1)],
            Unit.TIME,
            median,
        ),
    ]


def own_name_mark(answers: Sequence[CauseAnswer], form: Form) -> Mark:
    """How often the mistake is called by its very name, accepted neighbours aside; for simulators whose mistakes have our names."""
    asked = [answer for answer in answers if answer.form is form and answer.true_loss_s > MIN_LOSS_S]
    return share_mark("A2", f"{FORM_NAMES[form]}: by its own name", [answer.exact for answer in asked])


def detection_marks(counts: Sequence[DetectionCount]) -> list[Mark]:
    """A4, all kinds together against the thresholds, each kind beside it."""
    marks = _precision_and_recall(counts, "all events", wanted=True)
    clean = [count for count in counts if count.clean]
    laps = {(count.cluster, count.lap) for count in clean}
    by_lap = [10.0 * sum(count.false for count in clean if (count.cluster, count.lap) == lap) for lap in sorted(laps)]
    marks.append(
        value_mark("A4", "false calls on clean laps", by_lap, [cluster for cluster, _ in sorted(laps)], Unit.PER_TEN, at_most=FALSE_PER_TEN)
    )
    for what in EXAMINED:
        marks += _precision_and_recall([count for count in counts if count.what == what], what.replace("_", "-"), wanted=False)
    return marks


def _precision_and_recall(counts: Sequence[DetectionCount], name: str, *, wanted: bool) -> list[Mark]:
    asked, found, false = (sum(getattr(count, what) for count in counts) for what in ("asked", "found", "false"))
    return [
        _ratio(f"{name}: precision", found, found + false, PRECISION if wanted else np.nan),
        _ratio(f"{name}: recall", found, asked, RECALL if wanted else np.nan),
    ]


def _ratio(name: str, good: int, n: int, at_least: float) -> Mark:
    return Mark("A4", name, good / n if n else float(np.nan), wilson(good, n), n, Unit.SHARE, at_least)


def cue_marks(cues: Sequence[CueReading]) -> list[Mark]:
    """A5: every cue that was said, followed fully; followed by half stands beside it."""
    clusters = [cue.cluster for cue in cues]
    gains = [value_mark("A5", f"median gain, followed {how}", values, clusters, Unit.TIME, median) for how, values in _gains(cues)]
    return [
        share_mark("A5", "cues that gain time when followed", [cue.gain_s > 0.0 for cue in cues], CUES_RIGHT),
        share_mark("A5", "cues that gain time when followed by half", [cue.half_gain_s > 0.0 for cue in cues]),
        *(replace(mark, threshold=wanted, at_least=True) for mark, wanted in zip(gains, (CUE_GAIN_S, np.nan), strict=True)),
        *(
            replace(share_mark("A5", name, led_off, LED_OFF), at_least=False)
            for name, led_off in (
                ("cues that lead off the track", [cue.off_anywhere for cue in cues]),
                ("cues that lead off the track where they are felt", [cue.led_off for cue in cues]),
            )
        ),
        share_mark("A5", "cues that keep him on the track", [cue.kept_on for cue in cues]),
        share_mark("A5", "cues that end a second before the driver acts", [cue.left_s >= ENDS_BEFORE_S for cue in cues], IN_TIME),
        *(
            share_mark("A5", f"{claim.value}: cues that gain time", [cue.gain_s > 0.0 for cue in cues if cue.claim == claim.value])
            for claim in Claim
        ),
    ]


def _gains(cues: Sequence[CueReading]) -> tuple[tuple[str, list[float]], ...]:
    return ("fully", [cue.gain_s for cue in cues]), ("by half", [cue.half_gain_s for cue in cues])


def proving_ground_section(paper: Paper, title: str) -> Section:
    """The whole table of the proving ground; A3 keeps its place."""
    marks = [share_mark("all", "sittings finished", [not end for end in paper.ends], 1.0), *event_marks(paper)]
    for form in Form:
        marks += cause_marks(paper.answers, form, wanted=form is Form.SINGLE)
        marks.append(own_name_mark(paper.answers, form))
    marks.append(later_mark("A3", "expert band"))
    marks += detection_marks(paper.detections)
    marks += cue_marks(paper.cues)
    return Section(title, tuple(marks))


def othersim_section(paper: Paper) -> Section:
    """A2 on the other simulator's laps."""
    marks = [mark for form in (Form.SINGLE, Form.SEVEN) for mark in cause_marks(paper.answers, form, wanted=form is Form.SINGLE)]
    return Section("Another simulator", tuple(marks))
