"""`racing-coach simulate`, as a user calls it, and what the engine makes of its laps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import irsdk
import pytest

from coach.cli.main import main
from coach.sim.car import car_ids
from coach.sim.circuit import circuit_ids
from coach.sim.faults import CONDITION_KINDS, trouble_kinds
from coach.sim.plan import FAULT_KINDS
from coach.sim.skill import skill_ids
from coach.telemetry.sources import open_recording

DRIVE = ("--circuit", "lime-rock", "--car", "mx5")


def simulate(*arguments: str | Path) -> int:
    return main(["simulate", *map(str, arguments)])


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert simulate(*arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1, told.err
    return told.err


def test_list_shows_everything_that_can_be_asked_for(capsys):
    assert simulate("--list") == 0
    told = capsys.readouterr().out
    for name in (*circuit_ids(), *car_ids(), *skill_ids(), *FAULT_KINDS, *CONDITION_KINDS, *trouble_kinds()):
        assert f"  {name} " in told, name
    assert "T1 Big Bend" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--circuit", "limerock", "--car", "mx5"), "lime-rock"),
        (("--circuit", "lime-rock", "--car", "mx6"), "mx5"),
        ((*DRIVE, "--driver", "alien"), "novice"),
        ((*DRIVE, "--fault", "brake_early@T19:12m"), "T1 Big Bend"),
        ((*DRIVE, "--fault", "brake_erly@T1:12m"), "brake_early (m)"),
        ((*DRIVE, "--condition", "moon=1"), "track_temp (C)"),
        ((*DRIVE, "--event", "rain@L1:T1"), "traffic"),
        (("--car", "mx5"), "lime-rock"),
        (("--circuit", "lime-rock"), "mx5"),
        ((*DRIVE, "--laps", "0"), "1 to 200"),
        ((*DRIVE, "--seed", "-1"), "0 or more"),
        ((*DRIVE, "--scatter", "nan"), "0 to 10"),
        (("--circuit", "random-x", "--car", "mx5"), "lime-rock"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(capsys, tmp_path, arguments, told):
    assert told in refused(capsys, *arguments, "--out", tmp_path / "a.ibt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--out, --truth or --live-image"),
        (("--out", "a.csv"), ".ibt"),
        (("--out", "none/a.ibt"), "none"),
        (("--truth", "none/t.json"), "none"),
        (("--live-image", "a.bin", "--speed", "fast"), "follow"),
        (("--live-image", "a.bin", "--speed", "0"), "follow"),
    ],
)
def test_output_that_cannot_be_is_refused_before_driving(capsys, tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("coach.sim.order.Order.drive", lambda *_: pytest.fail("driven for nothing"))
    assert told in refused(capsys, *DRIVE, *arguments)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        assert simulate(*DRIVE, "--laps", 1, "--seed", seed, "--out", tmp_path / f"{name}.ibt") == 0
    assert (tmp_path / "a.ibt").read_bytes() == (tmp_path / "b.ibt").read_bytes()
    assert (tmp_path / "a.ibt").read_bytes() != (tmp_path / "c.ibt").read_bytes()


def test_lap_times_of_the_engine_are_those_of_the_physics(capsys, tmp_path):
    assert simulate(*DRIVE, "--laps", 2, "--out", tmp_path / "a.ibt", "--truth", tmp_path / "t.json") == 0
    capsys.readouterr()
    assert main(["laps", str(tmp_path / "a.ibt"), "--json"]) == 0
    found = {lap["number"]: lap for lap in json.loads(capsys.readouterr().out)["laps"] if lap["kind"] == "timed"}
    truth = json.loads((tmp_path / "t.json").read_text())
    assert set(found) == {1, 2}
    for lap in truth["laps"]:
        assert found[lap["number"]]["lap_time_s"] == pytest.approx(lap["lap_time_s"], abs=0.005)
        assert found[lap["number"]]["official_lap_time_s"] == pytest.approx(lap["lap_time_s"], abs=0.001)
        assert found[lap["number"]]["clean"]


def test_lap_files_are_marked_as_simulated(capsys, tmp_path):
    assert simulate(*DRIVE, "--laps", 2, "--out", tmp_path / "laps") == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines() if line.endswith(".parquet")]
    assert len(written) == 2
    assert all(open_recording(path).session.simulated for path in written)


def test_fault_that_cannot_be_driven_is_said_and_marked(capsys, tmp_path):
    arguments = (*DRIVE, "--laps", 2, "--fault", "brake_late@T3:90m@L2", "--out", tmp_path / "a.ibt")
    assert simulate(*arguments) == 0
    assert "T3: brake_late 90 m cannot be driven: " in capsys.readouterr().out
    assert simulate(*arguments, "--truth", tmp_path / "t.json") == 0
    assert "T3: brake_late 90 m cannot be driven: " in capsys.readouterr().out
    (fault,) = json.loads((tmp_path / "t.json").read_text())["faults"]
    assert fault["driveable"] is False
    assert fault["happened"]


def test_made_up_circuit_is_marked_as_such(tmp_path):
    assert simulate("--circuit", "random-3", "--car", "gt4", "--laps", 1, "--out", tmp_path / "a.ibt") == 0
    assert "(generated)" in open_recording(tmp_path / "a.ibt").session.track_id


def started(*arguments: str | Path, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "coach.cli.main", "simulate", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


WARMED_UP = """
import sys
from coach.cli.main import main
main(["simulate", "--circuit", "lime-rock", "--car", "mx5", "--laps", "1", "--live-image", sys.argv[1], "--speed", "1e9"])
print("warm", flush=True)  # from here on no signal falls into the loading of compiled code, which swallows it
sys.exit(main(["simulate", "--circuit", "lime-rock", "--car", "mx5", *sys.argv[2:]]))
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(("name", "after_s"), [("SIGINT", 0.5), ("SIGKILL", 0.5), ("SIGKILL", 2.0)])
def test_interrupted_run_leaves_no_half_file(tmp_path, name, after_s):
    out = tmp_path / "out"
    out.mkdir()
    arguments = ["--laps", "200", "--out", out / "a.ibt", "--truth", out / "t.json", "--fault", "lift@T1"]
    command = [sys.executable, "-c", WARMED_UP, tmp_path / "live.bin", *arguments]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.stdout.readline().strip() != "warm":
        assert process.poll() is None
    time.sleep(after_s)
    process.send_signal(getattr(signal, name))
    _, told = process.communicate(timeout=60)
    assert process.returncode == (130 if name == "SIGINT" else -signal.SIGKILL)
    assert list(out.iterdir()) == []
    assert "Traceback" not in told


def test_reader_in_another_process_follows_the_live_image_at_its_own_pace(tmp_path):
    image = tmp_path / "live.bin"
    process = started(*DRIVE, "--laps", 1, "--live-image", image, "--speed", "follow", stdin=subprocess.PIPE)

    def ask(ticks: str) -> str:
        process.stdin.write(ticks + "\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    line = process.stdout.readline()
    while line and not line.startswith("live image:"):
        line = process.stdout.readline()
    assert ask("60") == "60"
    sdk = irsdk.IRSDK()
    assert sdk.startup(test_file=str(image))
    first = sdk["SessionTime"]
    assert ask("60") == "120"
    sdk.freeze_var_buffer_latest()
    assert sdk["SessionTime"] == pytest.approx(first + 1.0, abs=0.02)
    assert sdk["RacingCoach"]["Simulated"] == 1
    assert ask("1000000") == "end"
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert sdk._header.status == 0
    sdk.shutdown()


def compared(capsys: pytest.CaptureFixture[str], path: Path, *lap: str) -> dict:
    capsys.readouterr()
    assert main(["compare", str(path), *lap, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("circuit", "car", "fault"),
    [
        ("lime-rock", "mx5", "brake_early@T3:20m"),
        ("lime-rock", "mx5", "slow_apex@T5:6%"),
        ("tsukuba", "gt4", "slow_apex@T7:6%"),
        ("tsukuba", "gt4", "lift@T7:40m"),
        ("okayama-short", "skip-barber", "slow_apex@T8:6%"),
        ("red-bull-ring", "gt3", "brake_early@T4:30m"),
    ],
)
@pytest.mark.parametrize(
    ("drive", "lap"),
    [
        (("--laps", "7"), ()),  # a driver with scatter who does it on five laps: what they have in common
        (("--laps", "4", "--scatter", "0"), ("--lap", "4")),  # one lap of one without
    ],
    ids=["several laps", "one lap"],
)
def test_engine_names_the_injected_cause_at_the_injected_corner(capsys, tmp_path, circuit, car, fault, drive, lap):
    recording, truth = tmp_path / "a.ibt", tmp_path / "t.json"
    assert simulate("--circuit", circuit, "--car", car, *drive, "--seed", 11, "--fault", fault, "--out", recording, "--truth", truth) == 0
    known = json.loads(truth.read_text())
    injected = known["faults"][-1]
    apex_m = next(corner["apex_m"] for corner in known["circuit"]["corners"] if corner["number"] == injected["corner"])

    worst = max(compared(capsys, recording, *lap)["corners"], key=lambda corner: corner["time_lost_s"])
    assert worst["start_m"] <= apex_m <= worst["end_m"]
    assert worst["causes"][0]["cause"] == injected["cause"]
    assert worst["time_lost_s"] == pytest.approx(injected["time_lost_s"], abs=0.5 * injected["time_lost_s"])


def test_clean_laps_of_a_drive_have_no_confident_cause(capsys, tmp_path):
    assert simulate(*DRIVE, "--laps", 4, "--seed", 11, "--out", tmp_path / "a.ibt") == 0
    assert not any(corner["confident"] for corner in compared(capsys, tmp_path / "a.ibt", "--lap", "3")["corners"])
