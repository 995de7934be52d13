"""The orders of every lap of a drive: habits, scatter, mistakes and troubles of a lap, joined so that no lap begins mid-corner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coach.arrays import FloatArray
from coach.sim import driver as order
from coach.sim.habits import acting
from coach.sim.orders import Base, lap_orders
from coach.sim.plan import Plan, Skill
from coach.sim.trouble import PIT_MPS, Troubles

NOISE_M = 14.0  # how long hand and foot keep a deviation: about half a second in a corner


class LapOrders:
    """Rows of each lap, joined on the straight before the first corner, so that a lap's first braking may begin before the line."""

    def __init__(self, base: Base, plan: Plan, seed: int, troubles: Troubles, laps: int) -> None:
        self._base, self._plan, self._seed, self._troubles, self._laps = base, plan, seed, troubles, laps
        self._made: dict[int, FloatArray] = {}
        self._seam = _seam(base)

    def pair(self, lap: int, *, from_pit: bool = False) -> FloatArray:
        """Orders of this lap and the next, shape (2, n, ORDERS). from_pit: this lap goes on from the pit stall."""
        for old in [key for key in self._made if key < lap]:
            del self._made[old]
        return np.stack([self._joined(lap, from_pit=from_pit), self._joined(lap + 1, from_pit=False)])

    def _joined(self, lap: int, *, from_pit: bool) -> FloatArray:
        rows = self._own(lap).copy()
        if self._seam < rows.shape[0]:
            rows[self._seam :] = self._own(lap + 1)[self._seam :]
        out, into = self._troubles.lanes(lap)
        if out or from_pit or lap == 0:
            _pit_lane(rows, slice(0, round(self._troubles.exit_m / self._base.circuit.step_m)))
        if into:
            _pit_lane(rows, slice(round(self._troubles.entry_m / self._base.circuit.step_m), rows.shape[0]))
        return rows

    def _own(self, lap: int) -> FloatArray:
        if lap not in self._made:
            plan, base = self._plan, self._base
            counted = plan if 1 <= lap <= self._laps else replace(plan, faults=(), events=())
            acts = acting(counted, base.circuit, self._seed, lap)
            noise = _noise(plan, base.offset_m.size, base.circuit.step_m, self._seed, lap)
            rows = lap_orders(base, _of_the_lap(plan, self._seed, lap), acts, noise, self._troubles.speed_caps(lap, base))
            self._troubles.lay_over(rows, lap)
            self._made[lap] = rows
        return self._made[lap]


def _pit_lane(rows: FloatArray, lane: slice) -> None:
    """Pit speed, and the flag that says pit road."""
    rows[lane, order.V] = np.minimum(rows[lane, order.V], PIT_MPS)
    rows[lane, order.A] = 0.0
    rows[lane, order.FLAT] = 0.0
    rows[lane, order.PIT] = 1.0


def _seam(base: Base) -> int:
    """Row from which the next lap's orders hold: after the last corner's exit and before the first corner's approach."""
    circuit, n = base.circuit, base.offset_m.size
    last, first = circuit.corners[-1].end_m, circuit.corners[0].start_m
    gap = first + circuit.length_m - last
    return min(round((last + 0.5 * gap) / circuit.step_m), n)


def _of_the_lap(plan: Plan, seed: int, lap: int) -> Skill:
    """The driver as he is on this lap: better or worse in all corners at once, never beyond his pace by more than a third of it."""
    z = float(np.clip(np.random.default_rng((seed, 5, lap)).standard_normal(), -2.5, 0.8))
    return replace(plan.skill, pace_frac=plan.skill.pace_frac * (1.0 + plan.scatter * plan.skill.pace_sd * (z - 0.8)))


def _noise(plan: Plan, n: int, step_m: float, seed: int, lap: int) -> FloatArray:
    """Deviation of the hand wheel, rad, and of the pedals, share, along the lap, shape (2, n): white, smoothed over NOISE_M."""
    white = np.random.default_rng((seed, 4, lap)).standard_normal((2, n))
    width = np.hanning(2 * round(NOISE_M / step_m) + 1)
    width /= np.sqrt(np.sum(width**2))
    smooth = np.stack([np.convolve(row, width, mode="same") for row in white])
    return np.asarray(smooth * plan.scatter * np.array([[plan.skill.steer_noise_rad], [plan.skill.pedal_noise]]))
