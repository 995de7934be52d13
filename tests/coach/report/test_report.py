"""The report: what it shows agrees with what was compared, and it stands alone."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from coach.cli.analyze import analyze, report_folders
from coach.compare.cause import CARRIED, Cause, CauseShare, Phase
from coach.compare.comparison import ReferenceKind
from coach.demo import DemoTruth
from coach.detect.detection import DetectionKind
from coach.laps.time_scatter import time_scatter_s
from coach.report.analysis import Analysis
from coach.report.page import page_of, render, topics, worst_corners
from coach.report.pictures import pictures
from coach.report.write import write_report
from tests.recordings import RECORDINGS, needs_recordings


@pytest.fixture(scope="module")
def analysis(demo: tuple[Path, DemoTruth]) -> Analysis:
    return analyze(demo[0], None, [], None)


@pytest.fixture(scope="module")
def page(analysis: Analysis) -> str:
    return render(analysis)


def test_page_loads_nothing_from_elsewhere(page: str) -> None:
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert "http" not in re.sub(r"/\*!.*?\*/", "", page.split("<body>")[1].split("<script", maxsplit=1)[0])


def test_chart_data_covers_the_lap_and_ends_with_its_delta(analysis: Analysis, page: str) -> None:
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1].replace("<\\/", "</"))
    assert len(data["laps"]) == 6
    shown = analysis.comparison.lap.lap.number
    single = next(single for single in analysis.singles if single.lap.lap.number == shown)
    assert data["laps"][0]["delta_s"][-1] == pytest.approx(single.delta_s, abs=0.02)
    assert all(len(column) == len(data["station_m"]) for column in (data["laps"][0]["speed"], data["reference"]["brake"], data["map_x"]))


def test_every_corner_and_every_lap_is_listed(analysis: Analysis) -> None:
    page = page_of(analysis)
    assert [row["number"] for row in page["corners"]] == [corner.number for corner in analysis.comparison.corners]
    assert len(page["laps"]) == len(analysis.drive.laps)


def test_charts_and_map_show_the_official_number(analysis: Analysis) -> None:
    track = analysis.study.track
    official = replace(track, corners=(replace(track.corners[0], turn_number="10A"), *track.corners[1:]))
    study = replace(analysis, study=replace(analysis.study, track=official))
    page = page_of(study)
    assert page["map"].corners[0].turn_number == "10A"
    assert json.loads(page["data"])["corners"][0]["turn_number"] == "10A"


def test_simulated_recording_says_so(page: str) -> None:
    assert "simulated, not driven" in page


def test_at_most_three_topics(analysis: Analysis) -> None:
    assert len(page_of(analysis)["topics"]) <= 3
    assert len(topics(analysis.comparison)) <= 3
    assert len(worst_corners(analysis.comparison)) <= 3


def test_cards_are_of_listed_moments_that_stand_clear_of_zero(analysis: Analysis) -> None:
    page = page_of(analysis)
    listed = {(f"{row['corner']}, lap {row['lap']}", row["loss"][1:5]) for row in page["moments"]}
    assert {(card["corner"], card["loss"][:4]) for card in page["topics"]} <= listed
    assert not [card["basis"] for card in page["topics"] if ", 0.00 to" in card["basis"]]


def test_lap_time_scatter_is_that_of_the_session_summary(analysis: Analysis) -> None:
    (tile,) = (tile for tile in page_of(analysis)["tiles"] if tile["label"] == "Lap time ±")
    assert tile["value"] == f"{time_scatter_s([lap.lap_time_s for lap in analysis.drive.clean]):.2f} s"


def test_time_of_the_reference_stands_once_on_its_tile(analysis: Analysis) -> None:
    (tile,) = (tile for tile in page_of(analysis)["tiles"] if tile["label"] == "Reference")
    assert tile["value"] not in tile["note"]
    assert page_of(analysis)["reference_label"].startswith(f"{tile['note']}, {tile['value']}")


def test_inconsistency_is_no_event_of_some_seconds(analysis: Analysis) -> None:
    assert any(found.kind is DetectionKind.INCONSISTENCY for _, found in analysis.detections)
    assert "inconsistency" not in {row["what"] for row in page_of(analysis)["detections"]}


def test_driver_reads_no_identifiers(page: str) -> None:
    shown = page.split("<body>")[1].split("<script", maxsplit=1)[0]
    assert "could as well be nothing" in shown
    assert [cause.value for cause in Cause if "_" in cause.value and cause.value in shown] == []


def test_no_card_where_the_interval_reads_as_zero(analysis: Analysis) -> None:
    corner = next(c for c in analysis.comparison.corners if c.interval_s[0] > 0.0 and c.verdict.causes)
    for low, expected in ((0.004, 0), (0.006, 1)):
        one = replace(analysis.comparison, corners=(replace(corner, interval_s=(low, 0.2)),))
        assert len(topics(one)) == expected


def test_a_cause_done_in_another_corner_is_told_with_that_corner(analysis: Analysis) -> None:
    corner = next(c for c in analysis.comparison.corners if c.interval_s[0] > 0.0 and c.verdict.causes)
    here = CauseShare(Cause.THROTTLE_SOFT, 0.08)
    there = CauseShare(Cause.THROTTLE_SOFT, 0.1, {CARRIED: 1.0})
    verdict = replace(corner.verdict, causes=(there, here), confident=False, phase=Phase.EXIT)
    first = next(c for c in analysis.comparison.corners if c.number == 1)
    one = replace(corner, verdict=verdict, differences={"full_throttle_later_m": 9.0})
    comparison = replace(analysis.comparison, corners=(first, one), kind=ReferenceKind.EXTERNAL)
    page = page_of(replace(analysis, comparison=comparison))
    row = page["corners"][1]
    assert row["cause"] == f"slow on the throttle here or at {first.name}? (lost on the way out)"
    assert row["why"][:2] == [f"slow on the throttle at {first.name}: +0.100 s", "slow on the throttle: +0.080 s"]
    (card,) = (card for card in page["topics"] if card["corner"] == one.name)
    assert card["sentence"] == f"At {first.name}: You open the throttle more slowly."
    assert card["evidence"] == "Or: You are at full throttle 9 m later."


def test_text_from_outside_is_escaped(analysis: Analysis, demo: tuple[Path, DemoTruth], tmp_path: Path) -> None:
    path = tmp_path / "<img src=x onerror=alert(1)>.ibt"
    path.write_bytes(demo[0].read_bytes())
    assert "<img src=x" not in render(analyze(path, None, [], None))


def test_files_are_written_whole(analysis: Analysis, tmp_path: Path) -> None:
    paths = write_report(analysis, tmp_path / "deep" / "folder")
    assert {path.name for path in paths} == {"report.html", "map.png", "lap.png"}
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in paths if path.suffix == ".png")
    assert {path.name for path in (tmp_path / "deep" / "folder").iterdir()} == {path.name for path in paths}


def test_several_files_get_a_folder_each() -> None:
    files = [Path("a/one.ibt"), Path("b/one.ibt"), Path("two.csv.gz")]
    assert report_folders(files, Path("out")) == [Path("out/one"), Path("out/one-2"), Path("out/two")]


@needs_recordings
def test_recording_without_a_complete_lap_still_gets_a_page() -> None:
    analysis = analyze(RECORDINGS / "amg_gt4_spielberg_partial.ibt", None, [], None)
    assert "no complete lap" in render(analysis)
    assert pictures(analysis) == {}


@needs_recordings
@pytest.mark.parametrize(
    "name", ["formula_vee_tsukuba_1k.ibt", "mx5_okayama_short_driver_b.csv.gz", "garage61_road_atlanta_lap.csv", "summit_point_10hz.jsonl"]
)
def test_every_kind_of_recording_gets_a_page(name: str) -> None:
    assert "Where the time went" in render(analyze(RECORDINGS / name, None, [], None))
