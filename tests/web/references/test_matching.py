from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.references.matching import FASTER_LEAST, FASTER_MOST, TRACK_TEMP_HALF_C, Conditions, match

ME = Conditions(100.0, 30.0, 0.0, 20.0)
maybe = st.none() | st.floats(0, 60)
conditions = st.builds(Conditions, st.none() | st.floats(20, 600), maybe, st.none() | st.floats(0, 1), maybe)


def test_a_bit_faster_in_the_same_conditions_fits_fully() -> None:
    assert match(ME, Conditions(99.0, 30.0, 0.0, 20.0)).score == 1.0


def test_each_half_distance_halves_the_score() -> None:
    assert match(ME, Conditions(99.0, 30.0 + TRACK_TEMP_HALF_C, 0.0, 20.0)).score == pytest.approx(0.5)


def test_wet_is_no_match_for_dry() -> None:
    assert match(ME, Conditions(99.0, 30.0, 1.0, 20.0)).score < 0.02


@pytest.mark.parametrize(("other_s", "word"), [(90.0, "too far ahead"), (101.0, "little to learn"), (99.9, "little to learn")])
def test_what_is_too_fast_or_too_slow_says_so(other_s: float, word: str) -> None:
    pace = match(ME, Conditions(other_s, 30.0, 0.0, 20.0)).factors[0]
    assert pace.value < 1.0
    assert word in pace.says


def test_a_lap_that_does_not_say_comes_after_one_that_fits() -> None:
    assert match(ME, Conditions(99.0, None, 0.0, 20.0)).score < match(ME, Conditions(99.0, 35.0, 0.0, 20.0)).score


@given(conditions, conditions)
def test_a_score_is_the_product_of_its_factors_and_lies_between_0_and_1(mine: Conditions, other: Conditions) -> None:
    found = match(mine, other)
    product = 1.0
    for factor in found.factors:
        assert 0.0 <= factor.value <= 1.0
        assert factor.says
        product *= factor.value
    assert found.score == pytest.approx(product)


@given(st.floats(20, 600), st.floats(0, 0.2), st.floats(0.0001, 0.05))
def test_further_from_the_best_gap_never_fits_better(mine_s: float, gap: float, more: float) -> None:
    """Beyond the fastest that can be followed, and below the least that teaches."""
    me = Conditions(mine_s, None, None, None)

    def pace(faster: float) -> float:
        return match(me, Conditions(mine_s * (1 - faster), None, None, None)).factors[0].value

    assert pace(FASTER_MOST + gap + more) <= pace(FASTER_MOST + gap) + 1e-12
    assert pace(FASTER_LEAST - gap - more) <= pace(FASTER_LEAST - gap) + 1e-12
