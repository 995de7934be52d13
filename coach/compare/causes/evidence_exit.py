"""Exit evidence of method A: at each station where the car gains speed slower than the reference, what the driver did there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.cause import Cause
from coach.compare.causes.evidence_line import CURVED_SHARE, GATE_SIGMAS, LineEvidence
from coach.compare.causes.evidence_signals import BRAKE_OFF, FULL_THROTTLE, PEDAL_SAME, THROTTLE_OFF, Signals, acceleration_of, widened
from coach.compare.causes.evidence_slides import slides
from coach.compare.causes.evidence_stretches import SHORTEST, Stretch
from coach.compare.pair import Scatter
from coach.physics.car import CarModel

SPIN_SLIP = 0.12  # coaching.md 3.5: driven wheels faster than the road
HELD_S = 0.3  # coaching.md 2.4: throttle for less is a stab
SHIFT_S = 0.3  # around a gear change the drive is interrupted; when exactly is nobody's mistake
SHIFT_SCATTER = 0.03  # of speed: the same gear change comes that much earlier or later
SCRUB_STEER = 1.2  # coaching.md 2.8, B step 7: steering that much beyond the reference's for the same arc only scrubs
POWER_GATE = 0.02  # coaching.md 2.9: draft, fuel and set-up make 2-6 % of acceleration at Monza; less is not worth a word

EXCUSED = frozenset({Cause.THROTTLE_LATE, Cause.THROTTLE_SOFT, Cause.LIFT, Cause.UNEXPLAINED})  # what another line can ask for
LOOSE = (Cause.UNDERSTEER, Cause.POWER, Cause.UNEXPLAINED)  # what no action of the driver explains

Labels = dict[Cause, BoolArray]


@dataclass(frozen=True, slots=True)
class ExitEvidence:
    """What happened after the split.

    `costs` are the seconds each cause made by itself; `turning` the part of them that arose before the car was straight again.
    """

    later_m: float  # throttle application after the reference's
    gear_delta: float  # mean own gear minus the reference's at equal speed, where it cost
    lift_m: float
    costs: Mapping[Cause, float]
    turning: Mapping[Cause, float]


def exit_evidence(
    stretch: Stretch,
    own: Signals,
    ref: Signals,
    possible: FloatArray,
    car: CarModel,
    scatter: Scatter,
    line: LineEvidence,
    slid: BoolArray,
    step_m: float,
) -> ExitEvidence:
    """Weigh each slower station by -da * integral of v^-3 to the end, and label it (coaching.md 2.8, step 6).

    `possible`: speeds from the split on that the driver could have driven, m/s. `slid`: stations of the stretch that follow a slide.
    """
    part = stretch.exit
    v = own.v[part]
    lacking = acceleration_of(possible, own.driven_m[part][: len(v) - 1], step_m) - own.a[part]
    weight = lacking * np.cumsum((step_m / v**3)[::-1])[::-1]
    turning = _turning(stretch, ref)
    later_m = (stretch.own.throttle_on - stretch.ref.throttle_on) * step_m
    gear_delta = _gear_delta(own, ref, stretch)
    labels = _pedal_labels(own, ref, stretch, later_m if later_m > GATE_SIGMAS * scatter.throttle_on_m else 0.0, step_m)
    _label_equal_pedals(labels, own, ref, car, part, gear_delta != 0.0, turning, step_m)
    at = stretch.split - stretch.begin
    costs, within = _costs(labels, weight, line.elsewhere[at:], own.off_track[part], turning, slid[at:])
    power = labels[Cause.POWER]
    if float(lacking[power].sum()) < POWER_GATE * float(np.abs(own.a[part][power]).sum()):
        costs.pop(Cause.POWER)
    wrong = gear_delta[labels[Cause.GEAR] & (lacking > 0.0) & (gear_delta != 0.0)]
    return ExitEvidence(later_m, float(wrong.mean()) if len(wrong) else 0.0, float(labels[Cause.LIFT].sum()) * step_m, costs, within)


def _costs(
    labels: Labels, weight: FloatArray, elsewhere: FloatArray, off: BoolArray, turning: BoolArray, slid: BoolArray
) -> tuple[dict[Cause, float], dict[Cause, float]]:
    """Seconds by cause, all of the exit and its turning part.

    On another line, less throttle is the line's doing as surely as the line is another; off the track, everything is. After a slide
    it is the slide's, and so is what no action explains.
    """
    for loose in LOOSE:
        labels[Cause.OVERSTEER] = labels[Cause.OVERSTEER] | (labels[loose] & slid)
        labels[loose] = labels[loose] & ~slid
    causes = list(labels)
    masks = np.stack([labels[cause] for cause in causes]).astype(np.float64)
    excused = np.array([[cause in EXCUSED] for cause in causes], dtype=np.float64)
    to_line = masks * np.maximum(off, excused * elsewhere)
    kept = masks - to_line
    by_line = weight * to_line.sum(axis=0)
    whole = dict(zip(causes, np.maximum(kept @ weight, 0.0).tolist(), strict=True))
    within = dict(zip(causes, np.maximum(kept[:, turning] @ weight[turning], 0.0).tolist(), strict=True))
    for cause, there in ((Cause.LINE, ~slid), (Cause.OVERSTEER, slid)):
        whole[cause] = whole.get(cause, 0.0) + max(0.0, float(by_line[there].sum()))
        within[cause] = within.get(cause, 0.0) + max(0.0, float(by_line[turning & there].sum()))
    return whole, within


def _pedal_labels(own: Signals, ref: Signals, stretch: Stretch, later_m: float, step_m: float) -> Labels:
    """Stations with less pedal than the reference: still on the brake, late, lifted again, or soft.

    Lifted is what comes after full throttle, or after a foot that left the throttle again while the reference's stayed on it. Who
    does not go back to the throttle before the next corner is not late but coasts into it. Late is also waiting on neither pedal before a late application, where the reference still slows down: a car that is slow
    already could have gone.
    """
    part = stretch.exit
    throttle, wanted = own.throttle[part], ref.throttle[part]
    dragging = (own.brake[part] > BRAKE_OFF) & (ref.brake[part] <= BRAKE_OFF)
    less = (throttle < wanted - PEDAL_SAME) & ~dragging
    held = (np.maximum.accumulate(throttle) >= FULL_THROTTLE) | _given_up(
        throttle, wanted, round(HELD_S * float(own.v[stretch.split]) / step_m)
    )
    count = min(max(0, round(later_m / step_m)), len(wanted))
    shifted = np.concatenate([np.zeros(count), wanted])[: len(wanted)]  # the reference's pedal, had it come so much later
    waiting = own.coasting[part] & (np.arange(stretch.split, stretch.end) <= stretch.own.throttle_on)
    late = ((less & (throttle >= shifted - PEDAL_SAME)) | waiting) & ~held & ~dragging if later_m > 0.0 else less & False
    coasts = late & own.coasting[part] & (stretch.own.throttle_on >= stretch.end - SHORTEST)
    late &= ~coasts
    return {
        Cause.COASTING: coasts,
        Cause.SLOW_APEX: (dragging | (waiting & ~late & ~coasts)) & (own.v[part] < ref.v[part]),
        Cause.THROTTLE_LATE: late,
        Cause.LIFT: less & held,
        Cause.THROTTLE_SOFT: less & ~late & ~held & ~waiting,
    }


def _given_up(throttle: FloatArray, wanted: FloatArray, held: int) -> BoolArray:
    """Stations from where on own foot is off the throttle again that it had as long and as much as the reference's, shape (n,).

    The reference stays on it. `held`: stations on the throttle that make an application; less is a touch that steadies the car.
    """
    on = throttle > 2.0 * THROTTLE_OFF
    last_off = np.maximum.accumulate(np.where(on, -1, np.arange(len(on))))
    had = np.maximum.accumulate(on & (np.arange(len(on)) - last_off >= held) & (throttle >= wanted - PEDAL_SAME))
    return np.asarray(np.maximum.accumulate(had & (throttle < THROTTLE_OFF) & (wanted > 2.0 * THROTTLE_OFF)))


def _label_equal_pedals(
    labels: Labels, own: Signals, ref: Signals, car: CarModel, part: slice, other_gear: BoolArray, turning: BoolArray, step_m: float
) -> None:
    """Stations with the reference's pedals and still less acceleration: slide, wheelspin, gear, scrub, or simply less power.

    Gear changes of either lap count with the gear: equal ones cancel, one too many or too early does not.
    """
    free = ~np.any(list(labels.values()), axis=0)
    sliding = widened(slides(own, ref, part), round(SHIFT_S * float(own.v[part][0]) / step_m))
    for cause in (Cause.THROTTLE_LATE, Cause.LIFT, Cause.THROTTLE_SOFT):
        labels[cause] = labels[cause] & ~sliding
    labels[Cause.OVERSTEER] = sliding & ~labels[Cause.SLOW_APEX]
    free &= ~sliding
    labels[Cause.WHEELSPIN] = free & _spinning(own, car, part) & ~_spinning(ref, car, part)
    free &= ~labels[Cause.WHEELSPIN]
    labels[Cause.GEAR] = free & (other_gear | _shifting(own, part, step_m) | _shifting(ref, part, step_m))
    free &= ~labels[Cause.GEAR]
    full = (own.throttle[part] > FULL_THROTTLE) & (ref.throttle[part] > FULL_THROTTLE)
    bent, bent_ref = np.abs(own.kappa[part]), np.abs(ref.kappa[part])
    more = np.abs(own.steer[part]) * bent_ref > SCRUB_STEER * np.abs(ref.steer[part]) * bent
    labels[Cause.UNDERSTEER] = free & turning & widened(more, round(SHIFT_S * float(own.v[part][0]) / step_m))
    labels[Cause.POWER] = free & full & ~turning
    labels[Cause.UNEXPLAINED] = free & ~labels[Cause.UNDERSTEER] & ~labels[Cause.POWER]


def _turning(stretch: Stretch, ref: Signals) -> BoolArray:
    """Stations after the split until the reference is straight; none without a path."""
    curved = np.nan_to_num(np.abs(ref.kappa[stretch.part]))
    inside = np.flatnonzero(curved > CURVED_SHARE * curved.max(initial=0.0))
    last = int(inside[-1]) + 1 if len(inside) else 0
    return np.arange(stretch.split, stretch.end) < stretch.begin + last


def _gear_delta(own: Signals, ref: Signals, stretch: Stretch) -> FloatArray:
    """Own gear minus the reference's when it was as fast on its way out, 0 where equal, unknown or within a gear change's scatter."""
    v, gear = own.v[stretch.exit], own.gear[stretch.exit]
    leaving = slice(stretch.ref.slowest, stretch.end)
    rising, gear_ref = np.maximum.accumulate(ref.v[leaving]), ref.gear[leaving]

    def at(speed: FloatArray) -> FloatArray:
        return gear_ref[np.minimum(np.searchsorted(rising, speed), len(rising) - 1)]

    low, high = at(v * (1.0 - SHIFT_SCATTER)), at(v * (1.0 + SHIFT_SCATTER))
    delta = np.where(gear > np.maximum(low, high), gear - np.maximum(low, high), np.minimum(gear - np.minimum(low, high), 0.0))
    out = np.arange(stretch.split, stretch.end) >= stretch.own.slowest  # on the way down the gears differ for no reason
    return np.where((gear > 0) & (low > 0) & (high > 0) & out, delta, 0.0)


def _shifting(lap: Signals, part: slice, step_m: float) -> BoolArray:
    """Stations at which a gear change interrupts the drive."""
    gear = lap.gear[part]
    return widened(np.diff(gear, prepend=gear[0]) != 0.0, round(SHIFT_S * float(lap.v[part][0]) / step_m))


def _spinning(lap: Signals, car: CarModel, part: slice) -> BoolArray:
    """Driven wheels faster than the road by engine speed and gear."""
    gear = np.clip(np.nan_to_num(lap.gear[part]), 0, len(car.speed_per_rpm) - 1).astype(np.int64)
    wheel = lap.rpm[part] * car.speed_per_rpm[gear]
    return np.asarray(np.nan_to_num(wheel / lap.v[part] - 1.0) > SPIN_SLIP)
