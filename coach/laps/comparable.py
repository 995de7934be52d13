"""Which laps may be compared with each other: same conditions, so that a difference is the driver's.

Limits from coaching.md section 0 (hyper486, YarRace): fuel +-10 l, track +-3 C, wind +-2 m/s, same wetness. What a source does
not give cannot keep two laps apart. Car and track are the caller's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.laps.trace import LapTrace

FUEL_L = 10.0
TRACK_TEMP_C = 3.0
WIND_MPS = 2.0


@dataclass(frozen=True, slots=True)
class Conditions:
    """Of one lap; NaN where the source does not say. `wind_x_mps`, `wind_y_mps`: mean wind as a vector, x where it points at 0 rad."""

    fuel_l: float  # at the line
    track_temp_c: float
    wetness: float  # the one that held longest
    wind_x_mps: float
    wind_y_mps: float


def conditions_of(trace: LapTrace) -> Conditions:
    """Conditions over the lap proper, margins left out."""
    station = trace.ticks["station_m"]
    inside = (station >= 0.0) & (station <= trace.track_length_m)

    def mean(name: str) -> float:
        values = trace.ticks[name][inside] if trace.has(name) else np.empty(0)
        return float(np.mean(values)) if values.size else np.nan

    fuel = trace.ticks["fuel_l"][inside] if trace.has("fuel_l") else np.empty(0)
    wet = trace.ticks["track_wetness"][inside] if trace.has("track_wetness") else np.empty(0)
    wind = mean("wind_speed_mps")
    direction = mean("wind_dir_rad") if trace.has("wind_dir_rad") else 0.0
    return Conditions(
        fuel_l=float(fuel[0]) if fuel.size else np.nan,
        track_temp_c=mean("track_temp_c"),
        wetness=float(np.median(wet)) if wet.size else np.nan,
        wind_x_mps=wind * float(np.cos(direction)),
        wind_y_mps=wind * float(np.sin(direction)),
    )


def same_wetness(one: Conditions, other: Conditions) -> bool:
    """Whether both were driven on a track as wet; yes where one does not say (wetness 0: the simulator does not know)."""
    return not (min(one.wetness, other.wetness) > 0.0 and abs(one.wetness - other.wetness) >= 1.0)


def amounts_apart(one: Conditions, other: Conditions) -> dict[str, str]:
    """What keeps two laps apart, and by how much where that is a figure, in plain words; empty when they are comparable."""
    wind = np.hypot(one.wind_x_mps - other.wind_x_mps, one.wind_y_mps - other.wind_y_mps)
    fuel, track = abs(one.fuel_l - other.fuel_l), abs(one.track_temp_c - other.track_temp_c)
    found = {
        "fuel": (f"{fuel:.0f} l", fuel > FUEL_L),
        "track temperature": (f"{track:.0f} C", track > TRACK_TEMP_C),
        "wind": (f"{wind:.0f} m/s", wind > WIND_MPS),
        "wetness": ("", not same_wetness(one, other)),
    }
    return {what: amount for what, (amount, apart) in found.items() if apart}


def differences(one: Conditions, other: Conditions) -> tuple[str, ...]:
    """The same as phrases."""
    apart = amounts_apart(one, other).items()
    return tuple(f"{what} differs by {amount}" if amount else f"{what} differs" for what, amount in apart)


def comparable_to(trace: LapTrace, others: Sequence[LapTrace]) -> tuple[LapTrace, ...]:
    """Those of the other laps that were driven in the conditions of this one."""
    own = conditions_of(trace)
    return tuple(other for other in others if not differences(own, conditions_of(other)))
