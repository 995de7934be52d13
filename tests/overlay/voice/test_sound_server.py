"""The dates of recorded sounds, on arrivals whose truth is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from tests.overlay.voice.sound_server import NEAR, RATE_HZ, Arrivals

PIECE = 96
SOAK_S = 1080
FAST = 1.1e-4  # a null sink with a stream open, measured
DELAY_S = 0.002  # of the recorder, in the mean


def made(left_s: npt.NDArray[np.float64], late_s: npt.NDArray[np.float64]) -> Arrivals:
    """Pieces whose last samples left the sink at `left_s`, shape (pieces,), each `late_s` late, one after another as through a pipe."""
    return Arrivals(np.maximum.accumulate(left_s + late_s), PIECE * np.arange(1.0, left_s.size + 1))


def drift(seconds: float, fast: float) -> npt.NDArray[np.float64]:
    pieces = round(seconds * RATE_HZ / PIECE)
    return np.arange(1, pieces + 1) * (PIECE / RATE_HZ / (1 + fast))


def off_s(arrivals: Arrivals, left_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How much later than it was each of a thousand sounds is dated; sounds begin at the last sample of a piece."""
    pieces = np.linspace(1, left_s.size - NEAR // PIECE - 2, 1000).astype(int)
    return np.array([arrivals.left_s(int(PIECE * (k + 1)) - 1) - left_s[k] for k in pieces])


@pytest.mark.parametrize("fast", [FAST, 0.0, -FAST])
def test_a_sink_whose_clock_drifts_dates_its_sounds_right_at_any_time(fast: float) -> None:
    left_s = drift(SOAK_S, fast)
    late_s = np.random.default_rng(1).exponential(DELAY_S, left_s.size)
    off = off_s(made(left_s, late_s), left_s)
    assert off.min() > -(abs(fast) * NEAR + 1) / RATE_HZ, "never too early, but for what the sink gains in the time that counts"
    assert np.quantile(off, 0.99) < DELAY_S


def test_no_sound_behind_a_pause_of_the_sink_is_dated_before_it() -> None:
    left_s = drift(20.0, FAST)
    left_s[left_s.size // 2 :] += 0.3
    off = off_s(made(left_s, np.full(left_s.size, DELAY_S)), left_s)
    assert off.min() > 0.0
    assert off.max() < 1.1 * DELAY_S


def test_what_a_busy_machine_reads_late_is_dated_by_the_next_piece_in_time() -> None:
    left_s = drift(20.0, FAST)
    late_s = np.full(left_s.size, DELAY_S)
    late_s[left_s.size // 2] = 0.1  # and what comes behind waits for it
    off = off_s(made(left_s, late_s), left_s)
    assert 0.0 < off.min() <= off.max() < 1.1 * DELAY_S


def test_a_piece_longer_than_what_counts_dates_its_sounds() -> None:
    arrivals = Arrivals(np.array([1.0, 3.0]), np.array([1.0, 2.0]) * RATE_HZ)
    assert arrivals.left_s(RATE_HZ) == pytest.approx(2.0)


def test_samples_that_had_come_in_are_counted() -> None:
    arrivals = Arrivals(np.array([1.0, 1.1]), np.array([96.0, 200.0]))
    assert [arrivals.count_at(at_s) for at_s in (0.9, 1.05, 2.0)] == [0, 96, 200]
