"""The other sub-commands, as a user calls them."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from coach.cli.main import main
from coach.cli.replay import line_of
from coach.demo import DemoTruth
from coach.events import Event, EventKind
from coach.telemetry.sources import open_recording
from tests.recordings import RECORDINGS, needs_recordings


def test_replay_calls_corners_by_their_names() -> None:
    """Our fifth corner may be the circuit's sixth: "Turn 5" would send the reader to another one."""
    event = Event(EventKind.CORNER, 60.0, lap=3, station_m=1772.0, corner=5, time_lost_s=0.12)
    assert line_of(event, {5: "West Bend"}).endswith("West Bend lost +0.120 s")


def test_replay_says_what_is_gained_and_what_is_lost() -> None:
    """Both are told with a plus: a corner's loss, and what following a cue may bring."""
    cue = Event(EventKind.CUE, 60.0, lap=3, station_m=5.0, state="planned", gain_s=0.28, interval_s=(0.05, 0.51), n=5)
    assert line_of(cue, {}).endswith("gain +0.28 s [0.05, 0.51] n 5")
    call = Event(EventKind.CUE, 60.0, lap=3, station_m=5.0, state="planned", time_lost_s=-0.1, interval_s=(-0.2, -0.05), n=4)
    assert line_of(call, {}).endswith("lost -0.10 s [-0.20, -0.05] n 4")


def test_replay_pads_no_line() -> None:
    for event in (Event(EventKind.JUMP, 60.0), Event(EventKind.STATUS, 60.0, state="coaching"), Event(EventKind.DETECTION, 60.0, corner=2)):
        assert not line_of(event, {}).endswith(" ")


def test_replay_says_nothing_of_a_place_it_does_not_know() -> None:
    line = line_of(Event(EventKind.STATUS, 60.0, lap=3, station_m=math.nan, state="silent"), {})
    assert "nan" not in line
    assert line.index("status") == line_of(Event(EventKind.STATUS, 60.0, lap=3, station_m=5.0, state="silent"), {}).index("status")


def test_laps_lists_the_demo(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    assert main(["laps", str(demo[0]), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema"] == 1
    assert answer["simulated"] is True
    clean = [lap for lap in answer["laps"] if lap["clean"]]
    assert len(clean) == 7
    assert all(abs(lap["lap_time_s"] - lap["official_lap_time_s"]) < 0.005 for lap in clean)


@needs_recordings
def test_laps_names_no_driver(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["laps", str(RECORDINGS / "amg_gt4_sebring_partial.ibt"), "--json"]) == 0
    assert "UserName" not in capsys.readouterr().out


@needs_recordings
def test_measured_lap_times_match_the_official_ones(capsys: pytest.CaptureFixture[str]) -> None:
    seen = 0
    for path in sorted(RECORDINGS.glob("*.ibt")) + sorted(RECORDINGS.glob("*.csv.gz")) + sorted(RECORDINGS.glob("*.jsonl")):
        assert main(["laps", str(path), "--json"]) == 0
        for lap in json.loads(capsys.readouterr().out)["laps"]:
            if lap["lap_time_s"] and lap["official_lap_time_s"]:
                assert lap["lap_time_s"] == pytest.approx(lap["official_lap_time_s"], abs=0.005), (path.name, lap["number"])
                seen += 1
    assert seen >= 28


def test_convert_to_lap_files_gives_the_same_laps_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, demo: tuple[Path, DemoTruth]
) -> None:
    assert main(["convert", str(demo[0]), "--to", "lap-file", "--lap", "3", "--out", str(tmp_path)]) == 0
    written = Path(capsys.readouterr().out.strip())
    assert open_recording(written).session.simulated
    main(["laps", str(demo[0]), "--json"])
    before = next(lap for lap in json.loads(capsys.readouterr().out)["laps"] if lap["number"] == 3)
    main(["laps", str(written), "--json"])
    after = next(lap for lap in json.loads(capsys.readouterr().out)["laps"] if lap["number"] == 3)
    assert after["lap_time_s"] == pytest.approx(before["lap_time_s"], abs=0.0005)
    assert after["clean"]


@pytest.mark.parametrize("form", ["csv", "motec-csv"])
def test_convert_to_tables(capsys: pytest.CaptureFixture[str], tmp_path: Path, demo: tuple[Path, DemoTruth], form: str) -> None:
    out = tmp_path / "table.csv"
    assert main(["convert", str(demo[0]), "--to", form, "--lap", "2", "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) > 1000


@pytest.mark.parametrize(("form", "written"), [("lap-file", "-lap2.parquet"), ("csv", "-lap2.out.csv"), ("motec-csv", "-lap2.motec.csv")])
def test_convert_writes_into_the_current_folder_and_leaves_the_recordings_alone(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    demo: tuple[Path, DemoTruth],
    form: str,
    written: str,
) -> None:
    recordings, here = tmp_path / "recordings", tmp_path / "here"
    recordings.mkdir()
    here.mkdir()
    (recordings / "session.ibt").write_bytes(demo[0].read_bytes())
    monkeypatch.chdir(here)
    assert main(["convert", "../recordings/session.ibt", "--to", form, "--lap", "2"]) == 0
    assert [path.name for path in here.iterdir()] == [f"session{written}"]
    assert [path.name for path in recordings.iterdir()] == ["session.ibt"]
    assert capsys.readouterr().out.strip() == f"session{written}"


def test_track_map_improves_with_laps(capsys: pytest.CaptureFixture[str], tmp_path: Path, demo: tuple[Path, DemoTruth]) -> None:
    out = tmp_path / "track.json"
    for version in (1, 2):
        assert main(["track", str(demo[0]), "--out", str(out), "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["version"] == version
    assert answer["lap_count"] == 14
    assert len(answer["corners"]) >= len(demo[1].apex_m) - 1
    assert main(["compare", str(demo[0]), "--lap", "5", "--map", str(out)]) == 0


def test_demo_says_where_the_report_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["demo", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert str(tmp_path / "report.html") in told
    assert (tmp_path / "report.html").stat().st_size > 100_000


def test_listing_laps_loads_no_heavy_library(demo: tuple[Path, DemoTruth]) -> None:
    code = (
        "import sys; from coach.cli.main import main; main(['laps', sys.argv[1], '--json']);"
        "print([name for name in ('numba', 'pyarrow', 'matplotlib', 'jinja2', 'irsdk') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(demo[0])], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
