"""What really happened in a drive, by the physics: locked wheels, spinning wheels, slides, excursions, spins.

Ground truth for detectors: slip and wheels off the track come from the simulation, not from what a recording shows. A car that is
spinning or more than half off the track has one event, the spin or the excursion: what its wheels do meanwhile is no mistake of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.sim.car import CarParams
from coach.telemetry.tick_clock import TICK_S

SLOW_MPS = 8.0  # below this slip means little (coaching.md 0: silent below 8-10 m/s)
LOCK_SLIP, SPIN_SLIP = 0.20, 0.12  # coaching.md 3.5, the .ibt check for locks and the wheelspin threshold
LOCK_S, SPIN_S = 0.10, 0.15
SLIDE_S = 0.25
PAST_PEAK = 1.25  # slip of an axle over that of its peak: force no longer grows
OFF_WHEELS = 3  # more than half of the car is off (faq.iracing.com, off track)
LEFT_TRACK = frozenset({"off_track", "spin"})  # kinds after which a lap is lost
SPINNING_RAD = np.radians(15.0)  # coaching.md 3.5: a spin


@dataclass(frozen=True, slots=True)
class RunEvent:
    """kind: lockup, wheelspin, understeer, oversteer, off_track, spin or a trouble's name.

    strength: largest slip of the axle, each wheel weighing by its load (a lock-up or wheelspin of one unloaded wheel is weak, because
    it costs hardly any force); of slides the axle's slip over that of its peak; of an excursion the wheels off.
    """

    kind: str
    lap: int
    station_m: float
    time_s: float
    duration_s: float
    strength: float


def find_events(ticks: Mapping[str, FloatArray], laps: FloatArray, car: CarParams) -> tuple[RunEvent, ...]:
    """Events in order of time. ticks: recorded columns of `lap.RECORDED_NAMES`, laps: number by tick, both (k,)."""
    spinning = (ticks["lost"] > 0.0) | (np.abs(np.arctan2(ticks["vy"], np.maximum(ticks["vx"], 1.0))) > SPINNING_RAD)
    driven = (np.hypot(ticks["vx"], ticks["vy"]) > SLOW_MPS) & (ticks["off"] < OFF_WHEELS)
    lock = -np.min([ticks[f"k{i}"] for i in range(4)], axis=0)
    spin = np.max([ticks[f"k{i}"] for i in (2, 3)], axis=0)
    locked = np.maximum(_of_axle(ticks, lambda i: -ticks[f"k{i}"], 0), _of_axle(ticks, lambda i: -ticks[f"k{i}"], 2))
    spun = _of_axle(ticks, lambda i: ticks[f"k{i}"], 2)
    sideways = _of_axle(ticks, lambda i: _sideways(ticks, i, car), 0)  # a front that brakes too hard is no understeer
    front, rear = (_of_axle(ticks, lambda i: ticks[f"rho{i}"], axle) for axle in (0, 2))
    rolling = driven & ~spinning & (lock < LOCK_SLIP)
    braking, pushing = ticks["brake"] > 0.05, ticks["throttle"] > 0.3
    found = [
        *_spans("lockup", driven & ~spinning & (lock > LOCK_SLIP) & braking, LOCK_S, locked, ticks, laps),
        *_spans("wheelspin", driven & ~spinning & (spin > SPIN_SLIP) & pushing, SPIN_S, spun, ticks, laps),
        *_spans(
            "understeer", rolling & (spin < SPIN_SLIP) & (sideways > PAST_PEAK) & (sideways > rear + 0.2), SLIDE_S, sideways, ticks, laps
        ),
        *_spans("oversteer", driven & (rear > PAST_PEAK) & (rear > front + 0.2) & (lock < LOCK_SLIP), SLIDE_S, rear, ticks, laps),
        *_spans("off_track", ticks["off"] >= OFF_WHEELS, 2.0 * TICK_S, ticks["off"], ticks, laps),
        *_spans("spin", ticks["lost"] == 1.0, TICK_S, rear, ticks, laps),  # 2 is the way back, which a script drives
    ]
    return tuple(sorted(found, key=lambda event: event.time_s))


def _of_axle(ticks: Mapping[str, FloatArray], wheel: Callable[[int], FloatArray], left: int) -> FloatArray:
    """Mean over the wheels left, left + 1, each by its load; (k,)."""
    loads = [np.maximum(ticks[f"fz{i}"], 1.0) for i in (left, left + 1)]
    return np.asarray((loads[0] * wheel(left) + loads[1] * wheel(left + 1)) / (loads[0] + loads[1]))


def _sideways(ticks: Mapping[str, FloatArray], i: int, car: CarParams) -> FloatArray:
    """Slip across the wheel over that of the peak: what is left of the whole slip without its part along the wheel."""
    along = ticks[f"k{i}"] / car.peak_slip_long
    return np.sqrt(np.maximum(ticks[f"rho{i}"] ** 2 - along**2, 0.0))


def _spans(kind: str, mask: BoolArray, least_s: float, strength: FloatArray, ticks: Mapping[str, FloatArray], laps: FloatArray) -> list[RunEvent]:  # fmt: skip
    """Runs of True that last at least least_s."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    spans = []
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if (b - a) * TICK_S >= least_s - 1e-9:
            spans.append(RunEvent(kind, int(laps[a]), float(ticks["s"][a]), float(ticks["t"][a]), float((b - a) * TICK_S), float(np.max(strength[a:b]))))  # fmt: skip
    return spans
