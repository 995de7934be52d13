"""Labels every metre on which energy is lost with what the driver did there against the reference at the same station.

Labels sit on impulses, where a loss arises, not on symptoms, where its time is paid (coaching.md 2.8: worth 19 points).
A metre's label is a row of weights over the causes; the rows sum to 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.arrays import BoolArray, FloatArray, IntArray
from coach.compare.cause import Cause
from coach.compare.causes.impulse_evidence import SAME_PEDAL, UnitEvidence
from coach.compare.causes.impulse_gates import Gates, ramp
from coach.compare.causes.impulse_lines import shown_until
from coach.compare.causes.impulse_shifts import SHIFT_S
from coach.compare.causes.impulse_sides import BRAKE, COAST, FULL, PARTIAL, Side, Sides, runs_of
from coach.compare.causes.impulse_slides import Balance
from coach.compare.causes.impulse_units import HELD_S, Unit

CAUSES: tuple[Cause, ...] = tuple(Cause)  # UNEXPLAINED last, as the kernel wants it
COLUMN = {cause: i for i, cause in enumerate(CAUSES)}

# What a car does, or a driver is made to do, after something went wrong before.
LOOSE = (Cause.LINE, Cause.UNEXPLAINED, Cause.SLOW_APEX, Cause.UNDERSTEER, Cause.POWER)
WAITING = (Cause.THROTTLE_LATE, Cause.THROTTLE_SOFT, Cause.LIFT)

Mix = dict[Cause, float]


def label_unit(sides: Sides, unit: Unit, evidence: UnitEvidence, balance: Balance, gates: Gates, weights: FloatArray) -> None:
    """Write the rows of `weights`, shape (m - 1, causes), of one unit."""
    span = slice(unit.start, min(unit.end, len(weights)))
    rows = weights[span]
    rows[:] = 0.0
    at = np.arange(span.start, span.stop)
    own = unit.own
    mine = sides.own.state[span]
    less = sides.reference.throttle[span] - sides.own.throttle[span] > SAME_PEDAL
    entry_end = max(unit.reference.brake_off, own.slowest if own.brakes else 0)

    _exit(sides, unit, span, balance, gates, rows)
    _arrived_too_fast(rows, ~balance.straight[span], evidence)
    free = ~(rows[:, COLUMN[Cause.GEAR]] > 0.0)
    _put(rows, ~less & free & (at >= own.brake_on) & (at < own.full_throttle) & (mine < FULL), middle_mix(evidence))
    waits = less & (at >= own.brake_on) & (at < own.throttle_on) & (mine != BRAKE)
    _put(rows, waits, late_mix(evidence, Cause.THROTTLE_LATE))
    if own.throttle_on >= unit.end:  # never back on it before the next corner: not late, but coasting into it
        _put(rows, waits & (mine == COAST), late_mix(evidence, Cause.COASTING))
    _put(rows, (mine == BRAKE) & (at >= entry_end) & (at < own.full_throttle), middle_mix(evidence))
    _put(rows, (mine == BRAKE) & (at < entry_end), braking_mix(evidence))
    _approach(rows, less & (at >= own.lift) & (at < own.brake_on) & (mine != BRAKE), mine, evidence, brakes=own.brakes)
    _balance(rows, unit, span, mine, balance, evidence)
    if evidence.stab > 0.0:
        after = (at >= evidence.stab_at) & (at < own.full_throttle)
        _follow(rows, after, Cause.LOCKUP, evidence.stab, [cause for cause in CAUSES if cause not in {Cause.LOCKUP, Cause.GEAR}])


def braking_mix(evidence: UnitEvidence) -> Mix:
    """Causes of energy lost on the brake: early, soft, for a slow apex, because of the line, or locked.

    Braking from the same point on but harder sheds the speed too early all the same, where it is surely not missing any more at the
    apex.
    """
    quick = evidence.early * (1.0 - evidence.slow) * (1.0 - max(evidence.line_entry, evidence.forced))
    mix: Mix = {Cause.BRAKE_SOFT: quick * evidence.soft, Cause.BRAKE_EARLY: quick * (1.0 - evidence.soft)}
    for cause, weight in middle_mix(evidence).items():
        mix[cause] = mix.get(cause, 0.0) + (1.0 - quick) * weight
    early = max(0.0, 1.0 - 2.0 * evidence.slow) * mix[Cause.SLOW_APEX]
    mix[Cause.SLOW_APEX] -= early
    mix[Cause.BRAKE_EARLY] += early
    return mix


def middle_mix(evidence: UnitEvidence) -> Mix:
    """Causes of energy lost around the slowest point with the pedals as the reference has them, in causal order."""
    rest = 1.0
    mix: Mix = {}
    line = max(evidence.line, evidence.line_entry, evidence.forced, evidence.strayed)
    for cause, weight in ((Cause.BRAKE_LATE, evidence.late), (Cause.LOCKUP, evidence.lockup), (Cause.LINE, line)):
        mix[cause] = rest * weight
        rest -= mix[cause]
    mix[Cause.GRIP] = rest * evidence.grip
    mix[Cause.SLOW_APEX] = rest * (1.0 - evidence.grip)
    return mix


def late_mix(evidence: UnitEvidence, wait: Cause) -> Mix:
    """Causes of waiting for the throttle: what forced the driver to wait, else the wait itself."""
    mix = middle_mix(evidence)
    mix[wait] = mix.pop(Cause.SLOW_APEX)
    return mix


def other_way_mix(evidence: UnitEvidence) -> Mix:
    """Causes of the time for a longer way: who arrives too fast is carried wide; else it is the line.

    The same for time gained: braking late, or a wide and long line, is faster somewhere, and its price is what is left of it.
    """
    mix = middle_mix(evidence)
    wide = {cause: mix[cause] for cause in (Cause.LOCKUP, Cause.BRAKE_LATE)}
    rest = 1.0 - sum(wide.values())
    return {**wide, Cause.LINE: rest * max(evidence.line, evidence.line_entry, evidence.longer_path)}


def _put(rows: FloatArray, where: BoolArray, mix: Mix) -> None:
    row = np.zeros(len(CAUSES))
    for cause, weight in mix.items():
        row[COLUMN[cause]] = weight
    rows[where] = row


def _approach(rows: FloatArray, where: BoolArray, mine: IntArray, evidence: UnitEvidence, *, brakes: bool) -> None:
    """Throttle given up before own braking: coasting as far as it takes longer than the reference's change of pedals."""
    idle = evidence.coasting if brakes else 1.0 - evidence.slow
    rest = braking_mix(evidence) if brakes else middle_mix(evidence)
    for cause, here in ((Cause.COASTING, mine == COAST), (Cause.LIFT, mine != COAST)):
        mix = {name: (1.0 - idle) * weight for name, weight in rest.items()}
        mix[cause] = mix.get(cause, 0.0) + idle
        _put(rows, where & here, mix)


def _exit(sides: Sides, unit: Unit, span: slice, balance: Balance, gates: Gates, rows: FloatArray) -> None:
    """Rows of a plain exit: less throttle is late, soft or lifted; at equal throttle it is gear, line or power."""
    mine, theirs = sides.own.state[span], sides.reference.state[span]
    less = sides.reference.throttle[span] - sides.own.throttle[span] > SAME_PEDAL
    at = np.arange(span.start, span.stop)
    again = (at < unit.own.lift) | (at >= unit.own.full_throttle) | ((at >= unit.own.throttle_on) & (mine == COAST))
    waits = _waits(sides, span, less & again)
    lifted = (less | (mine == BRAKE)) & again & ~waits
    gear = ~less & ~lifted & (at >= unit.own.throttle_on) & _until_shifted(sides, span, other_gear(sides, unit, span, gates))
    line = np.where(gear | balance.straight[span], 0.0, _line_here(sides, unit, span, gates))
    late = _late_share(sides, span, _delays(unit, mine, waits))
    rest = ~less & ~gear & ~lifted
    power = rest & (mine == FULL) & (theirs == FULL) & balance.straight[span]
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


def _arrived_too_fast(rows: FloatArray, inside: BoolArray, evidence: UnitEvidence) -> None:
    """Inside the corner a wide line, or a loss with no action of its own, follows from braking too late or from locking up."""
    for cause in (Cause.LINE, Cause.UNEXPLAINED):
        loose = np.where(inside, rows[:, COLUMN[cause]], 0.0)
        late, locked = loose * evidence.late, loose * (1.0 - evidence.late) * evidence.lockup
        rows[:, COLUMN[Cause.LOCKUP]] += locked
        rows[:, COLUMN[Cause.BRAKE_LATE]] += late
        rows[:, COLUMN[cause]] -= locked + late


def _waits(sides: Sides, span: slice, less: BoolArray) -> BoolArray:
    """Which runs of missing throttle are waiting: the foot has given up no more than the reference's, it only does not follow it back.

    A unit may hold two slowings with full throttle between them; what comes late after the second is no lift.
    """
    time_s = sides.reference.time_s
    waits = np.zeros_like(less)
    for first, last in runs_of(less):
        before = max(0, int(np.searchsorted(time_s, time_s[span.start + first] - HELD_S)))
        mine, theirs = (_given_up(side, before, span.start + last) for side in (sides.own, sides.reference))
        waits[first:last] = mine - theirs <= SAME_PEDAL
    return waits


def _given_up(side: Side, first: int, stop: int) -> float:
    """How far the throttle comes down from where it is first."""
    return float(side.throttle[first] - np.min(side.throttle[first:stop]))


def _delays(unit: Unit, mine: IntArray, waits: BoolArray) -> IntArray:
    """Stations by which the throttle comes later, per metre: of the unit's application, or of its own where the driver waits again."""
    delays = np.full(len(waits), max(0, unit.own.throttle_on - unit.reference.throttle_on), dtype=np.int64)
    for first, last in runs_of(waits):
        on = np.flatnonzero(mine[first:last] >= PARTIAL)
        delays[first:last] = on[0] if len(on) else last - first
    return delays


def _late_share(sides: Sides, span: slice, delays: IntArray) -> FloatArray:
    """How much of the missing throttle a mere delay explains: the reference's own throttle, shifted by the onset's delay."""
    shifted = sides.reference.throttle[np.maximum(np.arange(span.start, span.stop) - delays, 0)]
    wanted, mine = sides.reference.throttle[span], sides.own.throttle[span]
    missing = np.maximum(wanted - mine, 1e-6)
    return np.asarray(np.clip((wanted - shifted) / missing, 0.0, 1.0), dtype=np.float64)


def _line_here(sides: Sides, unit: Unit, span: slice, gates: Gates) -> FloatArray:
    """Weight of a tighter arc at each metre, 0..1, in a unit whose line ends up beside the reference's.

    The largest offset from the slowest point on, as long as a line shows, speaks for each metre.
    """
    beside = np.abs(sides.offset_m[unit.reference.slowest : max(shown_until(sides, unit), unit.reference.slowest) + 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.abs(sides.own.curvature_1pm[span]) / np.abs(sides.reference.curvature_1pm[span])
    tighter = np.nan_to_num(np.clip(2.0 * (ratio - 1.0) / gates.curvature_frac - 1.5, 0.0, 1.0))
    return np.asarray(tighter * (ramp(float(np.nanmax(beside)), gates.offset_m) if np.isfinite(beside).any() else 0.0), dtype=np.float64)


def _until_shifted(sides: Sides, span: slice, other: BoolArray) -> BoolArray:
    """The wrong gear and the shift that ends it, which interrupts the drive where the reference's goes on."""
    last = np.maximum.accumulate(np.where(other, sides.own.time_s[span], -np.inf))
    return np.asarray(sides.own.time_s[span] - last < SHIFT_S, dtype=np.bool_)


def other_gear(sides: Sides, unit: Unit, span: slice, gates: Gates) -> BoolArray:
    """Where own gear is higher than any that the reference uses at that speed on the same approach or exit.

    A lower gear drives harder; what its shift costs is settled in `impulse_shifts`.
    """
    middle = min(max(unit.reference.slowest, span.start), span.stop)
    return np.concatenate([_other_gear(sides, slice(*part), gates) for part in ((span.start, middle), (middle, span.stop))])


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
        seen = np.concatenate([[0], np.cumsum(gears >= number)])
        other |= (gear == number) & (seen[high] == seen[low])
    return other


def _balance(rows: FloatArray, unit: Unit, span: slice, mine: IntArray, balance: Balance, evidence: UnitEvidence) -> None:
    """A car out of balance takes what is lost while that lasts, unless it follows from arriving too fast or from the line.

    A slide throws the car off its line and off its speed: what is lost without an action of its own up to full throttle follows too.
    """
    free = mine != BRAKE
    turning = ~balance.straight[span]
    too_fast = max(evidence.late, evidence.lockup)
    if max(too_fast, evidence.line) < 0.5:
        _put(rows, balance.pushes[span] & turning & free, {Cause.UNDERSTEER: 1.0})
    idle = rows[:, COLUMN[Cause.UNEXPLAINED]] + rows[:, COLUMN[Cause.SLOW_APEX]] + rows[:, COLUMN[Cause.POWER]] > 0.5
    _put(rows, balance.saws[span] & turning & idle, {Cause.UNDERSTEER: 1.0})
    if max(too_fast, evidence.line) < 0.5:
        _put(rows, balance.spins[span] & free, {Cause.WHEELSPIN: 1.0})
    _put(rows, balance.off[span] & ~(rows[:, COLUMN[Cause.OVERSTEER]] > 0.5), {Cause.LINE: 1.0})
    slides = balance.slides[span] & free
    if not slides.any():
        return
    at = np.arange(span.start, span.stop)
    after = (at >= span.start + int(np.argmax(slides))) & (at < unit.own.full_throttle)
    if too_fast < 0.5:
        _put(rows, slides, {Cause.OVERSTEER: 1.0})
        _follow(rows, after, Cause.OVERSTEER, 1.0, LOOSE)
    else:  # the rear steps out of a car that arrives too fast, and the throttle waits until it is caught
        _follow(rows, slides, Cause.BRAKE_LATE if evidence.late >= evidence.lockup else Cause.LOCKUP, too_fast, WAITING)


def _follow(rows: FloatArray, where: BoolArray, cause: Cause, weight: float, loose_causes: Sequence[Cause]) -> None:
    """Give some causes' part to the one that came before them and brought them about."""
    for loose in loose_causes:
        column = np.where(where, weight * rows[:, COLUMN[loose]], 0.0)
        rows[:, COLUMN[cause]] += column
        rows[:, COLUMN[loose]] -= column
