from __future__ import annotations

import pytest

from coach.cues.settings import CueSettings
from coach.live import silence
from coach.live.silence import Silence
from tests.coach.live.frames import frame


def coaching() -> Silence:
    """On the second lap of a run, nothing in the way."""
    quiet = Silence(CueSettings())
    quiet.lap_started()
    quiet.lap_started()
    return quiet


def test_a_lone_car_on_its_second_lap_may_be_spoken_to():
    assert coaching().reason(frame()) == ""


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"is_replay": 1.0}, silence.REPLAY),
        ({"is_on_track": 0.0}, silence.NOT_DRIVING),
        ({"is_in_garage": 1.0}, silence.NOT_DRIVING),
        ({"track_surface": -1.0}, silence.NOT_DRIVING),
        ({"tow_time_s": 3.0}, silence.TOWED),
        ({"on_pit_road": 1.0}, silence.IN_PITS),
        ({"track_surface": 1.0}, silence.IN_PITS),
        ({"track_surface": 2.0}, silence.IN_PITS),
        ({"session_state": 5.0}, silence.OVER),
        ({"session_state": 6.0}, silence.OVER),
        ({"session_flags": 0x8}, silence.YELLOW),
        ({"session_flags": 0x4000}, silence.YELLOW),
        ({"car_left_right": 2.0}, silence.BESIDE_YOU),
        ({"car_left_right": 6.0}, silence.BESIDE_YOU),
        ({"dist_ahead_m": 35.0}, silence.TRAFFIC),
        ({"speed_mps": 9.0}, silence.TOO_SLOW),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(f"{k}={v:g}" for k, v in value.items()),
)
def test_each_reason_in_its_tick(values, reason):
    assert coaching().reason(frame(**values)) == reason


def test_two_ticks_off_the_track_spoil_the_lap_and_a_faulty_one_does_not():
    quiet = coaching()
    surfaces = (3.0, 0.0, 3.0, 0.0, 0.0, 3.0)
    assert [quiet.reason(frame(track_surface=surface)) for surface in surfaces] == ["", "", "", "", silence.SPOILT, silence.SPOILT]


@pytest.mark.parametrize(
    "values", [{"dist_ahead_m": 0.0}, {"dist_ahead_m": 45.0}, {"car_left_right": 1.0}, {"session_flags": float("nan")}]
)
def test_what_is_no_trouble_keeps_nobody_silent(values):
    assert coaching().reason(frame(**values)) == ""


def test_missing_channels_alone_are_no_reason():
    unknown = dict.fromkeys(
        ("is_replay", "is_on_track", "is_in_garage", "track_surface", "tow_time_s", "on_pit_road", "car_left_right", "dist_ahead_m"),
        float("nan"),
    )
    assert coaching().reason(frame(**unknown)) == ""


def test_out_lap_and_first_lap_are_silent():
    quiet = Silence(CueSettings())
    assert quiet.reason(frame()) == silence.OUT_LAP
    quiet.lap_started()
    assert quiet.reason(frame()) == silence.FIRST_LAP
    quiet.lap_started()
    assert quiet.reason(frame()) == ""


@pytest.mark.parametrize("values", [{"on_pit_road": 1.0}, {"tow_time_s": 1.0}])
def test_pits_and_tow_make_an_out_lap(values):
    quiet = coaching()
    quiet.reason(frame(**values))
    assert quiet.reason(frame(session_time_s=200.0)) == silence.OUT_LAP


def test_an_excursion_silences_the_rest_of_its_lap_only():
    quiet = coaching()
    for _ in range(2):
        quiet.reason(frame(track_surface=0.0))
    assert quiet.reason(frame(session_time_s=130.0)) == silence.SPOILT
    quiet.lap_started()
    assert quiet.reason(frame(session_time_s=150.0)) == ""


def test_silence_lasts_a_moment_after_the_driver_came_back():
    quiet = coaching()
    quiet.reason(frame(is_replay=1.0))
    assert quiet.reason(frame(session_time_s=101.9)) == silence.JUST_BACK
    assert quiet.reason(frame(session_time_s=102.1)) == ""


def test_trouble_of_another_clock_is_forgotten():
    quiet = coaching()
    quiet.reason(frame(session_time_s=5000.0, is_replay=1.0))
    quiet.jumped()
    quiet.lap_started()
    quiet.lap_started()
    assert quiet.reason(frame(session_time_s=130.0)) == ""
