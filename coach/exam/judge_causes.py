"""Holding a comparison against a known mistake: which window was meant, what was said there, was it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coach.compare.cause import CARRIED, Cause
from coach.compare.causes.agreement import combined, first_cause
from coach.compare.comparison import Comparison, CornerComparison
from coach.exam.papers import CauseAnswer, Form


@dataclass(frozen=True, slots=True)
class KnownMistake:
    """A mistake with its place and price.

    [start_m, end_m]: the corner; its loss begins there. reach_m: up to where the driver still acts for it (the straight behind the
    corner, for what is done on the way out). Stations in metres; beyond the line they count on from the length.
    """

    form: Form
    kind: str
    corner: str
    size: float
    lap: int  # 0: on all laps
    start_m: float
    end_m: float
    reach_m: float
    loss_s: float
    answers: frozenset[Cause]


def judge_lap(cluster: str, mistake: KnownMistake, comparison: Comparison) -> CauseAnswer:
    """Judge in the window that lost most: a coach must find the place by itself."""
    window = max(_windows(comparison), key=lambda corner: corner.time_lost_s)
    return _answer(cluster, mistake, window, in_place=_in_place(comparison, mistake, window))


def judge_at(cluster: str, mistake: KnownMistake, comparison: Comparison) -> CauseAnswer:
    """Judge in the mistake's own window, of several the one that lost most: for laps with several mistakes, or with scatter."""
    length_m = comparison.track.length_m
    mine = [corner for corner in _windows(comparison) if _overlap(corner, mistake.start_m, mistake.end_m, length_m)]
    window = max(mine or _windows(comparison), key=lambda corner: corner.time_lost_s)
    return _answer(cluster, mistake, window, in_place=bool(mine))


def _windows(comparison: Comparison) -> Sequence[CornerComparison]:
    return [corner for corner in comparison.corners if corner.corner is not None]


def _overlap(corner: CornerComparison, start_m: float, end_m: float, length_m: float) -> bool:
    return any(corner.start_m < end_m + shift and corner.end_m > start_m + shift for shift in (-length_m, 0.0, length_m))


def _in_place(comparison: Comparison, mistake: KnownMistake, window: CornerComparison) -> bool:
    """Whether the corner that is blamed holds part of where the mistake acts, or belongs to the same complex as one that does.

    Blamed is the window itself, or the corner from which its first cause is said to be carried over.
    """
    blamed = _blamed(comparison, window)
    near = [corner for corner in _windows(comparison) if _overlap(corner, mistake.start_m, mistake.reach_m, comparison.track.length_m)]
    linked = {corner.corner.complex_id for corner in near if corner.corner} - {0}
    return blamed in near or bool(blamed.corner and blamed.corner.complex_id in linked)


def _blamed(comparison: Comparison, window: CornerComparison) -> CornerComparison:
    origin = window.verdict.causes[0].detail.get(CARRIED) if window.verdict.causes else None
    return next((corner for corner in _windows(comparison) if corner.number == origin), window)


def _answer(cluster: str, mistake: KnownMistake, window: CornerComparison, *, in_place: bool) -> CauseAnswer:
    verdict = window.verdict
    return CauseAnswer(
        cluster=cluster,
        form=mistake.form,
        kind=mistake.kind,
        corner=mistake.corner,
        size=mistake.size,
        lap=mistake.lap,
        true_loss_s=mistake.loss_s,
        answers=mistake.answers,
        time_lost_s=window.time_lost_s,
        said=tuple((share.cause, share.time_lost_s) for share in verdict.causes),
        by_method=tuple(first_cause(combined([shares])) for shares in verdict.by_method),
        confident=verdict.confident,
        in_place=in_place,
    )
