"""The trace is kept as pixels and moved: what it shows is at every moment what a widget would draw that saw only this moment."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QApplication, QWidget

from overlay.look import Look
from overlay.pedal_traces import PedalTraces
from overlay.state import Inputs, Snapshot
from overlay.widgets.inputs import InputsPanel
from overlay.widgets.trace_strip import Layers, TraceStrip
from tests.overlay.golden import array_of, flattened

LENGTH_M = 1201.0  # no whole number of pixels, nor of samples
TICK_S = 1.0 / 60.0


class Ratio(InputsPanel):
    """On a screen with more device pixels than Qt's offscreen one has."""

    ratio = 1.0

    def devicePixelRatioF(self) -> float:
        return self.ratio


def pedals(station_m: float) -> tuple[float, float]:
    """Brake and throttle with steps, ramps and a trembling foot."""
    brake = float(np.clip((station_m % 400.0 - 250.0) / 20.0, 0.0, 0.9)) * (station_m % 400.0 < 330.0)
    return brake, float(0.97 + 0.03 * np.sin(station_m)) * (brake == 0.0) * float(np.clip((station_m % 400.0) / 60.0, 0.0, 1.0))


def lap(traces: PedalTraces, stations_m: np.ndarray) -> Iterator[Snapshot]:
    """Ticks at these stations; a snapshot of every second."""
    for k, station_m in enumerate(stations_m % LENGTH_M):
        brake, throttle = pedals(station_m)
        traces.add(station_m, brake, throttle)
        if k % 2:
            yield Snapshot(time_s=k * TICK_S, in_car=True, inputs=Inputs(brake, throttle, traces.around(station_m)))


def with_reference(shift_m: float = 12.0) -> PedalTraces:
    traces = PedalTraces(LENGTH_M)
    station = np.arange(0.0, LENGTH_M, 2.0)
    brake, throttle = np.array([pedals(s + shift_m) for s in station]).T
    traces.set_reference(station, brake, throttle)
    return traces


def picture_of(panel: InputsPanel) -> QImage:
    image = QImage(panel.size() * panel.ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(panel.ratio)
    image.fill(0)
    panel.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    image.setDevicePixelRatio(1.0)  # every pixel of the screen counts
    return image


def drawn_anew(snapshot: Snapshot, like: InputsPanel) -> QImage:
    fresh = type(like)(like.chosen_look)
    fresh.resize(like.size())
    fresh.show_snapshot(snapshot)
    return picture_of(fresh)


def assert_alike(one: QImage, other: QImage, within: int = 3) -> None:
    """To the pixel; smoothed edges to a hundredth, because Qt rounds where a line begins."""
    assert np.abs(array_of(flattened(one)) - array_of(flattened(other))).max() <= within


def compare_on_the_way(panel: InputsPanel, stations_m: np.ndarray, within: int = 3) -> None:
    """Every picture is drawn, every third one compared."""
    for k, snapshot in enumerate(lap(with_reference(), stations_m)):
        panel.show_snapshot(snapshot)
        picture = picture_of(panel)
        if k % 3 == 0:
            assert_alike(picture, drawn_anew(snapshot, panel), within)


def at_speed(mps: float, seconds: float, start_m: float = 0.0) -> np.ndarray:
    return start_m + mps * np.arange(0.0, seconds, TICK_S)


STATIONS = {
    "fast": at_speed(83.0, 4.0),
    "slow": at_speed(9.0, 4.0, 290.0),
    "over the line": at_speed(60.0, 4.0, 1080.0),
    "a jump ahead": np.concatenate([at_speed(50.0, 2.0), at_speed(50.0, 2.0, 160.0)]),
    "back to the pits": np.concatenate([at_speed(50.0, 3.0, 500.0), at_speed(20.0, 2.0, 30.0)]),
    "standing, rolling back, on again": np.concatenate(
        [at_speed(30.0, 2.0, 300.0), at_speed(-3.0, 1.0, 360.0), at_speed(20.0, 3.0, 357.0)]
    ),
    "lost for a while": np.concatenate([at_speed(45.0, 2.0), at_speed(45.0, 2.0, 120.0)]),
}


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.55])
@pytest.mark.parametrize("stations", STATIONS)
def test_it_is_what_would_be_drawn_anew(stations: str, scale: float, qapp: QApplication) -> None:
    compare_on_the_way(Ratio(Look(scale=scale)), STATIONS[stations])


@pytest.mark.parametrize("ratio", [1.25, 1.5, 2.0])
def test_on_screens_with_more_pixels(ratio: float, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ratio, "ratio", ratio)
    compare_on_the_way(Ratio(Look()), STATIONS["fast"])


@pytest.mark.parametrize("scale", [0.5, 0.75, 1.0])
def test_at_its_smallest(scale: float, qapp: QApplication) -> None:
    """All that is shown is less there than what is drawn into the picture at once, and many samples share a pixel, so edges differ more."""
    panel = Ratio(Look(scale=scale))
    panel.resize(panel.size() * panel.smallest_share)
    compare_on_the_way(panel, STATIONS["fast"], within=25)


@pytest.mark.parametrize("change", ["reference", "size", "look"])
def test_another_reference_or_size_is_drawn_at_once(change: str, qapp: QApplication) -> None:
    panel, traces = Ratio(Look()), with_reference()
    drive = lap(traces, at_speed(50.0, 4.0))
    for snapshot in itertools.islice(drive, 30):
        panel.show_snapshot(snapshot)
        picture_of(panel)
    change_it: dict[str, Callable[[], object]] = {
        "reference": lambda: traces.set_reference(np.array([0.0, 600.0]), np.array([0.2, 0.3]), np.array([0.9, 0.1])),
        "size": lambda: panel.resize(panel.width() + 37, panel.height() - 11),
        "look": lambda: panel.set_look(Look(scale=1.3)),
    }
    change_it[change]()
    for snapshot in itertools.islice(drive, 5):
        panel.show_snapshot(snapshot)
        assert_alike(picture_of(panel), drawn_anew(snapshot, panel))


def test_it_is_drawn_into_now_and_then_only(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason for all this."""
    drawn_px: list[int] = []
    draw = TraceStrip._draw

    def counted(strip: TraceStrip, first: int, last: int, layers: Layers) -> None:
        drawn_px.append(last - first)
        draw(strip, first, last, layers)

    panel = Ratio(Look())
    drive = lap(with_reference(), at_speed(60.0, 3.0))
    panel.show_snapshot(next(drive))
    picture_of(panel)
    monkeypatch.setattr(TraceStrip, "_draw", counted)
    frames = 0
    for snapshot in drive:
        panel.show_snapshot(snapshot)
        picture_of(panel)
        frames += 1
    assert 0 < len(drawn_px) < frames / 5
    assert sum(drawn_px) / frames < 10


def test_pedals_that_rest_are_not_painted(no_leftovers: QApplication) -> None:
    panel, traces = Ratio(Look()), with_reference()
    panel.show()
    areas = []
    for station_m in at_speed(60.0, 0.5, 100.0):
        traces.add(station_m, 0.0, 1.0 if station_m < 115.0 else 0.8)
        panel.show_snapshot(
            Snapshot(time_s=station_m, in_car=True, inputs=Inputs(0.0, 1.0 if station_m < 115.0 else 0.8, traces.around(station_m)))
        )
        no_leftovers.processEvents()
        areas.append(panel.painted_area)
    assert [area for area in areas if area != panel.traces_area] == [panel.rect(), panel.rect()]  # the first, and when the throttle moved
