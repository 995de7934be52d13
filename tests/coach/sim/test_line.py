import time
from dataclasses import replace

import numpy as np
import pytest

from coach.arrays import FloatArray
from coach.errors import BadInput
from coach.sim.banded import solve_ring, solve_ring_plain
from coach.sim.circuit import Circuit, Place, build_circuit, circuit_ids, load_circuit
from coach.sim.layout import Segment
from coach.sim.line import _model, fast_line, line_bounds, line_shape, model_plain

RIGHT_ANGLE = float(np.radians(90.0))


def block(radius_m: float, width_m: float = 12.0) -> Circuit:
    """Four equal right-angled left-handers, 300 m apart, nearly circular arcs."""
    corners = [Segment(angle_rad=RIGHT_ANGLE, radius_m=radius_m, number=i, clothoid=0.05) for i in range(1, 5)]
    sides = [Segment(length_m=150.0), *[Segment(length_m=300.0)] * 3, Segment(length_m=150.0)]
    segments = [part for pair in zip(sides, corners, strict=False) for part in pair] + [sides[-1]]
    length = 1200.0 + 2.0 * np.pi * radius_m
    return build_circuit(Place("block", "Block (generated)", length, width_m, 0.0, -50.0, 50.0, 0.0, 0.0, 0.0), tuple(segments))


def ring(radius_m: float) -> Circuit:
    """A circle, which no layout can give (its line lies on a straight)."""
    n = round(2.0 * np.pi * radius_m)
    step = 2.0 * np.pi * radius_m / n
    heading = step * np.arange(n) / radius_m
    half = np.full(n, 6.0)
    flat = {"elevation_m": np.zeros(n), "bank_rad": np.zeros(n), "left_m": half, "right_m": half.copy()}
    place = {"x_m": radius_m * np.sin(heading), "y_m": radius_m * (1.0 - np.cos(heading)), "heading_rad": heading}
    shape = {"curvature_1pm": np.full(n, 1.0 / radius_m), "length_m": n * step, "step_m": step}
    return replace(block(50.0), **flat, **place, **shape)


@pytest.fixture(scope="module")
def tsukuba() -> Circuit:
    return load_circuit("tsukuba")


@pytest.mark.parametrize("circuit_id", circuit_ids())
@pytest.mark.parametrize("shortest", [0.0, 0.6, 1.0])
def test_line_keeps_the_car_inside_and_bends_smoothly(circuit_id: str, shortest: float) -> None:
    circuit = load_circuit(circuit_id)
    offset = fast_line(circuit, car_width_m=1.9, margin_m=0.3, kerb_frac=0.5, shortest=shortest)
    reach = 0.5 * 1.9 + 0.3 - 0.5 * circuit.kerb_m
    assert np.all(offset < circuit.left_m - reach)
    assert np.all(offset > -circuit.right_m + reach)
    rate = np.diff(line_shape(circuit, offset).curvature_1pm) / circuit.step_m
    # The centre line's own clothoids reach about 0.005 per m^2 in the tightest hairpins; a line may take no more than twice that.
    assert np.abs(rate).max() < 0.01


@pytest.mark.parametrize("circuit_id", circuit_ids())
def test_line_bends_less_than_the_centre_line_and_the_short_way_is_shorter(circuit_id: str) -> None:
    circuit = load_circuit(circuit_id)

    def bend_and_length(offset: FloatArray) -> tuple[float, float]:
        shape = line_shape(circuit, offset)
        return float(np.sum(shape.curvature_1pm**2 * shape.stretch)), float(np.sum(shape.stretch))

    centre = bend_and_length(np.zeros_like(circuit.x_m))
    mixes = [bend_and_length(fast_line(circuit, shortest=share)) for share in (0.0, 0.5, 1.0)]
    assert mixes[0][0] < 0.9 * centre[0]
    assert mixes[0][0] < mixes[1][0] < mixes[2][0]
    assert mixes[0][1] > mixes[1][1] > mixes[2][1]
    assert mixes[2][1] < centre[1]


def test_line_widens_a_right_angle_as_geometry_says() -> None:
    radius, spare = 20.0, 6.0 - 0.95
    circuit = block(radius)
    tightest = 1.0 / np.abs(line_shape(circuit, fast_line(circuit, margin_m=0.0)).curvature_1pm).max()
    # Where no edge is touched, least squared curvature means curvature linear in s: two clothoids that leave the outer edges
    # straight and meet at the inner one. With s and lengths in units of one clothoid: heading pi/4 s^2, peak curvature pi/2.
    s = np.linspace(0.0, 1.0, 1001)
    depth = np.sqrt(2.0) * np.trapezoid(np.sin(np.pi / 4.0 * s**2), s)  # from the apex to where the outer edges meet
    room = np.sqrt(2.0) * (radius + spare) - (radius - spare)
    assert tightest == pytest.approx(room / (depth * np.pi / 2.0), rel=0.07)
    assert tightest > 1.7 * radius


def test_symmetric_corners_give_a_symmetric_line() -> None:
    circuit = block(25.0)
    offset = fast_line(circuit)
    np.testing.assert_allclose(offset[1:], offset[:0:-1], atol=0.02)  # mirrored at the line
    apexes = [int(np.argmin(np.abs(circuit.step_m * np.arange(offset.size) - corner.apex_m))) for corner in circuit.corners]
    assert np.all(offset[apexes] > 4.0)  # at the inside of a left-hander


def test_mirrored_circuit_gives_the_mirrored_line(tsukuba: Circuit) -> None:
    mirrored = replace(
        tsukuba,
        y_m=-tsukuba.y_m,
        heading_rad=-tsukuba.heading_rad,
        curvature_1pm=-tsukuba.curvature_1pm,
        left_m=tsukuba.right_m,
        right_m=tsukuba.left_m,
    )
    np.testing.assert_allclose(fast_line(mirrored), -fast_line(tsukuba), atol=1e-6)


def test_on_a_circle_the_line_takes_the_largest_radius() -> None:
    circuit = ring(80.0)
    low, _ = line_bounds(circuit, 1.9, 0.3, 0.0)
    np.testing.assert_allclose(fast_line(circuit, kerb_frac=0.0), low, atol=0.01)
    np.testing.assert_allclose(line_shape(circuit, low).curvature_1pm, 1.0 / (80.0 - low), rtol=1e-9)


def test_kerbs_and_margin_move_the_bounds(tsukuba: Circuit) -> None:
    with_kerbs, without = (np.abs(fast_line(tsukuba, kerb_frac=share)).max() for share in (1.0, 0.0))
    assert with_kerbs == pytest.approx(without + tsukuba.kerb_m, abs=0.05)


def test_shape_of_the_line_agrees_with_its_points(tsukuba: Circuit) -> None:
    shape = line_shape(tsukuba, fast_line(tsukuba))
    chord = np.roll(shape.x_m, -1) - shape.x_m + 1j * (np.roll(shape.y_m, -1) - shape.y_m)
    driven = 0.5 * tsukuba.step_m * (shape.stretch + np.roll(shape.stretch, -1))
    np.testing.assert_allclose(np.abs(chord), driven, rtol=2e-3)
    turned = np.angle(chord / np.roll(chord, 1))
    np.testing.assert_allclose(turned / np.abs(chord), shape.curvature_1pm, atol=1e-3)
    np.testing.assert_allclose(np.angle(chord * np.exp(-1j * shape.heading_rad)), 0.0, atol=0.03)


def test_same_circuit_same_line(tsukuba: Circuit) -> None:
    assert fast_line(tsukuba).tobytes() == fast_line(tsukuba).tobytes()


def test_car_wider_than_the_track_is_refused(tsukuba: Circuit) -> None:
    with pytest.raises(BadInput, match="does not fit on Tsukuba"):
        fast_line(tsukuba, car_width_m=14.0)
    with pytest.raises(BadInput, match="between 0"):
        fast_line(tsukuba, shortest=1.5)


def test_longest_circuit_takes_under_a_second() -> None:
    circuit = load_circuit("spa")
    start = time.perf_counter()
    fast_line(circuit)
    assert time.perf_counter() - start < 1.0  # 0.12 s measured


@pytest.mark.parametrize("n", [5, 6, 7, 40, 41])
def test_ring_solver_equals_the_dense_solve(n: int) -> None:
    random = np.random.default_rng(n)
    diagonals = random.normal(size=(3, n))
    diagonals[0] = 5.0 + np.abs(diagonals[0]) * 3.0
    right = random.normal(size=n)
    np.testing.assert_allclose(solve_ring(diagonals, right), solve_ring_plain(diagonals, right), rtol=1e-8, atol=1e-10)


def test_compiled_model_equals_the_plain_one_and_its_slope_is_the_cost_s(tsukuba: Circuit) -> None:
    every = slice(None, None, 10)
    x, y, heading = (np.ascontiguousarray(v[every]) for v in (tsukuba.x_m, tsukuba.y_m, tsukuba.heading_rad))
    nx, ny = -np.sin(heading), np.cos(heading)
    results = []
    for model in (_model, model_plain):
        matrix, slope = np.empty((3, x.size)), np.empty(x.size)
        model(x, y, nx, ny, 700.0, 0.5, matrix, slope)
        results.append((matrix, slope))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-10, atol=1e-12)

    def cost(offset: FloatArray) -> float:
        chord = np.roll(x + offset * nx, -1) - (x + offset * nx) + 1j * (np.roll(y + offset * ny, -1) - (y + offset * ny))
        own = 0.5 * (np.abs(chord) + np.abs(np.roll(chord, 1)))
        return float(np.sum(700.0 * np.angle(chord / np.roll(chord, 1)) ** 2 / own + 0.5 * np.abs(chord)))

    for i in (0, 37, x.size - 1):
        nudge = np.zeros(x.size)
        nudge[i] = 1e-4
        assert (cost(nudge) - cost(-nudge)) / 2e-4 == pytest.approx(results[1][1][i], rel=1e-5, abs=1e-6)
