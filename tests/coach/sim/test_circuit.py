import csv
import gzip
from dataclasses import replace

import numpy as np
import pytest

from coach.arrays import FloatArray
from coach.errors import BadInput
from coach.sim import circuit as circuit_module
from coach.sim.circuit import Circuit, build_circuit, circuit_ids, load_circuit, read_layout
from coach.sim.generator import nearest_approach_m
from coach.sim.layout import (
    ANGLE_SIGMA_RAD,
    LENGTH_SIGMA,
    LENGTH_SIGMA_M,
    RADIUS_SIGMA,
    Segment,
    close_layout,
    curvature_knots,
    segment_ends,
    smooth_profile,
)
from coach.sim.line import fast_line, line_shape
from tests.recordings import RECORDINGS, needs_recordings

# Official lengths (m) and corner counts of the circuits; direction of travel: all clockwise.
OFFICIAL = {
    "lime-rock": (2414.0, 7),
    "summit-point": (3218.0, 10),
    "okayama-short": (1943.0, 8),
    "tsukuba": (2045.0, 8),
    "red-bull-ring": (4318.0, 10),
    "spa": (7004.0, 19),
    "monza": (5793.0, 11),
    "sebring": (6019.0, 17),
}
# Highest minus lowest point as published, m; None where only "nearly flat" is known.
RELIEF_M = {"spa": 102.0, "red-bull-ring": 63.5, "monza": 13.0, "lime-rock": 18.0}


@pytest.fixture(scope="module", params=sorted(OFFICIAL))
def circuit(request: pytest.FixtureRequest) -> Circuit:
    return load_circuit(request.param)


def test_the_promised_circuits_exist() -> None:
    assert set(circuit_ids()) >= set(OFFICIAL)


def test_circuit_has_its_official_length_corners_and_relief(circuit: Circuit) -> None:
    length, corners = OFFICIAL[circuit.id]
    assert circuit.length_m == pytest.approx(length, rel=0.01)
    assert [corner.number for corner in circuit.corners] == list(range(1, corners + 1))
    assert circuit.name.endswith("(approximation)")
    if circuit.id in RELIEF_M:
        assert np.ptp(circuit.elevation_m) == pytest.approx(RELIEF_M[circuit.id], rel=0.15)


def test_arrays_lie_on_the_stations(circuit: Circuit) -> None:
    n = circuit.x_m.size
    assert n * circuit.step_m == pytest.approx(circuit.length_m, abs=1e-6)
    assert circuit.step_m == pytest.approx(1.0, rel=1e-3)
    arrays = [value for name in Circuit.__slots__ if isinstance(value := getattr(circuit, name), np.ndarray)]
    assert len(arrays) == 8
    assert all(a.shape == (n,) and a.dtype == np.float64 and a.flags.c_contiguous and np.isfinite(a).all() for a in arrays)
    assert (circuit.x_m[0], circuit.y_m[0], circuit.heading_rad[0], circuit.elevation_m[0]) == (0.0, 0.0, 0.0, 0.0)


def test_lap_closes_in_place_and_course(circuit: Circuit) -> None:
    last = complex(circuit.x_m[-1], circuit.y_m[-1]) + circuit.step_m * np.exp(1j * circuit.heading_rad[-1])
    assert abs(last) < 1e-3
    assert circuit.heading_rad[-1] == pytest.approx(-2.0 * np.pi, abs=1e-6)
    assert abs(circuit.elevation_m[-1]) < 0.2


def test_heading_and_curvature_belong_to_the_points(circuit: Circuit) -> None:
    chord = np.diff(circuit.x_m) + 1j * np.diff(circuit.y_m)
    np.testing.assert_allclose(np.abs(chord), circuit.step_m, rtol=1e-3)
    middle = 0.5 * (circuit.heading_rad[1:] + circuit.heading_rad[:-1])
    np.testing.assert_allclose(np.angle(chord * np.exp(-1j * middle)), 0.0, atol=1e-3)
    turned = np.diff(circuit.heading_rad) / circuit.step_m
    np.testing.assert_allclose(turned, 0.5 * (circuit.curvature_1pm[1:] + circuit.curvature_1pm[:-1]), atol=2e-3)


def test_curvature_is_continuous_and_its_rate_bounded(circuit: Circuit) -> None:
    rate = np.diff(circuit.curvature_1pm, append=circuit.curvature_1pm[0]) / circuit.step_m
    assert np.abs(rate).max() < 0.012  # the tightest flick: 14 m right to 17 m left within 12 m
    grade = np.diff(circuit.elevation_m, append=circuit.elevation_m[0]) / circuit.step_m
    assert np.abs(grade).max() < 0.20  # Raidillon, the steepest of them, climbs 18 %
    assert np.abs(np.diff(grade)).max() / circuit.step_m < 0.005


def test_track_does_not_run_into_itself(circuit: Circuit) -> None:
    assert nearest_approach_m(circuit) > 1.0


def test_closing_keeps_near_what_the_file_states(circuit: Circuit) -> None:
    place, stated = read_layout(circuit.id)
    for before, after in zip(stated, close_layout(stated, place.length_m), strict=True):
        if before.is_arc:
            assert abs(after.angle_rad - before.angle_rad) < 2.0 * ANGLE_SIGMA_RAD
            assert abs(np.log(after.radius_m / before.radius_m)) < 2.0 * RADIUS_SIGMA
        else:
            assert abs(after.length_m - before.length_m) < 2.0 * (LENGTH_SIGMA * before.length_m + LENGTH_SIGMA_M)


def test_corners_come_in_order_with_their_apex_inside_and_their_direction(circuit: Circuit) -> None:
    bounds = [value for corner in circuit.corners for value in (corner.start_m, corner.apex_m, corner.end_m)]
    assert np.diff(bounds).min() > -1e-9  # one corner may begin where the last ends
    assert bounds[0] > 0.0
    assert bounds[-1] < circuit.length_m
    for corner in circuit.corners:
        inside = circuit.curvature_1pm[round(corner.start_m / circuit.step_m) : round(corner.end_m / circuit.step_m)]
        assert np.sign(circuit.curvature_1pm[round(corner.apex_m / circuit.step_m)]) == corner.direction
        assert np.sign(inside.sum()) == corner.direction


def test_pit_lane_lies_around_the_line(circuit: Circuit) -> None:
    assert 0.0 < circuit.pit_exit_m < circuit.corners[2].end_m
    assert circuit.corners[-1].start_m - 200.0 < circuit.pit_entry_m < circuit.length_m


def test_bank_raises_the_outer_side() -> None:
    circuit = load_circuit("lime-rock")
    assert circuit.bank_rad[round(circuit.corners[0].apex_m)] > np.radians(1.0)  # a right-hander: left side higher
    assert np.abs(circuit.bank_rad[:150]).max() == 0.0


def test_width_of_a_segment_overrides_the_circuit_s() -> None:
    circuit = load_circuit("sebring")
    apex = round(circuit.corners[-1].apex_m)
    assert circuit.left_m[apex] + circuit.right_m[apex] == pytest.approx(15.0, abs=0.01)
    assert circuit.left_m[100] + circuit.right_m[100] == pytest.approx(12.0, abs=0.01)


def test_unknown_circuit_lists_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"no circuit 'limerock'.*lime-rock, monza, okayama-short"):
        load_circuit("limerock")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"straight_m": 10.0, "lenght": 1.0}, "unknown lenght"),
        ({"angle_deg": 10.0, "radius_m": 5.0}, "neither straight_m nor turn"),
        ({"turn": "up", "angle_deg": 10.0, "radius_m": 5.0}, "neither straight_m nor turn"),
        ({"turn": "left", "angle_deg": 10.0}, "needs radius_m"),
    ],
)
def test_wrong_segment_is_named(row: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=f"spa, segment 3: .*{message}"):
        circuit_module._segment(row, "spa, segment 3")


def test_layout_that_cannot_close_says_so() -> None:
    right = [Segment(angle_rad=-1.5, radius_m=30.0, number=i) for i in (1, 2)]
    with pytest.raises(BadInput, match="misses closing"):
        close_layout((Segment(length_m=900.0), right[0], Segment(length_m=10.0), right[1], Segment(length_m=20.0)), 5000.0)
    with pytest.raises(BadInput, match="straight at its start"):
        close_layout((right[0], Segment(length_m=10.0), right[1]), 1000.0)


def test_transitions_keep_every_arc_s_angle_and_the_length() -> None:
    segments = (
        Segment(length_m=100.0),
        Segment(angle_rad=1.0, radius_m=40.0, number=1),
        Segment(angle_rad=-0.7, radius_m=25.0, number=2, clothoid=0.9),
        Segment(angle_rad=-0.5, radius_m=90.0, number=2),
        Segment(length_m=80.0),
    )
    knots, ends = curvature_knots(segments), segment_ends(segments)
    assert np.all(np.diff(knots.s_m) >= 0.0)
    assert knots.s_m[-1] == pytest.approx(100.0 + 40.0 + 17.5 + 45.0 + 80.0)
    assert knots.heading_rad[-1] == pytest.approx(1.0 - 0.7 - 0.5)
    s = np.linspace(0.0, ends[-1], 20001)
    np.testing.assert_allclose(np.gradient(knots.heading_at(s), s), knots.curvature_at(s), atol=2e-4)


def test_smoothed_profile_neither_overshoots_nor_leans() -> None:
    height = smooth_profile(np.array([0.0, 400.0, 500.0]), np.array([0.0, 0.0, 20.0]), 1000, 1000.0, 80.0)
    assert -1e-9 <= height.min() < height.max() <= 20.0
    assert height[450] == pytest.approx(10.0, abs=0.5)
    assert height.mean() == pytest.approx(0.5 * 20.0 * 600.0 / 1000.0, rel=1e-3)


def test_building_twice_gives_the_same_bytes() -> None:
    place, stated = read_layout("monza")
    a, b = build_circuit(place, stated), build_circuit(replace(place), stated)
    assert a.x_m.tobytes() == b.x_m.tobytes()
    assert a.elevation_m.tobytes() == b.elevation_m.tobytes()


def along_the_lap(fraction: FloatArray, value: FloatArray) -> FloatArray:
    """Mean of a value in 500 bins of the lap."""
    place = np.clip((fraction % 1.0 * 500).astype(int), 0, 499)
    count = np.bincount(place, minlength=500)
    seen = np.flatnonzero(count)
    return np.interp(np.arange(500), seen, np.bincount(place, value, 500)[seen] / count[seen])


def columns(path: str, *names: str) -> list[FloatArray]:
    with gzip.open(RECORDINGS / path, "rt") as file:
        rows = list(csv.DictReader(file))
    return [np.array([float(row[name]) for row in rows]) for name in names]


@needs_recordings
def test_corners_lie_where_real_laps_turn() -> None:
    fraction, speed, yaw_rate = columns("monza_296_challenge/driver_01.csv.gz", "LapDistPct", "Speed", "YawRate")
    monza = along_the_lap(fraction, yaw_rate / np.maximum(speed, 5.0))
    station, speed, steer = columns("mx5_okayama_short_driver_a.csv.gz", "DistanceRoundTrack", "SpeedMs", "SteeringAngle")
    rolling = speed > 10.0
    okayama = along_the_lap(station[rolling] / station.max(), steer[rolling])  # no yaw there: the shape of the steering
    for circuit_id, driven, least in (("monza", monza, 0.9), ("okayama-short", okayama, 0.8)):
        circuit = load_circuit(circuit_id)
        curvature = line_shape(circuit, fast_line(circuit)).curvature_1pm
        ours = along_the_lap(np.arange(curvature.size) / curvature.size, curvature)
        assert np.corrcoef(ours, driven)[0, 1] > least, circuit_id
        assert np.corrcoef(np.roll(ours, 25), driven)[0, 1] < least - 0.3, circuit_id  # a twentieth of a lap away it is not
