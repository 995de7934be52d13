"""The plan of a drive: who drives, with which habits, which mistakes, in which conditions, and what happens on the way.

Everything here is latent truth: it acts on targets and pedals, and physics does the rest. No randomness: scatter is drawn from
the seed of the drive, by lap and corner, so that the same drive without one fault differs by that fault only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from coach.compare.cause import Cause


@dataclass(frozen=True, slots=True)
class Habit:
    """What a driver does at one corner, against the target of his own skill. Lengths in metres of the line he drives."""

    brake_shift_m: float = 0.0  # + brakes later
    brake_level_frac: float = 1.0  # of the usual deceleration; < 1 brakes longer and softer
    trail_frac: float = 1.0  # > 1 carries the brake further past turn-in, < 1 lets go sooner
    v_min_frac: float = 1.0  # of the speed that the line allows
    line_offset_m: float = 0.0  # apex missed by this, + away from the inside
    turn_in_shift_m: float = 0.0  # + turns in later
    throttle_shift_m: float = 0.0  # + later
    throttle_slope_frac: float = 1.0  # < 1 takes this share of the usual slope from application to full throttle
    gear_shift: int = 0  # +1: one gear higher through the corner


@dataclass(frozen=True, slots=True)
class Skill:
    """A driver: pace, feel, hands and feet, and scatter from lap to lap. Standard deviations are per corner and lap.

    Feet and hands are measured on recorded laps: docs of `coach.sim.skill` give the figures.
    """

    name: str
    pace_frac: float  # of the lateral and braking limit he dares to use
    brake_rise_s: float  # time of an application, hard or soft
    brake_fall_s: float  # of a full release
    throttle_rise_s: float
    throttle_fall_s: float
    steer_rate_radps: float  # of the hand wheel, at most
    reaction_s: float  # lag of the correcting hand and foot
    overlap_frac: float  # of the other pedal's travel at which a pedal is begun; 1: both at once
    plateau_frac: float  # of straight-line braking that he uses at most: the pedal stays there until turning needs the grip
    let_go_frac: float  # of his hardest braking: where the tyres leave less he is off the brake
    throttle_from_frac: float  # of full acceleration: where the tyres leave less after braking he waits with the throttle
    brake_shift_sd_m: float
    brake_level_sd: float
    v_min_sd: float
    line_sd_m: float
    throttle_shift_sd_m: float
    pace_sd: float  # of the whole lap, share of the limits
    steer_noise_rad: float  # of the hand wheel
    pedal_noise: float  # of brake and part throttle
    habit_scale: float = 0.0  # size of this driver's own lasting habits, drawn per corner from the seed; 1: a novice's


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: a cause of the engine's vocabulary at a corner, on one lap or (lap None) on all. Size >= 0, unit by cause."""

    cause: Cause
    corner: int
    size: float
    lap: int | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What a driver has changed at a corner for good, from a lap on."""

    corner: int
    change: Habit
    from_lap: int


@dataclass(frozen=True, slots=True)
class FaultKind:
    """How a cause is sized."""

    unit: str
    typical: float
    meaning: str


FAULT_KINDS: Mapping[Cause, FaultKind] = {
    Cause.BRAKE_EARLY: FaultKind("m", 15.0, "brakes this much earlier"),
    Cause.BRAKE_LATE: FaultKind("m", 8.0, "brakes this much later"),
    Cause.BRAKE_SOFT: FaultKind("%", 25.0, "brakes this much softer"),
    Cause.SLOW_APEX: FaultKind("%", 5.0, "is this much slower at the minimum"),
    Cause.THROTTLE_LATE: FaultKind("m", 15.0, "waits this much with the throttle"),
    Cause.THROTTLE_SOFT: FaultKind("%", 50.0, "applies the throttle with this much less slope"),
    Cause.LINE: FaultKind("m", 2.0, "misses the apex by this"),
    Cause.LIFT: FaultKind("m", 40.0, "lifts for this length on the way out, at full throttle"),
    Cause.COASTING: FaultKind("m", 60.0, "is off the throttle this long before he brakes"),
    Cause.LOCKUP: FaultKind("m", 40.0, "presses the brake beyond the grip at the end of hard braking, for this length"),
    Cause.WHEELSPIN: FaultKind("m", 16.0, "stabs the throttle to the floor at the slowest point, for this length"),
    Cause.UNDERSTEER: FaultKind("%", 6.0, "enters half of this beyond the limit and turns the wheel beyond the grip"),
    Cause.OVERSTEER: FaultKind(
        "%", 50.0, "brakes the rear alone on the way to the apex (a downshift without blip), by this share of its grip"
    ),
    Cause.GEAR: FaultKind("gears", 1.0, "drives the corner in a gear higher by this"),
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is nobody's action. Factors multiply; 1 changes nothing."""

    fuel_l: float | None = None  # at the start; None: half a tank
    track_temp_c: float = 30.0
    air_temp_c: float = 22.0
    wetness: float = 0.0  # 0 dry .. 1 standing water
    wind_speed_mps: float = 0.0
    wind_dir_rad: float = 0.0  # where it comes from, clockwise from north
    drag_frac: float = 1.0  # < 1: in another car's draft
    power_frac: float = 1.0
    grip_frac: float = 1.0


class Trouble(StrEnum):
    """What can happen on the way. None of it is the driver's cause."""

    TRAFFIC = "traffic"  # a slower car ahead: lifts that are not his fault; size: metres held up
    YELLOW = "yellow"  # yellow flag and slow driving; size: metres
    SPIN = "spin"  # the rear is kicked out; size ignored
    CONTACT = "contact"  # a push from another car; size: m/s of sideways speed
    TOW = "tow"  # towed to the pit stall; size: seconds
    PIT_STOP = "pit_stop"  # through the pit lane at this lap's end; size: seconds standing
    RESET = "reset"  # back in the stall at once
    DROPPED_TICKS = "dropped_ticks"  # the recording misses this many samples; size: ticks


@dataclass(frozen=True, slots=True)
class Event:
    """One trouble on one lap at one station."""

    kind: Trouble
    lap: int
    station_m: float
    size: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One drive. Faults come on top of habits; habits by corner number."""

    skill: Skill
    habits: Mapping[int, Habit] = field(default_factory=dict)
    learned: tuple[Learned, ...] = ()
    faults: tuple[Fault, ...] = ()
    conditions: Conditions = field(default_factory=Conditions)
    events: tuple[Event, ...] = ()
    scatter: float = 1.0  # multiplies all scatter and noise; 0: the same lap every time
