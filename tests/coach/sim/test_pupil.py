"""A simulated driver who listens: what he has driven stays, and what he drives from then on is what he was told."""

from __future__ import annotations

import numpy as np
import pytest

from coach.compare.cause import Cause
from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.live import LiveDrive
from coach.sim.obeyed import Heard
from coach.sim.plan import Plan
from coach.sim.pupil import Pupil
from coach.sim.skill import INTERMEDIATE

LAPS, CORNER = 4, 2
FASTER = {"v_min_less_kmh": 4.0}


@pytest.fixture(scope="module")
def pupil() -> Pupil:
    return Pupil.who_drives(load_circuit("lime-rock"), load_car("mx5"), Plan(INTERMEDIATE), LAPS, 1)


def row_at(pupil: Pupil, lap: int, station_m: float) -> int:
    laps, station = (pupil.made.recording.column(name) for name in ("lap_number", "lap_dist_m"))
    return int(np.flatnonzero((laps == lap) & (station >= station_m))[0])


def heard(pupil: Pupil, number: int, cause: Cause = Cause.SLOW_APEX, figures: dict[str, float] = FASTER) -> Heard:
    corner = next(one for one in pupil.circuit.corners if one.number == number)
    return Heard(0.5 * (corner.start_m + corner.end_m), cause, figures)


def slowest_kmh(pupil: Pupil, lap: int, number: int) -> float:
    corner = next(one for one in pupil.circuit.corners if one.number == number)
    first, last = row_at(pupil, lap, corner.start_m), row_at(pupil, lap, corner.end_m)
    return 3.6 * float(pupil.made.recording.column("speed_mps")[first:last].min())


@pytest.mark.parametrize(("before_m", "from_lap"), [(300.0, 2), (-50.0, 3)])
def test_he_follows_from_the_next_passage_on(pupil: Pupil, before_m: float, from_lap: int) -> None:
    corner = next(one for one in pupil.circuit.corners if one.number == CORNER)
    row = row_at(pupil, 2, corner.start_m - before_m)
    after = pupil.following(heard(pupil, CORNER), row)
    for name in sorted(pupil.made.recording.available):
        old, new = (one.made.recording.column(name)[:row] for one in (pupil, after))
        assert np.array_equal(old, new, equal_nan=True), name
    gained_kmh = [slowest_kmh(after, lap, CORNER) - slowest_kmh(pupil, lap, CORNER) for lap in range(1, LAPS + 1)]
    assert np.flatnonzero(np.array(gained_kmh) > 1.5).tolist() == list(range(from_lap - 1, LAPS))
    assert np.abs(gained_kmh[: from_lap - 1]).max() == 0.0


def test_what_he_is_told_twice_adds_up(pupil: Pupil) -> None:
    once = pupil.following(heard(pupil, CORNER), row_at(pupil, 1, 50.0))
    twice = once.following(heard(once, CORNER), row_at(once, 2, 50.0))
    assert slowest_kmh(twice, 3, CORNER) - slowest_kmh(once, 3, CORNER) > 0.5


def test_more_speed_is_more_than_he_drove_not_than_he_meant(pupil: Pupil) -> None:
    """Else a car that carries no more than its braking has left it with would be sent off the track by being told again."""
    row = row_at(pupil, 2, 50.0)
    once = pupil.following(heard(pupil, CORNER), row)
    assert once.following(heard(once, CORNER), row) is once  # nothing has come of it yet
    braked_away = 1  # a corner where less comes of it
    once = pupil.following(heard(pupil, braked_away), row)
    twice = once.following(heard(once, braked_away), row_at(once, 3, 50.0))
    unaided, came = (slowest_kmh(one, 2, braked_away) for one in (pupil, once))
    meant = float(np.prod([one.change.v_min_frac for one in twice.plan.learned]))
    assert came - unaided < 0.5 * FASTER["v_min_less_kmh"]
    assert meant * unaided == pytest.approx(
        max(once.plan.learned[0].change.v_min_frac * unaided, came + FASTER["v_min_less_kmh"]), abs=0.01
    )


def test_the_last_corner_of_a_lap_is_followed_too(pupil: Pupil) -> None:
    """A lap is planned as a whole, so that a change in its last corner reaches its first metres, which are driven already."""
    last = pupil.circuit.corners[-1]
    after = pupil.following(heard(pupil, last.number), row_at(pupil, 2, last.start_m - 300.0))
    assert after.plan.learned
    assert slowest_kmh(after, 3, last.number) - slowest_kmh(pupil, 3, last.number) > 1.0


def test_what_he_does_already_changes_nothing(pupil: Pupil) -> None:
    assert pupil.following(heard(pupil, CORNER, figures={"v_min_less_kmh": -1.0}), 500) is pupil


def test_a_live_drive_goes_on_as_another_only_where_it_was_the_same(pupil: Pupil, tmp_path) -> None:
    row = row_at(pupil, 1, 50.0)
    after = pupil.following(heard(pupil, CORNER), row)
    with LiveDrive(pupil.made, tmp_path / "live.bin") as live:
        live.step(row)
        assert live.go_on(after.made)
        assert live.n_ticks == after.made.recording.n_ticks
        live.step(row_at(after, 3, 0.0) - row)
        assert not live.go_on(pupil.made)  # too late for it
        while live.step(1000):
            pass
        assert live.next_row == after.made.recording.n_ticks
        assert live.image.record["Speed"][0] == np.float32(after.made.recording.column("speed_mps")[-1])
