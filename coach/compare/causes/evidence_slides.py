"""Slides in method A: a rear that steps out throws the car off its line and off its speed, so what follows is the slide's doing."""

from __future__ import annotations

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.causes.evidence_signals import Signals
from coach.compare.causes.evidence_stretches import Stretch

SLIDE_RAD = np.radians(3.0)  # coaching.md 3.5: sideslip beyond the usual one that is a slide
SLIDE_S = 0.2  # coaching.md 3.5: for as long


def slides(own: Signals, ref: Signals, part: slice) -> BoolArray:
    """Stations with more sideslip than the reference, caught with the wheel against the turn."""
    more = np.abs(own.sideslip[part]) - np.abs(ref.sideslip[part]) > SLIDE_RAD
    return np.asarray(more & (own.steer[part] * own.kappa[part] < 0.0))


def after_slide(stretch: Stretch, own: Signals, ref: Signals, elsewhere: FloatArray, step_m: float) -> BoolArray:
    """Stations of the stretch from its first slide to own full throttle, shape (n,).

    A slide counts when it lasts and begins on the reference's line: otherwise it follows from the line. `elsewhere`: how surely
    the stations are on another one.
    """
    sliding = slides(own, ref, stretch.part)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sliding.astype(np.int8), [0]])))
    marked = np.zeros(len(sliding), dtype=np.bool_)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        lasts = (last - first) * step_m / float(own.v[stretch.begin + first]) >= SLIDE_S
        if lasts and elsewhere[first] < 0.5 and stretch.begin + first < stretch.own.full:
            marked[first : stretch.own.full - stretch.begin] = True
            break
    return marked
