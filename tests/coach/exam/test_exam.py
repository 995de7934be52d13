"""The exam in its small form: it must run, be the same every time, and fail when the engine gets worse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from pprint import pformat

import numpy as np
import pytest

from coach.exam import sittings
from coach.exam.exam import run_schedules
from coach.exam.marks import Section
from coach.exam.papers import Paper
from coach.exam.parallel import work_through
from coach.exam.questions import Asked, ask_one_each, lasting, several_on_a_lap
from coach.exam.schedule import DEFAULT_SEED, DEVELOPMENT, HELD_OUT, full, quick, small
from coach.exam.sittings import Sheet, Sitting, sit
from coach.exam.world import as_recorded, place_of, true_laps
from coach.sim.plan import FAULT_KINDS

# Floors under the marks, some cases below what was measured on 2026-11-22 with this seed (in brackets). They are no goals: the goals
# are in coach/exam/marking.py. Raise them when the engine gets better.
FLOORS = {
    "sittings finished": 1.0,  # (1.0)
    "braking point within 3 m": 0.95,  # (0.997)
    "minimum speed within 0.5 km/h": 0.95,  # (1.0)
    "full throttle within 4 m": 0.95,  # (0.998)
    "single faults: first cause right": 0.68,  # (0.75)
    "single faults: right when sure": 0.85,  # (0.93)
    "single faults: sure": 0.60,  # (0.70)
    "all events: precision": 0.90,  # (1.0 on 2026-11-28, as the next two; these are the goals themselves)
    "all events: recall": 0.75,  # (1.0)
}
CEILINGS = {"delta, rms": 0.002, "lap time, worst": 0.001, "false calls on clean laps": 1.0}  # s, s, in ten laps (0.000, 0.000, 0.0)
pytestmark = pytest.mark.xdist_group("exam")  # one process: the small exam is sat once
TINY = Sitting(Sheet.SINGLES, "tsukuba", "mx5", "expert", 3, 2)


@pytest.fixture(scope="module")
def section() -> Section:
    return run_schedules(small(DEFAULT_SEED), 1)[0].section


@pytest.mark.parametrize("name", FLOORS)
def test_the_engine_keeps_its_marks(section: Section, name: str) -> None:
    mark = section[name]
    assert mark.n > 0
    assert mark.value >= FLOORS[name]


@pytest.mark.parametrize("name", CEILINGS)
def test_the_engine_keeps_its_precision(section: Section, name: str) -> None:
    assert section[name].n > 0
    assert section[name].value <= CEILINGS[name]


def test_single_faults_are_enough_to_mean_something(section: Section) -> None:
    assert section["single faults: first cause right"].n >= 30


def test_events_are_enough_to_mean_something(section: Section) -> None:
    assert section["all events: recall"].n >= 6
    assert section["false calls on clean laps"].n >= 50


def test_a_sitting_is_the_same_in_this_process_and_in_others() -> None:
    other = Sitting(Sheet.MOMENTS, "tsukuba", "mx5", "novice", 3, 1)
    here = [sit(TINY), sit(other)]
    assert _written(here) == _written([sit(TINY), sit(other)])
    assert _written(here) == _written(work_through(sit, [TINY, other], 2, "test"))


def _written(papers: list[Paper]) -> str:
    """Everything in them as text, because NaN equals nothing; sets in one order, which is else that of this process's hashes."""
    return pformat(papers, width=1)


def test_another_seed_asks_something_else() -> None:
    answers = [sit(Sitting(Sheet.SINGLES, "tsukuba", "mx5", "expert", seed, 2)).answers for seed in (3, 4)]
    assert [(one.kind, one.corner, one.size) for one in answers[0]] != [(one.kind, one.corner, one.size) for one in answers[1]]


def test_an_engine_that_stumbles_fails_the_sitting_and_not_the_exam(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError("of the engine")

    monkeypatch.setattr(sittings, "prepare", stumble)
    paper = sit(TINY)
    assert "of the engine" in paper.ends[0]
    assert paper.answers == ()


def test_an_engine_that_names_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from coach.compare.causes import evidence, impulses

    for method in (evidence, impulses):
        monkeypatch.setattr(method, "attribute", lambda pair: tuple(() for _ in pair.corners))
    paper = sit(Sitting(Sheet.SINGLES, "tsukuba", "mx5", "expert", 3, 6))
    assert paper.answers
    assert not any(answer.right_within(2) for answer in paper.answers)


def test_no_circuit_is_both_open_and_held_out() -> None:
    assert not set(DEVELOPMENT) & set(HELD_OUT)
    assert {sitting.circuit for schedule in quick(1) for sitting in schedule.sittings} <= set(HELD_OUT)
    assert {sitting.circuit for sitting in full(1)[0].sittings} == set(HELD_OUT)
    assert {sitting.circuit for sitting in full(1)[1].sittings} == set(DEVELOPMENT)
    assert {sitting.circuit for schedule in small(1) for sitting in schedule.sittings} <= set(DEVELOPMENT)


def test_the_engine_sees_no_more_than_a_disk_file_shows_and_loses_ticks() -> None:
    place = place_of("tsukuba", "mx5", "expert", 1.0, 1)
    run = place.drive((), 2)
    recording = as_recorded(place, run).recording
    ticks = len(run.columns["session_time_s"])
    assert 0 < ticks - recording.n_ticks < 0.01 * ticks
    assert recording.session.simulated
    speed = recording.column("speed_mps")
    assert np.array_equal(speed, speed.astype(np.float32))


def test_true_laps_are_exact_at_the_line() -> None:
    place = place_of("tsukuba", "mx5", "expert", 1.0, 1)
    run = place.drive((), 3)
    for lap in true_laps(place, run).values():
        assert lap.lap_time_s == pytest.approx(dict(run.lap_times_s)[lap.number])
        at_line = lap.time_at(np.array([0.0, place.circuit.length_m]))
        assert np.diff(at_line)[0] == pytest.approx(lap.lap_time_s, abs=1e-4)
        assert any(np.isfinite(phases.v_min_mps) for phases in lap.phases.values())


def test_questions_are_priced_by_leaving_them_out_and_kept_apart() -> None:
    place = place_of("tsukuba", "mx5", "expert", 0.0, 1)
    rng = np.random.default_rng(1)
    run, asked = ask_one_each(place, 8, rng)
    clean = place.drive((), len(run.lap_times_s))
    for one in asked:
        assert one.cost_s == pytest.approx(dict(run.lap_times_s)[one.fault.lap] - dict(clean.lap_times_s)[one.fault.lap])
        assert one.fault.cause in FAULT_KINDS
    assert len({one.fault.lap for one in asked}) == len(asked)
    good = [one for one in asked if one.good]
    assert len(good) >= 3
    habits = lasting(good, 3, rng)
    assert len({fault.corner for fault in habits}) == len({fault.cause for fault in habits}) == len(habits)
    together = several_on_a_lap(good, [3, 4], rng)
    for lap in (3, 4):
        assert len({fault.cause for fault in together if fault.lap == lap}) == sum(fault.lap == lap for fault in together)


def test_what_left_the_track_or_never_happened_is_no_good_question() -> None:
    fault = ask_one_each(place_of("tsukuba", "mx5", "expert", 0.0, 1), 1, np.random.default_rng(1))[1][0].fault
    assert Asked(fault, 0.3, "", void=False).good
    assert not Asked(fault, 0.3, "spin at 300 m", void=False).good
    assert not Asked(fault, 0.3, "", void=True).good
    assert not Asked(fault, 0.01, "", void=False).good


def test_an_empty_paper_marks_nothing_as_passed() -> None:
    from coach.exam.marking import proving_ground_section
    from coach.exam.marks import passed

    assert not passed([proving_ground_section(Paper(), "nothing")])


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_an_interrupted_exam_leaves_no_file(tmp_path: Path) -> None:
    out = tmp_path / "marks.md"
    command = [sys.executable, "-m", "coach.cli.main", "exam", "--quick", "--jobs", "2", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True) as process:
        time.sleep(6.0)
        os.killpg(process.pid, signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []
