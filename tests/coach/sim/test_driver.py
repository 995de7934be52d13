"""The simulated driver's hands and feet look like people's.

Measured on the recordings (10th, 50th, 90th percentile): MX-5 at Okayama, 15 laps of one driver: brake rise 0.22, 0.35, 0.53 s;
both pedals on 0, 0.12, 0.24 s; hand wheel rate 0.23 (median), 1.07 (90 %), 2.5 rad/s (99 %); braking points 3 to 11 m; lap times
0.50 s of 60.9 s. Ferrari 488 at Fuji: rise 0.22 s, rate 0.34, 1.6, 5.3 rad/s, braking points 4 to 14 m, lap times 0.72 s of 97.6 s.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from coach.laps.crossings import find_laps
from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.drive import Run, drive
from coach.sim.plan import Plan
from coach.sim.skill import EXPERT, INTERMEDIATE
from coach.telemetry.sources import open_recording
from tests.coach.sim.human_inputs import Inputs, columns_of, measure
from tests.recordings import RECORDINGS, needs_recordings

FACTOR = 2.0  # between people: the four Monza drivers measured differ by more


@cache
def simulated() -> Run:
    return drive(load_circuit("okayama-short"), load_car("mx5"), Plan(INTERMEDIATE), 10, 1)


@cache
def inputs() -> Inputs:
    columns = simulated().columns
    timed = (columns["lap_number"] >= 1.0) & (columns["lap_number"] <= 10.0)
    return measure({name: column[timed] for name, column in columns.items()})


@cache
def recorded() -> Inputs:
    return measure(columns_of(open_recording(RECORDINGS / "mx5_okayama_short_driver_a.csv.gz")))


@needs_recordings
def test_brakes_are_applied_as_quickly_as_people_do() -> None:
    assert within(np.median(inputs().rise_s), np.median(recorded().rise_s))


@needs_recordings
def test_pedals_overlap_as_long_as_peoples() -> None:
    assert within(np.median(inputs().overlap_s), np.median(recorded().overlap_s))


@needs_recordings
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_the_hand_wheel_moves_as_fast_as_peoples(share: float) -> None:
    assert within(np.quantile(inputs().steer_rate_radps, share), np.quantile(recorded().steer_rate_radps, share))


@needs_recordings
def test_braking_points_scatter_as_peoples_do() -> None:
    assert within(np.median(inputs().brake_point_sd_m), np.median(recorded().brake_point_sd_m))


@needs_recordings
def test_lap_times_scatter_as_peoples_do() -> None:
    recording = open_recording(RECORDINGS / "mx5_okayama_short_driver_a.csv.gz")
    times = np.array([lap.lap_time_s for lap in find_laps(recording) if lap.clean])
    times = times[times < 1.04 * times.min()]  # race laps: the first ones are in traffic
    mine = np.array([time for _, time in simulated().lap_times_s])
    assert within(np.std(mine) / mine.mean(), np.std(times) / times.mean())


def test_an_expert_scatters_less_than_an_intermediate() -> None:
    expert = drive(load_circuit("okayama-short"), load_car("mx5"), Plan(EXPERT), 6, 1)
    assert np.std([time for _, time in expert.lap_times_s]) < 0.6 * np.std([time for _, time in simulated().lap_times_s])


def test_no_scatter_drives_the_same_lap_every_time() -> None:
    run = drive(load_circuit("okayama-short"), load_car("mx5"), Plan(INTERMEDIATE, scatter=0.0), 3, 1)
    assert np.ptp([time for _, time in run.lap_times_s][1:]) < 0.02  # fuel burns


def within(mine: float, theirs: float) -> bool:
    """Within FACTOR either way; shown when it is not."""
    assert theirs / FACTOR < mine < theirs * FACTOR, (mine, theirs)
    return True
