"""Holding a comparison against a known mistake: which window was meant, what was said there, was it right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coach.compare.cause import Cause
from coach.compare.causes.agreement import combined, first_cause
from coach.compare.comparison import Comparison, CornerComparison
from coach.exam.papers import CauseAnswer, Form


@dataclass(frozen=True, slots=True)
class KnownMistake:
    """A mistake with its place and price. Stations of the corner's arc in metres; an end beyond the line counts on from the length."""

    form: Form
    kind: str
    corner: str
    size: float
    lap: int  # 0: on all laps
    start_m: float
    end_m: float
    loss_s: float
    answers: frozenset[Cause]


def judge_lap(cluster: str, mistake: KnownMistake, comparison: Comparison) -> CauseAnswer:
    """Judge in the window that lost most: a coach must find the place by itself."""
    window = max(_windows(comparison), key=lambda corner: corner.time_lost_s)
    return _answer(cluster, mistake, window, in_place=_meets(comparison, mistake)(window))


def judge_at(cluster: str, mistake: KnownMistake, comparison: Comparison) -> CauseAnswer:
    """Judge in the mistake's own windows, the one of them that lost most: for laps with several mistakes, or with scatter."""
    windows = [corner for corner in _windows(comparison) if _meets(comparison, mistake)(corner)] or list(_windows(comparison))
    window = max(windows, key=lambda corner: corner.time_lost_s)
    return _answer(cluster, mistake, window, in_place=_meets(comparison, mistake)(window))


def _windows(comparison: Comparison) -> Sequence[CornerComparison]:
    return [corner for corner in comparison.corners if corner.corner is not None]


def _meets(comparison: Comparison, mistake: KnownMistake) -> Callable[[CornerComparison], bool]:
    """Whether a window holds part of the mistake's corner, or belongs to the same complex as one that does."""
    length_m = comparison.track.length_m

    def overlaps(corner: CornerComparison) -> bool:
        return any(
            corner.start_m < mistake.end_m + shift and corner.end_m > mistake.start_m + shift for shift in (-length_m, 0.0, length_m)
        )

    linked = {corner.corner.complex_id for corner in _windows(comparison) if corner.corner and overlaps(corner)} - {0}
    return lambda corner: overlaps(corner) or bool(corner.corner and corner.corner.complex_id in linked)


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
