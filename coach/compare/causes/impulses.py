"""Method B: energy impulses labelled where they arise.

It needs no model of the car beyond a typical deceleration and a lateral limit, and no simulation: it watches where own lap
loses energy against the reference at the same station, asks what the driver did differently just there, and follows each loss
until it is made good. It never reads method A.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coach.arrays import FloatArray, IntArray
from coach.compare.cause import CARRIED, Cause, CauseShare, ranked
from coach.compare.causes.impulse_evidence import UnitEvidence, study_unit
from coach.compare.causes.impulse_gates import Gates, gates_for, ramp
from coach.compare.causes.impulse_grip import grip_losses
from coach.compare.causes.impulse_kernel import price
from coach.compare.causes.impulse_labels import CAUSES, COLUMN, label_unit, other_way_mix
from coach.compare.causes.impulse_shifts import bridged
from coach.compare.causes.impulse_sides import Sides, sides_of
from coach.compare.causes.impulse_slides import balance_of
from coach.compare.causes.impulse_units import Unit, units_of
from coach.compare.pair import LapPair


def attribute(pair: LapPair, gates: Gates | None = None) -> tuple[tuple[CauseShare, ...], ...]:
    """Ranked shares per corner window; each window's shares sum to the time lost in it, s.

    A loss that is paid here but arose at another corner keeps its cause and says so in `detail["from_corner_number"]`; what was
    done before the first window belongs to the last corner. Time gained, and what no rule explains, is UNEXPLAINED (possibly negative).
    """
    gates = gates or gates_for(pair.scatter)
    sides = sides_of(pair)
    units = units_of(sides, pair.scatter.v_min_frac)
    balance = balance_of(sides, pair.car, gates)
    grip = grip_losses(sides, units, pair.scatter.v_min_frac)
    evidence = [
        replace(study_unit(sides, unit, pair.car.braking_typical_mps2, gates), grip=part) for unit, part in zip(units, grip, strict=True)
    ]
    weights = np.zeros((len(sides.station_m) - 1, len(CAUSES)))
    for unit, figures in zip(units, evidence, strict=True):
        label_unit(sides, unit, figures, balance, gates, weights)
    speed_s, path_s = split_time(sides)
    energy = bridged(sides, units, (sides.own.speed_mps**2 - sides.reference.speed_mps**2) / 2.0, gates)
    window = _windows(pair, sides)
    unit_of = np.repeat(np.arange(len(units)), [unit.end - unit.start for unit in units])[: len(weights)]
    prices, gains = price(energy, speed_s, weights, window, unit_of, (len(pair.corners) + 2, len(units)))
    paths = np.zeros((len(pair.corners) + 2, len(units)))
    np.add.at(paths, (window, unit_of), path_s)
    evidence = [
        replace(one, longer_path=ramp(float(longer), gates.path_s)) for one, longer in zip(evidence, paths.sum(axis=0), strict=True)
    ]
    homes = [_home(pair, sides, unit) for unit in units]
    return tuple(_shares(pair, k, prices[k + 1], gains[k + 1], paths[k + 1], homes, evidence) for k in range(len(pair.corners)))


def split_time(sides: Sides) -> tuple[FloatArray, FloatArray]:
    """Time lost per step, s, split into what is owed to speed and what to the length of the driven path; shapes (m - 1,)."""
    own_s, reference_s = np.diff(sides.own.time_s), np.diff(sides.reference.time_s)
    own_v = sides.own.speed_mps[1:] + sides.own.speed_mps[:-1]
    reference_v = sides.reference.speed_mps[1:] + sides.reference.speed_mps[:-1]
    at_reference_speed_s = own_s * own_v / reference_v
    return own_s - at_reference_speed_s, at_reference_speed_s - reference_s


def _windows(pair: LapPair, sides: Sides) -> IntArray:
    """Window of each step: 0 before the first corner's window, k + 1 in corner k's, the number of corners + 1 after the last."""
    starts = [corner.start_m for corner in pair.corners] + [corner.end_m for corner in pair.corners[-1:]]
    window = np.zeros(len(sides.station_m) - 1, dtype=np.int64)
    for k, start_m in enumerate(starts):
        window[sides.index_at(start_m) :] = k + 1
    return window


def _home(pair: LapPair, sides: Sides, unit: Unit) -> int:
    """Index of the corner in whose window the unit's slowest point lies; outside all windows, before or behind the lap, the last one."""
    at_m = float(sides.station_m[unit.reference.slowest])
    return next((k for k, corner in enumerate(pair.corners) if corner.start_m <= at_m < corner.end_m), len(pair.corners) - 1)


def _shares(
    pair: LapPair, k: int, prices: FloatArray, gained_s: FloatArray, path_s: FloatArray, homes: list[int], evidence: list[UnitEvidence]
) -> tuple[CauseShare, ...]:
    """Shares of one window. `prices`, shape (units, causes), `gained_s` and `path_s`, shape (units,): paid in it, by unit.

    What an action gained in the same unit and window comes off its price, but no action costs less than nothing.
    """
    shares = []
    other_way = [other_way_mix(one) for one in evidence]
    ways = {cause: (path_s + gained_s) * [mix[cause] for mix in other_way] for cause in other_way[0]}
    taken = 0.0
    for cause in CAUSES[:-1]:
        owed = np.maximum(prices[:, COLUMN[cause]] + ways.get(cause, 0.0), 0.0)
        taken += float(owed.sum())
        at_home = np.array([home == k for home in homes])
        for here in (True, False):
            part = np.where(at_home == here, owed, 0.0)
            if part.any():
                main = int(np.argmax(part))
                away = {} if here else {CARRIED: float(pair.corners[homes[main]].number)}
                shares.append(CauseShare(cause, float(part.sum()), {**_detail(cause, evidence[main]), **away}))
    rest = float(prices.sum() + gained_s.sum() + path_s.sum()) - taken
    shares.append(CauseShare(Cause.UNEXPLAINED, rest, {"gained_s": -float(gained_s.sum()), "longer_path_s": float(path_s.sum())}))
    return ranked(shares)


_EVIDENCE_OF: dict[Cause, tuple[str, ...]] = {
    Cause.BRAKE_EARLY: ("onset_earlier_m", "persistence_ratio"),
    Cause.BRAKE_LATE: ("onset_earlier_m",),
    Cause.BRAKE_SOFT: ("onset_earlier_m", "brake_peak_ratio"),
    Cause.SLOW_APEX: ("speed_ratio", "curvature_ratio", "persistence_ratio"),
    Cause.LINE: ("offset_m", "curvature_ratio", "speed_ratio"),
    Cause.LOCKUP: ("brake_peak_ratio", "onset_earlier_m"),
    Cause.COASTING: ("coasting_longer_s",),
    Cause.LIFT: ("coasting_longer_s",),
}


def _detail(cause: Cause, evidence: UnitEvidence) -> dict[str, float]:
    """The figures that speak for a cause, those that are known."""
    figures = {name: float(getattr(evidence, name)) for name in _EVIDENCE_OF.get(cause, ())}
    return {name: value for name, value in figures.items() if np.isfinite(value)}
