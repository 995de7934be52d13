"""Holding the detectors against events of the simulator's physics: wheels that locked or spun, ends that slid, the car off the track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coach.detect.detection import Detection, DetectionKind
from coach.exam.papers import DetectionCount

SLACK_S = 0.15  # a call this near an event is about it: the shortest event is that long
# What is examined (coaching.md 4.3, A4). A spin is the end of an oversteer, so a call of either is right.
EXAMINED: dict[str, frozenset[DetectionKind]] = {
    "lockup": frozenset({DetectionKind.LOCKUP}),
    "wheelspin": frozenset({DetectionKind.WHEELSPIN}),
    "understeer": frozenset({DetectionKind.UNDERSTEER}),
    "oversteer": frozenset({DetectionKind.OVERSTEER, DetectionKind.SPIN}),
    "off_track": frozenset({DetectionKind.OFF_TRACK}),
}


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """Times in s since the line of the lap. `sure`: False for one so slight that calling it is right and not calling it is right."""

    what: str  # a key of EXAMINED
    start_s: float
    end_s: float
    sure: bool = True


def judge_detections(cluster: str, lap: int, calls: Sequence[Detection], events: Sequence[TrueEvent]) -> list[DetectionCount]:
    """Per kind of event: how many there were, how many were called, how many calls were about nothing."""
    clean = not events
    counts = []
    for what, kinds in EXAMINED.items():
        mine = [call for call in calls if call.kind in kinds]
        happened = [event for event in events if event.what == what]
        asked = [event for event in happened if event.sure]
        found = sum(any(_near(call, event) for call in mine) for event in asked)
        false = sum(not any(_near(call, event) for event in happened) for call in mine)
        counts.append(DetectionCount(cluster, what, lap, len(asked), found, false, clean))
    return counts


def _near(call: Detection, event: TrueEvent) -> bool:
    return call.start_s - SLACK_S <= event.end_s and event.start_s - SLACK_S <= call.end_s
