"""What really happened in a drive, by the physics: locked wheels, spinning wheels, slides, excursions, spins.

Ground truth for detectors: slip and wheels off the track come from the simulation, not from what a recording shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray

TICK_S = 1.0 / 60.0
SLOW_MPS = 8.0  # below this slip means little (coaching.md 0: silent below 8-10 m/s)
LOCK_SLIP, SPIN_SLIP = 0.20, 0.12  # coaching.md 3.5, the .ibt check for locks and the wheelspin threshold
LOCK_S, SPIN_S = 0.10, 0.15
SLIDE_S = 0.25
PAST_PEAK = 1.25  # slip of an axle over that of its peak: force no longer grows
OFF_WHEELS = 3  # more than half of the car is off (faq.iracing.com, off track)


@dataclass(frozen=True, slots=True)
class RunEvent:
    """kind: lockup, wheelspin, understeer, oversteer, off_track, spin or a trouble's name; strength: largest slip, or wheels off."""

    kind: str
    lap: int
    station_m: float
    time_s: float
    duration_s: float
    strength: float


def find_events(ticks: Mapping[str, FloatArray], laps: FloatArray) -> tuple[RunEvent, ...]:
    """Events in order of time. ticks: recorded columns of `lap.RECORDED_NAMES`, laps: number by tick, both (k,)."""
    fast = (np.hypot(ticks["vx"], ticks["vy"]) > SLOW_MPS) & (ticks["lost"] < 2.0)
    lock = -np.min([ticks[f"k{i}"] for i in range(4)], axis=0)
    spin = np.max([ticks[f"k{i}"] for i in (2, 3)], axis=0)
    front = 0.5 * (ticks["rho0"] + ticks["rho1"])
    rear = 0.5 * (ticks["rho2"] + ticks["rho3"])
    clean = (lock < LOCK_SLIP) & (spin < SPIN_SLIP)
    found = [
        *_spans("lockup", fast & (lock > LOCK_SLIP) & (ticks["brake"] > 0.05), lock, LOCK_S, ticks, laps),
        *_spans("wheelspin", fast & (spin > SPIN_SLIP) & (ticks["throttle"] > 0.3), spin, SPIN_S, ticks, laps),
        *_spans("understeer", fast & clean & (front > PAST_PEAK) & (front > rear + 0.2), front, SLIDE_S, ticks, laps),
        *_spans("oversteer", fast & (rear > PAST_PEAK) & (rear > front + 0.2) & (lock < LOCK_SLIP), rear, SLIDE_S, ticks, laps),
        *_spans("off_track", ticks["off"] >= OFF_WHEELS, ticks["off"], 2.0 * TICK_S, ticks, laps),
        *_spans("spin", ticks["lost"] > 0.0, rear, TICK_S, ticks, laps),
    ]
    return tuple(sorted(found, key=lambda event: event.time_s))


def _spans(kind: str, mask: BoolArray, strength: FloatArray, least_s: float, ticks: Mapping[str, FloatArray], laps: FloatArray) -> list[RunEvent]:  # fmt: skip
    """Runs of True that last at least least_s."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    spans = []
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if (b - a) * TICK_S >= least_s - 1e-9:
            spans.append(RunEvent(kind, int(laps[a]), float(ticks["s"][a]), float(ticks["t"][a]), float((b - a) * TICK_S), float(np.max(strength[a:b]))))  # fmt: skip
    return spans
