"""Every detector on one lap. Live channels only: what is found here could have been found while driving.

Nothing looks further ahead than 0.2 s (a shift, a landing), so an event is known that long after its shortest length has passed;
only its end comes later. About 3 ms a lap, a baseline 0.1 s.
"""

from __future__ import annotations

from coach.detect.abs_overuse import find_abs_overuse
from coach.detect.baseline import Baseline
from coach.detect.detection import Detection, DetectionKind
from coach.detect.inconsistency import find_inconsistency
from coach.detect.lockup import find_lockups
from coach.detect.off_track import find_off_track
from coach.detect.oversteer import find_oversteer
from coach.detect.signals import Signals, signals_of
from coach.detect.understeer import find_understeer
from coach.detect.wheelspin import find_wheelspin
from coach.laps.trace import LapTrace

AT_LAPS_END = frozenset({DetectionKind.ABS_OVERUSE, DetectionKind.INCONSISTENCY})  # judged over whole zones and places of a lap


def detect_lap(trace: LapTrace, baseline: Baseline) -> tuple[Detection, ...]:
    """All detections of a lap in driving order. `baseline`: of the same car and, for sideslip and places, of the same track."""
    lap = signals_of(trace)
    return _in_order([*detect_events(lap, baseline), *find_abs_overuse(lap), *find_inconsistency(trace, baseline)])


def detect_events(drive: Signals, baseline: Baseline) -> tuple[Detection, ...]:
    """What happened to the car on any stretch of driving, whole lap or not: each is seen from the ticks around it alone."""
    return _in_order(
        [
            *find_lockups(drive, baseline),
            *find_wheelspin(drive, baseline),
            *find_understeer(drive, baseline),
            *find_oversteer(drive, baseline),
            *find_off_track(drive),
        ]
    )


def _in_order(found: list[Detection]) -> tuple[Detection, ...]:
    return tuple(sorted(found, key=lambda one: (one.start_s, one.kind)))
