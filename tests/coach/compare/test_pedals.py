from __future__ import annotations

import numpy as np
import pytest

from coach.compare.pedals import onset, pedal_noise, presses

TIME = np.arange(0.0, 60.0, 1.0 / 60.0)
STATION = 50.0 * TIME


def pedal(*stamps, rest=0.0):
    """Presses (begin, end, level) in seconds with ramps of 0.1 s."""
    values = np.full(TIME.size, rest)
    for begin, end, level in stamps:
        values = np.maximum(values, np.interp(TIME, [begin, begin + 0.1, end - 0.1, end], [rest, level, level, rest]))
    return values


def test_rest_noise_and_full_travel_are_learned():
    rng = np.random.default_rng(3)
    values = pedal((5.0, 25.0, 0.93), (40.0, 50.0, 0.93), rest=0.04) + 0.003 * rng.normal(size=TIME.size)
    noise = pedal_noise(values)
    assert noise.rest == pytest.approx(0.04, abs=0.01)
    assert noise.sigma == pytest.approx(0.003, rel=0.2)
    assert noise.full == pytest.approx(0.93, abs=0.01)
    assert noise.rest < noise.off < noise.on < noise.lifted < noise.fully_on < noise.full


def test_thresholds_stay_above_the_noise_and_follow_the_usual_peak():
    quiet, strong = pedal_noise(pedal((5.0, 8.0, 0.2), (20.0, 23.0, 0.22))), pedal_noise(pedal((5.0, 8.0, 0.9), (20.0, 23.0, 0.92)))
    assert quiet.on < 0.3 * strong.on
    noisy = pedal_noise(pedal((5.0, 8.0, 0.9)) + 0.02 * np.random.default_rng(1).normal(size=TIME.size))
    assert noisy.on > 0.1


def test_a_pedal_never_touched_or_absent_has_levels_all_the_same():
    for values in (np.zeros(100), np.full(100, np.nan), np.empty(0)):
        noise = pedal_noise(values)
        assert presses(TIME[: values.size], values, noise).first.size == 0


def test_gaps_are_bridged_and_short_presses_left_out():
    values = pedal((5.0, 8.0, 0.9), (8.1, 10.0, 0.9), (20.0, 20.14, 0.8), (30.0, 32.0, 0.9))
    found = presses(TIME, values, pedal_noise(values))
    assert TIME[found.first] == pytest.approx([5.0, 30.0], abs=0.05)
    assert TIME[found.last] == pytest.approx([10.0, 32.0], abs=0.05)


def test_a_tap_counts_for_the_brake_only_when_it_is_no_light_touch():
    values = pedal((5.0, 8.0, 0.9), (20.0, 20.14, 0.5), (40.0, 40.14, 0.1))
    found = presses(TIME, values, pedal_noise(values), taps=True)
    assert TIME[found.first] == pytest.approx([5.0, 20.0], abs=0.05)


@pytest.mark.parametrize("ramp_s", [0.05, 0.2, 1.0])
def test_the_onset_does_not_depend_on_the_threshold(ramp_s):
    values = np.interp(TIME, [10.007, 10.007 + ramp_s, 14.0, 14.5], [0.0, 0.9, 0.9, 0.0])
    for sigma in (0.0, 0.01):
        noise = pedal_noise(values)
        noise = type(noise)(noise.rest, sigma, noise.full, noise.usual)
        tick = int(np.argmax(values > noise.on))
        assert onset(TIME, STATION, values, tick, noise) == pytest.approx(50.0 * 10.007, abs=1.0)
