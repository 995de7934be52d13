"""The simulated drivers' hands and feet look like people's.

Three bands. The intermediate against the one driver recorded long enough in his kind of car on his circuit (MX-5 at Okayama, 15
laps): medians within FACTOR. All named drivers against everybody recorded: their medians lie where the middle nine tenths of
people's medians lie. Lap times: the intermediate as that driver, the expert as professionals (coaching.md 2.7: 0.129 to 0.276 s).

Measured, 10th, 50th, 90th percentile, MX-5 at Okayama; recorded / simulated intermediate: brake rise 0.20 0.37 0.66 / 0.21 0.52
0.83 s; release 0.26 0.74 1.33 / 0.21 0.85 1.48 s; throttle rise 0.33 0.92 1.98 / 0.42 0.96 1.73 s; both pedals on 0 0.12 0.25 /
0.10 0.12 0.12 s; hand wheel 0.22 1.07 (90 %) 2.49 (99 %) / 0.24 0.85 2.03 rad/s; braking points 4.0 / 4.7 m; laps 0.82 / 0.81 %.
Not matched: people's overlap varies from corner to corner, the simulated driver's hardly does.
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
from coach.sim.skill import INTERMEDIATE, SKILLS
from coach.telemetry.sources import open_recording
from tests.coach.sim.human_inputs import Inputs, columns_of, measure
from tests.recordings import RECORDINGS, needs_recordings

FACTOR = 1.5  # between people in one car on one circuit: the two recorded MX-5 drivers differ by 1.6 (throttle) and 3 (braking points)
DRIVER_A = "mx5_okayama_short_driver_a.csv.gz"
PEOPLE = (  # all but the Formula Vee's, whose pedals are on or off
    DRIVER_A,
    "mx5_okayama_short_driver_b.csv.gz",
    "ferrari488_fuji_nochicane_driver_b.csv.gz",
    "amg_gt4_sebring_partial.ibt",
    "amg_gt4_spielberg_partial.ibt",
)
PROFESSIONAL_LAPS = (0.129 / 100.0, 0.276 / 80.0)  # of the lap; GT3 laps take 80 to 100 s


@cache
def simulated(skill: str) -> Run:
    return drive(load_circuit("okayama-short"), load_car("mx5"), Plan(SKILLS[skill]), 10, 1)


@cache
def inputs(skill: str) -> Inputs:
    columns = simulated(skill).columns
    timed = (columns["lap_number"] >= 1.0) & (columns["lap_number"] <= 10.0)
    return measure({name: column[timed] for name, column in columns.items()})


@cache
def recorded(name: str) -> Inputs:
    return measure(columns_of(open_recording(RECORDINGS / name)))


@cache
def everybody() -> tuple[Inputs, ...]:
    """The people above and the 296 Challenge drivers at Monza, one lap each."""
    monza = sorted(path.name for path in (RECORDINGS / "monza_296_challenge").glob("driver_*"))
    return tuple(recorded(name) for name in (*PEOPLE, *(f"monza_296_challenge/{name}" for name in monza)))


@needs_recordings
@pytest.mark.parametrize("what", ["rise_s", "release_s", "throttle_s", "overlap_s", "brake_point_sd_m"])
def test_the_intermediates_feet_are_as_quick_and_as_even_as_a_recorded_drivers(what: str) -> None:
    assert within(np.median(getattr(inputs("intermediate"), what)), np.median(getattr(recorded(DRIVER_A), what)))


@needs_recordings
@pytest.mark.parametrize("share", [0.1, 0.9])
@pytest.mark.parametrize("what", ["rise_s", "release_s", "throttle_s"])
def test_the_intermediates_feet_vary_from_corner_to_corner_as_a_recorded_drivers(what: str, share: float) -> None:
    assert within(np.quantile(getattr(inputs("intermediate"), what), share), np.quantile(getattr(recorded(DRIVER_A), what), share))


@needs_recordings
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_the_hand_wheel_moves_as_fast_as_peoples(share: float) -> None:
    assert within(np.quantile(inputs("intermediate").steer_rate_radps, share), np.quantile(recorded(DRIVER_A).steer_rate_radps, share))


@needs_recordings
@pytest.mark.parametrize("skill", SKILLS)
@pytest.mark.parametrize("what", ["rise_s", "release_s", "throttle_s", "overlap_s"])
def test_every_named_drivers_feet_are_as_quick_as_somebodys(skill: str, what: str) -> None:
    medians = [float(np.median(getattr(person, what))) for person in everybody() if getattr(person, what).size]
    low, high = np.quantile(medians, [0.05, 0.95])
    mine = float(np.median(getattr(inputs(skill), what)))
    assert low <= mine <= high, (mine, low, high)


@needs_recordings
def test_the_intermediates_lap_times_scatter_as_a_recorded_drivers() -> None:
    recording = open_recording(RECORDINGS / DRIVER_A)
    times = np.array([lap.lap_time_s for lap in find_laps(recording) if lap.clean])
    times = times[times < 1.04 * times.min()]  # race laps: the first ones are in traffic
    assert within(spread(simulated("intermediate")), np.std(times) / times.mean())


def test_the_experts_lap_times_scatter_as_professionals() -> None:
    assert PROFESSIONAL_LAPS[0] < spread(simulated("expert")) < PROFESSIONAL_LAPS[1]


def test_lap_times_and_braking_points_scatter_less_the_better_the_driver() -> None:
    novice, intermediate, expert = (spread(simulated(skill)) for skill in SKILLS)
    assert expert < 0.6 * intermediate
    assert intermediate < novice
    novice, intermediate, expert = (np.median(inputs(skill).brake_point_sd_m) for skill in SKILLS)
    assert expert < 0.6 * intermediate
    assert intermediate < novice


def test_no_scatter_drives_the_same_lap_every_time() -> None:
    run = drive(load_circuit("okayama-short"), load_car("mx5"), Plan(INTERMEDIATE, scatter=0.0), 3, 1)
    assert np.ptp([time for _, time in run.lap_times_s][1:]) < 0.02  # fuel burns


def spread(run: Run) -> float:
    """Standard deviation of lap times over their mean."""
    times = np.array([time for _, time in run.lap_times_s])
    return float(times.std() / times.mean())


def within(mine: float, theirs: float) -> bool:
    """Within FACTOR either way; shown when it is not."""
    assert theirs / FACTOR < mine < theirs * FACTOR, (mine, theirs)
    return True
