"""Curvature of the line that stations are measured on, found from a lap that was driven beside it.

A driver's line bends where his hands move; the reference line bends where the track does, and every driver measures his stations
on it. Two things a lap knows tie the two lines together (Frenet frame; n = offset, + left, kappa = curvature of the reference
line, psi = n' = heading against it, small):

- driven metres per station metre:   stretch = (1 - kappa n) / cos(psi)
- turning of the driven line:        kappa_driven stretch = kappa + n''

The first is 1 on a straight whatever the driver does there, and departs from 1 where the track begins to turn. Offset and
curvature are solved for together by weighted least squares on points a few metres apart, each lap alone. This knows nothing of
other laps, of corners or of lap times. The offset found on the way is good in corners only and is not given out.
"""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray
from coach.laps.trace import LapTrace
from coach.track.banded import solve_banded
from coach.track.lapwise import on_lap
from coach.track.path import LapPath, PathSource
from coach.track.smoothing import fill_closed, smooth

POINT_M = 4.0
WIDTH_M = 8.0  # smoothing of what was measured: two points
WRAP_M = 300.0  # of the lap repeated at either end, so that it closes; points further apart do not matter to each other

# How far the turning of the driven line may be wrong, as a share of itself (measured, docs/track-map.md): positions and velocities
# hardly, the yaw rate lacks the sideslip, the hand wheel the tyres. At least FLOOR of the lap's usual lateral demand.
WRONG = {PathSource.VELOCITY_YAW: 0.02, PathSource.LAT_LON: 0.02, PathSource.YAW_RATE: 0.1, PathSource.STEERING: 0.3}
FLOOR = 0.05
STRETCH_ERROR = 0.001  # at least; else as seen on straights, 0.0005-0.0035 (docs/track-map.md)
STRAIGHT = 0.5  # share of the lap, the straightest, on which the stretch is 1 and its error is seen
LOADED = 0.3  # coaching.md 2.3: share of the usual demand from which a car is in a corner

# What is likely before looking. Halved or doubled, these move the boundaries' medians at Okayama and Monza by less than 1.5 m.
LEAST_ASTRAY_M = 0.1  # a lap on the reference line itself; numerical errors look like a few centimetres
ASTRAY_M = 2.0  # how far laps stray from the reference line in corners: 1.2-2.1 m on fifteen laps looked at
CUT, IDLE = 0.5, 0.1  # n'' of such a lap, as a share of the turning around and of the usual demand
CUT_OVER_M = 40.0  # "around": a turn-in lasts as long
EVERY_M = 30.0  # one independent look at the offset, and at n'', in so many metres
WANDER_M = 400.0  # way over which the curvature strays by as much as a corner's; where it does at once, that counts only once
STEPS = (4.0, 4.0, 2.0, 2.0, 1.0, 1.0, 1.0)  # Gauss-Newton; the stretch counts less at first, so that no offset takes the wrong side


def reference_curvature(trace: LapTrace, path: LapPath) -> FloatArray:
    """Curvature of the reference line, 1/m, + left, shape (round(L / step),), from a lap that covers (nearly) the whole track.

    A lap driven on the reference line gives its own curvature. From a path of the hand wheel the scale is as rough as there; the
    places are not, because the stretch gives them. The path must have a curvature.
    """
    length = trace.track_length_m
    stations = np.arange(round(length / trace.step_m)) * trace.step_m
    count = max(8, round(length / POINT_M))
    h = length / count
    points = np.arange(count) * h

    def at_points(values: FloatArray) -> FloatArray:
        closed = smooth(fill_closed(on_lap(trace, values)), WIDTH_M, trace.step_m, closed=True)
        return np.asarray(np.interp(points, stations, closed, period=length), dtype=np.float64)

    stretch, speed = at_points(path.stretch), np.maximum(at_points(trace.grid["speed_mps"]), 1.0)
    turning = at_points(path.curvature_1pm) * stretch
    usual = np.percentile(speed**2 * np.abs(turning), 95) / speed**2  # turning that means as much at any speed, 1/m
    if not usual[0] > 0.0:  # nothing turns, or the speed is not known
        return on_lap(trace, path.curvature_1pm)
    straight = np.argsort(np.abs(turning))[: round(STRAIGHT * count)]
    stretch = stretch / np.median(stretch[straight])  # the track length may be a little off
    error = max(STRETCH_ERROR, _spread(stretch[straight] - 1.0))
    bent = np.abs(turning) > LOADED * usual
    astray = max(LEAST_ASTRAY_M, _spread((stretch[bent] - 1.0) / turning[bent]))
    wrap = min(round(WRAP_M / h), count)
    around = np.arange(-wrap, count + wrap) % count
    solved = _solved(stretch[around], turning[around], usual[around], h, (error, WRONG[path.source], astray))
    return np.asarray(np.interp(stations, points, solved[wrap : wrap + count], period=length), dtype=np.float64)


def _spread(values: FloatArray) -> float:
    """Standard deviation about 0 as the median sees it (of a normal distribution)."""
    return 1.4826 * float(np.median(np.abs(values)))


def _solved(stretch: FloatArray, turning: FloatArray, usual: FloatArray, h: float, errors: tuple[float, float, float]) -> FloatArray:
    """Curvature at points h apart, shape (k,), from stretch and turning there.

    `usual`: the turning of the lap's usual demand. `errors`: of the stretch; of the turning, as a share; and how far, in metres,
    the lap strays from the reference line.
    """
    stretch_error, wrong, astray = errors
    seldom = np.sqrt(EVERY_M / h)
    size = np.abs(turning)
    turning_error = np.hypot(wrong * smooth(size, 5.0 * h, h), FLOOR * usual)
    strays = np.hypot(CUT * smooth(size, CUT_OVER_M, h), IDLE * usual) * min(1.0, astray / ASTRAY_M)
    wander = float(np.percentile(size, 95)) * np.sqrt(h / WANDER_M)
    kappa, n = smooth(turning, 5.0 * h, h), np.zeros(len(turning))
    inner, none, one = slice(1, -1), np.zeros(len(turning) - 2), np.ones(len(turning) - 2)
    bends = (none, one / h**2, none, -2.0 * one / h**2, none, one / h**2)  # n''
    for looser in STEPS:
        k, m, psi = kappa[inner], n[inner], (n[2:] - n[:-2]) / (2.0 * h)
        bend, change = (n[2:] - 2.0 * m + n[:-2]) / h**2, k - kappa[2:]
        # Of each equation: what it leaves, its error, and its slopes against (kappa, n) of the point before, the point, the next.
        equations = (
            (1.0 - stretch[inner] - k * m + 0.5 * psi**2, looser * stretch_error * one, (none, 0.5 * psi / h, m, k, none, -0.5 * psi / h)),
            (turning[inner] - k - bend, turning_error[inner], (none, bends[1], one, bends[3], none, bends[5])),
            (-bend, seldom * strays[inner], bends),
            # Roads change their curvature in few places: a large change counts hardly more than a middling one (Cauchy).
            (change, np.hypot(wander, change), (none, none, -one, none, one, none)),
            (-m, seldom * astray * one, (none, none, none, one, none, none)),
        )
        moved = _least_squares(
            np.stack([left / error for left, error, _ in equations]),
            np.stack([np.stack(slopes, axis=1) / error[:, None] for _, error, slopes in equations]),
        )
        kappa, n = kappa + moved[0::2], n + moved[1::2]
    return kappa


def _least_squares(left: FloatArray, slopes: FloatArray) -> FloatArray:
    """Moves of all unknowns, kappa and n in turn, shape (2 k,), from what equations leave, (e, k - 2), and their slopes, (e, k - 2, 6)."""
    normal, pull = np.einsum("eia,eib->iab", slopes, slopes), np.einsum("eia,ei->ia", slopes, left)
    reach = 2 * len(pull)
    band, right = np.zeros((reach + 4, 6)), np.zeros(reach + 4)
    for a in range(6):
        right[a : a + reach : 2] += pull[:, a]
        for b in range(a, 6):
            band[a : a + reach : 2, b - a] += normal[:, a, b]
    band[:, 0] += 1e-9 * (1.0 + band[:, 0])  # the outermost points have no equation of their own
    return solve_banded(band, right)
