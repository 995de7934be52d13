"""How the driver's actions in a corner differ from the reference's, as plain figures whose names say unit and direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from coach.compare.phases import CornerPhases

MPS_TO_KMH = 3.6


def differences(own: CornerPhases, reference: CornerPhases) -> dict[str, float]:
    """Own against reference; NaN where either did not happen."""
    brake_later = own.brake_on_m - reference.brake_on_m
    brake_harder = 100.0 * (own.brake_peak - reference.brake_peak)
    return {
        "brake_on_later_m": brake_later,
        "brake_on_earlier_m": -brake_later,
        "brake_peak_more_percent": brake_harder,
        "brake_peak_less_percent": -brake_harder,
        "v_min_less_kmh": MPS_TO_KMH * (reference.v_min_mps - own.v_min_mps),
        "throttle_on_later_m": own.throttle_on_m - reference.throttle_on_m,
        "full_throttle_later_m": own.full_throttle_m - reference.full_throttle_m,
        "coasting_more_m": own.coasting_m - reference.coasting_m,
        "gear_difference": abs(own.gear_at_min - reference.gear_at_min),
        "trail_less_m": reference.trail_m - own.trail_m,
    }


def mean_differences(laps: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean over laps of each figure, laps that lack it left out; NaN when all do."""
    means = {}
    for name in laps[0]:
        seen = np.array([lap[name] for lap in laps if np.isfinite(lap[name])])
        means[name] = float(seen.mean()) if len(seen) else float(np.nan)
    return means
