"""What the students' constants are taken from, measured again on the recordings."""

from __future__ import annotations

import numpy as np
import pytest

from coach.arrays import FloatArray
from coach.compare.choose import choose
from coach.compare.compare import compare_laps
from coach.compare.study import open_drive, prepare
from coach.exam.population import Level, Population
from coach.exam.students import CostModel
from coach.laps.crossings import find_laps
from coach.telemetry.sources import open_recording
from tests.coach.exam.made import costs
from tests.recordings import RECORDINGS, needs_recordings

PROFESSIONAL_LAP_SD_S = (0.129, 0.2, 0.276)  # coaching.md 2.7: least, middle, most
STINTS = {"mx5_okayama_short_driver_a.csv.gz": 5, "ferrari488_fuji_nochicane_driver_b.csv.gz": 4}  # first lap with warm tyres


def unevenness(lost_s: FloatArray) -> tuple[float, float]:
    """Of losses by driver and corner, s: the scatter around what the driver's total and the corner let expect, and the mean loss, s."""
    total = lost_s.sum(axis=1, keepdims=True)
    share = (lost_s / total).mean(axis=0)
    left = lost_s - total * share / share.sum()
    freedom = (lost_s.shape[0] - 1) * (lost_s.shape[1] - 1)
    return float(np.sqrt(np.sum(left**2) / freedom)), float(lost_s.mean())


def students_losses(model: CostModel, level: Level) -> FloatArray:
    drawn = [Population().draw(model, level, np.random.default_rng(seed)) for seed in range(200)]
    return np.array([model.cost(one.habits).sum(axis=1) for one in drawn])


@needs_recordings
def test_students_lose_as_unevenly_over_the_corners_as_recorded_drivers() -> None:
    drives = [open_drive(open_recording(path)) for path in sorted((RECORDINGS / "monza_296_challenge").glob("driver_*"))]
    study = prepare(drives)
    pairs = [compare_laps(study, choose(study, drive, None, [(drives[0], None)])) for drive in drives[2:]]  # the second is as fast
    lost_s = np.array([[corner.time_lost_s for corner in pair.corners if corner.number > 0] for pair in pairs])
    sd_s, mean_s = unevenness(lost_s)
    lasting = [np.sqrt(sd_s**2 - lap_sd_s**2 / lost_s.shape[1]) / mean_s for lap_sd_s in PROFESSIONAL_LAP_SD_S]
    assert sd_s / mean_s == pytest.approx(0.87, abs=0.03)
    assert lasting == pytest.approx([0.80, 0.68, 0.46], abs=0.03)
    students_sd_s, students_mean_s = unevenness(students_losses(costs(), Level.EXPERT))
    assert lasting[2] < students_sd_s / students_mean_s < lasting[0]


@needs_recordings
@pytest.mark.parametrize("name", STINTS)
def test_a_stint_of_a_practised_driver_shows_no_learning_and_students_learn_too_slowly_to_show_any(name: str) -> None:
    """Lap times of both recorded stints rise (tyres); what the students gain a lap is below what the stint's scatter lets see."""
    times = np.array([lap.lap_time_s for lap in find_laps(open_recording(RECORDINGS / name)) if lap.clean and lap.number >= STINTS[name]])
    (slope, _), covariance = np.polyfit(np.arange(times.size), times, 1, cov=True)
    assert slope > 0.0
    seen = 2.3 * float(np.sqrt(covariance[0, 0])) / times.mean()  # Student's t for ten laps; 2.8 for six
    gains = []
    for seed in range(40):
        one = Population().draw(costs(), Level.INTERMEDIATE, np.random.default_rng(seed))
        before_s = float(one.costs.cost(one.habits).sum())
        for _ in range(10):
            one.drive((), (), coached=False)
        gains.append((before_s - float(one.costs.cost(one.habits).sum())) / one.costs.lap_time_s / 10.0)
    assert 0.0 < np.mean(gains) < seen
