"""Method B: energy impulses labelled where they arise.

It needs no model of the car beyond a typical deceleration and no simulation: it watches where own lap loses energy against the
reference at the same station, asks what the driver did differently just there, and follows each loss until it is made good.
It never reads method A.
"""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray, IntArray
from coach.compare.cause import Cause, CauseShare, ranked
from coach.compare.causes.impulse_evidence import CornerEvidence, study_corner
from coach.compare.causes.impulse_gates import Gates, gates_for
from coach.compare.causes.impulse_kernel import price
from coach.compare.causes.impulse_labels import CAUSES, COLUMN, label_corner
from coach.compare.causes.impulse_sides import Sides, sides_of
from coach.compare.pair import LapPair


def attribute(pair: LapPair, gates: Gates | None = None) -> tuple[tuple[CauseShare, ...], ...]:
    """Ranked shares per corner window; each window's shares sum to the time lost in it, s.

    Losses of speed that arose in an earlier corner keep their cause and say so in `detail["from_corner_number"]`. Time gained,
    and what no rule explains, is UNEXPLAINED (possibly negative).
    """
    gates = gates or gates_for(pair.scatter)
    sides = sides_of(pair)
    evidence = [study_corner(pair, sides, k, gates) for k in range(len(pair.corners))]
    weights = np.zeros((len(sides.station_m) - 1, len(CAUSES)))
    weights[:, COLUMN[Cause.UNEXPLAINED]] = 1.0
    for k in range(len(pair.corners)):
        label_corner(pair, sides, k, evidence[k], gates, weights)
    speed_s, path_s = split_time(sides)
    energy = (sides.own.speed_mps**2 - sides.reference.speed_mps**2) / 2.0
    window = _windows(pair, sides)
    prices, gains = price(energy, speed_s, weights, window, len(pair.corners) + 2)
    paths = np.bincount(window, weights=path_s, minlength=len(pair.corners) + 2)
    return tuple(_shares(pair, k, prices[k + 1], float(gains[k + 1]), float(paths[k + 1]), evidence[k]) for k in range(len(pair.corners)))


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


def _shares(pair: LapPair, k: int, prices: FloatArray, gained_s: float, path_s: float, evidence: CornerEvidence) -> tuple[CauseShare, ...]:
    """Shares of one window. `prices`, shape (windows, causes): by the window in which the loss arose."""
    shares = []
    for cause, column in COLUMN.items():
        here_s, before_s = float(prices[k + 1, column]), prices[:, column].sum() - float(prices[k + 1, column])
        if cause is Cause.LINE:
            here_s += path_s * evidence.line
        if cause is Cause.UNEXPLAINED:
            here_s += gained_s + path_s * (1.0 - evidence.line) + before_s
            shares.append(CauseShare(cause, here_s, {"gained_s": -gained_s, "longer_path_s": path_s}))
            continue
        shares.append(CauseShare(cause, here_s, _detail(cause, evidence)))
        origin = int(np.argmax(prices[: k + 1, column]))
        if before_s > 0.0:
            shares.append(
                CauseShare(cause, float(before_s), {"from_corner_number": float(pair.corners[origin - 1].number if origin else 0)})
            )
    return ranked(shares)


_EVIDENCE_OF: dict[Cause, tuple[str, ...]] = {
    Cause.BRAKE_EARLY: ("onset_earlier_m", "persistence_ratio"),
    Cause.BRAKE_LATE: ("onset_earlier_m",),
    Cause.BRAKE_SOFT: ("onset_earlier_m", "brake_peak_ratio"),
    Cause.SLOW_APEX: ("speed_ratio", "curvature_ratio", "persistence_ratio"),
    Cause.LINE: ("offset_m", "curvature_ratio", "speed_ratio"),
    Cause.LOCKUP: ("brake_peak_ratio", "onset_earlier_m"),
}


def _detail(cause: Cause, evidence: CornerEvidence) -> dict[str, float]:
    """The figures that speak for a cause, those that are known."""
    figures = {name: float(getattr(evidence, name)) for name in _EVIDENCE_OF.get(cause, ())}
    return {name: value for name, value in figures.items() if np.isfinite(value)}
