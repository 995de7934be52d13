"""The tyre: combined slip by the similarity method, a peak and a fall-off, grip falling with load.

The force points along the normalised slip and its size is mu Fz G(rho), rho the slip over the slip of the peak:

    G(rho) = sin(C atan(B rho)),  B = tan(pi / (2 C)),  so that G(1) = 1 is the peak

Pacejka, Tyre and Vehicle Dynamics, 3rd ed. 2012, sections 1.2.3, 4.2 (similarity) and 4.3 (the sine of an arctangent); C alone
sets how much is lost beyond the peak: G -> sin(C pi / 2). Load: mu = mu0 (1 - k (Fz - Fz0) / Fz0).
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from coach.arrays import FloatArray

LEAST_MU = 0.3  # of mu0: the linear load law is not followed beyond any load it was made for


@nb.njit(cache=True)
def shape(rho: float, c: float) -> float:
    """Share of the peak force at normalised slip rho >= 0; 1 at rho = 1."""
    return math.sin(c * math.atan(math.tan(math.pi / (2.0 * c)) * rho))


@nb.njit(cache=True)
def inverse_shape(share: float, c: float) -> float:
    """Normalised slip below the peak that gives a share of the peak force, 0..1."""
    return math.tan(math.asin(min(max(share, 0.0), 1.0)) / c) / math.tan(math.pi / (2.0 * c))


@nb.njit(cache=True)
def friction(load: float, mu0: float, sensitivity: float, rated: float) -> float:
    """Coefficient of friction at a load, N."""
    return mu0 * max(1.0 - sensitivity * (load - rated) / rated, LEAST_MU)


@nb.njit(cache=True)
def stiffness_share(rho: float, c: float) -> float:
    """G(rho) / rho, finite at 0: the secant by which slip becomes force."""
    return shape(rho, c) / rho if rho > 1e-6 else c * math.tan(math.pi / (2.0 * c))


def curve(rho: FloatArray, c: float) -> FloatArray:
    """`shape` of many slips, plain numpy."""
    return np.asarray(np.sin(c * np.arctan(np.tan(np.pi / (2.0 * c)) * rho)))
