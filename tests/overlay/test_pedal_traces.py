"""Pedals around the car: what was driven is behind it, the reference reaches ahead, jumps leave no lies."""

from __future__ import annotations

import numpy as np
import pytest

from overlay.pedal_traces import BEHIND_M, PedalTraces

L = 1000.0


def driven(stations: list[float]) -> PedalTraces:
    """A lap whose brake is station / L and whose throttle is its rest."""
    traces = PedalTraces(L)
    for s in stations:
        traces.add(s % L, (s % L) / L, 1 - (s % L) / L)
    return traces


def test_own_pedals_stand_at_their_stations() -> None:
    window = driven(np.arange(0, 600, 1.3).tolist()).around(599.0)
    at = 599.0 + window.first_m + np.arange(window.own_brake_frac.size) * window.step_m
    assert at[0] <= 599.0 - BEHIND_M
    assert at[-1] <= 599.0
    assert window.own_brake_frac[:-1] == pytest.approx(at[:-1] / L, abs=2e-3)
    assert window.own_throttle_frac[:-1] == pytest.approx(1 - at[:-1] / L, abs=2e-3)


def test_the_reference_is_a_whole_lap_and_stays_the_same_object() -> None:
    traces = PedalTraces(L)
    s = np.arange(0, L, 1.0)
    traces.set_reference(s, (s < 50).astype(float), (s >= 50).astype(float))
    window = traces.around(990.0)
    reference = window.reference
    assert reference is not None
    at = np.arange(reference.brake_frac.size) * reference.step_m
    assert at[-1] + reference.step_m == pytest.approx(L)
    assert reference.brake_frac[at < 48] == pytest.approx(1.0)
    assert reference.brake_frac[at > 52] == pytest.approx(0.0)
    assert reference.throttle_frac == pytest.approx(1.0 - reference.brake_frac)
    assert np.isnan(window.own_brake_frac).all()
    assert traces.around(991.0).reference is reference


def test_window_reaches_back_over_the_line() -> None:
    window = driven(np.arange(700, 1100, 1.1).tolist()).around(98.0)
    assert np.isfinite(window.own_brake_frac[1:-1]).all()


def test_jump_forgets_and_standing_changes_nothing() -> None:
    traces = driven(np.arange(0, 300, 1.0).tolist())
    for _ in range(10):
        traces.add(299.0, 1.0, 0.0)
    assert traces.around(299.0).own_brake_frac[-5] == pytest.approx(0.29, abs=0.01)
    traces.add(800.0, 0.0, 1.0)
    assert np.isnan(traces.around(800.0).own_brake_frac).all()


def test_ticks_without_numbers_are_left_out() -> None:
    traces = driven([0.0, 10.0])
    traces.add(float("nan"), 0.5, 0.5)
    traces.add(20.0, float("nan"), 0.5)
    traces.add(30.0, 0.03, 0.97)
    assert np.isfinite(traces.around(30.0).own_brake_frac[-10:]).all()
