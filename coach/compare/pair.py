"""A lap beside its reference, with all that a method may use to find out why time was lost.

Both methods of cause finding read this and nothing else; neither reads the other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from coach.compare.phases import CornerPhases
from coach.laps.trace import LapTrace
from coach.physics.car import CarModel
from coach.track.map import Corner, TrackMap
from coach.track.path import LapPath


@dataclass(frozen=True, slots=True)
class Scatter:
    """How much the driven laps of one set (one driver's session, or a group of reference laps) vary among themselves.

    Robust standard deviations (1.4826 * MAD), pooled over corners; floors keep them above the measurement noise. Gates of the
    cause methods are multiples of these, never fixed metres.
    """

    offset_m: float  # lateral position at equal station
    brake_on_m: float
    brake_level: float  # relative, of mean deceleration
    v_min_frac: float  # relative, of minimum speed
    throttle_on_m: float
    curvature_frac: float  # relative, of curvature near the apex
    time_s: float  # time lost per corner window
    lap_count: int  # laps it was measured on; 1 means: floors only

    def averaged_over(self, references: int) -> Scatter:
        """Scatter of what is averaged over several references: gates come down with the square root of their number.

        Gates as wide as single laps differ would cut off, lap by lap, what the references have in common before they are averaged,
        and a cause would come and go with each exchange of a reference. The time's scatter stays: the own lap is still one.
        """
        share = 1.0 / float(np.sqrt(references))
        shrunk = {field.name: getattr(self, field.name) * share for field in fields(self) if field.name not in {"time_s", "lap_count"}}
        return replace(self, **shrunk)


@dataclass(frozen=True, slots=True)
class LapPair:
    """Own lap and reference lap on one station grid, cut into windows.

    `windows[i]` are the stations [start_m, end_m] of `corners[i]`; they lie in [0, L] and are the corner windows of the track.
    Loss before the first window belongs to no corner of this lap.
    """

    own: LapTrace
    reference: LapTrace
    own_path: LapPath
    reference_path: LapPath
    track: TrackMap
    corners: tuple[Corner, ...]
    own_phases: tuple[CornerPhases, ...]
    reference_phases: tuple[CornerPhases, ...]
    car: CarModel
    scatter: Scatter
