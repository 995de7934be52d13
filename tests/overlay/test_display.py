"""Numbers and states as the driver reads them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overlay.display import lap_time_text, signed_text, status_detail, status_title, waiting_text
from overlay.state import DEMO, Mode, Reference, Snapshot, Status


@pytest.mark.parametrize(
    ("seconds", "decimals", "text"),
    [
        (87.295, 3, "1:27.295"),
        (59.9996, 3, "1:00.000"),
        (119.996, 2, "2:00.00"),
        (47.1, 2, "0:47.10"),
        (None, 3, "–"),
        (float("nan"), 3, "–"),
    ],
)
def test_lap_times(seconds: float | None, decimals: int, text: str) -> None:
    assert lap_time_text(seconds, decimals) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.234, "+0.23"), (-0.1, "−0.10"), (-0.004, "0.00"), (None, "–"), (12.345, "+12.35")])
def test_differences_carry_their_sign(seconds: float | None, text: str) -> None:
    assert signed_text(seconds) == text


def test_silence_has_a_reason() -> None:
    assert status_detail(Status(Mode.SILENT, why_silent="yellow flag"), None) == "yellow flag"


def test_a_demo_is_not_for_the_driver_to_start() -> None:
    assert (status_title(Status()), status_detail(Status(), None)) == ("Waiting for iRacing", "start it whenever you like")
    demo = Status(simulator=DEMO)
    assert (status_title(demo), status_detail(demo, None)) == ("Waiting for the demo", "it begins in a moment")


def test_every_mode_has_words() -> None:
    reference = Reference("own best", "own best clean lap", 87.295)
    for mode in Mode:
        assert status_title(Status(mode))
        assert status_detail(Status(mode), reference)


def test_waiting_tells_how_far_it_is() -> None:
    status = Status(Mode.WAITING_LAP, clean_laps=0, clean_laps_needed=2)
    assert waiting_text(Snapshot(status=status)) == "clean laps so far: 0 of 2"
    assert waiting_text(Snapshot(status=replace(status, clean_laps=1))) == "clean laps so far: 1 of 2"  # as many as the bar has filled
    assert waiting_text(Snapshot()) == "waiting for iRacing"
