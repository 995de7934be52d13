"""How well a reference suits a driver now: a score between 0 and 1 that can be read out, factor by factor.

The score is the product of one factor per thing that makes two laps comparable. Each factor halves at a stated distance. These
distances are choices, not measurements: they come from what drivers' own tools call comparable (fuel within 10 l, track within a
few degrees) and from what can be followed: somebody 0.5 to 2 % faster brakes at nearly the same places, somebody 5 % faster drives another
line. They order laps; they say nothing about seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

TRACK_TEMP_HALF_C = 8.0
FUEL_HALF_L = 15.0
WETNESS_HALF = 0.15  # of dry 0 to flooded 1
FASTER_LEAST, FASTER_MOST = 0.003, 0.02  # of the lap time: enough to learn from, little enough to follow
PACE_HALF = 0.01  # beyond either end
NOT_KNOWN = 0.5  # a lap that does not say never beats one that is known to fit, and is not left out


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a lap was driven in; None: not known. `wetness`: 0 dry to 1."""

    lap_time_s: float | None
    track_temp_c: float | None
    wetness: float | None
    fuel_l: float | None


@dataclass(frozen=True, slots=True)
class Factor:
    """One part of a score, and why it is what it is."""

    name: str
    value: float
    says: str


@dataclass(frozen=True, slots=True)
class Match:
    """A score with its reasons; the product of the factors."""

    factors: tuple[Factor, ...]

    @property
    def score(self) -> float:
        """Between 0 and 1."""
        product = 1.0
        for factor in self.factors:
            product *= factor.value
        return product


def match(mine: Conditions, other: Conditions) -> Match:
    """How well another lap suits a driver whose own pace and conditions now are `mine`."""
    return Match(
        (
            _pace(mine.lap_time_s, other.lap_time_s),
            _near("track temperature", mine.track_temp_c, other.track_temp_c, TRACK_TEMP_HALF_C, "°C", 0),
            _near("wetness", mine.wetness, other.wetness, WETNESS_HALF, "of 1", 2),
            _near("fuel", mine.fuel_l, other.fuel_l, FUEL_HALF_L, "l", 0),
        )
    )


def _pace(mine_s: float | None, other_s: float | None) -> Factor:
    if not mine_s or not other_s:
        return Factor("pace", NOT_KNOWN, "you have no clean lap here yet to compare with")
    faster = (mine_s - other_s) / mine_s
    beyond = max(0.0, FASTER_LEAST - faster, faster - FASTER_MOST)
    gap = f"{abs(mine_s - other_s):.2f} s ({abs(faster):.1%}) {'faster' if faster >= 0 else 'slower'} than your best"
    if not beyond:
        return Factor("pace", 1.0, f"{gap}: a bit faster, close enough to follow")
    too = "too far ahead to follow in every corner" if faster > FASTER_MOST else "little to learn from"
    return Factor("pace", _halved(beyond, PACE_HALF), f"{gap}: {too}")


def _near(name: str, mine: float | None, other: float | None, half: float, unit: str, digits: int) -> Factor:
    if mine is None or other is None:
        return Factor(name, NOT_KNOWN, "not known of your laps" if mine is None else "not known of this lap")
    apart = abs(mine - other)
    if round(apart, digits) == 0:
        return Factor(name, _halved(apart, half), "the same")
    return Factor(name, _halved(apart, half), f"{apart:.{digits}f} {unit} {'more' if other > mine else 'less'}")


def _halved(distance: float, half: float) -> float:
    return float(0.5 ** (distance / half))
