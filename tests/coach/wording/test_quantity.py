"""Numbers as people say them."""

from __future__ import annotations

import pytest

from coach.wording.quantity import LengthUnit, SpeedUnit, spoken_later, spoken_length, spoken_number, spoken_speed, spoken_time


@pytest.mark.parametrize(
    ("length_m", "said"),
    [
        (10, "ten metres later"),
        (-3, "three metres earlier"),
        (1.2, "one metre later"),
        (7.5, "eight metres later"),
        (12.4, "ten metres later"),
        (-12.6, "fifteen metres earlier"),
        (33, "thirty-five metres later"),
        (64, "sixty metres later"),
        (98, "a hundred metres later"),
        (140, "140 metres later"),
    ],
)
def test_shifts_along_the_track(length_m: float, said: str) -> None:
    assert spoken_later(length_m) == said


@pytest.mark.parametrize(
    ("time_s", "said"),
    [
        (0.03, "three hundredths"),
        (0.01, "a hundredth"),
        (0.1, "a tenth"),
        (-0.2, "two tenths"),
        (0.149, "a tenth"),
        (0.15, "two tenths"),
        (0.5, "half a second"),
        (0.95, "a second"),
        (1.0, "a second"),
        (1.3, "1.3 seconds"),
        (2.02, "two seconds"),
    ],
)
def test_times(time_s: float, said: str) -> None:
    assert spoken_time(time_s) == said


def test_units_follow_the_driver() -> None:
    assert spoken_length(9, LengthUnit.CAR_LENGTHS) == "two car lengths"
    assert spoken_length(4.4, LengthUnit.CAR_LENGTHS) == "a car length"
    assert spoken_length(10, LengthUnit.FEET) == "thirty-five feet"
    assert spoken_speed(2.2) == "eight kilometres an hour"
    assert spoken_speed(0.44, SpeedUnit.MPH) == "one mile an hour"


def test_a_number_without_a_word_stays_in_digits() -> None:
    assert [spoken_number(n) for n in (0, 20, 21, 90, 137)] == ["no", "twenty", "21", "ninety", "137"]
