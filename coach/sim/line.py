"""A fast line through a circuit: as little curvature as the width allows, mixed with as short a way as wanted.

The line knows no car but its width: which mix is fastest is the driver's search. Own solver: Gauss-Newton on the curvature of
the polyline through the stations, the width kept by a primal-dual interior point method, every step one banded solve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from coach.arrays import FloatArray
from coach.errors import BadInput
from coach.sim.banded import solve_ring
from coach.sim.circuit import Circuit

MIN_ROOM_M = 0.05  # a narrower strip is no room for a line
LEAST_BEND = 0.1  # share of curvature that even the shortest way keeps: without it the line has corners
LEAST_LENGTH = 0.01  # share of length that always stays: among lines of equal curvature (long straights) the shorter one
# From one extreme to the other squared curvature changes by tens of percent, length by a few: a tenth balances the mix.
BALANCE = 0.1
MAX_ROUNDS = 200
CENTRING = 0.15  # each round aims at this share of the present complementarity (Mehrotra's usual range)
TO_WALL = 0.98  # share of the way to a bound that a step may go
DONE_M = 1e-3  # the line has settled when a round moves it less


@dataclass(frozen=True, slots=True)
class LineShape:
    """A line on the circuit's stations, shape (n,) each. stretch: driven metres per station metre; heading not wrapped."""

    x_m: FloatArray
    y_m: FloatArray
    heading_rad: FloatArray
    curvature_1pm: FloatArray
    stretch: FloatArray


def line_bounds(circuit: Circuit, car_width_m: float, margin_m: float, kerb_frac: float) -> tuple[FloatArray, FloatArray]:
    """Least and greatest offset (m, + left) of the car's middle, shape (n,); BadInput when the car does not fit."""
    spare = kerb_frac * circuit.kerb_m - 0.5 * car_width_m - margin_m
    low, high = -circuit.right_m - spare, circuit.left_m + spare
    if np.any(high - low < MIN_ROOM_M):
        raise BadInput(f"A car {car_width_m:.1f} m wide with a margin of {margin_m:.1f} m does not fit on {circuit.name}.")
    return low, high


def fast_line(
    circuit: Circuit, car_width_m: float = 1.9, margin_m: float = 0.3, kerb_frac: float = 0.5, shortest: float = 0.0
) -> FloatArray:
    """Offset of a fast line from the centre line at the circuit's stations, m, + left, shape (n,), smooth.

    shortest: 0 gives the line of least squared curvature, 1 the shortest way, between them a weighted mean of both (each in
    metres: squared curvature is scaled by the centre line's own mean; a tenth of the curvature's weight always stays). kerb_frac: share of the kerbs the car's side may use;
    margin_m is kept to that limit. The car's side stays inside throughout.
    """
    if not 0.0 <= shortest <= 1.0:
        raise BadInput(f"shortest is {shortest}: it lies between 0 (least curvature) and 1 (shortest way).")
    low, high = line_bounds(circuit, car_width_m, margin_m, kerb_frac)
    across = (-np.sin(circuit.heading_rad), np.cos(circuit.heading_rad))
    bend = BALANCE * max(1.0 - shortest, LEAST_BEND) / float(np.mean(circuit.curvature_1pm**2))
    return _bounded_line(circuit.x_m, circuit.y_m, *across, low, high, bend, max(shortest, LEAST_LENGTH))


def _bounded_line(
    x: FloatArray, y: FloatArray, nx: FloatArray, ny: FloatArray, low: FloatArray, high: FloatArray, bend: float, length: float
) -> FloatArray:
    """Offsets that minimise bend * sum(curvature^2 ds) + length * sum(ds) between low and high; shape (n,).

    Primal-dual interior point steps; the squared curvature by Gauss-Newton, the length by its quadratic majorant.
    """
    half = 0.5 * (high - low)
    offset = 0.5 * (high + low)
    matrix, slope = np.empty((3, x.size)), np.empty(x.size)
    pull = np.full(x.size, 0.1 * (bend * np.mean(_curvature2(x, y)) + length) + 1e-6)  # N per m, any positive start will do
    pull_low, pull_high = pull / half, pull.copy() / half
    for _ in range(MAX_ROUNDS):
        _model(x + offset * nx, y + offset * ny, nx, ny, bend, length, matrix, slope)
        to_low, to_high = offset - low, high - offset
        gap = float(np.mean(pull_low * to_low + pull_high * to_high)) / 2.0
        aim = CENTRING * gap
        diagonals = matrix.copy()
        diagonals[0] += pull_low / to_low + pull_high / to_high
        step = solve_ring(diagonals, -slope + aim / to_low - aim / to_high)
        step_low = aim / to_low - pull_low - pull_low / to_low * step
        step_high = aim / to_high - pull_high + pull_high / to_high * step
        share = min(_share(to_low, step), _share(to_high, -step))
        dual = min(_share(pull_low, step_low), _share(pull_high, step_high))
        offset = offset + share * step
        pull_low, pull_high = pull_low + dual * step_low, pull_high + dual * step_high
        if np.abs(step).max() < DONE_M:
            break
    return offset


def _curvature2(x: FloatArray, y: FloatArray) -> FloatArray:
    """Squared curvature of the closed polyline, 1/m^2, shape (n,)."""
    d = np.roll(x, -1) - x + 1j * (np.roll(y, -1) - y)
    return np.asarray((np.angle(d / np.roll(d, 1)) / np.abs(d)) ** 2)


def _share(value: FloatArray, step: FloatArray) -> float:
    """The longest share of a step (at most 1) that keeps a positive value positive."""
    shrinking = step < 0.0
    if not shrinking.any():
        return 1.0
    return min(1.0, TO_WALL * float(np.min(-value[shrinking] / step[shrinking])))


def model_plain(
    x: FloatArray, y: FloatArray, nx: FloatArray, ny: FloatArray, bend: float, length: float, matrix: FloatArray, slope: FloatArray
) -> None:
    """Quadratic model of the cost in the offsets at the present line: fills matrix (3, n, diagonals of the ring) and slope (n,).

    Node i turns by a_i = angle between its two chords and owns half of each: cost bend * a^2 / own + length * chord. The turn
    depends on the offsets of i - 1, i, i + 1.
    """
    n = x.size
    matrix[:] = 0.0
    slope[:] = 0.0
    row = np.empty(3)
    for i in range(n):
        a, c = (i - 1) % n, (i + 1) % n
        ux, uy, vx, vy = x[i] - x[a], y[i] - y[a], x[c] - x[i], y[c] - y[i]
        lu, lv = np.hypot(ux, uy), np.hypot(vx, vy)
        own = 0.5 * (lu + lv)
        turn = np.arctan2(ux * vy - uy * vx, ux * vx + uy * vy)
        # Turning of each chord, and growth of `own`, per metre of offset of its ends.
        back = -(ux * ny[a] - uy * nx[a]) / lu**2
        here = (ux * ny[i] - uy * nx[i]) / lu**2 + (vx * ny[i] - vy * nx[i]) / lv**2
        ahead = (vx * ny[c] - vy * nx[c]) / lv**2
        grow_a = -0.5 * (ux * nx[a] + uy * ny[a]) / lu
        grow_i = 0.5 * ((ux * nx[i] + uy * ny[i]) / lu - (vx * nx[i] + vy * ny[i]) / lv)
        grow_c = 0.5 * (vx * nx[c] + vy * ny[c]) / lv
        root = np.sqrt(own)
        residual = turn / root
        row[0] = (-back - 0.5 * turn * grow_a / own) / root
        row[1] = (-here - 0.5 * turn * grow_i / own) / root
        row[2] = (ahead - 0.5 * turn * grow_c / own) / root
        places = (a, i, c)
        for p in range(3):
            slope[places[p]] += 2.0 * bend * residual * row[p]
            for q in range(p, 3):
                matrix[q - p, places[p]] += 2.0 * bend * row[p] * row[q]
        along_i = vx * nx[i] + vy * ny[i]
        along_c = vx * nx[c] + vy * ny[c]
        slope[i] -= length * along_i / lv
        slope[c] += length * along_c / lv
        matrix[0, i] += length / lv
        matrix[0, c] += length / lv
        matrix[1, i] -= length * (nx[i] * nx[c] + ny[i] * ny[c]) / lv


_model = nb.njit(
    "void(float64[::1], float64[::1], float64[::1], float64[::1], float64, float64, float64[:, ::1], float64[::1])", cache=True
)(model_plain)


def line_shape(circuit: Circuit, offset_m: FloatArray) -> LineShape:
    """Place, course, curvature and stretch of the line at an offset from the centre line; shapes (n,).

    Differences are taken around the ring; curvature by the formula for a curve at distance n from a curve of curvature kappa.
    """
    two = 2.0 * circuit.step_m
    kappa, n = circuit.curvature_1pm, offset_m
    n1 = (np.roll(n, -1) - np.roll(n, 1)) / two
    n2 = (np.roll(n, -1) - 2.0 * n + np.roll(n, 1)) / circuit.step_m**2
    k1 = (np.roll(kappa, -1) - np.roll(kappa, 1)) / two
    along = 1.0 - kappa * n
    stretch = np.hypot(along, n1)
    curvature = (along * (kappa * along + n2) + n1 * (k1 * n + 2.0 * kappa * n1)) / stretch**3
    return LineShape(
        circuit.x_m - n * np.sin(circuit.heading_rad),
        circuit.y_m + n * np.cos(circuit.heading_rad),
        np.asarray(circuit.heading_rad + np.arctan2(n1, along)),
        np.asarray(curvature),
        np.asarray(stretch),
    )
