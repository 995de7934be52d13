"""Cuts a pair of laps into units of driving: approach, braking, slowest point, throttle, straight; one unit per slowing.

Units come from the reference's speed and from both drivers' pedals, not from the corners of the map: a window of the map may
hold two brakings, or begin in the middle of one. Everything is an index on the common stations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from coach.arrays import FloatArray
from coach.compare.causes.impulse_gates import SIGMAS
from coach.compare.causes.impulse_sides import BRAKE, FULL, PARTIAL, Side, Sides, sustained

SWING = 0.03  # a slowing takes off at least this part of the speed; less is a kink or a ripple
MERGE_S = 0.15  # brake blips nearer than this are one application (coaching.md 2.4)
HELD_S = 0.3  # throttle for less is a stab (coaching.md 2.4)
LEAST_PEAK = 0.1  # of the pedal's range: a foot resting on the brake is no braking
BEFORE_LIFT_M = 10.0  # a unit begins this far before the first of the two lifts (coaching.md 2.8, method A step 3: the same margin)


@dataclass(frozen=True, slots=True)
class Actions:
    """What one driver did in a unit, as indices; `brakes` False: brake_on and brake_off equal the slowest point."""

    brakes: bool
    lift: int  # throttle leaves full
    brake_on: int
    brake_off: int
    brake_peak: float  # of the pedal's range
    slowest: int
    throttle_on: int  # first application that is held
    full_throttle: int  # the unit's end when it does not come


@dataclass(frozen=True, slots=True)
class Unit:
    """Indices [start, end) and the actions of both."""

    start: int
    end: int
    own: Actions
    reference: Actions

    @property
    def span(self) -> slice:
        """The unit's indices."""
        return slice(self.start, self.end)


def units_of(sides: Sides, v_min_scatter: float) -> tuple[Unit, ...]:
    """Units in driving order; together they cover all stations. A lap without any slowing is one unit."""
    low = turning_points(np.log(sides.reference.speed_mps), max(SWING, SIGMAS * v_min_scatter))
    if not low:
        low = [int(np.argmin(sides.reference.speed_mps))]
    bounds = [0, *(_boundary(sides, a, b) for a, b in pairwise(low)), len(sides.station_m)]
    return tuple(
        Unit(start, end, actions_of(sides.own, start, end, turn), actions_of(sides.reference, start, end, turn))
        for (start, end), turn in zip(pairwise(bounds), low, strict=True)
    )


def turning_points(values: FloatArray, swing: float) -> list[int]:
    """Indices of the minima that stand out from the maximum before them, and the one after, by `swing`.

    A fall that the values end in counts with its lowest point: beyond the line it is the braking for the next lap's first corner,
    which is no part of the last corner.
    """
    minima: list[int] = []
    lowest = highest = 0
    falling = False
    for i, value in enumerate(values.tolist()):
        if falling:
            if value < values[lowest]:
                lowest = i
            elif value > values[lowest] + swing:
                minima.append(lowest)
                falling, highest = False, i
        elif value > values[highest]:
            highest = i
        elif value < values[highest] - swing:
            falling, lowest = True, i
    return [*minima, lowest] if falling else minima


def _boundary(sides: Sides, first: int, second: int) -> int:
    """Where one unit ends and the next begins, between two slowest points of the reference.

    Shortly before the first of both lifts for the second, but not before the reference is on full throttle after the first;
    where it never is, at its highest speed between them.
    """
    reference, own = sides.reference, sides.own
    full = np.flatnonzero(sustained(reference.state[first:second] == FULL, reference.time_s[first:second], HELD_S))
    if not len(full):
        return first + int(np.argmax(reference.speed_mps[first:second]))
    lifts = [_last_full(side, first, second) for side in (reference, own)]
    return max(first + int(full[0]) + 1, min(lifts) - round(BEFORE_LIFT_M / sides.step_m))


def _last_full(side: Side, first: int, second: int) -> int:
    """Last index of full throttle before the driver slows for the second point."""
    slows = first + int(np.argmax(side.speed_mps[first:second]))
    braking = np.flatnonzero(side.state[slows:second] == BRAKE)
    until = slows + int(braking[0]) if len(braking) else second
    full = np.flatnonzero(side.state[first:until] == FULL)
    return first + int(full[-1]) if len(full) else slows


def actions_of(side: Side, start: int, end: int, turn: int) -> Actions:
    """What a driver did between two indices; `turn`: where the reference is slowest.

    Before the slowing no speed is the slowest one: the first unit may begin at the exit of the pits or on the way out of a slower corner.
    """
    fastest = start + int(np.argmax(side.speed_mps[start : turn + 1]))
    slowest = fastest + int(np.argmin(side.speed_mps[fastest:end]))
    run = _main_braking(side, start, end)
    on, full = _application(side, run[1] if run else slowest, end)
    first = run[0] if run else slowest
    before = np.flatnonzero(side.state[start : first + 1] == FULL)
    return Actions(
        brakes=run is not None,
        lift=start + int(before[-1]) + 1 if len(before) else start,
        brake_on=first,
        brake_off=run[1] if run else slowest,
        brake_peak=float(np.max(side.brake[run[0] : run[1] + 1])) if run else 0.0,
        slowest=slowest,
        throttle_on=on,
        full_throttle=full,
    )


def _main_braking(side: Side, start: int, end: int) -> tuple[int, int] | None:
    """First and last index of the application that brakes most; None when nobody brakes."""
    on = side.state[start:end] == BRAKE
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    runs = _merged([(start + int(a), start + int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)], side.time_s)
    runs = [run for run in runs if float(np.max(side.brake[run[0] : run[1] + 1])) >= LEAST_PEAK]
    return max(runs, key=lambda run: float(np.sum(side.brake[run[0] : run[1] + 1])), default=None)


def _merged(runs: Sequence[tuple[int, int]], time_s: FloatArray) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in runs:
        if merged and time_s[first] - time_s[merged[-1][1]] < MERGE_S:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def _application(side: Side, first: int, end: int) -> tuple[int, int]:
    """First held throttle and first held full throttle from the end of braking on; the end where they do not come.

    Not from the slowest point: a driver who gives the throttle up again for the next corner is slowest there.
    """
    found = []
    for least in (PARTIAL, FULL):
        held = sustained(side.state[first:end] >= least, side.time_s[first:end], HELD_S)
        found.append(first + int(np.argmax(held)) if held.any() else end)
    return found[0], found[1]
