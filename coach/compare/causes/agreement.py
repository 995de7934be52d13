"""One answer from two methods, and from several references.

A cause is claimed with confidence only where the two independent methods agree on it, the loss is above the noise, and every
reference says the same; otherwise two causes are named and the reasons for doubt come with them (coaching.md 2.8, 2.9). Where
in the corner the time goes is stated always: that is robust whatever the reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from coach.compare.cause import CARRIED, Cause, CauseShare, Doubt, Phase, ranked, weight_of
from coach.compare.pair import LapPair
from coach.track.map import Corner

MIN_LOSS_S = 0.05  # below it no cause is named (issue 2, section 4)
NORMAL_95 = 1.96  # two-sided 95 % quantile of the normal distribution: one lap's loss against the scatter of the laps
MAIN_SHARE = 1.0 / 3.0  # of the loss: what costs less is not what the corner is about
MOST = 2.0 / 3.0  # of the references
CLEAR_LEAD = 1.5  # first cause over second, averaged over references

Shares = tuple[CauseShare, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said about one corner.

    `causes` are what may be shown: ranked, summing to `time_lost_s`; empty when the loss is too small to have a cause. `reasons`
    say why `confident` is False. `agreement` is the part of the loss on which the two methods agree, 0..1;
    `stability` the part of the references (or laps) that name the same first cause. `noise_s` is the loss that scatter alone
    explains. `by_method` keeps each method's own shares, whatever the size of the loss, for votes over references and laps.
    """

    causes: Shares
    confident: bool
    phase: Phase
    time_lost_s: float
    noise_s: float
    agreement: float
    stability: float
    reasons: tuple[Doubt, ...]
    by_method: tuple[Shares, ...]


def nothing_to_judge(reason: str) -> Verdict:
    """A verdict without causes, for a stretch that belongs to no corner."""
    return Verdict(
        causes=(),
        confident=False,
        phase=Phase.EXIT,
        time_lost_s=0.0,
        noise_s=0.0,
        agreement=0.0,
        stability=0.0,
        reasons=(Doubt(reason),),
        by_method=(),
    )


def judge(pair: LapPair, corner: Corner, by_evidence: Shares, by_impulse: Shares, whole_s: float = 0.0) -> Verdict:
    """The verdict on one corner of one pair from the shares of both methods; `whole_s` as in `verdict_of`."""
    lost = pair.own.grid["time_s"][_cut(pair, corner)] - pair.reference.grid["time_s"][_cut(pair, corner)]
    return verdict_of(
        (merged(by_evidence), merged(by_impulse)),
        time_lost_s=float(lost[-1] - lost[0]),
        noise_s=NORMAL_95 * pair.scatter.time_s,
        phase=phase_of_loss(pair, corner),
        stability=1.0,
        doubts=(),
        whole_s=whole_s,
    )


def verdict_of(
    by_method: tuple[Shares, ...],
    *,
    time_lost_s: float,
    noise_s: float,
    phase: Phase,
    stability: float,
    doubts: Iterable[Doubt],
    shares: Shares | None = None,
    averaged: bool = False,
    whole_s: float = 0.0,
) -> Verdict:
    """A verdict from what each method says, with further doubts of the caller; `shares` where they are not simply combined.

    The methods agree on a single pair when both put the same cause first. Where the shares are averages over references
    (`averaged`), several causes come close to each other and the first place of one method is chance: there they agree on the
    cause to which both give most.

    `whole_s`: what the first cause cost together with what of it was paid in other windows. A window that lost too little by itself
    has a cause all the same when that is enough, and above the noise.
    """
    causes = _scaled(combined(by_method) if shares is None else shares, time_lost_s)
    first = first_cause(causes)
    tops = [first_cause(shares) for shares in by_method]
    agree = agreed_cause(by_method) is first if averaged else all(top is first for top in tops)
    named_s = max(time_lost_s, whole_s) if whole_s >= noise_s else time_lost_s
    reasons = [*_doubts(causes, first, () if agree else tops, time_lost_s, named_s, noise_s), *doubts]
    return Verdict(
        causes=causes if named_s >= MIN_LOSS_S else (),
        confident=not reasons,
        phase=phase,
        time_lost_s=time_lost_s,
        noise_s=noise_s,
        agreement=agreement_of(by_method),
        stability=stability,
        reasons=tuple(reasons),
        by_method=by_method,
    )


def _doubts(causes: Shares, first: Cause, apart: Sequence[Cause], time_lost_s: float, named_s: float, noise_s: float) -> Iterable[Doubt]:
    """Why nobody can be sure; nothing when one can.

    `apart`: each method's first cause where they do not agree. `named_s`: the loss with what of its cause was paid elsewhere.
    """
    if named_s < MIN_LOSS_S:
        yield Doubt(f"a loss under {MIN_LOSS_S:.2f} s has no cause worth naming")
        return
    if named_s < noise_s:
        yield Doubt(f"the loss is within the scatter of these laps ({noise_s:.2f} s)")
    if apart:
        yield Doubt("the two methods name different causes: {causes}", tuple(dict.fromkeys(apart)))
    if first is Cause.UNEXPLAINED:
        yield Doubt("no cause explains the loss")
    elif _seconds(share for share in causes if share.cause is first) < MAIN_SHARE * time_lost_s:
        yield Doubt("the loss has many small causes")


def merged(shares: Shares) -> Shares:
    """One share per cause, one more for what of it was carried over from another corner; ranked. Details of the larger one stay."""
    return _grouped(shares, 1.0)


def combined(by_method: Sequence[Shares]) -> Shares:
    """Mean of what the methods say, ranked; details of the one that says most."""
    return _grouped([share for shares in by_method for share in shares], 1.0 / max(1, len(by_method)))


def _grouped(shares: Iterable[CauseShare], scale: float) -> Shares:
    groups: dict[tuple[Cause, bool], list[CauseShare]] = {}
    for share in shares:
        groups.setdefault((share.cause, CARRIED in share.detail), []).append(share)
    return ranked([CauseShare(cause, scale * _seconds(group), _largest(group).detail) for (cause, _), group in groups.items()])


def _seconds(shares: Iterable[CauseShare]) -> float:
    return sum(share.time_lost_s for share in shares)


def _largest(shares: Sequence[CauseShare]) -> CauseShare:
    return max(shares, key=lambda share: abs(share.time_lost_s))


def weights_of(shares: Shares) -> dict[Cause, float]:
    """What each cause ranks by, s; a carried part counts less."""
    weights: dict[Cause, float] = {}
    for share in shares:
        weights[share.cause] = weights.get(share.cause, 0.0) + weight_of(share)
    return weights


def first_cause(shares: Shares) -> Cause:
    """The cause that weighs most; UNEXPLAINED when nothing weighs as much as what no cause explains."""
    weights = weights_of(shares)
    unexplained = max(0.0, weights.pop(Cause.UNEXPLAINED, 0.0))
    best = max(weights, key=lambda cause: weights[cause], default=Cause.UNEXPLAINED)
    return best if weights.get(best, 0.0) > unexplained else Cause.UNEXPLAINED


def agreed_cause(by_method: Sequence[Shares]) -> Cause:
    """The cause to which every method gives most: the largest of each cause's smallest weight; UNEXPLAINED when there is none."""
    tables = [weights_of(shares) for shares in by_method]
    agreed = {cause: min(table.get(cause, 0.0) for table in tables) for cause in Cause if cause is not Cause.UNEXPLAINED}
    best = max(agreed, key=lambda cause: agreed[cause])
    return best if agreed[best] > 0.0 else Cause.UNEXPLAINED


def agreement_of(by_method: Sequence[Shares]) -> float:
    """Part of the loss that all methods give to the same causes, 0..1; 0 when nothing was lost."""
    tables = [{cause: max(0.0, weight) for cause, weight in weights_of(shares).items()} for shares in by_method]
    total = max((sum(table.values()) for table in tables), default=0.0)
    if total <= 0.0:
        return 0.0
    return sum(min(table.get(cause, 0.0) for table in tables) for cause in tables[0] if cause is not Cause.UNEXPLAINED) / total


def _scaled(shares: Shares, time_lost_s: float) -> Shares:
    """Shares that sum to the loss: what is missing or too much is unexplained."""
    rest = time_lost_s - sum(share.time_lost_s for share in shares)
    known = [share for share in shares if share.cause is not Cause.UNEXPLAINED]
    old = [share for share in shares if share.cause is Cause.UNEXPLAINED]
    unexplained = CauseShare(Cause.UNEXPLAINED, sum(share.time_lost_s for share in old) + rest, old[0].detail if old else {})
    return ranked([*known, unexplained])


def phase_of_loss(pair: LapPair, corner: Corner) -> Phase:
    """The phase in which the delta grows most, between the reference's own stations."""
    k = pair.corners.index(corner)
    reference, own = pair.reference_phases[k], pair.own_phases[k]
    entry_end = _known(reference.brake_off_m, own.brake_off_m, corner.turn_in_m)
    mid_end = _known(reference.throttle_on_m, own.throttle_on_m, corner.apex_m)
    stations = np.maximum.accumulate([corner.start_m, max(entry_end, corner.turn_in_m), mid_end, corner.end_m])
    at = [pair.own.index_at(min(float(station), corner.end_m)) for station in stations]
    lost = pair.own.grid["time_s"][at] - pair.reference.grid["time_s"][at]
    return (Phase.ENTRY, Phase.MID, Phase.EXIT)[int(np.argmax(np.diff(lost)))]


def _known(*stations_m: float) -> float:
    return next(station for station in stations_m if np.isfinite(station))


def _cut(pair: LapPair, corner: Corner) -> list[int]:
    return [pair.own.index_at(corner.start_m), pair.own.index_at(corner.end_m)]


def vote(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict from one per reference; the loss is the mean over the references, because one of them is an idiosyncratic driver.

    Each method's shares are averaged over the references. Confidence needs time lost against most of the references, both
    methods to agree on the cause, and a clear lead of it over the next one: where two causes weigh alike, other references name
    the other, however many of these name the first.
    """
    if len(verdicts) == 1:
        return verdicts[0]
    first = verdicts[0]
    summed = _summed(verdicts)
    total = combined(summed)
    cause = first_cause(total)
    stability = sum(first_cause(combined(one.by_method)) is cause for one in verdicts) / len(verdicts)
    count = len(verdicts)
    return verdict_of(
        tuple(_grouped(shares, 1.0 / count) for shares in summed),
        time_lost_s=sum(one.time_lost_s for one in verdicts) / count,
        noise_s=first.noise_s,
        phase=_most(one.phase for one in verdicts),
        stability=stability,
        doubts=_doubts_of_vote(verdicts, total, cause),
        averaged=True,
    )


def _doubts_of_vote(verdicts: Sequence[Verdict], total: Shares, cause: Cause) -> Iterable[Doubt]:
    losing = sum(one.time_lost_s >= MIN_LOSS_S for one in verdicts)
    if losing < MOST * len(verdicts):
        yield Doubt(f"time is lost against {losing} of {len(verdicts)} references only")
    weights = weights_of(total)
    second = max((weight for other, weight in weights.items() if other not in {cause, Cause.UNEXPLAINED}), default=0.0)
    if weights.get(cause, 0.0) < CLEAR_LEAD * second:
        yield Doubt("another cause weighs nearly as much: other references could name it")


def _summed(verdicts: Sequence[Verdict]) -> tuple[Shares, ...]:
    """Each method's shares, summed over verdicts."""
    methods = min(len(one.by_method) for one in verdicts)
    return tuple(merged(tuple(share for one in verdicts for share in one.by_method[m])) for m in range(methods))


def _most(phases: Iterable[Phase]) -> Phase:
    seen = list(phases)
    return max(seen, key=seen.count)
