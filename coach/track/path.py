"""The path a lap really took, on its station grid: course, curvature, driven metres per station metre, position.

From body velocities and yaw where the source has them, from the yaw rate or Lat/Lon otherwise, from the steering as a last
resort (then only the shape of the curvature is meaningful and there is no position).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from coach.arrays import FloatArray


class PathSource(StrEnum):
    """What the path was reckoned from, best first."""

    VELOCITY_YAW = "velocity and yaw"
    LAT_LON = "lat/lon"
    YAW_RATE = "yaw rate"
    STEERING = "steering"  # curvature by shape only; no position, no offset
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LapPath:
    """Path of one lap on its grid; every array has the grid's shape (m,), NaN in uncovered margins.

    course_rad: direction of travel, unwrapped, + left; curvature_1pm: d(course)/d(driven metres), + left, smoothed over about
    4 m; stretch: driven metres per station metre; x_m, y_m: dead-reckoned position, closed over the lap, NaN when the source
    is STEERING or NONE; offset_m: + left of the track map's line at the same station, relative only (bias common to a track
    cancels between laps), NaN without position.
    """

    source: PathSource
    course_rad: FloatArray
    curvature_1pm: FloatArray
    stretch: FloatArray
    x_m: FloatArray
    y_m: FloatArray
    offset_m: FloatArray
