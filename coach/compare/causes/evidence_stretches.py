"""Where method A judges: stretches that hold one slowing-down and the way out of it, found from the reference's speed.

Corners of the track map are not used for this: linked corners are often one braking, and one corner may hold two. The prices
are shared out to the corner windows afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.causes.evidence_signals import BRAKE_OFF, FULL_THROTTLE, THROTTLE_OFF, Signals

LEAD_M = 10.0  # coaching.md 2.8: a stretch begins 10 m before the first lift or brake for its corner
SHORTEST = 5  # stations: with fewer after a minimum of speed there is no way out of the corner to judge
SWING = 0.03  # of speed: a smaller rise or fall between two extremes is no slowing-down of its own; drivers vary by 1-2 %
BRAKE_ON = 0.05  # coaching.md 2.4
BRAKE_REACHED = 0.2  # coaching.md 2.4: an onset reaches 0.20; here of the peak, since some drivers only rest the foot before it
SEARCH_S = 3.0  # after the reference's minimum: a driver's own minimum, however late the throttle, lies within
RISING = 0.02  # a pedal that falls by less while being pressed is still being pressed


@dataclass(frozen=True, slots=True)
class Actions:
    """What one lap did in a stretch, as grid indices.

    lift: slowing-down begins; brake_on, brake_off: equal to it when nobody brakes; slowest: minimum speed; throttle_on: foot of the
    throttle application, often a little earlier; full: full throttle, the end when never.
    """

    lift: int
    brake_on: int
    brake_off: int
    slowest: int
    throttle_on: int
    full: int
    brake_peak: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """One slowing-down: grid indices begin <= split < end.

    The split parts entry from exit: where the driver leaves the brake, at the latest at the reference's slowest station. From
    there on he could have gone back to the throttle.
    """

    begin: int
    split: int
    end: int
    own: Actions
    ref: Actions

    @property
    def part(self) -> slice:
        """The whole stretch."""
        return slice(self.begin, self.end)

    @property
    def exit(self) -> slice:
        """From the split on."""
        return slice(self.split, self.end)


def stretches_of(own: Signals, ref: Signals, step_m: float) -> list[Stretch]:
    """All stretches in order and without gaps; what lies before the first belongs to none."""
    places: list[tuple[int, int]] = []  # (begin, slowest)
    for slowest in slow_points(ref.v):
        before = places[-1][1] if places else 0
        fastest = [before + int(np.argmax(lap.v[before : slowest + 1])) for lap in (own, ref)]
        if places and fastest[1] - before < 2 * SHORTEST:  # no way out of the one before: both are one slowing-down
            if ref.v[slowest] < ref.v[before]:
                places[-1] = places[-1][0], slowest
            continue
        places.append((max(min(fastest) - round(LEAD_M / step_m), before + SHORTEST + 1 if places else 0), slowest))
    ends = [*(begin for begin, _ in places[1:]), len(ref.v) - 1]
    return [
        _stretch(own, ref, begin, slowest, end, step_m)
        for (begin, slowest), end in zip(places, ends, strict=True)
        if begin < slowest < end - SHORTEST
    ]


def _stretch(own: Signals, ref: Signals, begin: int, slowest: int, end: int, step_m: float) -> Stretch:
    latest = min(end, slowest + round(SEARCH_S * float(ref.v[slowest]) / step_m))
    acted = _actions(ref, begin, slowest, end)
    mine = begin + int(np.argmin(own.v[begin:latest]))
    did = _actions(own, begin, mine, end)
    released = did.brake_off + 1 if begin < did.brake_on < did.brake_off < slowest else slowest
    return Stretch(begin, released, end, did, acted)


def _actions(lap: Signals, begin: int, slowest: int, end: int) -> Actions:
    lift = begin + int(np.argmax(lap.v[begin : slowest + 1]))
    released = np.flatnonzero(lap.brake[begin : lift + 1] <= BRAKE_ON)
    first = begin + int(released[-1]) if len(released) else begin  # braking after which the car sped up again is not for this corner
    pedal = lap.brake[first:slowest]
    peak = float(lap.brake[first : slowest + 1].max())
    braking, reached = np.flatnonzero(pedal > BRAKE_ON), np.flatnonzero(pedal > max(BRAKE_ON, BRAKE_REACHED * peak))
    brake_on, brake_off = (first + int(reached[0]), first + int(braking[-1])) if len(reached) else (lift, lift)
    full = np.flatnonzero(lap.throttle[slowest:end] > FULL_THROTTLE)
    flat_out = slowest + int(full[0]) if len(full) else end
    return Actions(lift, brake_on, brake_off, slowest, _foot(lap, brake_on, slowest, end), flat_out, peak)


def _foot(lap: Signals, brake_on: int, slowest: int, end: int) -> int:
    """Where the application begins that leads out of the corner: back from half throttle as long as the pedal only rises."""
    pressed = np.flatnonzero(lap.throttle[slowest:end] >= 0.5)
    index = slowest + int(pressed[0]) if len(pressed) else slowest
    first = max(brake_on + 1, 1)
    while (
        index > first
        and lap.throttle[index - 1] >= THROTTLE_OFF
        and lap.throttle[index - 1] <= lap.throttle[index] + RISING
        and lap.brake[index - 1] <= BRAKE_OFF
    ):
        index -= 1
    return index


def slow_points(v: FloatArray) -> list[int]:
    """Indices of the minima of speed whose fall before and rise after exceed SWING, in order."""
    steps = np.diff(v)
    turns = np.flatnonzero((steps[:-1] <= 0.0) != (steps[1:] <= 0.0)) + 1  # only where speed turns can an extreme lie
    minima: list[int] = []
    high = low = 0
    falling = False
    for i in [0, *turns.tolist(), len(v) - 1]:
        speed = float(v[i])
        if falling:
            if speed <= v[low]:
                low = i
            elif speed > v[low] * (1.0 + SWING):
                minima.append(low)
                falling, high = False, i
        elif speed >= v[high]:
            high = i
        elif speed < v[high] * (1.0 - SWING):
            falling, low = True, i
    if falling:
        minima.append(low)
    return minima
