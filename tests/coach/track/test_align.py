"""Offset from the map's line: two made-up laps a known distance apart."""

from __future__ import annotations

import numpy as np
import pytest

from coach.track.align import across, lay_on, with_offset
from coach.track.build import build_track_map
from coach.track.reckon import path_of
from tests.coach.track.driven import BASE, CIRCUIT, drive
from tests.recordings import OTHERSIM, needs_othersim

AROUND = 2.0 * np.pi * CIRCUIT.station_m / CIRCUIT.length_m
WEAVE_M = 1.5 * np.sin(3.0 * AROUND) + 0.8 * np.cos(5.0 * AROUND) + 0.5


def _offsets(**options):
    middle, weaving = drive(CIRCUIT, 1, **options)[0], drive(CIRCUIT, 1, offset_m=WEAVE_M, **options)[0]
    track = build_track_map([middle])
    return [with_offset(path_of(trace), trace, track).offset_m[trace.start : trace.stop] for trace in (middle, weaving)], middle


def test_offset_of_a_weaving_lap_is_found_and_positive_to_the_left():
    (middle, weaving), trace = _offsets()
    truth = np.interp(trace.grid["station_m"][trace.start : trace.stop], CIRCUIT.station_m, WEAVE_M)
    assert np.abs(middle).max() < 0.02
    assert np.sqrt(np.mean((weaving - truth) ** 2)) < 0.1


def test_offset_from_lat_lon_agrees():
    (_, weaving), trace = _offsets(only=BASE | {"lat_deg", "lon_deg"})
    truth = np.interp(trace.grid["station_m"][trace.start : trace.stop], CIRCUIT.station_m, WEAVE_M)
    assert np.sqrt(np.mean((weaving - truth) ** 2)) < 0.1


def test_offset_without_position_stays_unknown():
    (middle, _), _ = _offsets(only=BASE | {"steer_rad"})
    assert np.isnan(middle).all()


@pytest.mark.parametrize("turn", [0.0, 1.0, -2.5])
def test_laying_on_undoes_rotation_shift_and_drift(turn):
    share = np.linspace(0.0, 1.0, 2000)
    line = 300.0 * np.exp(2j * np.pi * share) + 80.0 * np.exp(-4j * np.pi * share)
    heading = np.angle(np.gradient(line))
    moved = (line + (3.0 - 2.0j) * share) * np.exp(1j * turn) + 50.0 - 20.0j
    assert np.abs(lay_on(moved, line, heading, share) - line).max() < 0.01


def test_across_is_positive_to_the_left():
    assert across(np.array([1j]), np.array([0.0]))[0] == pytest.approx(1.0)


@needs_othersim
def test_offset_between_laps_agrees_with_the_other_simulators_truth():
    from coach.laps.resample import trace_laps
    from coach.telemetry.sources import open_recording
    from tests.othersim_sets import ibt_path, set_names

    for name in set_names():
        traces = trace_laps(open_recording(ibt_path(name, "human_110.npz")))
        truth = _to_middle(name, traces)
        track = build_track_map(traces)
        offsets = np.stack([with_offset(path_of(trace), trace, track).offset_m[trace.start : trace.stop] for trace in traces])
        error = (offsets - offsets.mean(axis=0)) - (truth - truth.mean(axis=0))
        assert np.sqrt(np.mean(error**2)) < 0.05, name


def _to_middle(name, traces):
    data = np.load(OTHERSIM / name / "human_110.npz")
    clock = np.arange(len(data["to_middle"])) / 60.0 + 100.0
    laps = [trace.grid["session_time_s"][trace.start : trace.stop] for trace in traces]
    return np.stack([np.interp(lap, clock, data["to_middle"].astype(float)) for lap in laps])
