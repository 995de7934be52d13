"""Entry evidence of method A: which action before the corner made the car slow too early, in metres of braking point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.cause import Cause
from coach.compare.causes.evidence_line import GATE_SIGMAS
from coach.compare.causes.evidence_signals import BRAKE_OFF, PEDAL_SAME, Signals
from coach.compare.causes.evidence_stretches import BRAKE_REACHED, Actions, Stretch
from coach.compare.pair import Scatter
from coach.physics.car import CarModel

FOOT_MOVE_S = 0.15  # moving the foot from one pedal to the other takes about that long; no decision, so no coasting
SOFTER = 0.9  # coaching.md 2.8, step 6: below that share of the reference's level braking is soft
HARDER_PEDAL = 1.2  # coaching.md 2.8, B step 7: a pedal that much above the reference's is well beyond it
LESS_TURN = 0.75  # coaching.md 2.8, B step 7, of curvature: so much less turning for no less steering is a front that slides
MEETS_S = 1.0  # speeds that differ only by where they were shed have met at the slowest point and stay together; a second shows it
LOCKED_GAIN = 0.8  # deceleration per pedal below that share of the usual: a sliding tyre loses about a fifth of its grip


@dataclass(frozen=True, slots=True)
class EntryEvidence:
    """What happened before the corner. Metres are positive when it made the car slow earlier than the reference."""

    shift_m: float  # reference's onset minus own
    early_m: float  # part of the shift that nothing else asks for
    soft_m: float  # part that the lower deceleration asks for
    apex_m: float  # part that the slower apex asks for
    level_frac: float  # own deceleration over the reference's
    coasting_m: float  # more than the reference, before braking
    lock: bool
    late: bool
    parts: Mapping[Cause, float]  # shares of the entry price, sum 1


def entry_evidence(
    stretch: Stretch,
    own: Signals,
    ref: Signals,
    deficit: float,
    car: CarModel,
    scatter: Scatter,
    elsewhere: FloatArray,
    slid: BoolArray,
    step_m: float,
) -> EntryEvidence:
    """Weigh the actions of one entry. `elsewhere`: how surely its stations are on another line; `slid`: which follow a slide."""
    typical_brake = car.braking_typical_mps2
    on_own, on_ref = stretch.own.brake_on, stretch.ref.brake_on
    first = min(on_own, on_ref)
    shift = (on_ref - on_own) * step_m
    v_in, v_low = float(ref.v[first]), float(ref.v[stretch.ref.slowest])
    missing = _still_missing(stretch, own, ref, step_m)
    surely = GATE_SIGMAS * scatter.v_min_frac
    per_share_m = (v_in**2 + v_low**2) / (2.0 * typical_brake)  # metres of braking for a share of apex speed
    apex_m = max(0.0, deficit) * per_share_m
    arrival_m = (float(own.v[first]) ** 2 - v_in**2) / (2.0 * typical_brake)
    level_own, level_ref = _level(own, on_own, stretch), _level(ref, on_ref, stretch)
    level = level_own / level_ref if level_ref > 0.0 and level_own > 0.0 else 1.0
    soft = level < min(SOFTER, 1.0 - GATE_SIGMAS * scatter.brake_level)
    soft_m = (v_in**2 - v_low**2) / 2.0 * (1.0 / level_own - 1.0 / level_ref) if soft else 0.0
    soft_m = min(max(soft_m, 0.0), max(shift, 0.0))
    release_m = (_let_go(ref, stretch.ref) - _let_go(own, stretch.own)) * step_m
    lacks_m = max(apex_m, missing * per_share_m if missing > surely else 0.0)
    early_m = min(shift - lacks_m - arrival_m - soft_m, release_m)  # braking as hard from earlier on ends as much earlier
    gate_m = GATE_SIGMAS * scatter.brake_on_m
    coasting_m = _coasting(own, stretch, stretch.own, step_m) - _coasting(ref, stretch, stretch.ref, step_m)
    # Speed that was shed again before the corner drives nobody wide: late braking counts when some of it is left there.
    faster = deficit < -GATE_SIGMAS * scatter.v_min_frac
    faster |= _stepped_out(stretch, own, ref, slid)
    late = faster and shift < -gate_m and _gained(own, ref, on_own, on_ref, level_ref, step_m)
    later_m = (stretch.own.throttle_on - stretch.ref.throttle_on) * step_m
    slower = deficit > 0.0 or own.v[stretch.split] < ref.v[stretch.split]
    lasts = min(1.0, missing / surely)
    asked = _asked(max(early_m, 0.0), soft_m, apex_m, gate_m, lasts if slower else None)
    later = later_m > GATE_SIGMAS * scatter.throttle_on_m
    parts = _parts(stretch, own, ref, asked, coasting_m, elsewhere, slid, step_m, later=later)
    return EntryEvidence(shift, early_m, soft_m, apex_m, level, coasting_m, _locked(own, ref, stretch, car), late, parts)


def _let_go(lap: Signals, did: Actions) -> int:
    """Last index at which the pedal is pressed by the share of its peak that makes an onset: a foot that rests on it is no braking."""
    pressed = np.flatnonzero(lap.brake[did.brake_on : did.slowest + 1] > BRAKE_REACHED * did.brake_peak)
    return did.brake_on + (int(pressed[-1]) if len(pressed) else 0)


def _stepped_out(stretch: Stretch, own: Signals, ref: Signals, slid: BoolArray) -> bool:
    """Whether the rear stepped out with what was gained before still in hand: what follows hides the speed that caused it."""
    at = stretch.begin + int(np.argmax(slid))
    return bool(slid.any()) and float(own.v[at]) >= float(ref.v[at])


def _still_missing(stretch: Stretch, own: Signals, ref: Signals, step_m: float) -> float:
    """Mean share of speed lacking for MEETS_S from the reference's slowest station on, 0 when faster.

    Only where the throttle is no less than the reference's: what waits for it says nothing about the entry.
    """
    lowest = stretch.ref.slowest
    after = slice(lowest, min(stretch.end, lowest + max(1, round(MEETS_S * float(ref.v[lowest]) / step_m))))
    lacking = (1.0 - own.v[after] / ref.v[after])[own.throttle[after] >= ref.throttle[after] - PEDAL_SAME]
    return max(0.0, float(np.mean(lacking))) if len(lacking) else 0.0


def _level(lap: Signals, onset: int, stretch: Stretch) -> float:
    """Mean deceleration of the main braking, m/s2; 0 without braking. Weighted by the pedal: its ramps count less."""
    part = slice(onset, max(stretch.split, onset + 1))
    pedal = np.where(lap.brake[part] > BRAKE_OFF, lap.brake[part], 0.0)
    total = float(pedal.sum())
    return max(float(-(lap.a[part] * pedal).sum()) / total, 0.0) if total > 0.0 else 0.0


def _coasting(lap: Signals, stretch: Stretch, did: Actions, step_m: float) -> float:
    """Metres on neither pedal before braking; without braking, all the way to the slowest station."""
    until = did.brake_on if did.brake_off > did.brake_on else did.slowest
    return float(lap.coasting[stretch.begin : max(until, stretch.begin)].sum() * step_m)


def _gained(own: Signals, ref: Signals, on_own: int, on_ref: int, level_ref: float, step_m: float) -> bool:
    """Whether braking later made the car faster there: by at least half of what the metres are worth at the reference's braking."""
    worth = level_ref * (on_own - on_ref) * step_m
    return float(own.v[on_own] ** 2 - ref.v[on_own] ** 2) / 2.0 > 0.5 * worth > 0.0


def _asked(early_m: float, soft_m: float, apex_m: float, gate_m: float, lasts: float | None) -> Mapping[Cause, float]:
    """What asked for more braking, as shares. Within the scatter of braking points an early one is no cause, in proportion.

    `lasts`: how surely speed was still missing from the apex on, 0..1; None when it was nowhere.
    """
    surely = min(1.0, early_m / gate_m)
    asked = {
        Cause.BRAKE_EARLY: early_m * surely,
        Cause.BRAKE_SOFT: soft_m,
        Cause.SLOW_APEX: apex_m,
        Cause.UNEXPLAINED: early_m * (1.0 - surely),
    }
    metres = sum(asked.values())
    if metres <= 0.0:
        # Braked where the reference did, but harder or longer: over-slowed as far as it lasts, else slowed before it was asked for.
        return {Cause.UNEXPLAINED: 1.0} if lasts is None else {Cause.SLOW_APEX: lasts, Cause.BRAKE_EARLY: 1.0 - lasts}
    return {cause: length / metres for cause, length in asked.items()}


def _parts(
    stretch: Stretch,
    own: Signals,
    ref: Signals,
    asked: Mapping[Cause, float],
    coasting_m: float,
    elsewhere: FloatArray,
    slid: BoolArray,
    step_m: float,
    *,
    later: bool,
) -> Mapping[Cause, float]:
    """Shares of the entry price, by the energy lost to each action at its own stations."""
    part = slice(stretch.begin, stretch.split)
    lost = np.maximum(ref.a[part] - own.a[part], 0.0)
    thrown = float(lost[slid[: len(lost)]].sum())
    lost *= ~slid[: len(lost)]
    aside = float((lost * elsewhere[: len(lost)]).sum())
    lost *= 1.0 - elsewhere[: len(lost)]
    braking, coasting = own.brake[part] >= BRAKE_OFF, own.coasting[part]
    lifting = ~braking & ~coasting & (own.throttle[part] < ref.throttle[part] - PEDAL_SAME)
    leaving = (np.arange(stretch.begin, stretch.split) >= stretch.ref.throttle_on) & (coasting | lifting)
    coasting, lifting = coasting & ~leaving, lifting & ~leaving
    foot_m = FOOT_MOVE_S * float(own.v[stretch.begin])
    weights = {
        Cause.OVERSTEER: thrown,
        Cause.LINE: aside,  # already on another line when it slowed down: the line asked for it
        Cause.COASTING: float(lost[coasting].sum()),
        Cause.LIFT: float(lost[lifting].sum()),
        Cause.THROTTLE_LATE if later else Cause.THROTTLE_SOFT: float(lost[leaving].sum()),  # the reference is on its way out
    }
    slack = float(lost[braking].sum())
    for cause, length in ((Cause.COASTING, coasting_m), (Cause.LIFT, float(lifting.sum()) * step_m)):
        if length < foot_m:  # the way of the foot to the brake belongs to the braking
            slack += weights.pop(cause)
    for cause, share in asked.items():
        weights[cause] = weights.get(cause, 0.0) + slack * share
    total = sum(weights.values())
    return {cause: weight / total for cause, weight in weights.items()} if total > 0.0 else {Cause.UNEXPLAINED: 1.0}


def _locked(own: Signals, ref: Signals, stretch: Stretch, car: CarModel) -> bool:
    """Full pedal well beyond the reference's, and a sign that the tyres slide.

    Signs: more pedal than the whole reference lap ever took (only where the source tells about ABS: with it a full pedal is
    nothing); less deceleration per pedal than usual and less than the car can do; no less steering with a much wider arc. With ABS
    at work only the last one counts, or that the reference does not brake there at all: then the ABS says what the wheels would have
    done. The laps' own pedal scales are compared first (two drivers' pedals differ).
    """
    part = slice(stretch.begin, max(stretch.split, stretch.own.brake_off + 1))
    scale = _usual_pedal(own) / max(_usual_pedal(ref), BRAKE_OFF)
    hard = own.brake[part] > HARDER_PEDAL * scale * stretch.ref.brake_peak + BRAKE_OFF
    if hard.sum() < 3:
        return False
    on_abs = float(np.nan_to_num(own.abs_active[part][hard]).mean()) > 0.5
    strong = ref.brake > 0.5 * ref.brake.max()
    usual = float(np.median(-ref.a[strong] / ref.brake[strong])) / scale
    braked, pedal = -own.a[part][hard], own.brake[part][hard]
    limit = np.interp(own.v[part][hard], car.speed_mps, car.braking_mps2)
    slides = float(np.mean(braked / pedal)) < LOCKED_GAIN * usual and float(np.mean(braked / limit)) < LOCKED_GAIN
    steer_own, steer_ref = float(np.abs(own.steer[part][hard]).mean()), float(np.abs(ref.steer[part][hard]).mean())
    turn_own, turn_ref = float(np.abs(own.kappa[part][hard]).mean()), float(np.abs(ref.kappa[part][hard]).mean())
    deaf = steer_own >= steer_ref and turn_own < LESS_TURN * turn_ref
    beyond = float(own.brake[part].max()) > scale * float(ref.brake.max()) and bool(np.isfinite(own.abs_active).any())
    alone = float(np.mean(ref.brake[part][hard] <= BRAKE_OFF)) > 0.5
    return deaf or (alone if on_abs else slides or beyond)


def _usual_pedal(lap: Signals) -> float:
    """What the driver presses when he brakes hard: 90th percentile, so that neither trailing nor one mistake moves it."""
    braking = np.sort(lap.brake[lap.brake > BRAKE_OFF])
    return float(braking[int(0.9 * (len(braking) - 1))]) if len(braking) else 0.0
