from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.sim.circuit import Circuit, load_circuit
from coach.sim.generator import CORNERS, LENGTH_M, RADIUS_M, STEEPEST_FRAC, VERGE_M, WIDTH_M, nearest_approach_m, random_circuit
from coach.sim.line import fast_line, line_shape


def fields(circuit: Circuit) -> list[object]:
    values = [getattr(circuit, name) for name in Circuit.__slots__]
    return [value.tobytes() if isinstance(value, np.ndarray) else value for value in values]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 2**31))
def test_every_seed_gives_a_circuit_within_the_stated_ranges(seed: int) -> None:
    circuit = random_circuit(seed)
    assert circuit.name == f"Random {seed} (generated)"
    assert LENGTH_M[0] <= circuit.length_m <= LENGTH_M[1]
    assert CORNERS[0] <= len(circuit.corners) <= CORNERS[1]
    assert 1.0 / np.abs(circuit.curvature_1pm).max() >= RADIUS_M[0]
    width = circuit.left_m + circuit.right_m
    assert WIDTH_M[0] <= width.min() <= width.max() <= WIDTH_M[1]
    assert np.abs(np.diff(circuit.elevation_m)).max() / circuit.step_m <= STEEPEST_FRAC + 1e-6
    assert nearest_approach_m(circuit) > VERGE_M
    assert np.abs(circuit.bank_rad).max() < np.radians(12.0)


@pytest.mark.parametrize("seed", [0, 7, 40, 123])
def test_random_circuits_close_and_can_be_driven(seed: int) -> None:
    circuit = random_circuit(seed)
    last = complex(circuit.x_m[-1], circuit.y_m[-1]) + circuit.step_m * np.exp(1j * circuit.heading_rad[-1])
    assert abs(last) < 0.05
    shape = line_shape(circuit, fast_line(circuit))
    assert np.abs(np.diff(shape.curvature_1pm)).max() / circuit.step_m < 0.02


def test_same_seed_gives_the_same_circuit_and_another_seed_another() -> None:
    assert fields(random_circuit(5)) == fields(random_circuit(5))
    assert fields(random_circuit(5)) != fields(random_circuit(6))


def test_circuits_differ_in_character() -> None:
    circuits = [random_circuit(seed) for seed in range(30)]
    lefts = [sum(corner.direction > 0 for corner in circuit.corners) / len(circuit.corners) for circuit in circuits]
    assert min(lefts) < 0.3
    assert max(lefts) > 0.6
    assert np.ptp([circuit.length_m for circuit in circuits]) > 2000.0
    assert len({len(circuit.corners) for circuit in circuits}) > 6


def test_overlapping_parts_of_a_track_are_noticed() -> None:
    circuit = load_circuit("tsukuba")
    assert nearest_approach_m(circuit) > 0.0
    wide = [np.full_like(circuit.left_m, 30.0)] * 2
    assert nearest_approach_m(replace(circuit, left_m=wide[0], right_m=wide[1])) < 0.0
