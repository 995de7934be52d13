"""Holding the engine's phases, lap times and delta against what truly happened in the simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.delta import delta_s
from coach.compare.study import StudyLap
from coach.exam.papers import EventReading, LapReading
from coach.exam.statistics import root_mean_square
from coach.sim.true_phases import Driven, TruePhases
from coach.track.map import Corner

NAN = float(np.nan)
# A dab below this is no braking point anybody speaks of (coaching.md 2.4: an application reaches 20 %).
BRAKE_REACHES = 0.20


@dataclass(frozen=True, slots=True)
class TrueLap:
    """A lap as the simulator drove it: exact time between the crossings, exact samples with times since its start, phases by corner."""

    number: int
    start_s: float  # session clock at the line
    lap_time_s: float
    driven: Driven
    phases: Mapping[int, TruePhases]

    def time_at(self, station_m: FloatArray) -> FloatArray:
        """Time since the line at stations; error under 0.1 ms at 60 Hz (10 m/s2 between two samples at 20 m/s)."""
        return np.asarray(np.interp(station_m, self.driven.station_m, self.driven.time_s))


def judge_phases(cluster: str, lap: StudyLap, corners: Sequence[Corner], true: TrueLap) -> list[EventReading]:
    """Errors of braking point, minimum speed and full throttle. What was done and not found is wrong (NaN)."""
    readings = []
    for corner, phases in zip(corners, lap.phases, strict=True):
        number, known = _slowest_in(corner, true)
        if known is not None:
            pairs = {
                "brake_on": (phases.brake_on_m, known.brake_on_m if brakes_for(true.phases, number) else NAN),
                "v_min": (phases.v_min_mps, known.v_min_mps),
                "full_throttle": (phases.full_throttle_m, known.full_throttle_m),
            }
            readings += [
                EventReading(cluster, what, lap.lap.number, number, measured - truth)
                for what, (measured, truth) in pairs.items()
                if np.isfinite(truth)
            ]
    return readings


def brakes_for(corners: Mapping[int, TruePhases], number: int) -> bool:
    """Whether the driver brakes for this corner by itself, and not for one before it that he has passed by then."""
    here = corners[number]
    passed = [other.v_min_at_m for other in corners.values() if other.v_min_at_m < here.v_min_at_m]
    return here.brake_peak >= BRAKE_REACHES and here.brake_on_m > max(passed, default=-np.inf)


def _slowest_in(corner: Corner, true: TrueLap) -> tuple[int, TruePhases | None]:
    """The true corner whose minimum speed lies in this window; of several (the engine sees one corner there) the slowest."""
    inside = [(number, phases) for number, phases in true.phases.items() if corner.start_m <= phases.v_min_at_m < corner.end_m]
    return min(inside, key=lambda one: one[1].v_min_mps, default=(0, None))


def judge_lap_time(cluster: str, lap: StudyLap, true: TrueLap, reference: StudyLap, true_reference: TrueLap) -> LapReading:
    """Error of the lap time, and root mean square error of the delta along the lap."""
    rms = NAN
    if lap is not reference:
        inside = slice(lap.trace.start, lap.trace.stop + 1)
        station = lap.trace.grid["station_m"][inside]
        measured = delta_s(lap.trace, reference.trace)[inside]
        rms = root_mean_square(measured - (true.time_at(station) - true_reference.time_at(station)))
    return LapReading(cluster, lap.lap.number, lap.lap.lap_time_s - true.lap_time_s, rms)
