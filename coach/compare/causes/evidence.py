"""Cause of loss, method A: evidence decides, a quasi-steady solver prices (coaching.md 2.7 and 2.8).

For each slowing-down the driver's actions are compared with the reference's; what each group of them cost is the difference
between successive speed profiles (`evidence_prices`), and inside a group the evidence shares it out. Every price is a density
over the stations, so it falls into the window where the time was lost even when the action was in the corner before.

Gates are multiples of the scatter of the set that the reference comes from. It knows nothing of the other method.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.arrays import BoolArray, FloatArray, IntArray
from coach.compare.cause import CARRIED, Cause, CauseShare, ranked
from coach.compare.causes.evidence_entry import EntryEvidence, entry_evidence
from coach.compare.causes.evidence_exit import ExitEvidence, exit_evidence
from coach.compare.causes.evidence_grip import grip_shortfall
from coach.compare.causes.evidence_line import GATE_SIGMAS, LineEvidence, apex_deficit, apex_profile, line_evidence
from coach.compare.causes.evidence_prices import Chain, carried_speed, chain_of, limits_of, solve
from coach.compare.causes.evidence_signals import Signals, signals_of
from coach.compare.causes.evidence_slides import after_slide
from coach.compare.causes.evidence_stretches import Stretch, stretches_of
from coach.compare.pair import LapPair
from coach.track.map import Corner

Mix = Mapping[Cause, float]  # shares of one price, sum 1

NOBODY: Mix = {Cause.UNEXPLAINED: 1.0}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in one stretch: who pays for each step of the chain, and the evidence."""

    stretch: Stretch
    chain: Chain
    line: LineEvidence
    entry: EntryEvidence
    exit: ExitEvidence
    deficit: float
    lower_mps: float  # minimum speed below the reference's
    mixes: tuple[Mix, Mix, Mix, Mix, Mix]  # carried, line, apex, entry, exit
    spent: Mapping[Cause, FloatArray]  # seconds lost by cause since the stretch began, shape (end - begin + 1,)
    brought: Mapping[Cause, FloatArray]  # the same for what was brought along from the stretch before


def attribute(pair: LapPair) -> tuple[tuple[CauseShare, ...], ...]:
    """Ranked shares per corner window; the shares of a window sum to the time lost in it, what no evidence explains included."""
    own, ref, first_m = signals_of(pair)
    findings: list[Finding] = []
    carried: Mix = NOBODY
    stretches = stretches_of(own, ref, pair.own.step_m)
    gripless = grip_shortfall(stretches, own, ref, pair.scatter, pair.own.step_m)
    for stretch in stretches:
        findings.append(explain(pair, stretch, own, ref, carried, gripless))
        carried = _left_at_end(findings[-1])
    lost = np.concatenate([[0.0], np.cumsum((own.slowness - ref.slowness) * pair.own.step_m)])
    first = pair.own.index_at(first_m)
    windows = [np.array([pair.own.index_at(corner.start_m), pair.own.index_at(corner.end_m)]) - first for corner in pair.corners]
    return tuple(_window(i, windows, lost, findings, pair.corners, pair.own.step_m) for i in range(len(windows)))


def explain(pair: LapPair, stretch: Stretch, own: Signals, ref: Signals, carried: Mix = NOBODY, gripless: float = 0.0) -> Finding:
    """Evidence and prices of one stretch.

    `carried` pays for the speed that was missing when it began; `gripless` is the share of apex speed that grip takes everywhere.
    """
    step, car = pair.own.step_m, pair.car
    limits = limits_of(ref, car, stretch)
    start = carried_speed(own.v[stretch.part], ref.v[stretch.part])
    line = line_evidence(stretch, own, ref, car, pair.scatter, step)
    slid = after_slide(stretch, own, ref, line.elsewhere, step)
    line = replace(line, cap=np.where(slid, np.inf, line.cap))  # nobody turned that tight on purpose
    line_v = solve(np.minimum(start, line.cap), limits, car) if np.isfinite(line.cap).any() else start
    deficit = apex_deficit(stretch, own, line_v, ref, step)
    apex_v = apex_profile(stretch, line_v, deficit, ref, limits, car, step)
    entry = entry_evidence(stretch, own, ref, deficit, car, pair.scatter, line.elsewhere, slid, step)
    chain = chain_of(stretch, own, start, line_v, apex_v, ref, limits, car, step)
    possible = chain.entry[stretch.split - stretch.begin :]
    leaving = exit_evidence(stretch, own, ref, possible, car, pair.scatter, line, slid, step)
    slow = _slow_mix(deficit, gripless, entry.parts.get(Cause.LINE, 0.0), GATE_SIGMAS * pair.scatter.v_min_frac)
    if slid[: stretch.ref.slowest - stretch.begin + 1].any():
        slow = {Cause.OVERSTEER: 1.0}
    out = _shares(_exit_costs(entry, leaving), chain, stretch, step)
    parts = out if _begins_at_split(entry, chain) else entry.parts
    mixes = _mixes(entry, parts, out, slow, carried)
    driven = np.append(ref.driven_m, ref.driven_m[-1])[stretch.part]
    lower = float(ref.v[stretch.ref.slowest] - own.v[stretch.own.slowest])
    return Finding(stretch, chain, line, entry, leaving, deficit, lower, mixes, *_spent(chain, mixes, line, slid, driven))


def _slow_mix(deficit: float, gripless: float, by_line: float, gate: float) -> Mix:
    """Who pays for a slow apex: missing grip, the line as far as the car was on another one when it slowed down, else the driver.

    Within the scatter of apex speeds it is no cause, in proportion.
    """
    if deficit <= 0.0:
        return NOBODY
    by_grip = min(1.0, gripless / deficit)
    surely = min(1.0, deficit / gate) * (1.0 - by_grip)
    rest = 1.0 - by_grip - surely
    return {Cause.GRIP: by_grip, Cause.LINE: surely * by_line, Cause.SLOW_APEX: surely * (1.0 - by_line), Cause.UNEXPLAINED: rest}


def _shares(costs: Mapping[Cause, float], chain: Chain, stretch: Stretch, step_m: float) -> Mix:
    """Shares of the exit price; what the labelled stations do not account for stays unexplained."""
    price = float((1.0 / chain.observed - 1.0 / chain.entry)[stretch.split - stretch.begin :].sum() * step_m)
    found = sum(cost for cause, cost in costs.items() if cause is not Cause.UNEXPLAINED)
    total = max(price, found)
    if total <= 0.0:
        return NOBODY
    mix: dict[Cause, float] = {cause: cost / total for cause, cost in costs.items()}
    mix[Cause.UNEXPLAINED] = 1.0 - found / total
    return mix


def _begins_at_split(entry: EntryEvidence, chain: Chain) -> bool:
    """Whether the speed missing at the split is the beginning of the exit's loss: nothing before it asked for it, and more follows."""
    *_, before, after = (float(price.sum()) for price in chain.step_prices())
    return entry.parts.get(Cause.UNEXPLAINED, 0.0) == 1.0 and 0.0 < before < after


def _mixes(entry: EntryEvidence, parts: Mix, leaving: Mix, slow: Mix, carried: Mix) -> tuple[Mix, Mix, Mix, Mix, Mix]:
    """Who pays for which step. Line, apex and entry follow from a lock-up or from late braking, which come first in time."""
    first = _first(entry)
    if first is None:
        return carried, {Cause.LINE: 1.0}, slow, parts, leaving
    follows: Mix = {first: 1.0}
    return carried, follows, follows, follows, leaving


def _first(entry: EntryEvidence) -> Cause | None:
    return Cause.BRAKE_LATE if entry.late else Cause.LOCKUP if entry.lock else None  # who is late presses harder for it


def _exit_costs(entry: EntryEvidence, leaving: ExitEvidence) -> Mapping[Cause, float]:
    """Costs of the exit; what arose while the car was still turning follows from a lock-up or late braking, gears apart."""
    first = _first(entry)
    if first is None:
        return leaving.costs
    costs: dict[Cause, float] = {}
    for cause, cost in leaving.costs.items():
        within = cost if cause is Cause.LINE else leaving.turning.get(cause, 0.0)
        follows = 0.0 if cause is Cause.GEAR else min(cost, within)
        costs[cause] = costs.get(cause, 0.0) + cost - follows
        costs[first] = costs.get(first, 0.0) + follows
    return costs


def _spent(
    chain: Chain, mixes: tuple[Mix, ...], line: LineEvidence, slid: BoolArray, driven_m: FloatArray
) -> tuple[Mapping[Cause, FloatArray], Mapping[Cause, FloatArray]]:
    """Add each price to its causes: what arose in the stretch, and what was brought along. `driven_m`: the reference's, per station.

    Detours belong to the line, or to the slide that they follow, and so does the speed that a wider one carries: the price is what is
    left of both.
    """
    prices = chain.step_prices()
    steps = np.concatenate([0.5 * (prices[:, 1:] + prices[:, :-1]), prices[:, -1:]], axis=1) * driven_m
    aside = np.maximum(line.beside, slid)
    gained = np.minimum(steps[1:].sum(axis=0), 0.0) * aside
    steps[1:] *= np.where(gained < 0.0, 1.0 - aside, 1.0)
    detour = gained + line.longer_m / chain.observed
    steps[1] += detour * ~slid
    running = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)
    spent: dict[Cause, FloatArray] = {}
    for price, mix in zip(running[1:], mixes[1:], strict=True):
        for cause, share in _blamed(mix):
            spent[cause] = spent.get(cause, 0.0) + share * price
    if slid.any():
        thrown = dict(_blamed(mixes[1])) if Cause.LINE not in mixes[1] else {Cause.OVERSTEER: 1.0}
        for cause, share in thrown.items():
            spent[cause] = spent.get(cause, 0.0) + share * np.concatenate([[0.0], np.cumsum(detour * slid)])
    return spent, {cause: share * running[0] for cause, share in _blamed(mixes[0])}


def _blamed(mix: Mix) -> list[tuple[Cause, float]]:
    return [(cause, share) for cause, share in mix.items() if share > 0.0 and cause is not Cause.UNEXPLAINED]


def _left_at_end(finding: Finding) -> Mix:
    """Causes of the speed still missing where the stretch ends: they pay for what is carried into the next corner."""
    energies = [float(speed[-1]) ** 2 for speed in finding.chain.speeds()]
    mix: dict[Cause, float] = {}
    for before, after, causes in zip(energies[:-1], energies[1:], finding.mixes, strict=True):
        for cause, share in causes.items():
            mix[cause] = mix.get(cause, 0.0) + max(0.0, before - after) * share
    total = sum(mix.values())
    return {cause: value / total for cause, value in mix.items()} if total > 0.0 else NOBODY


def _window(
    i: int, windows: list[IntArray], lost: FloatArray, findings: list[Finding], corners: Sequence[Corner], step_m: float
) -> tuple[CauseShare, ...]:
    """Shares of one window. Gains are no cause: they join what is unexplained, like the difference of path lengths.

    What was done in another corner's slowing-down says so in its detail.
    """
    bounds = windows[i]
    pieces: dict[tuple[Cause, int], list[tuple[float, Finding]]] = {}
    for k, finding in enumerate(findings):
        inside = np.clip(bounds - finding.stretch.begin, 0, finding.stretch.end - finding.stretch.begin)
        if inside[1] <= inside[0]:
            continue
        for running_by_cause, source in ((finding.spent, finding), (finding.brought, findings[max(0, k - 1)])):
            owner = _owner(source.stretch.split, windows, i)
            for cause, running in running_by_cause.items():
                pieces.setdefault((cause, owner), []).append((_between(running, inside), source))
    found = []
    for (cause, owner), parts in pieces.items():
        seconds = sum(part for part, _ in parts)
        if seconds > 0.0:
            main = max(parts, key=lambda part: part[0])[1]
            origin = {} if owner == i else {CARRIED: float(corners[owner].number)}
            found.append(CauseShare(cause, seconds, {**_detail(cause, main, step_m), **origin}))
    rest = _between(lost, bounds) - sum(share.time_lost_s for share in found)
    return ranked([*found, CauseShare(Cause.UNEXPLAINED, rest)])


def _owner(index: int, windows: Sequence[IntArray], here: int) -> int:
    """Which window holds the place where the action was; the last one for what was done before the first. `here` when none does."""
    for k, (start, end) in enumerate(windows):
        if start <= index < end:
            return k
    return len(windows) - 1 if index < windows[0][0] else here


def _between(running: FloatArray, bounds: IntArray) -> float:
    return float(running[bounds[1]] - running[bounds[0]])


def _detail(cause: Cause, finding: Finding, step_m: float) -> Mapping[str, float]:
    """The evidence for a cause in numbers."""
    own, ref = finding.stretch.own, finding.stretch.ref
    entry, line, leaving = finding.entry, finding.line, finding.exit
    throttle = {"throttle_later_m": leaving.later_m, "full_throttle_later_m": (own.full - ref.full) * step_m}
    known: dict[Cause, Mapping[str, float]] = {
        Cause.BRAKE_EARLY: {"brake_on_earlier_m": entry.shift_m, "beyond_need_m": entry.early_m},
        Cause.BRAKE_LATE: {"brake_on_later_m": -entry.shift_m},
        Cause.BRAKE_SOFT: {"deceleration_frac": entry.level_frac, "brake_on_earlier_m": entry.shift_m},
        Cause.LOCKUP: {"brake_peak_frac": own.brake_peak, "reference_brake_peak_frac": ref.brake_peak},
        Cause.COASTING: {"coasting_m": entry.coasting_m},
        Cause.SLOW_APEX: {"v_min_lower_mps": finding.lower_mps, "deficit_frac": finding.deficit},
        Cause.LINE: {
            "offset_m": max(line.entry_offset_m, line.exit_offset_m, key=abs),
            "curvature_ratio": max(line.entry_ratio, line.exit_ratio),
        },
        Cause.THROTTLE_LATE: throttle,
        Cause.THROTTLE_SOFT: throttle,
        Cause.LIFT: {"lift_m": leaving.lift_m},
        Cause.GEAR: {"gear_delta": leaving.gear_delta},
    }
    return known.get(cause, {})
