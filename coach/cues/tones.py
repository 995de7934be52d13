"""Tones to a braking point: three rising ones half a second apart, the third where the foot is to go to the brake, and a tick there.

The point is the one that the cue asks for: half of what is missing to the reference's braking point at once, so that it comes to
lie on the reference's as the habit comes in. The whole difference at the first try leads off the track.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.compare.cause import Cause
from coach.cues.candidate import said_figures
from coach.cues.road import Road
from coach.cues.topic import LapSeen, corner_seen
from coach.cues.topics import Entry

APPROACH_STEP_S = 0.5  # the interval people tap and wait for most exactly is 0.5-0.6 s (Fraisse, Rhythm and tempo, 1982)
APPROACH_S = 2 * APPROACH_STEP_S  # from the first tone to the third
TAKEN_AHEAD_S = 0.1  # by the stream, so that a sound starts on its sample
TOLD_AHEAD_S = 0.4  # before they sound, at least
BRAKING_POINT = frozenset({Cause.BRAKE_EARLY, Cause.BRAKE_LATE})


@dataclass(slots=True)
class TonePlan:
    """Tones for the next passage of a topic's corner. `brake_m`: the third one's station; it may go on over the line."""

    entry: Entry
    brake_m: float
    approached: bool = False  # the three were told; the tick is still to come


def told_ahead_s(heard_after_s: float) -> float:
    """How long before they sound the tones are told to an output that is heard so much later than it is spoken to."""
    return max(TOLD_AHEAD_S, TAKEN_AHEAD_S + heard_after_s)


def point_asked(entry: Entry, laps: Sequence[LapSeen]) -> float:
    """Where the topic's driver is asked to brake, m from the line; NaN where the newest lap's reference does not brake."""
    corner = corner_seen(laps[-1], entry.topic.corner) if laps else None
    reference_m = corner.reference_phases.brake_on_m if corner is not None else np.nan
    later_m = entry.candidate.figures.get("brake_on_later_m", np.nan)
    return float(reference_m + later_m - said_figures(entry.candidate).get("brake_on_later_m", np.nan))


def arrives_in_s(to_m: float, station_m: float, speed_mps: float, road: Road) -> float:
    """Until the car is at a station, s: the driver's usual time over these metres at the car's own pace now."""
    usual_mps = float(road.speed_mps[min(round(max(station_m, 0.0) / road.step_m), road.speed_mps.size - 1)])
    return (road.time_at(to_m) - road.time_at(station_m)) * usual_mps / max(speed_mps, 1.0)
