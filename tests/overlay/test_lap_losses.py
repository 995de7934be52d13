"""The map's colours: what was lost where, of this lap only."""

from __future__ import annotations

import math

import pytest

from overlay.lap_losses import PIECES, LapLosses

LENGTH_M = 3000.0


def driven(losses: LapLosses, first_frac: float, last_frac: float, rate_s_per_m: float = 0.001) -> None:
    """Tick by tick, half a thousandth of the lap each, losing so much."""
    for k in range(round(first_frac * 2000), round(last_frac * 2000)):
        losses.take(k / 2000, k / 2000 * LENGTH_M * rate_s_per_m, LENGTH_M)


def test_a_piece_is_coloured_when_it_is_over() -> None:
    losses = LapLosses()
    driven(losses, 0.0, 0.51)
    done = losses.s_per_m[: PIECES // 2]
    assert [value for value in done if value is None] == []
    assert done == pytest.approx([0.001] * (PIECES // 2), rel=0.05)
    assert set(losses.s_per_m[PIECES // 2 :]) == {None}


def test_nothing_is_known_of_a_piece_that_was_jumped_out_of_or_into_or_had_no_delta() -> None:
    losses = LapLosses()
    driven(losses, 0.0, 0.11)  # into piece 6
    driven(losses, 0.56, 0.63)  # from the middle of piece 33 into piece 37
    losses.take(0.634, math.nan, LENGTH_M)  # 38 begins without a delta
    driven(losses, 0.6345, 0.70)
    assert [k for k, value in enumerate(losses.s_per_m) if value is not None] == [*range(6), 34, 35, 36, 39, 40]


def test_a_new_lap_begins_without_colours_and_nothing_is_carried_over_the_line() -> None:
    losses = LapLosses()
    driven(losses, 0.0, 1.0)
    losses.begin_lap()
    losses.take(0.0, 0.0, LENGTH_M)
    assert set(losses.s_per_m) == {None}
    driven(losses, 0.0, 0.05)
    assert losses.s_per_m[0] == pytest.approx(0.001, rel=0.1)
