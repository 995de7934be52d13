"""The demonstration's driver hears what is said to him: in the same process, and through the pipe to his own."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from coach.compare.cause import Cause
from coach.compare.comparison import ReferenceKind
from coach.cues.candidate import Candidate, Claim
from coach.cues.topic import Topic
from coach.sim.live import LiveDrive
from coach.sim.pupil import Pupil
from coach.track.map import Corner
from overlay.demo import DemoDriver, heard_in, heard_of
from overlay.demo_drive import demo_pupil, listen

LAPS = 3


@pytest.fixture(scope="module")
def pupil() -> Pupil:
    return demo_pupil(LAPS)


def candidate(pupil: Pupil, number: int) -> Candidate:
    """Minimum speed 4 km/h low there, with enough scatter for a step of half of it."""
    there = next(one for one in pupil.circuit.corners if one.number == number)
    apex_m = 0.5 * (there.start_m + there.end_m)
    corner = Corner(number, "", 1, there.start_m, there.start_m, apex_m, there.end_m, there.end_m)
    figures = {"v_min_less_kmh": 4.0, "gear_difference": float("nan")}
    return Candidate(
        Topic(number, Cause.SLOW_APEX),
        corner,
        ReferenceKind.EXTERNAL,
        Claim.SURE,
        0.2,
        (0.1, 0.3),
        3,
        figures,
        {"v_min_less_kmh": 9.0},
        figures,
    )


def test_what_is_asked_for_comes_through_the_pipe_as_it_was_said(pupil: Pupil, tmp_path: Path) -> None:
    heard, out = heard_of(candidate(pupil, 2)), tmp_path / "heard.txt"
    assert heard.figures["v_min_less_kmh"] == 2.0  # the step that the words ask for, not all that is missing
    with out.open("wb") as file:
        driver = DemoDriver(
            subprocess.Popen(
                [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.readline())"], stdin=subprocess.PIPE, stdout=file, text=True
            )
        )
        driver.hear(candidate(pupil, 2))
        driver._process.wait(10)
        driver.hear(candidate(pupil, 2))  # he has stopped: nothing happens
        driver.stop()
    again = heard_in(out.read_text(encoding="utf-8"))
    assert (again.apex_m, again.cause) == (heard.apex_m, heard.cause)
    assert repr(again.figures) == repr(heard.figures)  # with its NaN


def test_he_drives_on_as_he_was_told(pupil: Pupil, tmp_path: Path) -> None:
    said = tmp_path / "said.txt"
    with said.open("w", encoding="utf-8") as file, subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=file, text=True) as pipe:
        DemoDriver(pipe).hear(candidate(pupil, 2))
        DemoDriver(pipe).hear(candidate(pupil, 1))
        pipe.communicate()
    with LiveDrive(pupil.made, tmp_path / "live.bin") as live:
        live.step(1000)
        listen(pupil, live, io.StringIO(said.read_text(encoding="utf-8")))
        for number in (2, 1):  # the same, told to him in this process
            pupil = replace(pupil).following(heard_of(candidate(pupil, number)), 1120)
        assert [one.corner for one in pupil.plan.learned] == [2, 1]
        assert live.n_ticks == pupil.made.recording.n_ticks != demo_pupil(LAPS).made.recording.n_ticks
