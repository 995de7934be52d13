"""The marks of part A5, from cues whose outcomes are known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coach.exam.marking import cue_marks
from coach.exam.marks import Status
from coach.exam.papers import CueReading

GOOD = CueReading(
    "a",
    5,
    3,
    "slow_apex",
    "try",
    promised_s=0.1,
    half_gain_s=0.02,
    gain_s=0.04,
    led_off=False,
    kept_on=False,
    off_anywhere=False,
    left_s=1.5,
)


def test_cues_are_marked_by_what_following_them_brought() -> None:
    cues = [
        *(replace(GOOD, cluster=f"{k}") for k in range(15)),
        replace(GOOD, kept_on=True),
        replace(GOOD, led_off=True, off_anywhere=True),
        replace(GOOD, off_anywhere=True),
        replace(GOOD, gain_s=-0.01),
        replace(GOOD, left_s=0.9),
    ]
    marks = {mark.name: mark for mark in cue_marks(cues)}
    for name, value, status in (
        ("cues that gain time when followed", 0.95, Status.PASS),
        ("cues that lead off the track", 0.10, Status.FAIL),
        ("cues that lead off the track where they are felt", 0.05, Status.FAIL),
        ("cues that keep him on the track", 0.05, Status.REPORTED),
        ("cues that end a second before the driver acts", 0.95, Status.FAIL),
        ("median gain, followed fully", 0.04, Status.PASS),
    ):
        assert marks[name].value == pytest.approx(value), name
        assert marks[name].status is status, name
