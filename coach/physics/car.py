"""What the car can do, learned from laps: acceleration at full throttle, braking and lateral limits by speed.

Gravity and bank are removed where the source allows it. It is a point-mass description and stays independent of any simulator.
"""

from __future__ import annotations

from dataclasses import dataclass

from coach.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class CarModel:
    """Limits by speed, shape (k,) each on `speed_mps` (strictly increasing); outside the range the ends hold.

    accel_full_mps2: net acceleration at full throttle on the flat (drive minus drag; may be negative beyond top speed);
    lateral_mps2, braking_mps2 (> 0): limits of pure cornering and pure braking (drag included in braking);
    braking_typical_mps2: the deceleration this driver or group usually reaches in its main applications;
    ellipse: exponent p of (ax/ax_max)^p + (ay/ay_max)^p = 1;
    speed_per_rpm: shape (gears + 1,), v / rpm by gear with the clutch engaged, NaN where never seen (index 0 unused);
    hits: samples behind each speed bin: confidence;
    traction_share: grip available for driving forward, as a share of braking_mps2 (below 1: not all wheels drive).
    lateral_by_shape: the curvature came from steering: lateral_mps2 fits paths of that source only and is not to be quoted.
    lateral_mps2 is NaN throughout when there is no path at all: nothing is known about cornering then.
    """

    speed_mps: FloatArray
    accel_full_mps2: FloatArray
    lateral_mps2: FloatArray
    braking_mps2: FloatArray
    braking_typical_mps2: float
    ellipse: float
    speed_per_rpm: FloatArray
    hits: FloatArray
    traction_share: float = 1.0
    lateral_by_shape: bool = False
