"""Whatever is given: one sentence on stderr, exit code 2, no traceback, nothing half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from coach.cli.main import COMMANDS, main
from coach.demo import DemoTruth
from tests.recordings import RECORDINGS, needs_recordings


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The sentence with which a command refuses."""
    assert main([str(argument) for argument in arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    assert told.err.startswith("racing-coach: ")
    assert told.err.count("\n") == 1, told.err
    return told.err


@pytest.fixture(params=["laps", "compare", "analyze", "track"])
def command(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_missing_file(capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str) -> None:
    assert "nowhere.ibt" in refused(capsys, command, tmp_path / "nowhere.ibt")


def test_empty_file(capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str) -> None:
    path = tmp_path / "empty.ibt"
    path.touch()
    assert "empty" in refused(capsys, command, path)


def test_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str) -> None:
    assert "folder" in refused(capsys, command, tmp_path)


def test_no_telemetry_names_the_known_formats(capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear driver,\n\nbrake later.\n")
    assert ".ibt" in refused(capsys, command, path)


def test_truncated_recording(capsys: pytest.CaptureFixture[str], tmp_path: Path, demo: tuple[Path, DemoTruth], command: str) -> None:
    path = tmp_path / "cut.ibt"
    path.write_bytes(demo[0].read_bytes()[:5000])
    assert "cut.ibt" in refused(capsys, command, path)


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may read everything; Windows has no such modes")
def test_unreadable_file(capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str) -> None:
    path = tmp_path / "secret.ibt"
    path.write_bytes(b"x")
    path.chmod(0)
    assert "secret.ibt" in refused(capsys, command, path)


@needs_recordings
def test_no_complete_lap_says_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no complete lap" in refused(capsys, "compare", RECORDINGS / "amg_gt4_spielberg_partial.ibt")


def test_lap_that_is_not_there_lists_those_that_are(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    told = refused(capsys, "compare", demo[0], "--lap", "77")
    assert "77" in told
    assert "1, 2, 3" in told


def test_reference_lap_that_is_not_there(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    assert "99" in refused(capsys, "compare", demo[0], "--reference", f"{demo[0]}#99")


def test_reference_number_that_is_no_number(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    assert "lap number" in refused(capsys, "compare", demo[0], "--reference", f"{demo[0]}#fast")


def test_replay_against_a_given_lap_needs_one(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    assert "--reference" in refused(capsys, "replay", demo[0], "--rule", "given")


@pytest.mark.parametrize("rule", ["own best", "potential"])
def test_replay_by_a_rule_of_his_own_takes_no_given_lap(
    capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth], rule: str
) -> None:
    assert f"--rule {rule}" in refused(capsys, "replay", demo[0], "--rule", rule, "--reference", demo[0])


@pytest.mark.parametrize("setting", ["=5", "gap_s", "gap_s=", "gap_s=soon"])
def test_a_setting_that_is_no_name_and_number(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth], setting: str) -> None:
    assert f"--set {setting}: NAME=VALUE" in refused(capsys, "replay", demo[0], "--set", setting)


@needs_recordings
def test_two_cars_are_not_compared(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    told = refused(capsys, "compare", demo[0], "--reference", RECORDINGS / "formula_vee_tsukuba_1k.ibt")
    assert "formula_vee_tsukuba_1k.ibt" in told


def test_map_that_is_no_map(capsys: pytest.CaptureFixture[str], tmp_path: Path, demo: tuple[Path, DemoTruth]) -> None:
    path = tmp_path / "map.json"
    path.write_text("{}")
    assert "map.json" in refused(capsys, "compare", demo[0], "--map", path)


def test_report_folder_that_is_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path, demo: tuple[Path, DemoTruth]) -> None:
    path = tmp_path / "report"
    path.write_text("here first")
    assert "report" in refused(capsys, "analyze", demo[0], "--out", path)
    assert path.read_text() == "here first"


def _no_files_beyond(size: int) -> None:
    import resource  # POSIX only

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write then fails as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
@pytest.mark.parametrize("arguments", [["analyze"], ["convert", "--to", "csv"], ["track"]])
def test_full_disk_leaves_nothing_behind(tmp_path: Path, demo: tuple[Path, DemoTruth], arguments: list[str]) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "coach.cli.main", *arguments, str(demo[0]), "--out", str(out)]
    environment = {**os.environ, "NUMBA_DISABLE_CACHING": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, preexec_fn=lambda: _no_files_beyond(20_000), capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in left if path.name.startswith(".") or path.suffix == ".tmp"]
    assert not (out / "report.html").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["demo"],
        ["exam"],
        ["simulate", "--circuit", "lime-rock", "--car", "mx5", "--out", "a.ibt"],
        ["overlay", "--demo", "--headless"],
        ["overlay", "--demo"],
    ],
    ids=lambda words: " ".join(words[:3]),
)
def test_a_seed_below_0_is_refused_everywhere(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "--seed -5: a seed is 0 or more." in refused(capsys, *words, "--seed", "-5")
    assert not list(tmp_path.iterdir())


def test_unknown_command_is_refused_with_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["fly"])
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in COMMANDS)
