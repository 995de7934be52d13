"""The envelope and the potential lap on laps that people drove, within what is known of those cars."""

from __future__ import annotations

import numpy as np
import pytest

from coach.laps.crossings import find_laps
from coach.laps.lap import LapKind
from coach.laps.resample import trace_laps
from coach.physics.envelope import learn_car
from coach.physics.potential import potential_lap
from coach.physics.quasi_steady import G_MPS2
from coach.telemetry.sources import open_recording
from coach.track.build import build_track_map
from coach.track.reckon import path_of
from tests.recordings import RECORDINGS, needs_recordings

# File; lateral and braking limits that such a car can have, in g; whether the source gives a real path. Slicks with downforce
# (296 Challenge) hold 1.6-2.6 g, a truck on radials 0.8-1.5 g, a Formula Vee and an MX-5 Cup 1.0-1.7 g.
CARS = [
    ("monza_296_challenge/driver_10.csv.gz", (1.6, 2.6), (1.2, 2.2), True),
    ("silverado_bristol.ibt", (0.8, 1.6), (0.3, 1.2), True),
    ("formula_vee_tsukuba_1k.ibt", (1.0, 1.8), (0.5, 1.5), True),
    ("mx5_okayama_short_driver_a.csv.gz", (0.0, 9.0), (0.8, 1.4), False),
]


def learned(name):
    recording = open_recording(RECORDINGS / name)
    laps = find_laps(recording)
    chosen = [lap for lap in laps if lap.clean] or [lap for lap in laps if lap.kind is LapKind.TIMED]
    traces = trace_laps(recording, chosen)
    track, paths = build_track_map(traces), [path_of(trace) for trace in traces]
    return traces, paths, track, learn_car(traces, paths, track=track)


@needs_recordings
@pytest.mark.parametrize(("name", "lateral_g", "braking_g", "has_path"), CARS)
def test_the_envelope_is_that_of_such_a_car(name, lateral_g, braking_g, has_path):
    *_, car = learned(name)
    v = 30.0
    assert lateral_g[0] < np.interp(v, car.speed_mps, car.lateral_mps2) / G_MPS2 < lateral_g[1]
    assert braking_g[0] < np.interp(v, car.speed_mps, car.braking_mps2) / G_MPS2 < braking_g[1]
    assert car.lateral_by_shape is not has_path
    assert 1.0 <= car.ellipse <= 2.0
    assert np.isfinite(car.accel_full_mps2).all()


@needs_recordings
@pytest.mark.parametrize("name", [name for name, *_ in CARS])
def test_the_potential_is_faster_than_the_driver_but_not_from_another_world(name):
    traces, paths, track, car = learned(name)
    best = min(trace.lap.lap_time_s for trace in traces)
    potential = potential_lap(traces, paths, track, car).trace.lap.lap_time_s
    assert 0.94 * best < potential < best  # the slowest drivers of a field find some 6 % (coaching.md 6)


@needs_recordings
def test_one_monza_lap_shows_about_what_the_fastest_of_the_field_drove():
    traces, paths, track, car = learned("monza_296_challenge/driver_10.csv.gz")
    fastest = learned("monza_296_challenge/driver_01.csv.gz")[0][0].lap.lap_time_s
    assert potential_lap(traces, paths, track, car).trace.lap.lap_time_s == pytest.approx(fastest, rel=0.02)
