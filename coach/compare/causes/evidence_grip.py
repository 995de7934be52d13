"""Grip evidence of method A: less lateral acceleration everywhere, though the driver asks for as much as the reference.

That is tyres, set-up or conditions and nobody's mistake in a corner. A driver who merely goes slower steers less for the same
arc, because tyres slip less when they carry less; a car without grip needs as much or more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.compare.causes.evidence_line import GATE_SIGMAS
from coach.compare.causes.evidence_signals import NEAR_S, Signals
from coach.compare.causes.evidence_stretches import Stretch
from coach.compare.pair import Scatter

EVERYWHERE = 0.75  # of the corners: what three of four corners show is not one corner's doing
FEWEST = 3  # corners; two alike may be chance


def grip_shortfall(stretches: Sequence[Stretch], own: Signals, ref: Signals, scatter: Scatter, step_m: float) -> float:
    """Share of the apex speed that missing grip takes in every corner; 0 when nothing shows that grip is missing."""
    speed_ratios, steer_ratios = [], []
    for stretch in stretches:
        slowest = stretch.ref.slowest
        near = round(NEAR_S * float(ref.v[slowest]) / step_m) + 1
        part = slice(max(0, slowest - near), slowest + near)
        kappa, kappa_ref = float(np.abs(own.kappa[part]).mean()), float(np.abs(ref.kappa[part]).mean())
        steer, steer_ref = float(np.abs(own.steer[part]).mean()), float(np.abs(ref.steer[part]).mean())
        if min(kappa, kappa_ref, steer, steer_ref) > 0.0:  # False for NaN: without path or steering nothing is known
            lateral = float((own.v[part] ** 2).mean()) * kappa / (float((ref.v[part] ** 2).mean()) * kappa_ref)
            speed_ratios.append(np.sqrt(lateral))
            steer_ratios.append(steer / kappa * kappa_ref / steer_ref)
    if len(speed_ratios) < FEWEST:
        return 0.0
    short = 1.0 - np.array(speed_ratios)
    asked = float(np.median(steer_ratios)) >= 1.0
    shared = float(np.quantile(short, 1.0 - EVERYWHERE))  # three of four corners lack at least this much
    return shared if asked and shared > GATE_SIGMAS * scatter.v_min_frac else 0.0
