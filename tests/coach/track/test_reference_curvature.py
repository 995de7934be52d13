"""The reference line's curvature from laps that are not driven on it: truth by geometry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach.arrays import FloatArray
from coach.track.lapwise import on_lap
from coach.track.path import LapPath, PathSource
from coach.track.reckon import path_of
from coach.track.reference_curvature import reference_curvature
from coach.track.smoothing import smooth
from tests.coach.track.driven import CIRCUIT, Track, drive

WIDE_M, INSIDE_M = -3.0, 2.0  # offsets at turn-in and turn-out, and at the apex, + towards the inside


def _offsets(track: Track, station_m: FloatArray, shift_m: float = 0.0) -> FloatArray:
    """Out, in, out: a smooth offset + left, m, through the ends and the middle of every arc (moved along by `shift_m`)."""
    knots = sorted(
        (arc.start_m + share * (arc.end_m - arc.start_m) + shift_m, np.sign(arc.curvature_1pm) * offset)
        for arc in track.arcs
        for share, offset in ((0.0, WIDE_M), (0.5, INSIDE_M), (1.0, WIDE_M))
    )
    at, offset = np.array(knots).T
    return smooth(np.interp(station_m, at, offset, period=track.length_m), 20.0, float(station_m[1] - station_m[0]), closed=True)


def _beside(path: LapPath, track: Track, station_m: FloatArray, offset_m: FloatArray) -> LapPath:
    """A path at these offsets from a reference line that is the track's: stretch and curvature by the Frenet formulas."""
    on_line = np.interp(station_m, track.station_m, track.curvature_1pm, period=track.length_m)
    along, across = 1.0 - on_line * offset_m, np.gradient(offset_m, station_m)
    stretch = np.hypot(along, across)
    course = np.cumsum(on_line) * (station_m[1] - station_m[0]) + np.arctan2(across, along)
    return replace(path, stretch=stretch, curvature_1pm=np.gradient(course, station_m) / stretch)


def _lap(shift_m: float = 0.0, source: PathSource = PathSource.VELOCITY_YAW):
    trace = drive(CIRCUIT, 1)[0]
    station = trace.grid["station_m"]
    path = _beside(path_of(trace), CIRCUIT, station, _offsets(CIRCUIT, station % CIRCUIT.length_m, shift_m))
    return trace, replace(path, source=source)


def _truth(trace) -> FloatArray:
    stations = np.arange(len(on_lap(trace, trace.grid["speed_mps"]))) * trace.step_m
    return smooth(np.interp(stations, CIRCUIT.station_m, CIRCUIT.curvature_1pm, period=CIRCUIT.length_m), 15.0, trace.step_m, closed=True)


def test_lap_on_the_reference_line_gives_its_own_curvature():
    trace = drive(CIRCUIT, 1)[0]
    truth = _truth(trace)
    found = smooth(reference_curvature(trace, path_of(trace)), 15.0, trace.step_m, closed=True)
    assert np.abs(found - truth).mean() < 0.05 * np.abs(truth).mean()


@pytest.mark.parametrize("shift_m", [-10.0, 0.0, 10.0])
def test_lap_beside_the_reference_line_gives_its_curvature_not_its_own(shift_m):
    trace, path = _lap(shift_m)
    truth = _truth(trace)
    own = smooth(on_lap(trace, path.curvature_1pm), 15.0, trace.step_m, closed=True)
    found = smooth(reference_curvature(trace, path), 15.0, trace.step_m, closed=True)
    assert np.abs(found - truth).mean() < 0.5 * np.abs(own - truth).mean()


def test_two_early_and_late_drivers_agree_where_their_own_lines_do_not():
    early, late = _lap(-10.0), _lap(10.0)
    apart = np.abs(on_lap(early[0], early[1].curvature_1pm) - on_lap(late[0], late[1].curvature_1pm)).mean()
    assert np.abs(reference_curvature(*early) - reference_curvature(*late)).mean() < 0.4 * apart


def test_a_track_length_that_is_a_little_off_changes_nothing():
    trace, path = _lap()
    longer = replace(path, stretch=1.003 * path.stretch)
    assert reference_curvature(trace, longer) == pytest.approx(reference_curvature(trace, path), abs=3e-4)


def test_mirrored_lap_gives_the_mirrored_curvature():
    trace, path = _lap()
    assert reference_curvature(trace, replace(path, curvature_1pm=-path.curvature_1pm)) == pytest.approx(
        -reference_curvature(trace, path), abs=1e-9
    )


def test_straight_lap_has_no_curvature():
    trace, path = _lap()
    straight = replace(path, curvature_1pm=0.0 * path.curvature_1pm, stretch=0.0 * path.stretch + 1.0)
    assert not reference_curvature(trace, straight).any()
