"""Where each corner's window starts, from what drivers did with the pedals before it, and which bends are taken flat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.laps.trace import LapTrace

# coaching.md 2.3: from 90 m (or 2 s) before the earliest brake onset seen; the more generous of the two.
LEAD_M = 90.0
LEAD_S = 2.0
BRAKING = 0.05  # coaching.md 2.4: onset threshold of the brake
LIFTED = 0.9  # of the lap's own full throttle; a pedal held down strays less than a tenth
SHIFT_S = 0.25  # a throttle cut of an upshift is shorter; so is a full-throttle stretch that is no straight
FASTEST = 0.2  # coaching.md 2.3: share of the laps that decides whether a bend is taken flat


class Stretch(Protocol):
    """What is needed of a bend."""

    @property
    def turn_in_m(self) -> float: ...  # noqa: D102
    @property
    def apex_m(self) -> float: ...  # noqa: D102
    @property
    def turn_out_m(self) -> float: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class LapInputs:
    """One lap's pedals on its grid, shape (m,): `flat` is full throttle without brake (short cuts bridged)."""

    station_m: FloatArray
    speed_mps: FloatArray
    flat: BoolArray
    known: bool  # False: the source has no pedals
    lap_time_s: float


def inputs_of(trace: LapTrace) -> LapInputs:
    """Pedal state of a lap; throttle pedal before throttle body, because the body is cut on upshifts."""
    speed, step = trace.grid["speed_mps"], trace.step_m
    throttle, brake = (_pedal(trace, f"{name}_raw_frac", f"{name}_frac") for name in ("throttle", "brake"))
    known = throttle is not None
    flat = np.ones(len(speed), dtype=bool)
    if throttle is not None:
        flat &= throttle > LIFTED * np.nanpercentile(throttle, 95)
    if brake is not None:
        flat &= ~(brake > BRAKING)
    seconds = step / np.maximum(np.nan_to_num(speed, nan=1.0), 1.0)
    lap_time = trace.lap.lap_time_s
    return LapInputs(
        trace.grid["station_m"],
        speed,
        _without_short(_without_short(flat, seconds, SHIFT_S, value=False), seconds, SHIFT_S, value=True),
        known,
        lap_time if np.isfinite(lap_time) else float(np.nansum(step / np.maximum(speed, 1.0))),
    )


def _pedal(trace: LapTrace, *names: str) -> FloatArray | None:
    for name in names:
        if trace.has(name) and np.isfinite(trace.grid[name]).any():
            return trace.grid[name]
    return None


def _without_short(flags: BoolArray, seconds: FloatArray, shortest_s: float, *, value: bool) -> BoolArray:
    """Runs of `value` that last less than `shortest_s` are turned over; runs at the ends stay."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8))) + 1
    bounds = np.concatenate([[0], edges, [len(flags)]])
    lasted = np.add.reduceat(seconds, bounds[:-1])
    result = flags.copy()
    for i in range(1, len(bounds) - 2):
        if flags[bounds[i]] == value and lasted[i] < shortest_s:
            result[bounds[i] : bounds[i + 1]] = not value
    return result


def taken_flat(bends: Sequence[Stretch], laps: list[LapInputs], length_m: float) -> list[bool]:
    """Whether the fastest fifth of the laps (one at least) drives through each bend without lifting."""
    ordered = sorted((lap for lap in laps if lap.known), key=lambda lap: lap.lap_time_s)
    fastest = ordered[: max(1, round(FASTEST * len(ordered)))]
    return [bool(fastest) and all(_flat_through(bend, lap, length_m) for lap in fastest) for bend in bends]


def _flat_through(bend: Stretch, lap: LapInputs, length_m: float) -> bool:
    """No lift from turn-in to turn-out, wherever on the lap's grid (margins included) the bend shows up."""
    for shift in (0.0, length_m, -length_m):
        inside = (lap.station_m >= bend.turn_in_m + shift) & (lap.station_m <= bend.turn_out_m + shift)
        if not lap.flat[inside & np.isfinite(lap.speed_mps)].all():
            return False
    return True


def window_starts(bends: Sequence[Stretch], flat: list[bool], laps: list[LapInputs], length_m: float) -> list[float]:
    """Start of each bend's window, m; the first may lie before the line (then it is negative)."""
    starts = []
    for i, bend in enumerate(bends):
        before = bends[i - 1]
        shift = length_m if i == 0 else 0.0
        starts.append(_start(bend, before.apex_m - shift, before.turn_out_m - shift, laps, flat=flat[i]))
    return starts


def _start(bend: Stretch, apex_before_m: float, turn_out_before_m: float, laps: list[LapInputs], *, flat: bool) -> float:
    """The lead before the earliest action, but not before the corner before has been left at full throttle."""
    actions, opened, lead, slowest = [bend.turn_in_m], [turn_out_before_m], LEAD_M, np.inf
    for lap in laps:
        action, full, speed = _approach(lap, apex_before_m, bend)
        if not flat:
            actions.append(np.fmin(action, bend.turn_in_m))
        opened.append(full)
        lead, slowest = max(lead, LEAD_S * speed), min(slowest, speed)
    earliest = float(np.nanmin(actions))
    wanted = max(earliest - lead, float(np.nanmax(opened)))
    if wanted < earliest:
        return wanted
    # Linked bends: nobody is at full throttle between them, or somebody acts before another one is. The window then starts a
    # moment before the action, even where the car still turns for the bend before; one lap's odd lift must not cut that short.
    usual = float(np.nanpercentile(actions, 25))
    return max(usual - SHIFT_S * slowest, 0.5 * (apex_before_m + usual))


def _approach(lap: LapInputs, apex_before_m: float, bend: Stretch) -> tuple[float, float, float]:
    """One lap between two apexes: (station of the action for the second, of full throttle after the first, speed there).

    The car slows from its largest speed on; the action is where the full-throttle run before that ends. A blip of throttle
    inside the corner is none. Without full throttle between the apexes the largest speed itself stands for the action.
    """
    inside = np.flatnonzero((lap.station_m > apex_before_m) & (lap.station_m < bend.apex_m) & np.isfinite(lap.speed_mps))
    if len(inside) == 0:
        return bend.turn_in_m, np.nan, 0.0
    fastest = inside[int(np.argmax(lap.speed_mps[inside]))]
    flat = inside[lap.flat[inside] & (inside <= fastest)]
    speed = float(lap.speed_mps[fastest])
    if lap.station_m[fastest] - lap.station_m[inside[0]] < SHIFT_S * speed:
        return np.nan, np.nan, speed  # still slowing for the bend before: a chicane has one braking zone
    if len(flat) == 0 or not lap.known:
        return float(lap.station_m[fastest]), np.nan, speed
    return float(lap.station_m[flat[-1]]), float(lap.station_m[flat[0]]), float(lap.speed_mps[flat[-1]])


def lap_starts(starts: list[float], bends: Sequence[Stretch], length_m: float, step_m: float) -> list[float]:
    """Window starts within the lap: the first not before the line nor before the last bend of the lap before has ended."""
    reach = max(0.0, bends[-1].turn_out_m - length_m)
    inside = [max(starts[0], min(reach, bends[0].apex_m - step_m), 0.0), *starts[1:]]
    for i in range(1, len(inside)):
        inside[i] = max(inside[i], inside[i - 1] + 3.0 * step_m)
    return inside
