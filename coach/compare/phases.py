"""What the driver did in a corner, as stations and levels, found with sub-tick precision.

Thresholds adapt to the car and to the driver's own noise; see `find_phases`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NAN = float(np.nan)


@dataclass(frozen=True, slots=True)
class CornerPhases:
    """One corner of one lap. Stations in metres from the line (they may be negative or above L at the lap's ends).

    NaN means that it did not happen (no braking in a flat kink) or that the source lacks the channel.
    """

    lift_m: float = NAN  # throttle falls for the corner
    brake_on_m: float = NAN  # main application begins
    brake_peak: float = NAN  # largest brake, 0..1
    brake_peak_m: float = NAN
    brake_release_m: float = NAN  # brake begins to come off for good
    brake_off_m: float = NAN  # brake is off
    turn_in_m: float = NAN
    trail_m: float = NAN  # brake_off_m - turn_in_m when positive, else 0
    v_min_mps: float = NAN
    v_min_at_m: float = NAN
    throttle_on_m: float = NAN  # first sustained application after the minimum speed region
    full_throttle_m: float = NAN  # full and held
    entry_speed_mps: float = NAN  # at turn-in
    exit_speed_mps: float = NAN  # at the corner's turn-out
    coasting_m: float = NAN  # metres on neither pedal inside the window
    coasting_s: float = NAN
    lifts: int = 0  # re-lifts after throttle application
    gear_at_min: float = NAN
    shifts_m: tuple[tuple[float, int], ...] = ()  # (station, new gear)
