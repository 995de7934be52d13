"""Judges a cause method against laps whose mistakes are known.

A method is `attribute(pair)`: ranked shares per corner window. It is right when its first cause in the window that lost most
time is among the accepted answers of the mistake's kind. The lists are short on purpose: the action itself and, where a coach
could as well name it, the one neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import CauseShare
from coach.compare.pair import LapPair
from coach.exam.answers import OTHERSIM_ANSWERS as ACCEPTED
from tests.othersim_sets import Mistake

Attribute = Callable[[LapPair], tuple[tuple[CauseShare, ...], ...]]

MIN_LOSS_S = 0.05  # issue 2, section 4


@dataclass(frozen=True, slots=True)
class Case:
    """A mistake and the pair that shows it."""

    mistake: Mistake
    pair: LapPair


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a method said about a mistake."""

    mistake: Mistake
    window: int
    time_lost_s: float  # in that window
    shares: tuple[CauseShare, ...]

    def right_within(self, rank: int) -> bool:
        """Whether one of the first `rank` causes is accepted."""
        return any(share.cause in ACCEPTED[self.mistake.kind] for share in self.shares[:rank])

    def __str__(self) -> str:
        said = ", ".join(f"{share.cause} {share.time_lost_s:.3f}" for share in self.shares[:4])
        mark = " " if self.right_within(1) else "2" if self.right_within(2) else "X"
        return f"{mark} {self.mistake.set_name[:9]} lap {self.mistake.lap:2d} {self.mistake.kind:14s} {self.mistake.corner:4s} {self.time_lost_s:6.3f} s: {said}"


def times_lost(pair: LapPair) -> FloatArray:
    """Time lost per corner window, s, shape (corners,)."""
    lost = pair.own.grid["time_s"] - pair.reference.grid["time_s"]
    return np.array([lost[pair.own.index_at(c.end_m)] - lost[pair.own.index_at(c.start_m)] for c in pair.corners], dtype=np.float64)


def judge(cases: Sequence[Case], attribute: Attribute, min_loss_s: float = MIN_LOSS_S) -> list[Verdict]:
    """What the method says about every mistake that cost more than `min_loss_s`, in the window that lost most."""
    verdicts = []
    for case in cases:
        if case.mistake.loss_s > min_loss_s:
            lost = times_lost(case.pair)
            window = int(np.nanargmax(lost))
            verdicts.append(Verdict(case.mistake, window, float(lost[window]), attribute(case.pair)[window]))
    return verdicts


def judge_habit(habit: Mistake, pairs: Sequence[LapPair], attribute: Attribute) -> Verdict:
    """What the method says over several laps: mean price of each cause (0 on laps without it) in the habit's window."""
    window = _window_of(habit, pairs)
    said = [attribute(pair)[window] for pair in pairs]
    causes = {share.cause for shares in said for share in shares}
    means = [
        CauseShare(cause, sum(share.time_lost_s for shares in said for share in shares if share.cause is cause) / len(said))
        for cause in causes
    ]
    lost = float(np.mean([times_lost(pair)[window] for pair in pairs]))
    return Verdict(habit, window, lost, tuple(sorted(means, key=lambda share: -share.time_lost_s)))


def _window_of(habit: Mistake, pairs: Sequence[LapPair]) -> int:
    """Of the windows that share half of their length, or half of its, with the habit's sector, the one that loses most on average."""
    lost = np.mean([times_lost(pair) for pair in pairs], axis=0)

    def shares(start_m: float, end_m: float) -> bool:
        common = min(end_m, habit.sector_end_m) - max(start_m, habit.sector_start_m)
        return common >= 0.5 * min(end_m - start_m, habit.sector_end_m - habit.sector_start_m)

    inside = [i for i, corner in enumerate(pairs[0].corners) if shares(corner.start_m, corner.end_m)]
    return max(inside, key=lambda i: float(lost[i]))


def top_share(verdicts: Sequence[Verdict], rank: int) -> float:
    """Share of verdicts with an accepted cause among the first `rank`."""
    return sum(verdict.right_within(rank) for verdict in verdicts) / max(1, len(verdicts))


def confident_right(verdicts: Sequence[Verdict], confident: Sequence[bool]) -> tuple[float, float]:
    """(share right of the confident ones, share that is confident)."""
    sure = [verdict for verdict, is_sure in zip(verdicts, confident, strict=True) if is_sure]
    return top_share(sure, 1), len(sure) / max(1, len(verdicts))
