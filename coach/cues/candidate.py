"""What could be said after the laps so far: per corner the driver's own cause that returns, its price, and how sure it is.

A candidate is no decision to speak. How much it may claim depends on the reference: against the driver's own lap only that he
is worse than himself, against the potential lap only something to try.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from coach.compare.cause import CARRIED, NOT_THE_DRIVER, Cause
from coach.compare.causes.agreement import first_cause
from coach.compare.causes.pattern import interval_of
from coach.compare.comparison import CornerComparison, ReferenceKind
from coach.compare.differences import mean_differences
from coach.cues.settings import CueSettings
from coach.cues.topic import LapSeen, Topic, corner_seen, price_of
from coach.track.map import Corner


class Claim(StrEnum):
    """How much may be said."""

    SURE = "sure"  # a habit, shown by somebody else's lap, both methods, several laps
    WORSE_THAN_SELF = "worse than self"  # lost again and again against the driver's own best
    TRY = "try"  # only the potential lap shows it, or the laps do not agree: phrased as something to try


@dataclass(frozen=True, slots=True)
class Candidate:
    """A topic with its evidence. `gain_s`: mean price per lap, s; `interval_s`: its 95 % interval; `n`: laps behind it.

    `figures`: how the driver's actions differ from the reference's, mean over the laps (compare/differences.py); `scatter`: their
    standard deviations over the laps; `newest`: on the newest lap alone.
    """

    topic: Topic
    corner: Corner
    kind: ReferenceKind  # of the laps it was seen against
    claim: Claim
    gain_s: float
    interval_s: tuple[float, float]
    n: int
    figures: dict[str, float]
    scatter: dict[str, float]
    newest: Mapping[str, float]
    n_earlier: int = 0  # of the n laps, driven in earlier sessions


# The order in which human coaches correct: line, entry, brake release, minimum speed, throttle; the braking point last.
COACHES_ORDER: dict[Cause, int] = {
    Cause.LINE: 0,
    Cause.BRAKE_LATE: 1,
    Cause.LOCKUP: 1,
    Cause.UNDERSTEER: 1,
    Cause.OVERSTEER: 1,
    Cause.BRAKE_SOFT: 2,
    Cause.COASTING: 3,
    Cause.SLOW_APEX: 3,
    Cause.LIFT: 3,
    Cause.GEAR: 4,
    Cause.THROTTLE_LATE: 4,
    Cause.THROTTLE_SOFT: 4,
    Cause.WHEELSPIN: 4,
    Cause.BRAKE_EARLY: 5,
}
# A quasi-steady lap goes from pedal to pedal in no time, and is at full throttle as soon as the tyres could bear it if nothing had to
# settle; a car still turns in on itself and shifts its load then. How long its driver may wait or ease off, that lap does not know. Nor
# has it a foot: how hard the brake is pressed before a wheel locks only another driver's lap shows, and the detectors.
UNKNOWN_TO_THE_POTENTIAL = frozenset({Cause.COASTING, Cause.LIFT, Cause.THROTTLE_LATE, Cause.THROTTLE_SOFT, Cause.LOCKUP})
# The figure (compare/differences.py) that must show what a cause says.
MEASURED_BY = {
    Cause.BRAKE_EARLY: "brake_on_earlier_m",
    Cause.BRAKE_LATE: "brake_on_later_m",
    Cause.BRAKE_SOFT: "brake_peak_less_percent",
    Cause.LOCKUP: "brake_peak_more_percent",
    Cause.COASTING: "coasting_more_m",
    Cause.SLOW_APEX: "v_min_less_kmh",
    Cause.THROTTLE_LATE: "throttle_on_later_m",
}
STEP = 0.5  # of what is missing is asked for at once at most: the whole difference at the first try leads off the track
OF_HIS_OWN = 0.5  # of the driver's standard deviation, where he is near it: he is there by himself on three laps in ten
SHORT_OF_IT = 2.0  # standard deviations short of what another lap shows a step may always end: hardly one of his laps goes beyond it then
# What is asked for in steps, and the largest one: as large as amateurs' errors are, m and km/h (coaching.md 6).
AT_ONCE = {"brake_on": 12.0, "throttle_on": 12.0, "v_min": 5.0}
NEAR_THE_BEST = 2.0 / 3.0  # of the largest gain: close enough for the coaches' order to decide
CLEARLY_THE_LOSS = 1.5  # times the next gain: then the braking point comes first all the same


def candidates(laps: Sequence[LapSeen], kind: ReferenceKind, settings: CueSettings) -> tuple[Candidate, ...]:
    """Candidates from the newest comparable laps (oldest first), in the order in which a coach would take them up."""
    looked_at = laps[-settings.laps_looked_at :]
    if len(looked_at) < settings.laps_needed:
        return ()
    corners = {corner.number: corner.corner for corner in looked_at[-1].corners if corner.corner is not None}
    found = [_candidate(corner, looked_at, kind, settings) for corner in corners.values()]
    return tuple(_in_order(_one_per_complex([one for one in found if one is not None])))


def _candidate(corner: Corner, laps: Sequence[LapSeen], kind: ReferenceKind, settings: CueSettings) -> Candidate | None:
    """The candidate of one corner, or None."""
    seen = [(lap, one) for lap in laps if (one := corner_seen(lap, corner.number)) is not None]
    if not corner.coachable or len(seen) < settings.laps_needed or corner_seen(laps[-1], corner.number) is None:
        return None
    driven = [one.differences for _, one in seen]
    figures = mean_differences(driven)
    cause = _dearest_cause([one for _, one in seen], settings.laps_seen, lambda one: may_be_said(one, kind, figures, settings))
    if cause is None:
        return None
    topic = Topic(corner.number, cause)
    priced = price_over(seen, topic, settings)
    if priced is None:
        return None
    gain_s, interval_s = priced
    agreed = sum(_both_methods(one) is cause for _, one in seen)
    n_earlier = sum(lap.earlier for lap, _ in seen)
    claim = _claim(kind, sure=agreed >= settings.laps_seen and _both_methods(seen[-1][1]) is cause)
    return Candidate(topic, corner, kind, claim, gain_s, interval_s, len(seen), figures, scatter_of(driven), driven[-1], n_earlier)


def price_over(
    seen: Sequence[tuple[LapSeen, CornerComparison]], topic: Topic, settings: CueSettings
) -> tuple[float, tuple[float, float]] | None:
    """Mean price of the topic's cause over laps and their passages of its corner, and its 95 % interval, s.

    None where it is not worth words or could be nothing: what the corner loses, or the part of it that the cue could bring back.
    """
    losses = np.array([one.time_lost_s for _, one in seen])
    prices = np.array([max(0.0, price_of(lap, topic)) for lap, _ in seen])
    low, high = interval_of(prices)
    if min(losses.mean(), prices.mean()) < settings.least_loss_s or low <= 0.0 or interval_of(losses)[0] <= 0.0:
        return None
    return float(prices.mean()), (low, high)


def may_be_said(cause: Cause, kind: ReferenceKind, figures: Mapping[str, float], settings: CueSettings) -> bool:
    """Whether that reference can show the cause, and what the driver does shows it, too."""
    if kind is ReferenceKind.POTENTIAL and cause in UNKNOWN_TO_THE_POTENTIAL:
        return False
    to_ask_for = missing(cause, figures)
    return to_ask_for > 0.0 and not (cause in {Cause.BRAKE_EARLY, Cause.BRAKE_LATE} and to_ask_for < settings.brake_least_m)


def _dearest_cause(passages: Sequence[CornerComparison], laps_seen: int, sayable: Callable[[Cause], bool]) -> Cause | None:
    """The driver's own cause that cost most over the laps, named on at least `laps_seen` of them, the newest included; None without one.

    Which cause comes first on one lap is often chance (docs/exam.md); what a lasting habit costs is a mean over laps. What no cause
    explains, or what was carried over from another corner, is no rival: it is nothing that could be said.
    """
    prices_s: dict[Cause, list[float]] = {}
    for k, passage in enumerate(passages):
        for share in passage.verdict.causes:
            if share.cause not in NOT_THE_DRIVER and CARRIED not in share.detail and share.time_lost_s > 0.0:
                prices_s.setdefault(share.cause, [0.0] * len(passages))[k] += share.time_lost_s
    named = {cause: sum(seen) for cause, seen in prices_s.items() if seen[-1] > 0.0 and sum(price > 0.0 for price in seen) >= laps_seen}
    return max(filter(sayable, named), key=lambda cause: named[cause], default=None)


def _both_methods(corner: CornerComparison) -> Cause | None:
    """The cause that both methods put first; None where they differ."""
    firsts = {first_cause(shares) for shares in corner.verdict.by_method}
    return firsts.pop() if len(firsts) == 1 else None


def _claim(kind: ReferenceKind, *, sure: bool) -> Claim:
    if kind is ReferenceKind.OWN:
        return Claim.WORSE_THAN_SELF if sure else Claim.TRY
    return Claim.SURE if kind is ReferenceKind.EXTERNAL and sure else Claim.TRY


def said_figures(candidate: Candidate) -> dict[str, float]:
    """Figures as they are asked for: points and speeds move in steps.

    Half of what is missing, so that following never overshoots the reference, and no further than half the driver's own standard
    deviation: a whole one, on every lap, leads off the track at 2.0 % of corners where he really lacks it, half of it at 1.0 %. Who is
    far from what a driven lap shows is asked for more, up to two standard deviations short of it, but no more than `AT_ONCE` (docs/exam.md).
    """
    return {name: _step(candidate, name, value) for name, value in candidate.figures.items()}


def _step(candidate: Candidate, name: str, missing: float) -> float:
    largest = next((most for start, most in AT_ONCE.items() if name.startswith(start)), None)
    if largest is None:
        return missing
    scatter, step = candidate.scatter.get(name, np.nan), STEP * missing
    most = max(OF_HIS_OWN * scatter, min(largest, _shown(candidate, name) - SHORT_OF_IT * scatter))
    return step if not np.isfinite(most) else float(np.clip(step, -most, most))


def _shown(candidate: Candidate, name: str) -> float:
    """How much of a figure is missing, on the newest lap, too; 0 against the potential lap, which nobody has driven."""
    missing, newest = candidate.figures[name], candidate.newest.get(name, 0.0)
    if candidate.kind is ReferenceKind.POTENTIAL or not missing * newest > 0.0:
        return 0.0
    return min(abs(missing), abs(newest))


def scatter_of(laps: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Standard deviation over laps of each figure; NaN with fewer than three that have it."""
    seen = {name: np.array([lap[name] for lap in laps if np.isfinite(lap[name])]) for name in laps[0]}
    return {name: float(values.std(ddof=1)) if values.size > 2 else np.nan for name, values in seen.items()}


def missing(cause: Cause, figures: Mapping[str, float]) -> float:
    """By how much the driver does less (or earlier, or later) than the reference what the cause says he does, in the figure's unit.

    Below 0 where he does more: whatever that corner costs, there is nothing to ask him for. NaN where it did not happen on either lap,
    infinite for a cause that no figure measures.
    """
    return figures.get(MEASURED_BY.get(cause, ""), np.inf)


def _one_per_complex(found: list[Candidate]) -> list[Candidate]:
    """Of linked corners only the one that costs most."""
    best: dict[int, Candidate] = {}
    for one in found:
        linked = one.corner.complex_id or -one.corner.number
        if linked not in best or one.gain_s > best[linked].gain_s:
            best[linked] = one
    return list(best.values())


def _in_order(found: list[Candidate]) -> list[Candidate]:
    """By gain, but among those near the largest in the coaches' order; sure ones before things to try."""
    ordered: list[Candidate] = []
    left = sorted(found, key=lambda one: (one.claim is Claim.TRY, -one.gain_s))
    while left:
        first = left[0]
        near = [
            one for one in left if one.gain_s >= NEAR_THE_BEST * first.gain_s and (one.claim is Claim.TRY) == (first.claim is Claim.TRY)
        ]
        clear = len(left) == 1 or first.gain_s >= CLEARLY_THE_LOSS * left[1].gain_s
        taken = first if clear else min(near, key=lambda one: COACHES_ORDER[one.topic.cause])
        ordered.append(taken)
        left.remove(taken)
    return ordered
