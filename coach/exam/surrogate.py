"""What habits cost at each corner, measured by driving the proving ground with and without each: the surrogate of the students.

Two sizes per corner and cause give linear and quadratic cost. Laps without scatter; only gains of time are taken for nothing lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.exam.population import AMATEUR_HABIT
from coach.exam.students import CAUSES, CostModel
from coach.exam.world import Place, place_of, true_laps
from coach.sim.plan import Fault
from coach.sim.pricing import losses

SIZES = (1.0, 2.0)  # of an amateur's usual habit


@dataclass(frozen=True, slots=True)
class Ground:
    """Where students practise, by ids."""

    circuit: str
    car: str
    seed: int


def measure_costs(ground: Ground) -> CostModel:
    """Drive every corner with every habit in two sizes, one per lap with a clean lap between, and fit the costs."""
    place = place_of(ground.circuit, ground.car, "expert", 0.0, ground.seed)
    base = true_laps(place, place.drive((), 3))
    clean = base[2]
    numbers = tuple(number for number, phases in clean.phases.items() if np.isfinite(phases.v_min_mps))
    at = clean.driven
    linear, quadratic = np.zeros((len(numbers), len(CAUSES))), np.zeros((len(numbers), len(CAUSES)))
    for j, cause in enumerate(CAUSES):
        for k, number in enumerate(numbers):
            sizes = [factor * float(AMATEUR_HABIT[j]) for factor in SIZES]
            lost = [_cost(place, Fault(cause, number, size, 2), clean.lap_time_s) for size in sizes]
            linear[k, j], quadratic[k, j] = fit_cost(sizes, lost)
    times = np.array([float(np.interp(clean.phases[number].v_min_at_m, at.station_m, at.time_s)) for number in numbers])
    return CostModel(f"{ground.circuit} {ground.car}", numbers, linear, quadratic, times, clean.lap_time_s)


def _cost(place: Place, fault: Fault, clean_s: float) -> float:
    """Time lost on the fault's lap; NaN when it cannot be driven."""
    run = place.drive((fault,), 2)
    return float(np.nan) if losses(run, 2) else dict(run.lap_times_s)[2] - clean_s


def fit_cost(sizes: list[float], lost: list[float]) -> tuple[float, float]:
    """(linear, quadratic) cost, both >= 0, through two measured costs; what could not be driven counts as steep as the smaller size."""
    (a, b), (at_a, at_b) = sizes, (max(0.0, one) if np.isfinite(one) else np.nan for one in lost)
    if not np.isfinite(at_a):
        return 0.0, 0.0
    if not np.isfinite(at_b):
        at_b = at_a * (b / a) ** 2
    quadratic = max(0.0, (at_b / b - at_a / a) / (b - a))
    linear = max(0.0, at_a / a - quadratic * a)
    return linear, min(quadratic, at_a / a**2) if linear == 0.0 else quadratic
