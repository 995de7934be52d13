from __future__ import annotations

import pytest

from coach.detect.detection import Detection, DetectionKind
from coach.exam.judge_detections import TrueEvent, judge_detections
from coach.exam.marking import detection_marks
from coach.exam.marks import Status


def call(kind: DetectionKind, start_s: float, end_s: float) -> Detection:
    return Detection(kind, 0.0, 1.0, start_s, end_s, 1.5, ())


def counts_of(calls: list[Detection], events: list[TrueEvent], lap: int = 1) -> dict[str, tuple[int, int, int]]:
    return {one.what: (one.asked, one.found, one.false) for one in judge_detections("c", lap, calls, events)}


def test_a_call_at_the_event_finds_it_and_one_elsewhere_is_false() -> None:
    events = [TrueEvent("lockup", 10.0, 10.4)]
    assert counts_of([call(DetectionKind.LOCKUP, 10.1, 10.3)], events)["lockup"] == (1, 1, 0)
    assert counts_of([call(DetectionKind.LOCKUP, 20.0, 20.3)], events)["lockup"] == (1, 0, 1)


def test_another_kind_does_not_find_it() -> None:
    counts = counts_of([call(DetectionKind.WHEELSPIN, 10.1, 10.3)], [TrueEvent("lockup", 10.0, 10.4)])
    assert counts["lockup"] == (1, 0, 0)
    assert counts["wheelspin"] == (0, 0, 1)


def test_a_spin_is_an_oversteer() -> None:
    assert counts_of([call(DetectionKind.SPIN, 10.1, 12.0)], [TrueEvent("oversteer", 10.0, 10.4)])["oversteer"] == (1, 1, 0)


def test_what_is_slight_is_not_asked_for_and_not_false() -> None:
    events = [TrueEvent("lockup", 10.0, 10.2, sure=False)]
    assert counts_of([call(DetectionKind.LOCKUP, 10.0, 10.2)], events)["lockup"] == (0, 0, 0)
    assert counts_of([], events)["lockup"] == (0, 0, 0)


def test_marks_count_false_calls_on_clean_laps_only_there() -> None:
    counts = [
        *judge_detections("c", 1, [call(DetectionKind.LOCKUP, 10.0, 10.3)], [TrueEvent("lockup", 10.0, 10.4)]),
        *judge_detections("c", 2, [call(DetectionKind.UNDERSTEER, 30.0, 30.5)], []),
        *judge_detections("d", 1, [], []),
    ]
    marks = {mark.name: mark for mark in detection_marks(counts)}
    assert marks["all events: precision"].value == pytest.approx(0.5)
    assert marks["all events: recall"].value == 1.0
    assert marks["false calls on clean laps"].value == pytest.approx(5.0)
    assert marks["false calls on clean laps"].status is Status.FAIL
    assert marks["off-track: recall"].status is Status.EMPTY
