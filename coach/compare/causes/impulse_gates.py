"""The gates of method B: when a difference between two laps is more than the driver's scatter.

Every gate is a size that physics or people give (coaching.md 2.8 and 3.5), widened to the scatter of the set the reference
comes from. None depends on a car or a track.
"""

from __future__ import annotations

from dataclasses import dataclass

from coach.compare.pair import Scatter

# Twice the scatter holds 95 % of what the same driver does without meaning to.
SIGMAS = 2.0


@dataclass(frozen=True, slots=True)
class Gates:
    """Sizes of difference that count as evidence. A cause's weight runs from 0 shortly below a gate to 1 shortly above."""

    offset_m: float = 0.9  # beside the reference's line: half a car's width (coaching.md 2.8, step 5)
    entry_offset_m: float = 0.7  # the same at the reference's braking point
    curvature_frac: float = 0.08  # tighter arc: 8 % of curvature are 4 % of speed
    path_s: float = 0.05  # time for a longer way through a corner: the least loss with a cause
    line_share: float = 0.5  # part of the speed loss that the curvature explains
    onset_m: float = 3.0  # braking point
    speed_frac: float = 0.01  # speed gained by braking late
    level_low: float = 0.8  # peak of the pedal against the reference's: soft
    level_high: float = 1.2  # the same: more than the reference ever needs
    wasted_frac: float = 0.15  # deceleration missing for the pedal given: the tyres slide (coaching.md 3.5, front lock)
    release_ratio: float = 0.5  # shift of the release per shift of the onset: 1 shifted, 0 stretched
    persistence_low: float = 0.17  # share of the largest speed deficit still there after the reference's release: none is
    persistence_span: float = 0.5
    persistence_s: float = 1.2  # looked at for so long
    coast_s: float = 0.15  # neither pedal for longer than the reference: a foot changes pedals in less
    gear_speed_frac: float = 0.03  # two shifts at speeds nearer than this are the same shift
    slip_frac: float = 0.12  # driven wheels faster than the car
    slip_s: float = 0.15
    slide_rad: float = 0.052  # 3 degrees of sideslip more than the reference
    slide_s: float = 0.2
    steer_ratio: float = 1.2  # steering per curvature against the reference's
    steer_s: float = 0.25
    saw_ratio: float = 3.0  # to and fro of the hand wheel against the reference's
    saw_rad: float = 0.5  # and at least so much of it
    saw_s: float = 1.0  # within
    yaw_ratio: float = 0.75  # yaw rate against the reference's with more steering: the front slides


def gates_for(scatter: Scatter) -> Gates:
    """The gates for a set with this scatter."""
    plain = Gates()
    return Gates(
        offset_m=max(plain.offset_m, SIGMAS * scatter.offset_m),
        entry_offset_m=max(plain.entry_offset_m, SIGMAS * scatter.offset_m),
        curvature_frac=max(plain.curvature_frac, SIGMAS * scatter.curvature_frac),
        path_s=max(plain.path_s, SIGMAS * scatter.time_s),
        onset_m=max(plain.onset_m, SIGMAS * scatter.brake_on_m),
        speed_frac=max(plain.speed_frac, SIGMAS * scatter.v_min_frac),
        level_low=min(plain.level_low, 1.0 - SIGMAS * scatter.brake_level),
        level_high=max(plain.level_high, 1.0 + SIGMAS * scatter.brake_level),
    )


def ramp(value: float, gate: float) -> float:
    """0 at three quarters of the gate, 1 at five quarters, straight between: no case hangs on the exact gate. NaN counts as 0."""
    return min(1.0, max(0.0, 2.0 * value / gate - 1.5)) if value == value else 0.0  # noqa: PLR0124 - NaN test
