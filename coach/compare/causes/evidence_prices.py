"""Prices of method A: how long the stretch would take if only this or that had gone wrong, by quasi-steady speed profiles.

A chain of profiles leads from the reference's speed to the observed one; what each step adds is the price of its group:

    reference -> carried (slow already when the stretch began)
              -> line    (speed the reference's cornering allows on the driven line)
              -> apex    (the apex speed that the driver fell short by)
              -> entry   (observed up to the split, from there on as well as the corner allows)
              -> observed (the exit is the rest)

The profiles are forward-backward solutions like `coach.physics.quasi_steady`, but with the reference's own acceleration at each
station as the limit (the car's typical one where that is more). So the reference's own profile is a solution, without error of
the car model, and each profile is two running minima over arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.causes.evidence_signals import FULL_THROTTLE, NEAR_S, Signals
from coach.compare.causes.evidence_stretches import Stretch
from coach.physics.car import CarModel


@dataclass(frozen=True, slots=True)
class Limits:
    """What speeds a stretch up and down, m2/s2 of v^2 per station since its start, both rising: `gained` and `shed`.

    `flat`: the reference is at full throttle, so `full` (m/s2, at the reference's speed) is what the engine leaves there.
    """

    gained: FloatArray
    shed: FloatArray
    flat: BoolArray
    full: FloatArray
    driven_m: FloatArray

    def after(self, at: int) -> Limits:
        """The same from a later station on."""
        return Limits(self.gained[at:], self.shed[at:], self.flat[at:], self.full[at:], self.driven_m[at:])


@dataclass(frozen=True, slots=True)
class Chain:
    """Speeds of the chain over a stretch, m/s, shape (n,) each."""

    reference: FloatArray
    carried: FloatArray
    line: FloatArray
    apex: FloatArray
    entry: FloatArray
    observed: FloatArray

    def speeds(self) -> tuple[FloatArray, ...]:
        """The profiles in order."""
        return self.reference, self.carried, self.line, self.apex, self.entry, self.observed

    def step_prices(self) -> FloatArray:
        """Seconds per driven metre that each step of the chain adds, shape (5, n): carried, line, apex, entry, exit."""
        return np.diff(1.0 / np.stack(self.speeds()), axis=0)


def limits_of(ref: Signals, car: CarModel, stretch: Stretch) -> Limits:
    """What the reference did where it sped up; what cornering leaves of the engine where it slowed down.

    A car that is slow already need not slow down with it. Braking is no softer than the car usually brakes.
    """
    part = stretch.part
    v, a = ref.v[part], ref.a[part]
    driven = np.append(ref.driven_m, ref.driven_m[-1])[part]
    flat = ref.throttle[part] > FULL_THROTTLE
    full = np.interp(v, car.speed_mps, car.accel_full_mps2)
    lateral = np.interp(v, car.speed_mps, car.lateral_mps2)
    use = np.clip(np.nan_to_num(v * v * np.abs(ref.kappa[part]) / np.maximum(lateral, 1.0)), 0.0, 1.0)
    left = (1.0 - use**car.ellipse) ** (1.0 / car.ellipse)
    forward = np.where(flat | (a > 0.0), a, left * np.maximum(full, 0.0))
    return Limits(_summed(forward, driven), _summed(np.maximum(-a, car.braking_typical_mps2), driven), flat, full, driven)


def _summed(a: FloatArray, driven_m: FloatArray) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(2.0 * (a * driven_m)[:-1])])


def grip_demand(v: FloatArray, car: CarModel) -> FloatArray:
    """v^2 over the lateral limit at v, m: times curvature it is the share of the grip in use. Downforce is in the limit."""
    lateral = np.interp(v, car.speed_mps, car.lateral_mps2)
    return np.asarray(v * v / np.where(np.isfinite(lateral), np.maximum(lateral, 1.0), 1.0))


def carried_speed(own_v: FloatArray, ref_v: FloatArray) -> FloatArray:
    """Speed if nothing new happened after the start of a stretch: the part of the first difference that never healed.

    Difference of v^2, its running minimum towards zero (coaching.md 2.8, step 3); works for a deficit and for a gain.
    """
    difference = ref_v**2 - own_v**2
    sign = 1.0 if difference[0] > 0.0 else -1.0
    kept = sign * np.maximum(np.minimum.accumulate(sign * difference), 0.0)
    return np.asarray(np.sqrt(ref_v**2 - kept))


def solve(cap: FloatArray, limits: Limits, car: CarModel) -> FloatArray:
    """Fastest profile under a cap (n,), backward and then forward. It starts at the cap."""
    u = np.minimum.accumulate((cap**2 + limits.shed)[::-1])[::-1] - limits.shed
    return _forward(np.sqrt(np.maximum(u, 1.0)), limits, car)


def follow(lacking: float, base: FloatArray, limits: Limits, car: CarModel) -> FloatArray:
    """Profile that starts with `lacking` (m2/s2 of v^2) less than the base, if that is less, and goes on as well as it allows."""
    cap = base.copy()
    cap[0] = np.sqrt(max(base[0] ** 2 - max(lacking, 0.0), 1.0))
    return _forward(cap, limits, car)


def _forward(cap: FloatArray, limits: Limits, car: CarModel) -> FloatArray:
    """Accelerate like the reference from wherever the cap is lower.

    Twice: the second time with what drag and gearing leave a slower car more at full throttle, so a deficit on a straight heals.
    """
    u = limits.gained + np.minimum.accumulate(cap**2 - limits.gained)
    v = np.sqrt(np.maximum(u, 1.0))
    more = np.where(limits.flat, np.interp(v, car.speed_mps, car.accel_full_mps2) - limits.full, 0.0)
    gained = limits.gained + _summed(more, limits.driven_m)
    return np.sqrt(np.maximum(gained + np.minimum.accumulate(cap**2 - gained), 1.0))


def chain_of(
    stretch: Stretch,
    own: Signals,
    carried: FloatArray,
    line: FloatArray,
    apex: FloatArray,
    ref: Signals,
    limits: Limits,
    car: CarModel,
    step_m: float,
) -> Chain:
    """The whole chain, from the profiles that the evidence has capped.

    Who did fewer things wrong is nowhere slower than what was really driven: no step of the chain costs more than was lost.
    """
    part = stretch.part
    driven = np.minimum(own.v[part], ref.v[part])
    carried, line, apex = (np.maximum(profile, driven) for profile in (carried, line, apex))
    at = stretch.split - stretch.begin
    near_samples = round(NEAR_S * float(ref.v[stretch.split]) / step_m)
    near = slice(max(0, at - near_samples), at + near_samples + 1)
    difference = apex[near] ** 2 - own.v[part][near] ** 2
    lacking = float(difference[int(np.argmin(np.abs(difference)))])  # in a dip of speed a shift by a metre must not count
    entry = np.concatenate([own.v[part][:at], np.maximum(follow(lacking, apex[at:], limits.after(at), car), driven[at:])])
    return Chain(ref.v[part], carried, line, apex, entry, own.v[part])
