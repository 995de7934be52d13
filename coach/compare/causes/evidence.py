"""Cause of loss, method A: evidence decides, a quasi-steady solver prices (coaching.md 2.7 and 2.8).

For each corner the driver's actions are compared with the reference's; what each group of them cost is the difference between
successive speed profiles (`evidence_prices`), and inside a group the evidence shares it out. Every price is a density over the
stations, so it falls into the window where the time was lost even when the action was in the corner before.

Gates are multiples of the scatter of the set that the reference comes from. It knows nothing of the other method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import Cause, CauseShare, ranked
from coach.compare.causes.evidence_entry import EntryEvidence, entry_evidence
from coach.compare.causes.evidence_exit import ExitEvidence, exit_evidence
from coach.compare.causes.evidence_line import LineEvidence, apex_deficit, apex_profile, line_evidence
from coach.compare.causes.evidence_prices import Chain, carried_speed, chain_of, limits_of, solve
from coach.compare.causes.evidence_signals import Signals, Stretch, signals_of, stretches_of
from coach.compare.pair import LapPair

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
    mixes: tuple[Mix, Mix, Mix, Mix, Mix]  # carried, line, apex, entry, exit


def attribute(pair: LapPair) -> tuple[tuple[CauseShare, ...], ...]:
    """Ranked shares per corner window; the shares of a window sum to the time lost in it, what no evidence explains included."""
    own, ref = signals_of(pair.own, pair.own_path), signals_of(pair.reference, pair.reference_path)
    stretches = stretches_of(pair, ref)
    density: dict[Cause, FloatArray] = {}
    findings = []
    carried: Mix = NOBODY
    for stretch in stretches:
        finding = _explain(pair, stretch, own, ref, carried)
        _spread(density, finding, own)
        findings.append(finding)
        carried = _left_at_end(finding)
    lost = own.slowness - ref.slowness
    totals = {cause: _running(values, pair.own.step_m) for cause, values in density.items()}
    return tuple(_window(pair, i, totals, _running(lost, pair.own.step_m), findings) for i in range(len(pair.corners)))


def _explain(pair: LapPair, stretch: Stretch, own: Signals, ref: Signals, carried: Mix) -> Finding:
    part = slice(stretch.begin, stretch.end)
    step = pair.own.step_m
    limits = limits_of(ref, pair.car, stretch)
    start = carried_speed(own.v[part], ref.v[part])
    line = line_evidence(stretch, own, ref, pair.scatter, step)
    line_v = solve(np.minimum(start, line.cap), limits, pair.car) if np.isfinite(line.cap).any() else start
    deficit = apex_deficit(stretch, own, line_v, ref, step)
    apex_v = apex_profile(stretch, line_v, deficit, ref, limits, pair.car, step)
    entry = entry_evidence(stretch, own, ref, deficit, pair.car.braking_typical_mps2, pair.scatter, step, line.elsewhere)
    leaving = exit_evidence(stretch, own, ref, pair.car, pair.scatter, line, step)
    chain = chain_of(stretch, own, start, line_v, apex_v, ref, limits, pair.car)
    shares = _shares(_exit_costs(entry, leaving), chain, stretch, step)
    return Finding(stretch, chain, line, entry, leaving, deficit, _mixes(entry, shares, carried))


def _shares(costs: Mapping[Cause, float], chain: Chain, stretch: Stretch, step_m: float) -> Mix:
    """Shares of the exit price; what the labelled stations do not account for stays unexplained."""
    price = float((1.0 / chain.observed - 1.0 / chain.entry)[stretch.split - stretch.begin :].sum() * step_m)
    found = sum(cost for cause, cost in costs.items() if cause is not Cause.UNEXPLAINED)
    total = max(price, found)
    if total <= 0.0:
        return NOBODY
    mix = {cause: cost / total for cause, cost in costs.items() if cause is not Cause.UNEXPLAINED}
    return {**mix, Cause.UNEXPLAINED: 1.0 - found / total}


def _mixes(entry: EntryEvidence, leaving: Mix, carried: Mix) -> tuple[Mix, Mix, Mix, Mix, Mix]:
    """Who pays for which step. Line, apex and entry follow from a lock-up or from late braking, which come first in time."""
    first = _first(entry)
    if first is None:
        return carried, {Cause.LINE: 1.0}, {Cause.SLOW_APEX: 1.0}, entry.parts, leaving
    follows: Mix = {first: 1.0}
    return carried, follows, follows, follows, leaving


def _first(entry: EntryEvidence) -> Cause | None:
    return Cause.LOCKUP if entry.lock else Cause.BRAKE_LATE if entry.late else None


def _exit_costs(entry: EntryEvidence, leaving: ExitEvidence) -> Mapping[Cause, float]:
    """Costs of the exit; what arose while the car was still turning follows from a lock-up or late braking, gears apart."""
    first = _first(entry)
    if first is None:
        return leaving.costs
    costs = {cause: cost - (0.0 if cause is Cause.GEAR else leaving.turning.get(cause, 0.0)) for cause, cost in leaving.costs.items()}
    follows = sum(cost for cause, cost in leaving.turning.items() if cause is not Cause.GEAR)
    return {**{cause: max(0.0, cost) for cause, cost in costs.items()}, first: follows}


def _spread(density: dict[Cause, FloatArray], finding: Finding, own: Signals) -> None:
    """Add each price to its causes, seconds per station metre on the steps of the stretch."""
    begin, end = finding.stretch.begin, finding.stretch.end
    prices = finding.chain.step_prices()
    steps = 0.5 * (prices[:, 1:] + prices[:, :-1])
    steps = np.concatenate([steps, prices[:, -1:]], axis=1)
    for price, mix in zip(steps, finding.mixes, strict=True):
        for cause, share in mix.items():
            density.setdefault(cause, np.zeros(len(own.slowness)))[begin:end] += share * price


def _left_at_end(finding: Finding) -> Mix:
    """Causes of the speed still missing where the stretch ends: they pay for what is carried into the next corner."""
    chain = finding.chain
    speeds = (chain.reference, chain.carried, chain.line, chain.apex, chain.entry, chain.observed)
    energies = [float(speed[-1]) ** 2 for speed in speeds]
    mix: dict[Cause, float] = {}
    for before, after, causes in zip(energies[:-1], energies[1:], finding.mixes, strict=True):
        for cause, share in causes.items():
            mix[cause] = mix.get(cause, 0.0) + max(0.0, before - after) * share
    total = sum(mix.values())
    return {cause: value / total for cause, value in mix.items()} if total > 0.0 else NOBODY


def _running(density: FloatArray, step_m: float) -> FloatArray:
    """Seconds lost up to each station."""
    return np.concatenate([[0.0], np.cumsum(density * step_m)])


def _window(pair: LapPair, i: int, totals: Mapping[Cause, FloatArray], lost: FloatArray, findings: list[Finding]) -> tuple[CauseShare, ...]:
    """Shares of one window. Gains are no cause: they join what is unexplained, like the difference of path lengths."""
    corner = pair.corners[i]
    bounds = np.array([corner.start_m, corner.end_m]) / pair.own.step_m
    at = np.arange(len(lost))

    def between(values: FloatArray) -> float:
        first, last = np.interp(bounds, at, values)
        return float(last - first)

    shares = {cause: between(values) for cause, values in totals.items() if cause is not Cause.UNEXPLAINED}
    claimed = {cause: value for cause, value in shares.items() if value > 0.0}
    rest = between(lost) - sum(claimed.values())
    detail = _detail(findings[i])
    found = [CauseShare(cause, value, detail.get(cause, {})) for cause, value in claimed.items()]
    return ranked([*found, CauseShare(Cause.UNEXPLAINED, rest)])


def _detail(finding: Finding) -> Mapping[Cause, Mapping[str, float]]:
    """The evidence in numbers, per cause."""
    own, ref = finding.stretch.own, finding.stretch.ref
    entry, line, leaving = finding.entry, finding.line, finding.exit
    return {
        Cause.BRAKE_EARLY: {"brake_on_earlier_m": entry.shift_m, "beyond_need_m": entry.early_m},
        Cause.BRAKE_LATE: {"brake_on_later_m": -entry.shift_m},
        Cause.BRAKE_SOFT: {"deceleration_frac": entry.level_frac, "brake_on_earlier_m": entry.shift_m},
        Cause.LOCKUP: {"brake_peak_frac": own.brake_peak, "reference_brake_peak_frac": ref.brake_peak},
        Cause.COASTING: {"coasting_m": entry.coasting_m},
        Cause.SLOW_APEX: {"v_min_lower_mps": ref.v_min_mps - own.v_min_mps, "deficit_frac": finding.deficit},
        Cause.LINE: {
            "offset_m": max(line.entry_offset_m, line.exit_offset_m, key=abs),
            "curvature_ratio": max(line.entry_ratio, line.exit_ratio),
        },
        Cause.THROTTLE_LATE: {"throttle_later_m": leaving.later_m},
        Cause.LIFT: {"lift_m": leaving.lift_m},
        Cause.GEAR: {"gear_delta": leaving.gear_delta},
    }
