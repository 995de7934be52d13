from __future__ import annotations

import time

import numpy as np

from coach.laps.crossings import find_laps
from coach.laps.stations import motion_of
from tests.coach.laps.drives import LENGTH_M, drive, recording, tick_at


def test_position_is_continuous_within_a_drive():
    columns = drive()
    motion = motion_of(recording(columns))
    assert motion.stretch.max() == 0
    assert np.allclose(np.diff(motion.laps) * LENGTH_M, columns["speed_mps"][1:] / 60.0, atol=0.02)


def test_a_glitch_is_left_out_and_a_sample_outside_the_world_is_not_bridged():
    columns = drive()
    at = tick_at(columns, 8, 0.5)
    columns["lap_dist_frac"][at] = 0.0
    motion = motion_of(recording(columns))
    assert motion.glitches.tolist() == [at]
    assert motion.stretch.max() == 0
    columns = drive()
    columns["lap_dist_frac"][at] = 0.0
    columns["track_surface"][at] = -1.0
    assert motion_of(recording(columns)).stretch.max() == 2


def test_garbage_positions_cost_no_time_and_raise_nothing():
    rng = np.random.default_rng(1)
    columns = {name: rng.normal(size=20_000) for name in ("session_time_s", "lap_dist_frac", "speed_mps", "lap_dist_m")}
    motion = motion_of(recording(columns, track_length_stated_m=1000.0))
    assert motion.index.size == 20_000


def test_laps_of_garbage_are_found_in_bounded_time():
    rng = np.random.default_rng(2)
    columns = {name: rng.normal(size=50_000) for name in ("session_time_s", "lap_dist_frac", "speed_mps", "lap_number", "incident_count")}
    columns["speed_mps"][::7] = np.inf
    columns["lap_number"][::5] = np.nan
    began = time.perf_counter()
    assert not [lap for lap in find_laps(recording(columns, track_length_stated_m=1000.0)) if lap.clean]
    assert time.perf_counter() - began < 5.0
