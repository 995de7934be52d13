"""Labels every metre on which energy is lost with what the driver did there against the reference at the same station.

Labels sit on impulses, where a loss arises, not on symptoms, where its time is paid (coaching.md 2.8: worth 19 points).
A metre's label is a row of weights over the causes; the rows sum to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray, IntArray
from coach.compare.cause import Cause
from coach.compare.causes.impulse_evidence import CornerEvidence, entry_end_m
from coach.compare.causes.impulse_gates import Gates, ramp
from coach.compare.causes.impulse_sides import BRAKE, COAST, FULL, PARTIAL, Side, Sides, pushes, slides, spins, sustained
from coach.compare.pair import LapPair
from coach.track.map import Corner

CAUSES: tuple[Cause, ...] = tuple(Cause)  # UNEXPLAINED last, as the kernel wants it
COLUMN = {cause: i for i, cause in enumerate(CAUSES)}
SAME_PEDAL = 0.05  # throttle nearer than this is the same throttle, of the pedal's range
STRAIGHT = 0.3  # of the lateral limit: below it the tyres leave the full drive (coaching.md 2.3's entry threshold)
AFTER_SLIDE_S = 1.0  # what is lost while a slide is caught belongs to the slide

HELD_S = 0.3  # full throttle for less is a stab (coaching.md 2.4)
SHIFT_S = 0.4  # a shift with a clutch; sequential boxes take less

Mix = dict[Cause, float]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Indices that divide a corner's window by what can arise where. `brakes`: own lap brakes for this corner at all."""

    brakes: bool
    brake_on: int  # own; without braking the slowest point, up to which lifting is part of the approach
    entry_end: int  # both have finished slowing
    throttle_on: int  # own, and for good: after the last time without throttle before full throttle
    full_throttle: int
    reference_throttle_on: int
    exit_start: int  # reference is slowest


def stretch_of(pair: LapPair, sides: Sides, k: int) -> Stretch:
    """The points that divide corner k."""
    corner, own, reference = pair.corners[k], pair.own_phases[k], pair.reference_phases[k]
    end = sides.index_at(corner.end_m)
    slowest = [_slowest(sides, side, corner) for side in (sides.own, sides.reference)]
    on, full = _application(sides.own, slowest[0], end)
    brakes = bool(np.isfinite(own.brake_on_m))
    return Stretch(
        brakes=brakes,
        brake_on=sides.index_at(own.brake_on_m) if brakes else slowest[0],
        entry_end=max(sides.index_at(entry_end_m(corner, reference)), slowest[0] if brakes else 0),
        throttle_on=on,
        full_throttle=full,
        reference_throttle_on=_application(sides.reference, slowest[1], end)[0],
        exit_start=slowest[1],
    )


def _slowest(sides: Sides, side: Side, corner: Corner) -> int:
    span = sides.span(corner.turn_in_m, corner.turn_out_m)
    return int(span.start) + int(np.argmin(side.speed_mps[span]))


def _application(side: Side, slowest: int, end: int) -> tuple[int, int]:
    """Throttle application and full throttle after the slowest point; the window's end where they do not come."""
    full = sustained(side.state[slowest:end] == FULL, side.time_s[slowest:end], HELD_S)
    first_full = slowest + int(np.argmax(full)) if full.any() else end
    without = np.flatnonzero(side.state[slowest:first_full] < PARTIAL)
    return (slowest + int(without[-1]) + 1 if len(without) else slowest), first_full


def label_corner(pair: LapPair, sides: Sides, k: int, evidence: CornerEvidence, gates: Gates, weights: FloatArray) -> None:
    """Write the rows of `weights`, shape (m - 1, causes), that lie in corner k's window."""
    corner = pair.corners[k]
    span = slice(sides.index_at(corner.start_m), min(sides.index_at(corner.end_m), len(weights)))
    cut = stretch_of(pair, sides, k)
    at = np.arange(span.start, span.stop)
    mine = sides.own.state[span]
    less = sides.reference.throttle[span] - sides.own.throttle[span] > SAME_PEDAL
    rows = weights[span]
    rows[:] = 0.0

    _exit(pair, sides, k, span, cut, gates, rows)
    _arrived_too_fast(rows, at <= sides.index_at(corner.turn_out_m), evidence)
    middle = middle_mix(evidence)
    geared = rows[:, COLUMN[Cause.GEAR]] > 0.0
    _put(rows, ~less & ~geared & (at >= cut.brake_on) & (at < cut.full_throttle) & (mine < FULL), middle)
    _put(rows, less & (at >= cut.brake_on) & (at < cut.throttle_on) & (mine != BRAKE), late_mix(evidence))
    _put(rows, (mine == BRAKE) & (at >= cut.entry_end), middle)
    _put(rows, (mine == BRAKE) & (at < cut.entry_end), braking_mix(evidence))
    _approach(rows, less & (at < cut.brake_on) & (mine != BRAKE), mine, evidence, brakes=cut.brakes)
    _special(pair, sides, span, k, evidence, gates, rows)


def braking_mix(evidence: CornerEvidence) -> Mix:
    """Causes of energy lost on the brake: early, soft, for a slow apex, because of the line, or locked."""
    quick = evidence.early * (1.0 - evidence.slow) * (1.0 - evidence.line_entry)
    slow = 1.0 - quick
    mix: Mix = {Cause.BRAKE_SOFT: quick * evidence.soft, Cause.BRAKE_EARLY: quick * (1.0 - evidence.soft)}
    for cause, weight in middle_mix(evidence).items():
        mix[cause] = mix.get(cause, 0.0) + slow * weight
    return mix


def middle_mix(evidence: CornerEvidence) -> Mix:
    """Causes of energy lost around the slowest point with the pedals as the reference has them."""
    rest = 1.0
    mix: Mix = {}
    line = max(evidence.line, evidence.line_entry)
    for cause, weight in ((Cause.LOCKUP, evidence.lockup), (Cause.BRAKE_LATE, evidence.late), (Cause.LINE, line)):
        mix[cause] = rest * weight
        rest -= mix[cause]
    mix[Cause.SLOW_APEX] = rest
    return mix


def late_mix(evidence: CornerEvidence) -> Mix:
    """Causes of waiting for the throttle: what forced the driver to wait, else the wait itself."""
    mix = middle_mix(evidence)
    mix[Cause.THROTTLE_LATE] = mix.pop(Cause.SLOW_APEX)
    return mix


def _put(rows: FloatArray, where: BoolArray, mix: Mix) -> None:
    row = np.zeros(len(CAUSES))
    for cause, weight in mix.items():
        row[COLUMN[cause]] = weight
    rows[where] = row


def _approach(rows: FloatArray, where: BoolArray, mine: IntArray, evidence: CornerEvidence, *, brakes: bool) -> None:
    """Throttle given up before own braking: coasting as far as it takes longer than the reference's change of pedals."""
    idle = evidence.coasting if brakes else 1.0 - evidence.slow
    rest = braking_mix(evidence) if brakes else middle_mix(evidence)
    for cause, here in ((Cause.COASTING, mine == COAST), (Cause.LIFT, mine != COAST)):
        mix = {name: (1.0 - idle) * weight for name, weight in rest.items()}
        mix[cause] = mix.get(cause, 0.0) + idle
        _put(rows, where & here, mix)


def _exit(pair: LapPair, sides: Sides, k: int, span: slice, cut: Stretch, gates: Gates, rows: FloatArray) -> None:
    """Rows of a plain exit: less throttle is late, soft or lifted; at equal throttle it is gear, line or power."""
    less = sides.reference.throttle[span] - sides.own.throttle[span] > SAME_PEDAL
    at = np.arange(span.start, span.stop)
    lifted = less & (at >= cut.full_throttle)
    gear = ~less & (at >= cut.throttle_on) & _until_shifted(sides, span, other_gear(sides, span, cut, gates))
    beside = _extreme_offset(sides, slice(cut.exit_start, sides.index_at(pair.corners[k].turn_out_m) + 1))
    line = np.where(gear, 0.0, line_here(sides, span, beside, gates))
    late = _late_share(sides, span, cut)
    both_full = (sides.own.state[span] == FULL) & (sides.reference.state[span] == FULL)
    rest = ~less & ~gear
    power = rest & both_full & _straight(pair, sides, span)
    for cause, share in (
        (Cause.LIFT, lifted * (1.0 - line)),
        (Cause.GEAR, gear.astype(np.float64)),
        (Cause.LINE, line),
        (Cause.THROTTLE_LATE, (less & ~lifted) * late * (1.0 - line)),
        (Cause.THROTTLE_SOFT, (less & ~lifted) * (1.0 - late) * (1.0 - line)),
        (Cause.POWER, power * (1.0 - line)),
        (Cause.UNEXPLAINED, (rest & ~power) * (1.0 - line)),
    ):
        rows[:, COLUMN[cause]] = share


def _arrived_too_fast(rows: FloatArray, inside: BoolArray, evidence: CornerEvidence) -> None:
    """Inside the corner a wide line, or a loss with no action of its own, follows from braking too late or from locking up."""
    for cause in (Cause.LINE, Cause.UNEXPLAINED):
        loose = np.where(inside, rows[:, COLUMN[cause]], 0.0)
        locked, late = loose * evidence.lockup, loose * (1.0 - evidence.lockup) * evidence.late
        rows[:, COLUMN[Cause.LOCKUP]] += locked
        rows[:, COLUMN[Cause.BRAKE_LATE]] += late
        rows[:, COLUMN[cause]] -= locked + late


def _late_share(sides: Sides, span: slice, cut: Stretch) -> FloatArray:
    """How much of the missing throttle a mere delay explains: the reference's own throttle, shifted by the onset's delay."""
    delay = max(0, cut.throttle_on - cut.reference_throttle_on)
    shifted = sides.reference.throttle[np.maximum(np.arange(span.start, span.stop) - delay, 0)]
    wanted, mine = sides.reference.throttle[span], sides.own.throttle[span]
    missing = np.maximum(wanted - mine, 1e-6)
    return np.asarray(np.clip((wanted - shifted) / missing, 0.0, 1.0), dtype=np.float64)


def _extreme_offset(sides: Sides, part: slice) -> float:
    """Largest distance from the reference's line, m; 0 when unknown."""
    known = np.abs(sides.offset_m[part])
    return float(np.nanmax(known)) if np.isfinite(known).any() else 0.0


def line_here(sides: Sides, span: slice, beside_m: float, gates: Gates) -> FloatArray:
    """Weight of a tighter arc at each metre, 0..1, in a corner whose line ends up `beside_m` from the reference's.

    An arc shows in the offset only after a while, so the whole corner's offset speaks for each of its metres.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.abs(sides.own.curvature_1pm[span]) / np.abs(sides.reference.curvature_1pm[span])
    tighter = np.clip((ratio - 1.0) / gates.curvature_frac - 0.5, 0.0, 1.0)
    return np.asarray(np.nan_to_num(tighter) * ramp(beside_m, gates.offset_m), dtype=np.float64)


def _straight(pair: LapPair, sides: Sides, span: slice) -> BoolArray:
    """Where neither lap asks much of the tyres sideways; unknown curvature counts as straight."""
    limit = np.interp(sides.own.speed_mps[span], pair.car.speed_mps, pair.car.lateral_mps2)
    used = sides.own.speed_mps[span] ** 2 * np.abs(np.nan_to_num(sides.own.curvature_1pm[span]))
    return ~(used > STRAIGHT * limit)


def other_gear(sides: Sides, span: slice, cut: Stretch, gates: Gates) -> BoolArray:
    """Where own gear is none that the reference uses at that speed on the same approach or exit."""
    middle = min(max(cut.exit_start, span.start), span.stop)
    return np.concatenate([_other_gear(sides, slice(*part), gates) for part in ((span.start, middle), (middle, span.stop))])


def _until_shifted(sides: Sides, span: slice, other: BoolArray) -> BoolArray:
    """The wrong gear and the shift that ends it, which interrupts the drive where the reference's goes on."""
    last = np.maximum.accumulate(np.where(other, sides.own.time_s[span], -np.inf))
    return sides.own.time_s[span] - last < SHIFT_S


def _other_gear(sides: Sides, part: slice, gates: Gates) -> BoolArray:
    gear = sides.own.gear[part]
    other = np.zeros(len(gear), dtype=np.bool_)
    if not len(gear) or not np.isfinite(sides.reference.gear[part]).any():
        return other
    order = np.argsort(sides.reference.speed_mps[part], kind="stable")
    speeds, gears = sides.reference.speed_mps[part][order], sides.reference.gear[part][order]
    low = np.minimum(np.searchsorted(speeds, sides.own.speed_mps[part] * (1.0 - gates.gear_speed_frac)), len(speeds) - 1)
    high = np.maximum(np.searchsorted(speeds, sides.own.speed_mps[part] * (1.0 + gates.gear_speed_frac), side="right"), low + 1)
    for number in np.unique(gear[gear > 0]):
        seen = np.concatenate([[0], np.cumsum(gears == number)])
        other |= (gear == number) & (seen[high] == seen[low])
    return other


def _special(pair: LapPair, sides: Sides, span: slice, k: int, evidence: CornerEvidence, gates: Gates, rows: FloatArray) -> None:
    """Slides, spinning wheels and a pushing front take what is lost while they last and are caught."""
    corner = pair.corners[k]
    turning = (sides.station_m[span] > corner.turn_in_m) & (sides.station_m[span] < corner.turn_out_m)
    off_brake = sides.own.state[span] != BRAKE
    _put(rows, pushes(sides.own, sides.reference, gates)[span] & turning & off_brake & (evidence.line < 0.5), {Cause.UNDERSTEER: 1.0})
    if max(evidence.late, evidence.lockup) < 0.5:  # a slide that follows from arriving too fast is no cause of its own
        _put(rows, _with_catch(sides, spins(sides.own, sides.reference, gates))[span] & off_brake, {Cause.WHEELSPIN: 1.0})
        _put(rows, _with_catch(sides, slides(sides.own, sides.reference, gates))[span] & off_brake, {Cause.OVERSTEER: 1.0})


def _with_catch(sides: Sides, flags: BoolArray) -> BoolArray:
    """The flagged stretches and what follows each for as long as it takes to catch the car."""
    last = np.maximum.accumulate(np.where(flags, sides.own.time_s, -np.inf))
    return sides.own.time_s - last < AFTER_SLIDE_S
