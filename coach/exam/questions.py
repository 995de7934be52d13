"""Which mistakes are put to the engine: causes in turn, corners and sizes by chance, until they cost something and can be driven.

What a mistake costs decides whether it is asked, never what the engine says to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.compare.cause import Cause
from coach.compare.causes.agreement import MIN_LOSS_S
from coach.exam.judge_events import TrueLap, brakes_for
from coach.exam.world import Place, true_laps
from coach.sim.acted import did_act
from coach.sim.drive import Run
from coach.sim.plan import FAULT_KINDS, Fault
from coach.sim.pricing import difference, losses
from coach.sim.true_phases import TruePhases

SIZES = (0.6, 1.8)  # times the typical size: from hardly worth a word to glaring
MORE, LESS = 1.5, 0.5  # a mistake that cost nothing is made larger, one that left the track smaller
TRIES = 3
FAULTS_A_LAP = 3
MOST_LOSS_S = 2.0  # what costs more is no technique but a car out of control; the dearest mistake of the other simulator costs 1.3 s
ON_THE_BRAKES = frozenset({Cause.BRAKE_EARLY, Cause.BRAKE_LATE, Cause.BRAKE_SOFT, Cause.COASTING, Cause.LOCKUP})
ON_THE_THROTTLE = frozenset({Cause.THROTTLE_LATE, Cause.THROTTLE_SOFT, Cause.WHEELSPIN, Cause.LIFT})
ON_THE_WAY_OUT = ON_THE_THROTTLE | {Cause.GEAR}  # a gear too high costs most where the car should pull
CAUSES = tuple(FAULT_KINDS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A fault on one lap, what it cost there (s), and what it made happen that no counting lap has (empty: driven).

    `void`: the car did not do it: a lock-up without a wheel that locked, late braking that began where it always does.
    """

    fault: Fault
    cost_s: float
    happened: str
    void: bool

    @property
    def good(self) -> bool:
        """Driven, real, and dear enough to be asked for."""
        return not self.happened and not self.void and self.cost_s > MIN_LOSS_S


def fault_laps(questions: int) -> tuple[list[int], int]:
    """Laps with mistakes, and how many laps there are: two clean ones first, then one clean after every three."""
    laps = [3 + i + i // 3 for i in range(questions)]
    return laps, laps[-1] + 1


def ask_one_each(place: Place, questions: int, rng: np.random.Generator) -> tuple[Run, tuple[Asked, ...]]:
    """A drive with one fault on each fault lap. Those that cost nothing or leave the track are drawn again, twice at most."""
    laps, n = fault_laps(questions)
    clean = place.drive((), n)
    usual = true_laps(place, clean)
    corners = usual[2].phases
    faults = _all_causes(laps, corners, rng)
    for attempt in range(TRIES):
        run = place.drive(faults, n)
        driven = true_laps(place, run)
        asked = tuple(_priced(fault, run, clean, acted=_acted(place, fault, (run, clean), (driven, usual))) for fault in faults)
        if attempt < TRIES - 1:
            faults = tuple(one.fault if one.good else _again(one, corners, rng) for one in asked)
    return run, asked


def _all_causes(laps: Sequence[int], corners: Mapping[int, TruePhases], rng: np.random.Generator) -> tuple[Fault, ...]:
    """The causes in a shuffled order, all of them before one comes twice."""
    causes: list[Cause] = []
    while len(causes) < len(laps):
        causes += [CAUSES[i] for i in rng.permutation(len(CAUSES))]
    drawn = (draw_fault(cause, lap, corners, rng) for cause, lap in zip(causes, laps, strict=False))
    return tuple(fault for fault in drawn if fault is not None)


def draw_fault(cause: Cause, lap: int, corners: Mapping[int, TruePhases], rng: np.random.Generator) -> Fault | None:
    """A fault of a cause at a corner that has the action it spoils; None when no corner has. Gears are whole."""
    fit = [number for number in corners if _suits(cause, corners, number)]
    if not fit:
        return None
    size = 1.0 if cause is Cause.GEAR else FAULT_KINDS[cause].typical * float(rng.uniform(*SIZES))
    return Fault(cause, fit[int(rng.integers(len(fit)))], round(size, 1), lap)


def _suits(cause: Cause, corners: Mapping[int, TruePhases], number: int) -> bool:
    slows = bool(np.isfinite(corners[number].v_min_mps))
    if cause in ON_THE_BRAKES:
        return slows and brakes_for(corners, number)
    if cause in ON_THE_THROTTLE:
        return slows and bool(np.isfinite(corners[number].full_throttle_m))
    return slows


def _acted(place: Place, fault: Fault, runs: tuple[Run, Run], truth: tuple[Mapping[int, TrueLap], Mapping[int, TrueLap]]) -> bool:
    """Whether the car did what the mistake is called by; a lap without a time tells nothing, and is left out for that."""
    laps = [laps.get(fault.lap or 0) for laps in truth]
    if laps[0] is None or laps[1] is None:
        return True
    corner = next(one for one in place.circuit.corners if one.number == fault.corner)
    return did_act(fault, corner, *runs, [lap.phases[fault.corner] for lap in laps if lap is not None])


def _priced(fault: Fault, run: Run, clean: Run, *, acted: bool) -> Asked:
    """Against the same lap of the same drive without any fault."""
    lap = fault.lap or 0
    cost = difference(run, clean, lap)
    lost = losses(run, lap)
    happened = lost[0] if len(lost) > len(losses(clean, lap)) else "" if cost <= MOST_LOSS_S else f"lost {cost:.1f} s: an accident"
    return Asked(fault, cost, happened, not acted)


def _again(one: Asked, corners: Mapping[int, TruePhases], rng: np.random.Generator) -> Fault:
    """Smaller at the same corner if it could not be driven, larger at another corner if it cost nothing."""
    fault = one.fault
    if fault.cause is Cause.GEAR or not one.happened:
        drawn = draw_fault(fault.cause, fault.lap or 0, corners, rng) or fault
        return drawn if fault.cause is Cause.GEAR else replace(drawn, size=round(MORE * fault.size, 1))
    return replace(fault, size=round(LESS * fault.size, 1))


def several_on_a_lap(good: Sequence[Asked], laps: Sequence[int], rng: np.random.Generator) -> tuple[Fault, ...]:
    """Three faults a lap of different causes, from faults known to cost time by themselves; on every other lap two at one corner."""
    faults = []
    for i, lap in enumerate(laps):
        pool = [good[k].fault for k in rng.permutation(len(good))]
        first = next((fault for fault in pool if i % 2 == 0 and any(_pairs(fault, other) for other in pool)), pool[0])
        taken = [first, *[other for other in pool if i % 2 == 0 and _pairs(first, other)][:1]]
        for other in pool:
            if len(taken) < FAULTS_A_LAP and other.corner != first.corner and other.cause not in {one.cause for one in taken}:
                taken.append(other)
        faults += [replace(fault, lap=lap) for fault in taken]
    return tuple(faults)


def _pairs(one: Fault, other: Fault) -> bool:
    return one.corner == other.corner and one.cause is not other.cause


def lasting(good: Sequence[Asked], count: int, rng: np.random.Generator) -> tuple[Fault, ...]:
    """Faults made on every lap, at different corners and of different causes, from faults known to cost time by themselves."""
    faults: list[Fault] = []
    for i in rng.permutation(len(good)):
        fault = good[int(i)].fault
        if len(faults) < count and all(fault.corner != other.corner and fault.cause is not other.cause for other in faults):
            faults.append(replace(fault, lap=None))
    return tuple(faults)
