"""What really happened, from wheel speeds (disk files only), and how detections are held against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from coach.detect.signals import runs, signals_of
from coach.laps.crossings import find_laps
from coach.laps.resample import trace_laps
from coach.laps.trace import LapTrace
from coach.telemetry.sources import open_recording
from tests.othersim_sets import ibt_path

WHEELS = ("lf", "rf", "lr", "rr")
SLACK_S = 0.15  # a call this near an event is about it


@dataclass(frozen=True)
class Score:
    """Events found, events missed, calls without an event."""

    found: int
    missed: int
    false: int

    @property
    def precision(self) -> float:
        return self.found / max(self.found + self.false, 1)

    @property
    def recall(self) -> float:
        return self.found / max(self.found + self.missed, 1)

    @property
    def f1(self) -> float:
        return 2 * self.found / max(2 * self.found + self.missed + self.false, 1)

    def __add__(self, other: Score) -> Score:
        return Score(self.found + other.found, self.missed + other.missed, self.false + other.false)


@cache
def othersim_laps(set_name: str, file: str) -> tuple[LapTrace, ...]:
    return trace_laps(open_recording(ibt_path(set_name, file)))


def all_laps(path: Path) -> tuple[LapTrace, ...]:
    """Every lap of a short file, complete or not."""
    recording = open_recording(path)
    return trace_laps(recording, find_laps(recording))


def wheel_slips(traces: Sequence[LapTrace]) -> list[dict[str, np.ndarray]]:
    """Per lap and wheel v_w / v - 1. No calibration: undriven wheels read v within 0.3 % in every file that we have."""
    return [{w: trace.ticks[f"wheel_speed_{w}_mps"] / np.maximum(trace.ticks["speed_mps"], 1.0) - 1 for w in WHEELS} for trace in traces]


def true_lockups(
    trace: LapTrace, slip: dict[str, np.ndarray], wheels: Sequence[str] = WHEELS, least: float = 0.20
) -> list[tuple[float, float]]:
    """Times at which a wheel was slower than the road by more than 20 % for 0.1 s or more, braking just before or then."""
    lap = signals_of(trace)
    locked = lap.judged & (np.min([slip[w] for w in wheels], axis=0) < -least)
    return [
        (lap.time_s[run.start], lap.time_s[run.stop - 1])
        for run in runs(locked, lap.time_s, at_least_s=0.1)
        if np.max(lap.brake_frac[max(run.start - 6, 0) : run.stop]) > 0.05
    ]


def true_spins(trace: LapTrace, slip: dict[str, np.ndarray], driven: Sequence[str], least: float) -> list[tuple[float, float]]:
    """Times at which the driven wheels together were faster than the road by more than `least` for 0.15 s or more under power."""
    lap = signals_of(trace)
    spinning = lap.judged & (lap.throttle_frac > 0.5) & (np.mean([slip[w] for w in driven], axis=0) > least)
    return [(lap.time_s[run.start], lap.time_s[run.stop - 1]) for run in runs(spinning, lap.time_s, at_least_s=0.15)]


def score(calls: Sequence[tuple[float, float]], events: Sequence[tuple[float, float]]) -> Score:
    def near(a: tuple[float, float], b: tuple[float, float]) -> bool:
        return a[0] - SLACK_S <= b[1] and b[0] - SLACK_S <= a[1]

    found = sum(any(near(call, event) for call in calls) for event in events)
    return Score(found, len(events) - found, sum(not any(near(call, event) for event in events) for call in calls))
