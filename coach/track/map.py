"""The track map: the line that stations are measured on, and the corners, fixed per track configuration and versioned.

It holds no lap and no lap time. Building it from laps is `coach/track/build.py`, finding the corners `coach/track/corners.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from coach.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Corner:
    """One corner. All stations in metres, start_m < turn_in_m <= apex_m <= turn_out_m <= end_m.

    The windows [start_m, end_m] of a track's corners are disjoint and, in order, cover the lap from the first start_m to L
    without a gap (end_m of one is start_m of the next; the last ends at L). `start_m` lies on the straight before the corner,
    before any braking or lifting for it; the straight that follows the corner belongs to it. What lies before the first
    start_m is the tail of the lap before and is called corner 0 in comparisons.
    """

    number: int  # 1, 2, ... in driving order: what the corner is known by inside the program
    name: str  # "Turn 1" unless a corner-name file says better
    direction: int  # +1 left, -1 right
    start_m: float
    turn_in_m: float  # where the reference line leaves the straight band; a driver's own turn-in is in his phases
    apex_m: float  # centre of the reference line's curvature (geometric)
    turn_out_m: float
    end_m: float
    complex_id: int = 0  # corners that share a non-zero id are linked: too close to be driven apart
    coachable: bool = True  # False: a kink that is taken flat out
    turn_number: str = ""  # what a driver reads: the official one ("10A") where it is known (`coach/track/names.py`), else `number`

    def __post_init__(self) -> None:
        if not self.turn_number:
            object.__setattr__(self, "turn_number", str(self.number))


@dataclass(frozen=True, slots=True)
class TrackMap:
    """A track configuration: geometry on the station grid, shape (n,) each, station i * step_m, closed (n * step_m = L).

    x_m, y_m: the reference line in the plane, origin at the line, x along the track there; heading_rad: unwrapped, + left;
    curvature_1pm: + left; grade_frac (+ uphill), bank_rad (+ left side low): NaN where not measurable;
    left_m, right_m: how far cars went to either side and stayed on track (>= 0, NaN unknown).
    """

    track_id: str
    name: str
    config: str
    length_m: float
    step_m: float
    version: int  # counts up whenever the geometry or the corners change
    lap_count: int
    x_m: FloatArray
    y_m: FloatArray
    heading_rad: FloatArray
    curvature_1pm: FloatArray
    grade_frac: FloatArray
    bank_rad: FloatArray
    left_m: FloatArray
    right_m: FloatArray
    corners: tuple[Corner, ...]

    def corner_at(self, station_m: float) -> Corner | None:
        """The corner whose window holds a station; None before the first window."""
        return next((corner for corner in self.corners if corner.start_m <= station_m <= corner.end_m), None)
