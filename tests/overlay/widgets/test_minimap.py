"""The map's colours and places."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from coach.sim.circuit import circuit_ids, load_circuit
from overlay.look import Look
from overlay.state import MapMark, MiniMap, TrackShape
from overlay.widgets.minimap import STEPS, MiniMapPanel, loss_steps


def test_small_losses_are_not_coloured_strongly() -> None:
    assert loss_steps((0.0001, -0.0001, None)) == (0, 0, 0)
    assert loss_steps((0.0002, -0.0004)) == (1, -2)


def test_full_colour_belongs_to_the_worst_pieces_of_the_lap() -> None:
    loss = [0.0] * 18 + [0.004, -0.004]
    steps = loss_steps(tuple(loss))
    assert steps[-2:] == (STEPS, -STEPS)
    assert set(steps[:18]) == {0}


def test_unknown_pieces_have_no_colour() -> None:
    assert loss_steps((None, float("nan"), 0.01)) == (0, 0, STEPS)
    assert loss_steps(()) == ()


@pytest.mark.parametrize("aspect", [0.2, 1.0, 5.0])
def test_track_of_any_shape_fits_the_widget(qapp: QApplication, aspect: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    shape = TrackShape.from_line(aspect * 900 * np.cos(angle), 900 * np.sin(angle))
    panel = MiniMapPanel(Look())
    line = panel.points(shape)
    assert line.min() >= panel.margin - 1
    assert line[:, 0].max() <= panel.width() - panel.margin + 1
    assert line[:, 1].max() <= panel.height() - panel.margin + 1
    assert panel.glass_height(shape) <= panel.height() + 1


def test_car_goes_around_without_a_jump_at_the_line(qapp: QApplication) -> None:
    angle = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    shape = TrackShape.from_line(500 * np.cos(angle), 300 * np.sin(angle))
    panel = MiniMapPanel(Look())
    places = [panel.place(shape, k / 1000) for k in range(1001)]
    steps = [np.hypot(b.x() - a.x(), b.y() - a.y()) for a, b in pairwise(places)]
    assert max(steps) < 3 * np.mean(steps)
    assert (places[0].x(), places[0].y()) == pytest.approx((places[-1].x(), places[-1].y()))


def shape_of(x_m: np.ndarray, y_m: np.ndarray) -> TrackShape:
    return TrackShape.from_line(x_m, y_m, at_most=240)


@pytest.mark.parametrize("scale", [0.75, 1.0, 2.0])
@pytest.mark.parametrize("circuit_id", circuit_ids())
def test_numbers_stand_clear_of_track_edge_and_each_other(qapp: QApplication, circuit_id: str, scale: float) -> None:
    circuit = load_circuit(circuit_id)
    shape = shape_of(circuit.x_m, circuit.y_m)
    marks = [
        MapMark(f"{corner.number}-{corner.number + 1}", (corner.start_m + corner.end_m) / 2 / circuit.length_m)
        for corner in circuit.corners
    ]
    panel = MiniMapPanel(Look(scale))
    line = panel.points(shape)
    for k in range(len(marks)):
        three = tuple(marks[(k + j) % len(marks)] for j in range(3))  # neighbours: the hardest
        boxes = panel.mark_boxes(MiniMap(shape, 0.0, marks=three))
        for box in boxes:
            beyond = np.abs(line - [box.center().x(), box.center().y()]) - [box.width() / 2, box.height() / 2]
            assert np.hypot(*np.maximum(beyond, 0).T).min() >= panel.casing_width / 2 + panel.look.px(3), three
            assert panel.rect().contains(box.toAlignedRect())
            assert box.bottom() < panel.glass_height(shape)
        assert not [(a, b) for a, b in combinations(boxes, 2) if a.intersects(b)]


def test_a_number_stands_on_the_outside_of_its_corner(qapp: QApplication) -> None:
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    shape = shape_of(700 * np.cos(angle), 500 * np.sin(angle))
    panel = MiniMapPanel(Look())
    middle = panel.points(shape).mean(axis=0)
    for frac in np.linspace(0, 1, 17):
        (box,) = panel.mark_boxes(MiniMap(shape, 0.0, marks=(MapMark("7", frac),)))
        at = panel.place(shape, frac)
        out = np.array([at.x(), at.y()]) - middle
        assert np.dot(np.array([box.center().x(), box.center().y()]) - middle, out) > np.dot(out, out)
