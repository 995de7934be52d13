"""A made circuit for students."""

from __future__ import annotations

import numpy as np

from coach.exam.students import CostModel

N = 8


def costs() -> CostModel:
    """Eight corners that cost more from the first to the last; causes as dear to each other as on the proving ground."""
    linear = np.tile([0.008, 0.004, 0.03, 0.008, 0.04], (N, 1)) * np.linspace(0.5, 1.5, N)[:, None]
    return CostModel("made up", tuple(range(1, N + 1)), linear, 0.02 * linear, np.linspace(5.0, 75.0, N), 80.0)
