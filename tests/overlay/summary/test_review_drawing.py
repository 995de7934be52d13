"""The review's charts in the HTML file show the laps' own figures."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from overlay.summary.html import render
from overlay.summary.model import Review
from overlay.summary.review_drawing import HEIGHT, WIDTH, Drawing, Line, review_drawing
from tests.overlay.summary.sample import summary

REVIEW = summary().review
assert REVIEW is not None


def points(line: Line) -> np.ndarray:
    return np.array([[float(part) for part in point.split(",")] for point in line.points.split()])


def value_at(drawing: Drawing, y: float, per_text: float = 1.0) -> float:
    """What a height in a drawing stands for, by its own ticks."""
    tops = [tick.top for tick in drawing.ticks]
    values = [float(tick.text.replace("−", "-").rstrip("%")) * per_text for tick in drawing.ticks]
    slope, start = np.polyfit(tops, values, 1)
    return float(start + slope * y * 100.0 / HEIGHT)


def test_lines_stand_where_the_ticks_say() -> None:
    delta, speed, pedals = review_drawing(REVIEW).drawings
    own, station = points(speed.lines[1]), REVIEW.station_m
    for share in (0.1, 0.37, 0.8):
        k = int(np.argmin(np.abs(own[:, 0] - share * WIDTH)))
        wanted = np.interp(station[0] + own[k, 0] / WIDTH * (station[-1] - station[0]), station, 3.6 * REVIEW.speed_mps)
        assert value_at(speed, own[k, 1]) == pytest.approx(wanted, abs=1.0)
    assert value_at(pedals, points(pedals.lines[2])[:, 1].min(), 0.01) == pytest.approx(REVIEW.throttle_frac.max(), abs=0.02)
    last = points([line for line in delta.lines if not line.is_area][-1])[-1]
    lines_end = max((points(line)[-1] for line in delta.lines[1:] if not line.is_area), key=lambda end: end[0])
    assert last[0] <= lines_end[0] == WIDTH
    assert value_at(delta, lines_end[1]) == pytest.approx(REVIEW.delta_s[-1], abs=0.01)


def test_what_is_lost_and_what_is_gained_cover_the_lap_once() -> None:
    delta = review_drawing(REVIEW).drawings[0]
    drawn = sorted((points(line)[0, 0], points(line)[-1, 0], line.colour) for line in delta.lines[1:] if not line.is_area)
    assert drawn[0][0] == 0.0
    assert all(one[1] == after[0] and one[2] != after[2] for one, after in pairwise(drawn))
    assert drawn[-1][1] == WIDTH


@pytest.mark.parametrize("delta_s", [0.0, 1e-3, 7.0, 90.0])
def test_any_delta_has_a_few_ticks(delta_s: float) -> None:
    drawing = review_drawing(replace(REVIEW, delta_s=np.linspace(0.0, delta_s, REVIEW.station_m.size))).drawings[0]
    assert 1 <= len(drawing.ticks) <= 5
    assert all(0.0 <= tick.top <= 100.0 for tick in drawing.ticks)


def test_numbers_of_corners_do_not_run_into_each_other() -> None:
    many = replace(REVIEW, corners=tuple((str(k), 20.0 * k) for k in range(1, 60)))
    left = [place for _, place in review_drawing(many).corners]
    assert min(np.diff(left)) >= 4.0
    assert [number for number, _ in review_drawing(REVIEW).corners] == [number for number, _ in REVIEW.corners]


@pytest.mark.parametrize(("unit", "per_mps"), [("km/h", 3.6), ("mph", 2.2369)])
def test_speeds_are_in_the_drivers_unit(unit: str, per_mps: float) -> None:
    speed = review_drawing(REVIEW, unit).drawings[1]
    assert speed.name == f"Speed, {unit}"
    assert value_at(speed, points(speed.lines[1])[:, 1].min()) == pytest.approx(per_mps * REVIEW.speed_mps.max(), abs=1.0)
    assert f"Speed, {unit}" in render(summary(), unit)


def test_a_session_without_a_review_has_none_in_its_file() -> None:
    assert "<polyline" in render(replace(summary(), laps=()))
    assert "<polyline" not in render(replace(summary(), laps=(), review=None))


def test_what_a_lap_does_not_tell_is_a_gap_and_a_chart_of_nothing_is_left_out() -> None:
    gap = REVIEW.speed_mps.copy()
    gap[100:140] = np.nan
    drawn = review_drawing(replace(REVIEW, speed_mps=gap, delta_s=gap, throttle_frac=gap))
    assert len(drawn.drawings) == 3
    assert "nan" not in repr(drawn)
    speed = next(drawing for drawing in drawn.drawings if drawing.name.startswith("Speed"))
    before, after = (points(line) for line in speed.lines if line.colour == "text")
    assert after[0, 0] - before[-1, 0] > 0.9 * 40 / REVIEW.station_m.size * WIDTH
    nothing = np.full_like(gap, np.nan)
    without = replace(REVIEW, speed_mps=nothing, reference_speed_mps=nothing, delta_s=nothing)
    assert [drawing.name for drawing in review_drawing(without).drawings] == ["Throttle and brake, %"]
    assert ",nan" not in render(replace(summary(), review=without))


def test_a_review_of_one_station_draws_nothing() -> None:
    one = np.zeros(1)
    assert review_drawing(Review("x", one, one, one, one, one, one, one, one, (("1", 0.0),))).drawings == ()


def test_a_review_of_two_stations_is_drawn() -> None:
    two, ones = np.array([0.0, 100.0]), np.ones(2)
    drawn = review_drawing(Review("x", two, 0.0 * two, 50.0 * ones, 50.0 * ones, ones, 0.0 * ones, ones, 0.0 * ones))
    assert [len(drawing.lines) > 0 for drawing in drawn.drawings] == [True] * 3
