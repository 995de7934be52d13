"""`racing-coach compare`, through its JSON contract."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coach.cli.compare import _cause
from coach.cli.main import main
from coach.compare.cause import Cause, CauseShare
from coach.demo import DemoTruth
from coach.report.page import cause_text
from tests.coach.cues.made import seen_corner
from tests.othersim_sets import ibt_path, set_names
from tests.recordings import RECORDINGS, needs_othersim, needs_recordings

MONZA = RECORDINGS / "monza_296_challenge"


def compare(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert main(["compare", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_losses_of_one_lap_sum_to_its_delta(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    answer = compare(capsys, demo[0], "--lap", "5")
    assert sum(corner["time_lost_s"] for corner in answer["corners"]) == pytest.approx(answer["delta_s"], abs=0.002)
    assert answer["lap"]["lap_time_s"] - answer["reference"]["lap_time_s"] == pytest.approx(answer["delta_s"], abs=0.001)


def test_windows_cover_the_lap_without_a_gap(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    answer = compare(capsys, demo[0], "--lap", "5")
    starts, ends = ([corner[key] for corner in answer["corners"]] for key in ("start_m", "end_m"))
    assert starts[0] == 0.0
    assert ends[:-1] == pytest.approx(starts[1:], abs=0.01)
    assert ends[-1] == pytest.approx(answer["track"]["length_m"], abs=0.01)


def test_planted_mistakes_of_the_demo_are_found_where_they_are(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    path, truth = demo
    large = [mistake for mistake in truth.mistakes if mistake.time_lost_s > 0.15]
    found = 0
    for mistake in large:
        answer = compare(capsys, path, "--lap", str(mistake.lap))
        apex = truth.apex_m[mistake.corner - 1]
        corner = next(corner for corner in answer["corners"] if corner["start_m"] <= apex <= corner["end_m"])
        assert corner["time_lost_s"] > 0.4 * mistake.time_lost_s  # the reference lap has its own scatter, and speed is carried on
        named = [cause["cause"] for cause in corner["causes"]][:2]
        found += mistake.cause.value in named
        if corner["confident"]:
            assert named[0] == mistake.cause.value, f"sure and wrong: {mistake}"
    assert found >= 0.85 * len(large)


def test_small_losses_get_no_cause(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    answer = compare(capsys, demo[0], "--lap", "5")
    assert all(not corner["causes"] for corner in answer["corners"] if corner["time_lost_s"] < 0.05)


def test_causes_come_from_the_vocabulary_and_are_sorted(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    answer = compare(capsys, demo[0], "--lap", "6")
    for corner in answer["corners"]:
        lost = [cause["time_lost_s"] for cause in corner["causes"]]
        assert lost == sorted(lost, reverse=True)
        assert all(Cause(cause["cause"]) for cause in corner["causes"])


def test_default_reference_is_the_best_clean_lap_and_own(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    answer = compare(capsys, demo[0])
    assert answer["reference"]["kind"] == "own"
    assert answer["reference"]["number"] not in answer["laps"]
    assert len(answer["laps"]) == 6
    assert not any(corner["confident"] for corner in answer["corners"])  # own laps show no habits


def test_lap_against_itself_loses_nothing(capsys: pytest.CaptureFixture[str], demo: tuple[Path, DemoTruth]) -> None:
    answer = compare(capsys, demo[0], "--lap", "2", "--reference", f"{demo[0]}#2")
    assert answer["delta_s"] == 0.0
    assert all(corner["time_lost_s"] == 0.0 and not corner["causes"] for corner in answer["corners"])


@needs_recordings
def test_single_lap_gets_the_potential_lap(capsys: pytest.CaptureFixture[str]) -> None:
    answer = compare(capsys, RECORDINGS / "formula_vee_tsukuba_1k.ibt")
    assert answer["reference"]["kind"] == "potential"
    assert answer["reference"]["lap_time_s"] < answer["lap"]["lap_time_s"]
    assert not any(corner["confident"] for corner in answer["corners"])  # nobody has driven it
    assert not {cause["cause"] for corner in answer["corners"] for cause in corner["causes"]} & {"line", "gear", "power", "grip"}


@needs_recordings
def test_several_references_vote(capsys: pytest.CaptureFixture[str]) -> None:
    references = [part for number in ("01", "02", "03") for part in ("--reference", MONZA / f"driver_{number}.csv.gz")]
    answer = compare(capsys, MONZA / "driver_10.csv.gz", *references)
    assert answer["reference"]["kind"] == "external"
    assert len(answer["reference"]["others"]) == 2
    assert sum(corner["time_lost_s"] for corner in answer["corners"]) == pytest.approx(answer["delta_s"], abs=0.002)


@needs_recordings
def test_recording_without_yaw_is_compared_without_line(capsys: pytest.CaptureFixture[str]) -> None:
    answer = compare(capsys, RECORDINGS / "mx5_okayama_short_driver_a.csv.gz", "--lap", "9")
    assert sum(corner["time_lost_s"] for corner in answer["corners"]) == pytest.approx(answer["delta_s"], abs=0.002)
    assert len(answer["corners"]) >= 6


@needs_othersim
@pytest.mark.parametrize("set_name", set_names())
def test_slow_and_untidy_drivers_are_compared(capsys: pytest.CaptureFixture[str], set_name: str) -> None:
    # 110 % of the pace: in linked corners the throttle is let go long before the window begins.
    answer = compare(capsys, ibt_path(set_name, "human_110.npz"), "--reference", ibt_path(set_name, "base.npz"))
    assert answer["delta_s"] > 3.0
    assert len(answer["laps"]) >= 4


@pytest.mark.parametrize(("cause", "agree"), [(Cause.UNEXPLAINED, False), (Cause.POWER, False), (Cause.LIFT, False), (Cause.LIFT, True)])
def test_a_corner_has_the_cause_that_the_report_names(cause: Cause, agree: bool) -> None:
    """What is not the driver's is named alone: a second cause beside it would blame him all the same."""
    corner = seen_corner(1, cause, agree=agree)
    corner = replace(corner, verdict=replace(corner.verdict, causes=(*corner.verdict.causes, CauseShare(Cause.LINE, 0.01))))
    told, report = _cause(corner, {}), cause_text(corner, {})
    assert (" or " in told) == (" or " in report)
    assert told.startswith(report.split("?")[0])
