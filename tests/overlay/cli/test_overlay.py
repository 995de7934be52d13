from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coach.cli.main import main
from overlay.cli.overlay import print_written
from overlay.headless import Written


@pytest.mark.parametrize("words", [["--demo"], ["--demo", "--headless"]], ids=" ".join)
def test_a_demo_reads_no_other_memory(capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str]) -> None:
    assert main(["overlay", *words, "--image", str(tmp_path / "memory.bin")]) == 2
    assert "--image" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="X11 is Linux's")
def test_a_display_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    """Qt ends the process with SIGABRT there."""
    environment = {name: value for name, value in os.environ.items() if name not in {"WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    environment |= {"DISPLAY": ":987", "RACING_COACH_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "coach.cli.main", "overlay", "--image", str(tmp_path / "memory.bin")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "DISPLAY is :987" in done.stderr


def test_no_pictures_are_said_to_be_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    print_written(Written(tmp_path / "a", tmp_path / "b", tmp_path / "c", (), 0, 0, ()))
    assert "Pictures:        none\n" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--laps", "3"], ["--seed", "2"], ["--alone"]], ids=" ".join)
def test_what_is_for_the_demo_is_not_ignored_without_it(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(["overlay", *words]) == 2
    assert f"{words[0]} is for the demonstration: add --demo." in capsys.readouterr().err


def test_a_folder_for_files_is_for_where_there_is_no_screen(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["overlay", "--demo", "--out", str(tmp_path)]) == 2
    assert "--out is for --headless" in capsys.readouterr().err


def test_a_demo_without_a_reference_is_given_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["overlay", "--demo", "--headless", "--alone", "--reference", str(tmp_path / "lap.ibt")]) == 2
    assert "leave out --alone or --reference" in capsys.readouterr().err


def test_one_lap_and_one_cue_are_counted_as_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    print_written(Written(tmp_path / "a", tmp_path / "b", tmp_path / "c", (), 1, 1, ()))
    assert capsys.readouterr().out.startswith("Coached 1 lap, 1 cue spoken.\n")
