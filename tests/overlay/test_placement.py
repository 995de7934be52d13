"""Where widgets stand: memory that survives another screen, snapping, never off the screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.placement import DEFAULT_PLACES, Monitor, Rect, apart, clamp, meant, place_of, resolve, snap

FULL_HD = Monitor("DP-1", Rect(0, 0, 1920, 1080))
TRIPLE = Monitor("DP-1", Rect(0, 0, 5760, 1080))
SECOND = Monitor("HDMI-2", Rect(1920, -200, 2560, 1440))


@given(st.integers(0, 1500), st.integers(-200, 800), st.integers(50, 600), st.integers(30, 400))
def test_place_survives_a_round_trip(x: int, y: int, width: int, height: int) -> None:
    rect = Rect(1920 + x, y, width, height)
    place = place_of(rect, SECOND.front, (300, 100), 1.3333)
    back = resolve(place, SECOND.front, (300, 100), 1.3333)
    assert (
        max(abs(a - b) for a, b in zip((rect.x, rect.y, rect.width, rect.height), (back.x, back.y, back.width, back.height), strict=True))
        <= 1
    )


@pytest.mark.parametrize("monitor", [FULL_HD, TRIPLE, SECOND, Monitor("small", Rect(0, 0, 1280, 720))])
def test_default_places_are_on_screen_and_do_not_overlap(monitor: Monitor) -> None:
    from PySide6.QtWidgets import QApplication  # noqa: F401  the widgets' sizes need Qt's types

    from overlay.look import Look, screen_scale
    from overlay.widgets import PANELS

    look = Look(screen_scale(monitor.front.width, monitor.front.height))
    rects = []
    for panel in PANELS:
        size = panel.natural_size(look)
        rects.append(resolve(DEFAULT_PLACES[panel.name], monitor.front, (size.width(), size.height()), look.scale))
    assert all(monitor.front.contains(rect) for rect in rects)
    for i, a in enumerate(rects):
        for b in rects[i + 1 :]:
            assert a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y


def test_widgets_stand_on_the_middle_screen_of_a_triple() -> None:
    assert TRIPLE.front == Rect(1920, 0, 1920, 1080)
    assert SECOND.front == SECOND.area


def test_widget_at_the_right_edge_stays_there_on_a_larger_screen() -> None:
    place = place_of(Rect(1600, 24, 300, 220), FULL_HD.front, (300, 220), 1.0)
    larger = resolve(place, Rect(0, 0, 2560, 1440), (400, 293), 1440 / 1080)
    assert 2560 - larger.right == round(20 * 1440 / 1080)


def test_rect_of_a_lost_monitor_is_moved_onto_this_one() -> None:
    assert clamp(Rect(4000, -300, 300, 200), FULL_HD.area) == Rect(1620, 0, 300, 200)
    assert clamp(Rect(0, 0, 5000, 200), FULL_HD.area) == Rect(0, 0, 1920, 200)


def test_snapping_takes_edges_middles_and_neighbours_and_nothing_far() -> None:
    bounds, neighbour = FULL_HD.area, Rect(500, 300, 200, 100)
    assert snap(Rect(7, 500, 300, 80), bounds, [], 12).x == 0
    assert snap(Rect(1615, 500, 300, 80), bounds, [], 12).right == 1920
    assert snap(Rect(815, 500, 300, 80), bounds, [], 12).x == 810
    assert snap(Rect(708, 205, 300, 90), bounds, [neighbour], 12) == Rect(700, 210, 300, 90)
    assert snap(Rect(100, 700, 300, 80), bounds, [neighbour], 12) == Rect(100, 700, 300, 80)


def test_monitor_key_tells_name_and_geometry() -> None:
    assert SECOND.key == "HDMI-2 2560x1440+1920+-200"


@given(st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 900), st.integers(40, 400), st.integers(40, 180)), min_size=1, max_size=5))
def test_widgets_keep_off_each_other_where_there_is_room(drawn: list[tuple[int, int, int, int]]) -> None:
    put: list[Rect] = []
    for one in drawn:
        rect = clamp(Rect(*one), FULL_HD.area)
        moved = apart(rect, put, FULL_HD.area, 8)
        assert FULL_HD.area.contains(moved)
        assert (moved.width, moved.height) == (rect.width, rect.height)
        if not any(rect.covers(other) for other in put):
            assert moved == rect
        if len(put) <= 2:  # room for a third there always is
            assert not any(moved.covers(other) for other in put)
        put.append(moved)


def test_without_room_a_widget_stays_where_it_is() -> None:
    rect = Rect(10, 10, 1900, 1000)
    assert apart(rect, [Rect(0, 0, 1920, 1080)], FULL_HD.area, 8) == rect


LEFT, RIGHT = Monitor("DELL U2720Q", Rect(0, 0, 2560, 1440)), Monitor("DELL U2720Q", Rect(2560, 0, 2560, 1440))


@pytest.mark.parametrize("monitor", [LEFT, RIGHT, SECOND])
def test_two_screens_of_one_name_are_told_apart(monitor: Monitor) -> None:
    assert meant(monitor.key, (LEFT, RIGHT, SECOND)) is monitor


def test_a_screen_is_found_by_its_name_alone_and_when_it_stands_elsewhere_now() -> None:
    assert meant("HDMI-2", (LEFT, SECOND)) is SECOND
    assert meant("DELL U2720Q", (SECOND, RIGHT)) is RIGHT
    assert meant("HDMI-2 1920x1080+0+0", (LEFT, SECOND)) is SECOND
    assert meant("DELL U2720Q", (Monitor("DELL", Rect(0, 0, 800, 600)), RIGHT)) is RIGHT


@pytest.mark.parametrize("text", ["", "DP-3", "DP-3 1920x1080+0+0", "DELL"])
def test_a_screen_that_is_not_there_is_none(text: str) -> None:
    assert meant(text, (LEFT, SECOND, Monitor("", Rect(0, 0, 800, 600)))) is None
