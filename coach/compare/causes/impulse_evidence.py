"""What distinguishes the causes of one corner: method B's figures for a whole corner, each between 0 (no) and 1 (yes).

The figures decide how an impulse that several actions can create is shared among them (coaching.md 2.8, method B steps 3-7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.compare.causes.impulse_gates import Gates, ramp
from coach.compare.causes.impulse_sides import BRAKE, Side, Sides
from coach.compare.pair import LapPair
from coach.compare.phases import CornerPhases
from coach.track.map import Corner

NAN = float(np.nan)


@dataclass(frozen=True, slots=True)
class CornerEvidence:
    """Figures of one corner. Weights 0..1; the rest is shown to the driver as evidence and carries units.

    onset_earlier_m: own braking point before where the reference would brake at own arrival speed; NaN without braking.
    """

    early: float  # braked earlier
    late: float  # braked later and was faster for it
    soft: float  # longer and softer braking
    lockup: float
    slow: float  # the speed deficit outlasts the reference's braking
    line: float  # the driven arc explains the deficit
    line_entry: float  # already beside the reference's line where the reference brakes
    coasting: float  # of the time between the pedals, the part beyond the reference's
    onset_earlier_m: float = NAN
    brake_peak_ratio: float = NAN
    persistence_ratio: float = NAN
    curvature_ratio: float = NAN
    offset_m: float = NAN  # largest difference of the line inside the corner
    speed_ratio: float = NAN  # own over reference where the reference is slowest


def entry_end_m(corner: Corner, phases: CornerPhases) -> float:
    """Where a lap has finished slowing: brake off; without braking where it is slowest; the apex when neither is known."""
    return next(m for m in (phases.brake_off_m, phases.v_min_at_m, corner.apex_m) if np.isfinite(m))


def study_corner(pair: LapPair, sides: Sides, k: int, gates: Gates) -> CornerEvidence:
    """The figures of corner number k of the pair (0 first)."""
    corner, own, reference = pair.corners[k], pair.own_phases[k], pair.reference_phases[k]
    onset = _onset_earlier_m(pair, sides, k)
    persistence = _persistence(sides, corner, reference, gates)
    level = own.brake_peak / reference.brake_peak if reference.brake_peak > 0.0 else NAN
    curvature, explained = _curvature(sides, corner)
    offset = _extreme(sides.offset_m[sides.span(corner.turn_in_m, corner.turn_out_m)])
    early = ramp(onset, gates.onset_m)
    return CornerEvidence(
        early=early,
        late=_late(sides, own, reference, onset, gates),
        soft=early * _soft(own, reference, level, onset, gates),
        lockup=_lockup(sides, own, reference, onset, level, gates),
        slow=min(1.0, max(0.0, (persistence - gates.persistence_low) / gates.persistence_span)) if np.isfinite(persistence) else 0.0,
        line=min(ramp(abs(offset), gates.offset_m), ramp(curvature - 1.0, gates.curvature_frac), ramp(explained, gates.line_share)),
        line_entry=_line_entry(sides, own, reference, gates),
        coasting=_coasting(sides, own, reference, gates),
        onset_earlier_m=onset,
        brake_peak_ratio=level,
        persistence_ratio=persistence,
        curvature_ratio=curvature,
        offset_m=offset,
        speed_ratio=_speed_ratio(sides, corner, reference),
    )


def _extreme(values: np.ndarray) -> float:
    """The value farthest from zero; NaN when none is known."""
    known = values[np.isfinite(values)]
    return float(known[np.argmax(np.abs(known))]) if len(known) else NAN


def _onset_earlier_m(pair: LapPair, sides: Sides, k: int) -> float:
    """Metres by which own braking begins before the reference's, corrected for arrival speed.

    A car that arrives slower by energy e (J/kg) may brake e / deceleration later and still reach the same speed. Where the
    reference does not brake at all its lift stands in for the braking point.
    """
    own, reference = pair.own_phases[k], pair.reference_phases[k]
    expected = reference.brake_on_m if np.isfinite(reference.brake_on_m) else reference.lift_m
    if not np.isfinite(expected):
        expected = pair.corners[k].turn_in_m
    if not np.isfinite(own.brake_on_m):
        return NAN
    at = sides.index_at(min(expected, own.brake_on_m))
    missing = (sides.reference.speed_mps[at] ** 2 - sides.own.speed_mps[at] ** 2) / 2.0
    return float(expected + missing / pair.car.braking_typical_mps2 - own.brake_on_m)


def _persistence(sides: Sides, corner: Corner, reference: CornerPhases, gates: Gates) -> float:
    """Mean speed deficit after the reference's brake release over its largest value in the corner; NaN when never slower."""
    deficit = np.log(sides.reference.speed_mps / sides.own.speed_mps)
    release = sides.index_at(entry_end_m(corner, reference))
    until_s = sides.reference.time_s[release] + gates.persistence_s
    end = min(sides.index_at(corner.end_m), max(release + 1, int(np.searchsorted(sides.reference.time_s, until_s))))
    peak = float(np.max(deficit[sides.index_at(corner.start_m) : end + 1]))
    return float(np.mean(deficit[release : end + 1])) / peak if peak > 1e-3 else NAN


def _curvature(sides: Sides, corner: Corner) -> tuple[float, float]:
    """Curvature of the tightest part of own arc over the reference's, and the share of the speed loss that it explains.

    From v^2 |kappa| = lateral acceleration: 2 ln(v_ref / v) = ln(kappa ratio) - ln(acceleration ratio) (step 5).
    """
    span = sides.span(corner.turn_in_m, corner.turn_out_m)
    own, reference = np.abs(sides.own.curvature_1pm[span]), np.abs(sides.reference.curvature_1pm[span])
    if not (np.isfinite(own).any() and np.isfinite(reference).any()):
        return NAN, NAN
    ratio = float(np.nanpercentile(own, 90.0) / np.nanpercentile(reference, 90.0))
    slower = 2.0 * float(np.log(np.min(sides.reference.speed_mps[span]) / np.min(sides.own.speed_mps[span])))
    if ratio <= 1.0 or slower <= 0.0:
        return ratio, 0.0
    return ratio, min(1.0, float(np.log(ratio)) / slower)


def _line_entry(sides: Sides, own: CornerPhases, reference: CornerPhases, gates: Gates) -> float:
    """Another line already at the reference's braking point: whatever is driven differently after it follows from that."""
    at = reference.brake_on_m if np.isfinite(reference.brake_on_m) else own.brake_on_m
    beside = abs(float(sides.offset_m[sides.index_at(at)])) if np.isfinite(at) else NAN
    return ramp(beside, gates.entry_offset_m)


def _late(sides: Sides, own: CornerPhases, reference: CornerPhases, onset_earlier_m: float, gates: Gates) -> float:
    """Onset later and speed gained by it: otherwise a late brake is only a slower arrival."""
    if not (np.isfinite(own.brake_on_m) and np.isfinite(reference.brake_on_m)):
        return 0.0
    span = sides.span(reference.brake_on_m, max(own.brake_on_m, reference.brake_off_m))
    gained = float(np.max(np.log(sides.own.speed_mps[span] / sides.reference.speed_mps[span])))
    return min(ramp(-onset_earlier_m, gates.onset_m), ramp(gained, gates.speed_frac))


def _soft(own: CornerPhases, reference: CornerPhases, level: float, onset_earlier_m: float, gates: Gates) -> float:
    """Lower peak, and the release stayed where it was while the onset moved: the zone is stretched, not shifted (step 4)."""
    if not (np.isfinite(level) and onset_earlier_m > 0.0):
        return 0.0
    moved = (reference.brake_off_m - own.brake_off_m) / onset_earlier_m
    return min(ramp(1.0 - level, 1.0 - gates.level_low), ramp(1.0 - moved, 1.0 - gates.release_ratio))


def _lockup(sides: Sides, own: CornerPhases, reference: CornerPhases, onset_earlier_m: float, level: float, gates: Gates) -> float:
    """Onset not early, and far more pedal than the reference for little more deceleration, or much steering that turns little."""
    if sides.own.has_abs or not np.isfinite(own.brake_on_m) or onset_earlier_m > gates.onset_m / 2.0:
        return 0.0
    span = sides.span(own.brake_on_m, own.brake_off_m)
    toward = np.sign(sides.reference.yaw_rate_radps[span])
    more = sides.own.steer_rad[span] * toward > gates.steer_ratio * np.abs(sides.reference.steer_rad[span])
    less = np.abs(sides.own.yaw_rate_radps[span]) < gates.yaw_ratio * np.abs(sides.reference.yaw_rate_radps[span])
    turning = np.abs(sides.reference.yaw_rate_radps[span]) > 0.1  # as the countersteer rule of coaching.md 3.5
    sliding_s = float(np.sum(np.diff(sides.own.time_s[span])[(more & less & turning)[1:]]))
    wasted = 1.0 - _deceleration(sides, sides.own, own) / _deceleration(sides, sides.reference, reference) / level
    pedal = min(ramp(level - 1.0, gates.level_high - 1.0), ramp(wasted, gates.wasted_frac))
    return max(pedal, ramp(sliding_s, gates.steer_s))


def _deceleration(sides: Sides, side: Side, phases: CornerPhases) -> float:
    """What the brakes reach in the zone, m/s2: the 90th percentile over 5 m steps; NaN without braking."""
    if not np.isfinite(phases.brake_on_m):
        return NAN
    span = sides.span(phases.brake_on_m, phases.brake_off_m)
    energy = side.speed_mps[span] ** 2 / 2.0
    step = min(len(energy) - 1, max(1, round(5.0 / sides.step_m)))
    return float(np.percentile((energy[:-step] - energy[step:]) / (step * sides.step_m), 90.0)) if step > 0 else NAN


def _coasting(sides: Sides, own: CornerPhases, reference: CornerPhases, gates: Gates) -> float:
    """Part of the time from lift to brake that is more than the reference takes."""
    mine, theirs = _lift_to_brake_s(sides, sides.own, own), _lift_to_brake_s(sides, sides.reference, reference)
    more = mine - theirs
    return ramp(more, gates.coast_s) if np.isfinite(more) else 0.0


def _lift_to_brake_s(sides: Sides, side: Side, phases: CornerPhases) -> float:
    if not np.isfinite(phases.brake_on_m):
        return 0.0
    at = sides.index_at(phases.brake_on_m)
    first = at
    while first > 0 and side.state[first - 1] not in (BRAKE, 3) and at - first < 400:
        first -= 1
    return float(side.time_s[at] - side.time_s[first])


def _speed_ratio(sides: Sides, corner: Corner, reference: CornerPhases) -> float:
    at = sides.index_at(reference.v_min_at_m if np.isfinite(reference.v_min_at_m) else corner.apex_m)
    return float(sides.own.speed_mps[at] / sides.reference.speed_mps[at])
