"""Phases of a corner as rows of a table, own beside the reference's: the same in the report and on the site."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coach.report.charts import KMH
from coach.wording import DASH

# What it is called, the field of a corner's phases, what it is multiplied by to be shown, and how.
_ROWS = (
    ("lift", "lift_m", 1.0, "{:.0f} m"),
    ("brake on", "brake_on_m", 1.0, "{:.0f} m"),
    ("peak brake", "brake_peak", 100.0, "{:.0f} %"),
    ("brake off", "brake_off_m", 1.0, "{:.0f} m"),
    ("turn-in", "turn_in_m", 1.0, "{:.0f} m"),
    ("minimum speed", "v_min_mps", KMH, "{:.1f} km/h"),
    ("at", "v_min_at_m", 1.0, "{:.0f} m"),
    ("throttle on", "throttle_on_m", 1.0, "{:.0f} m"),
    ("full throttle", "full_throttle_m", 1.0, "{:.0f} m"),
    ("exit speed", "exit_speed_mps", KMH, "{:.1f} km/h"),
    ("coasting", "coasting_m", 1.0, "{:.0f} m"),
)
Phase = Callable[[str], float | None]


def phase_rows(own: Phase, reference: Phase) -> list[dict[str, str]]:
    """Rows of label, own and reference; what neither of them has is left out. `own(field)`: SI, NaN or None where it is not known."""
    return [
        {"label": label, "own": figure(own(name), scale, form), "reference": figure(reference(name), scale, form)}
        for label, name, scale, form in _ROWS
        if _known(own(name)) or _known(reference(name))
    ]


def figure(value: float | None, scale: float, form: str) -> str:
    """A figure in the form it is shown in; a dash when it is not known."""
    return form.format(value * scale) if value is not None and np.isfinite(value) else DASH


def _known(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))
