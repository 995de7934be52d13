"""What distinguishes the causes of one unit of driving: method B's figures, each between 0 (no) and 1 (yes).

The figures decide how an impulse that several actions can create is shared among them (coaching.md 2.8, method B steps 3-7).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coach.compare.causes.impulse_gates import Gates, ramp
from coach.compare.causes.impulse_lines import extreme, forced_share, line_entry_weight, shown_until, strayed_weight, tighter_apex
from coach.compare.causes.impulse_sides import BRAKE, Side, Sides, runs_of
from coach.compare.causes.impulse_units import LEAST_PEAK, Actions, Unit

NAN = float(np.nan)
LEAST_DEFICIT = 1e-3  # of ln speed: below it nobody was slower
SAME_PEDAL = 0.05  # throttle nearer than this is the same throttle, of the pedal's range
UNSEEN = 0.5


@dataclass(frozen=True, slots=True)
class UnitEvidence:
    """Figures of one unit. Weights 0..1; the others are shown to the driver as evidence and carry their unit, NaN when unknown.

    onset_earlier_m: own braking point before where the reference would brake at own arrival speed.
    """

    early: float  # braked earlier
    late: float  # braked later and was faster for it
    soft: float  # longer and softer braking
    lockup: float
    slow: float  # the speed deficit outlasts the reference's braking
    line: float  # the driven arc explains the deficit
    forced: float  # own arc before the reference's slowest point allows no more speed
    strayed: float  # braked later on a wider line that was chosen, not forced by the speed
    line_entry: float  # already beside the reference's line where the reference brakes
    coasting: float  # neither pedal for longer than the reference
    onset_earlier_m: float = NAN
    brake_peak_ratio: float = NAN
    persistence_ratio: float = NAN
    curvature_ratio: float = NAN
    offset_m: float = NAN  # largest distance from the reference's line between slowing and full throttle
    speed_ratio: float = NAN  # own over reference where the reference is slowest
    coasting_longer_s: float = NAN
    longer_path: float = 0.0  # the way through the unit is longer, which costs time at any speed
    grip: float = 0.0  # part of a slow apex that all corners have in common
    stab: float = 0.0  # locked on the brake again after the main braking
    stab_at: int = 0  # index where that begins


def study_unit(sides: Sides, unit: Unit, deceleration_mps2: float, gates: Gates) -> UnitEvidence:
    """The figures of one unit; `deceleration_mps2` is what this car usually brakes with."""
    own, reference = unit.own, unit.reference
    onset = _onset_earlier_m(sides, unit, deceleration_mps2)
    persistence, seen = _persistence(sides, unit, gates)
    level = own.brake_peak / reference.brake_peak if own.brakes and reference.brakes else NAN
    curvature, explained = tighter_apex(sides, unit)
    offset = extreme(sides.offset_m[min(own.lift, reference.lift) : shown_until(sides, unit) + 1])
    early = ramp(onset, gates.onset_m)
    stab, stab_at = _stab(sides, unit, gates)
    line_entry, strayed = line_entry_weight(sides, unit, gates), strayed_weight(sides, unit, gates)
    late = _late(sides, unit, onset, gates) * (1.0 - line_entry)
    longer = _between_pedals_s(sides.own, own) - _between_pedals_s(sides.reference, reference)
    return UnitEvidence(
        early=early,
        late=late * (1.0 - strayed),
        soft=early * _soft(sides, unit, level, onset, gates),
        lockup=_lockup(sides, unit, onset, level, gates),
        slow=_slow(persistence, seen, gates),
        line=min(ramp(abs(offset), gates.offset_m), ramp(curvature - 1.0, gates.curvature_frac), ramp(explained, gates.line_share)),
        forced=min(ramp(abs(offset), gates.offset_m), ramp(forced_share(sides, unit, gates), gates.line_share)),
        strayed=late * strayed,
        line_entry=line_entry,
        coasting=ramp(longer, gates.coast_s),
        onset_earlier_m=onset,
        brake_peak_ratio=level,
        persistence_ratio=persistence,
        curvature_ratio=curvature,
        offset_m=offset,
        speed_ratio=float(sides.own.speed_mps[reference.slowest] / sides.reference.speed_mps[reference.slowest]),
        coasting_longer_s=longer,
        stab=stab,
        stab_at=stab_at,
    )


def _onset_earlier_m(sides: Sides, unit: Unit, deceleration_mps2: float) -> float:
    """Metres by which own braking begins before the reference's, corrected for arrival speed; NaN when own lap does not brake.

    A car that arrives slower by energy e (J/kg) may brake e / deceleration later and still reach the same speed. Where the
    reference only lifts, its lift stands in for the braking point.
    """
    if not unit.own.brakes:
        return NAN
    expected = unit.reference.brake_on if unit.reference.brakes else unit.reference.lift
    at = min(expected, unit.own.brake_on)
    missing = (sides.reference.speed_mps[at] ** 2 - sides.own.speed_mps[at] ** 2) / 2.0
    return float((expected - unit.own.brake_on) * sides.step_m + missing / deceleration_mps2)


def _persistence(sides: Sides, unit: Unit, gates: Gates) -> tuple[float, float]:
    """Mean speed deficit after the reference's last brake release before its slowest point over its largest value until then, and the part of that time it counts.

    Only the time with no less throttle than the reference counts: a deficit that waits for the throttle says nothing about the
    braking before. NaN when never slower or never seen.
    """
    release = unit.reference.brake_off
    again = np.flatnonzero(sides.reference.state[release : unit.reference.slowest] == BRAKE)
    release += int(again[-1]) if len(again) else 0
    until_s = sides.reference.time_s[release] + gates.persistence_s
    end = min(unit.end, max(release + 2, int(np.searchsorted(sides.reference.time_s, until_s))))
    deficit = np.log(sides.reference.speed_mps[unit.start : end] / sides.own.speed_mps[unit.start : end])
    peak = float(np.max(deficit))
    free = sides.reference.throttle[release:end] - sides.own.throttle[release:end] <= SAME_PEDAL
    if peak <= LEAST_DEFICIT or not free.any():
        return NAN, 0.0
    return float(np.mean(deficit[release - unit.start :][free])) / peak, float(np.mean(free))


def _slow(persistence: float, seen: float, gates: Gates) -> float:
    """Weight of a deficit that stays: as far as it was seen, and as likely as not for the rest."""
    if persistence != persistence:  # noqa: PLR0124 - NaN
        return UNSEEN
    return seen * min(1.0, max(0.0, (persistence - gates.persistence_low) / gates.persistence_span)) + (1.0 - seen) * UNSEEN


def _late(sides: Sides, unit: Unit, onset_earlier_m: float, gates: Gates) -> float:
    """Onset later and speed gained by it: otherwise a late brake is only a slower arrival."""
    if not (unit.own.brakes and unit.reference.brakes):
        return 0.0
    zone = slice(unit.reference.brake_on, max(unit.own.brake_on, unit.reference.brake_off) + 1)
    gained = float(np.max(np.log(sides.own.speed_mps[zone] / sides.reference.speed_mps[zone])))
    return min(ramp(-onset_earlier_m, gates.onset_m), ramp(gained, gates.speed_frac))


def _soft(sides: Sides, unit: Unit, level: float, onset_earlier_m: float, gates: Gates) -> float:
    """Lower peak, and the release stayed where it was while the onset moved: the zone is stretched, not shifted (step 4)."""
    if not (level == level and onset_earlier_m > 0.0):  # noqa: PLR0124
        return 0.0
    moved = (unit.reference.brake_off - unit.own.brake_off) * sides.step_m / onset_earlier_m
    return min(ramp(1.0 - level, 1.0 - gates.level_low), ramp(1.0 - moved, 1.0 - gates.release_ratio))


def _lockup(sides: Sides, unit: Unit, onset_earlier_m: float, level: float, gates: Gates) -> float:
    """Onset not early, and far more pedal than the reference for little more deceleration, or much steering that turns little.

    Where the reference is on its ABS, too, a pedal that is pressed harder changes nothing; a front that slides is seen all the same.
    """
    if not unit.own.brakes or onset_earlier_m > gates.onset_m / 2.0:
        return 0.0
    slides = ramp(_front_slides_s(sides, unit.own, gates), gates.steer_s)
    on_abs = sides.reference.abs_active[unit.reference.brake_on : unit.reference.brake_off + 1].any()
    if on_abs or not unit.reference.brakes:
        return slides
    wasted = 1.0 - deceleration_of(sides, sides.own, unit.own) / deceleration_of(sides, sides.reference, unit.reference) / level
    beyond = unit.own.brake_peak / _harmless_pedal(sides, unit)
    pedal = min(ramp(beyond - 1.0, gates.level_high - 1.0), ramp(wasted, gates.wasted_frac))
    return max(pedal, slides)


def _stab(sides: Sides, unit: Unit, gates: Gates) -> tuple[float, int]:
    """The brake again, after the main braking and before full throttle, so hard that the tyres slide: weight, and where it begins.

    A turning tyre holds less pedal than a straight one, so what the reference brakes anywhere at this speed is more than allowed.
    """
    first = unit.own.brake_off + 1 if unit.own.brakes else unit.own.lift
    found = 0.0, 0
    for start, end in runs_of(sides.own.state[first : unit.own.full_throttle] == BRAKE):
        run = slice(first + start, first + end)
        peak = float(np.max(sides.own.brake[run]))
        again = replace(unit.own, brakes=True, brake_on=run.start, brake_off=run.stop - 1, brake_peak=peak)
        slides = ramp(_front_slides_s(sides, again, gates), gates.steer_s)
        beyond = peak / max(_held_at(sides, again), LEAST_PEAK)
        pedal = 0.0 if sides.reference.abs_active.any() else ramp(beyond - 1.0, gates.level_high - 1.0)
        if float(np.mean(sides.own.abs_active[run])) > 0.5 and not (sides.reference.state[run] == BRAKE).any():
            pedal = 1.0  # where nobody needs to brake at all the ABS says what the wheels would have done
        found = max(found, (max(slides, pedal), run.start))
    return found


def _harmless_pedal(sides: Sides, unit: Unit) -> float:
    """The hardest that the reference brakes in this unit, or anywhere at no more than the speed of own peak."""
    return max(unit.reference.brake_peak, _held_at(sides, unit.own))


def _held_at(sides: Sides, own: Actions) -> float:
    """The hardest that the reference brakes anywhere at no more than the speed of own peak.

    A tyre that holds a pedal at lower speed holds it at higher speed: aerodynamic load only adds to the weight.
    """
    zone = slice(own.brake_on, own.brake_off + 1)
    at = zone.start + int(np.argmax(sides.own.brake[zone]))
    no_faster = sides.reference.speed_mps <= sides.own.speed_mps[at]
    return float(np.max(sides.reference.brake[no_faster], initial=0.0))


def _front_slides_s(sides: Sides, own: Actions, gates: Gates) -> float:
    """Time on the brake, harder than the reference, in which more steering turned the car less, s."""
    zone = slice(own.brake_on, own.brake_off + 1)
    mine, theirs = sides.own, sides.reference
    toward = np.sign(theirs.yaw_rate_radps[zone])
    asked, usual = mine.steer_rad[zone] * toward, theirs.steer_rad[zone] * toward
    turns_less = mine.yaw_rate_radps[zone] * toward < gates.yaw_ratio * np.abs(theirs.yaw_rate_radps[zone])
    turning = np.abs(theirs.yaw_rate_radps[zone]) > 0.1  # as the countersteer rule of coaching.md 3.5
    harder = mine.brake[zone] > theirs.brake[zone]
    slides = (asked > gates.steer_ratio * usual) & (usual > 0.0) & turns_less & turning & harder
    return float(np.sum(np.diff(mine.time_s[zone])[slides[1:]]))


def deceleration_of(sides: Sides, side: Side, actions: Actions) -> float:
    """What the brakes reach, m/s2: the 90th percentile over 5 m steps of the zone; NaN without braking."""
    energy = side.speed_mps[actions.brake_on : actions.brake_off + 1] ** 2 / 2.0
    step = min(len(energy) - 1, max(1, round(5.0 / sides.step_m)))
    return float(np.percentile((energy[:-step] - energy[step:]) / (step * sides.step_m), 90.0)) if actions.brakes and step > 0 else NAN


def _between_pedals_s(side: Side, actions: Actions) -> float:
    """Time from leaving full throttle to the brake, s; 0 when the driver does not brake."""
    return float(side.time_s[actions.brake_on] - side.time_s[actions.lift]) if actions.brakes else 0.0
