from __future__ import annotations

import pytest

from coach.errors import BadInput
from overlay.settings.change import changed
from overlay.settings.model import Settings, Voice
from overlay.settings.rules import range_of
from overlay.voice.settings import DELAY_RANGE_S, SPEED_RANGE


def test_the_range_of_a_number_is_what_the_settings_take() -> None:
    low, high = range_of(Voice, "volume")
    assert (low, high) == (0, 1)
    for value in (low, high):
        assert changed(Settings(), "voice.volume", value).voice.volume == value
    for value in (low - 0.01, high + 0.01):
        with pytest.raises(BadInput, match="expected a number, 0 to 1"):
            changed(Settings(), "voice.volume", value)


def test_speed_and_delay_on_the_command_line_have_the_ranges_of_the_settings() -> None:
    assert range_of(Voice, "speed") == SPEED_RANGE
    assert tuple(limit / 1000 for limit in range_of(Voice, "output_delay_ms")) == DELAY_RANGE_S
