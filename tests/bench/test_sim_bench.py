"""How fast the world turns: real-time factor with all channels recorded, one core."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.drive import drive
from coach.sim.output import made_from, write_drive
from coach.sim.plan import Plan
from coach.sim.skill import INTERMEDIATE

TIMES_REAL = 200.0  # the budget


@pytest.mark.bench
@pytest.mark.parametrize("car_id", ["mx5", "gt3"])
def test_a_drive_with_all_channels_is_at_least_two_hundred_times_real_time(car_id: str) -> None:
    circuit, car, plan = load_circuit("lime-rock"), load_car(car_id), Plan(INTERMEDIATE)
    drive(circuit, car, plan, 1, 1)  # compile, and learn the circuit
    factors = []
    for seed in range(3):
        started = time.perf_counter()
        run = drive(circuit, car, plan, 10, seed)
        factors.append(run.columns["session_time_s"].size / 60.0 / (time.perf_counter() - started))
    print(f"{car_id}: {max(factors):.0f} x real time")
    assert max(factors) > TIMES_REAL


@pytest.mark.bench
def test_a_thousand_laps_as_lap_files_take_under_a_quarter_of_an_hour_on_two_cores(tmp_path: Path) -> None:
    """Forty laps of about a minute on one core, driven and written; a thousand on two cores take 12.5 times as long."""
    circuit, car, plan = load_circuit("lime-rock"), load_car("mx5"), Plan(INTERMEDIATE)
    drive(circuit, car, plan, 1, 1)  # compile, and learn the circuit
    started = time.perf_counter()
    written = []
    for seed in range(4):
        run = drive(circuit, car, plan, 10, seed)
        written += write_drive(tmp_path / str(seed), made_from(run.columns, run.lap_times_s, circuit, car, plan.skill.name))
    spent_s = time.perf_counter() - started
    print(f"{len(written)} laps in {spent_s:.1f} s: 1,000 on two cores in {spent_s * 12.5 / 60:.1f} min")
    assert len(written) == 40
    assert spent_s * 12.5 < 15 * 60
