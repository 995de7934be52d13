"""The list of corners follows the car, whatever the track's length."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from coach.track.names import named_tracks
from overlay.look import Look, text_width
from overlay.state import CornerLoss, Progress
from overlay.widgets.corner_losses import LEAST_BAR_PX, CornerLosses, loss_text, span_s, total

TRACKS = {" ".join(track.match): track for track in named_tracks()}


@pytest.fixture
def shown(no_leftovers: QApplication) -> CornerLosses:
    """On the (offscreen) screen: a hidden widget does not hear of another size."""
    panel = CornerLosses(Look())
    panel.show()
    return panel


def lap(count: int, current: int) -> tuple[CornerLoss, ...]:
    def progress(k: int) -> Progress:
        return Progress.DONE if k < current else Progress.CURRENT if k == current else Progress.AHEAD

    return tuple(CornerLoss(str(k + 1), f"Turn {k + 1}", 0.01 if k < current else None, progress(k)) for k in range(count))


@settings(deadline=None, max_examples=60)
@given(count=st.integers(1, 80), share=st.floats(0, 1), height=st.integers(60, 700))
def test_current_corner_is_always_in_sight(qapp: QApplication, count: int, share: float, height: int) -> None:
    panel = CornerLosses(Look())
    panel.show()
    panel.resize(320, height)
    current = min(count - 1, int(share * count))
    seen = panel.visible(lap(count, current))
    assert len(seen) == min(count, panel.rows(lap(count, current)))
    assert any(corner.progress is Progress.CURRENT for corner in seen)
    numbers = [int(corner.turn_number) for corner in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(seen)))
    panel.close()


def test_between_corners_the_last_done_one_is_in_sight(qapp: QApplication) -> None:
    panel = CornerLosses(Look())
    corners = tuple(CornerLoss(str(k + 1), "", 0.1, Progress.DONE if k < 30 else Progress.AHEAD) for k in range(60))
    assert "30" in [corner.turn_number for corner in panel.visible(corners)]


@pytest.mark.parametrize(
    ("lost_s", "span"),
    [
        ((), (0.0, 0.3)),
        ((0.02, None), (0.0, 0.3)),  # small losses are not drawn large
        ((0.72, 0.32, None), (0.0, 0.72)),  # the dearest corner fills the column
        ((0.21, -0.09), (-0.09, 0.21)),
        ((-0.5,), (-0.5, 0.0)),
        ((-0.1,), (-0.1, 0.2)),
        ((19.0, -3.0, 0.4, float("nan")), (-1.2, 1.2)),  # the others stay readable beside a spin
    ],
)
def test_bars_of_a_lap_fill_their_column(lost_s: tuple[float | None, ...], span: tuple[float, float]) -> None:
    assert span_s(tuple(CornerLoss(str(k), "", lost) for k, lost in enumerate(lost_s))) == pytest.approx(span)


def test_total_is_of_the_corners_with_a_figure() -> None:
    assert total(()) is None
    assert total(lap(5, 0)) is None
    assert total(
        (CornerLoss("1", "", 0.25), CornerLoss("2", "", None), CornerLoss("3", "", float("nan")), CornerLoss("4", "", -0.05))
    ) == pytest.approx(0.2)


@pytest.mark.parametrize("scale", [0.75, 1.0, 1.5, 3.0])
@pytest.mark.parametrize("track", TRACKS)
def test_names_of_every_track_are_whole_at_every_size(shown: CornerLosses, track: str, scale: float) -> None:
    """A driver can make it as small as `smallest_share` and as large as the screen."""
    corners = tuple(CornerLoss(corner.number, corner.label) for corner in TRACKS[track].corners)
    shown.set_look(Look(scale))
    natural = shown.width()
    smallest = round(natural * shown.smallest_share)
    for width in (smallest, *range(smallest + 1, natural, max(1, natural // 20)), natural, natural * 2):
        shown.resize(width, shown.height())
        names = shown.names_of(corners)
        for name, lines in names.lines.items():
            assert " ".join(lines) == name
            assert max(text_width(names.font, line) for line in lines) <= names.name_w
            assert len(lines) * names.line_h < names.row_h
        assert max(text_width(shown.number_font, corner.turn_number) for corner in corners) < names.number_w


def test_names_take_the_bars_room_before_they_go_on_two_lines(shown: CornerLosses) -> None:
    corners = (CornerLoss("1", "The Left-Hander"), CornerLoss("2", "Hairpin"))
    bars, lines = [], []
    for width in range(shown.width() * 2, round(shown.width() * shown.smallest_share), -1):
        shown.resize(width, shown.height())
        names = shown.names_of(corners)
        bars.append(names.bar_w)
        lines.append(len(names.lines["The Left-Hander"]))
    assert lines == sorted(lines)
    assert (lines[0], lines[-1]) == (1, 2)
    assert [bar for bar, parts in zip(bars, lines, strict=True) if parts == 2 and bar] == []
    assert min(bar for bar in bars if bar) >= LEAST_BAR_PX


def test_a_name_that_is_too_long_everywhere_ends_in_dots(qapp: QApplication) -> None:
    panel = CornerLosses(Look())
    names = panel.names_of((CornerLoss("1", "Nordschleife " * 8),))
    (lines,) = names.lines.values()
    assert lines[-1].endswith("…")
    assert all(text_width(names.font, line) <= names.name_w for line in lines)


@pytest.mark.parametrize("seconds", [0.0, -0.04, 9.99, 9.996, -9.999, 12.34, 99.96, -345.6])
def test_figure_is_never_wider_than_its_column(qapp: QApplication, seconds: float) -> None:
    panel = CornerLosses(Look())
    assert text_width(panel.loss_font, loss_text(seconds)) <= panel.loss_w + 1
