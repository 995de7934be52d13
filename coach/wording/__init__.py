"""Words for what the engine found. The catalogue is a file per language; this module only picks and fills.

It decides nothing: what may be said, and how surely, comes with the comparison. One language and one unit of distances hold for the whole
process: a phrase that was rendered in one and asked for in another would not be found.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from coach.compare.cause import CARRIED, Cause, CauseShare, Doubt, Phase

DASH = "\N{EN DASH}"  # where a value is not known
MINUS = "\N{MINUS SIGN}"
TENTHS = frozenset({"km/h", "mph"})  # units of which a tenth is told
FOLDER = resources.files(__name__)
LANGUAGES = tuple(sorted(file.name.removesuffix(".toml") for file in FOLDER.iterdir() if file.name.endswith(".toml")))


@dataclass(frozen=True, slots=True)
class LengthUnit:
    """A unit of distances: `per_m` of it make a metre, `step` is what spoken amounts are rounded to, `sign` how it is written."""

    name: str  # in the catalogue's [length]
    per_m: float
    step: int  # drivers place a car to about five metres
    sign: str


LENGTH_UNITS = {unit.name: unit for unit in (LengthUnit("metres", 1.0, 5, "m"), LengthUnit("feet", 1 / 0.3048, 10, "ft"))}

_language = "en"
_length_unit = LENGTH_UNITS["metres"]


def use_language(language: str) -> None:
    """Words are this language's from here on, in every thread; those made before stay. FileNotFoundError: there is no such catalogue."""
    global _language  # noqa: PLW0603 - of the process, as said above
    _read(language)
    _language = language


def use_length_unit(name: str) -> None:
    """Distances are said and written in this unit from here on, in every thread. KeyError: there is no such unit."""
    global _length_unit  # noqa: PLW0603 - of the process, as said above
    _length_unit = LENGTH_UNITS[name]


def length_unit() -> LengthUnit:
    """The unit in use."""
    return _length_unit


def catalogue() -> dict[str, Any]:
    """All wording of the language in use."""
    return _read(_language)


@cache
def _read(language: str) -> dict[str, Any]:
    return tomllib.loads(FOLDER.joinpath(f"{language}.toml").read_text(encoding="utf-8"))


def sentence(cause: Cause, differences: Mapping[str, float]) -> str:
    """One sentence for a cause; with its figure when that is known and speaks the same way, without it otherwise."""
    entry = catalogue()["cause"][cause.value]
    figure = entry.get("figure", "")
    value = differences.get(figure, float("nan"))
    return str(entry["said"].format(**differences)) if figure and value >= entry["least"] else str(entry["plain"])


def sentence_of(share: CauseShare, differences: Mapping[str, float], names: Mapping[int, str]) -> str:
    """The sentence for a share; one carried over says where it was done, without figures: `differences` are of the corner that pays."""
    where = _elsewhere(share, names)
    if not where:
        return sentence(share.cause, differences)
    return str(catalogue()["elsewhere"]["sentence"].format(corner=where, said=sentence(share.cause, {})))


def next_time(cause: Cause) -> str:
    """What to try; empty when it is not the driver's to change."""
    return str(catalogue()["cause"][cause.value]["next"])


def cause_name(cause: Cause) -> str:
    """The cause in two or three words."""
    return str(catalogue()["name"][cause.value])


def share_name(share: CauseShare, names: Mapping[int, str]) -> str:
    """The cause of a share, with the corner where it was done if that is another one; `names`: of the corners by number."""
    name, where = cause_name(share.cause), _elsewhere(share, names)
    return str(catalogue()["elsewhere"]["name"].format(cause=name, corner=where)) if where else name


def either_name(shares: Sequence[CauseShare], names: Mapping[int, str]) -> str:
    """The first two shares where nobody can be sure which it is; one cause in two corners is named once, with both."""
    two = shares[:2]
    where = "".join(_elsewhere(share, names) for share in two)
    if where and len({share.cause for share in two}) < len(two):
        return str(catalogue()["elsewhere"]["either"].format(cause=cause_name(two[0].cause), corner=where))
    return " or ".join(share_name(share, names) for share in two)


def _elsewhere(share: CauseShare, names: Mapping[int, str]) -> str:
    return names.get(int(share.detail[CARRIED]), "") if CARRIED in share.detail else ""


def doubt_text(doubt: Doubt) -> str:
    """Why nobody can be sure, with its causes by name."""
    return doubt.text.format(causes=" and ".join(f'"{cause_name(cause)}"' for cause in doubt.causes))


def phase_name(phase: Phase) -> str:
    """Where in the corner."""
    return str(catalogue()["phase"][phase.value])


def distance(metres: float) -> str:
    """A whole distance in the unit in use, written."""
    return f"{_length_unit.per_m * metres:.0f} {_length_unit.sign}"


def done(action: str, way: int, change: float, interval: tuple[float, float], unit: str) -> str:
    """Whether what was asked for is done (`way` +1; -1 the opposite, 0 neither is shown), by how much, and the 95 % interval.

    Distances come in m and are written in the unit in use.
    """
    if unit == "m":
        per_m, unit = _length_unit.per_m, _length_unit.sign
        change, interval = per_m * change, (per_m * interval[0], per_m * interval[1])
    entry, more, unchanged = catalogue()["done"], catalogue()["action"][action], way == 0 and float(_amount(abs(change), unit)) == 0.0
    sign = -1 if change < 0.0 and not unchanged else 1
    low, high = sorted(sign * end for end in interval)
    changed = entry["unchanged"] if unchanged else more[0 if sign > 0 else 1].format(amount=f"{_amount(sign * change, unit)} {unit}")
    told = entry["interval"].format(change=changed, low=_amount(low, unit), high=_amount(high, unit))
    return str(entry[{1: "yes", -1: "opposite", 0: "open"}[way]].format(change=told))


def _amount(value: float, unit: str) -> str:
    text = f"{abs(value):.{1 if unit in TENTHS else 0}f}"
    return f"{MINUS}{text}" if value < 0.0 and float(text) > 0.0 else text


def clock(seconds: float, decimals: int = 3) -> str:
    """A lap time as drivers write it: 1:02.345; a dash when there is none."""
    if not math.isfinite(seconds):
        return DASH
    unit = 10**decimals
    minutes, rest = divmod(round(seconds * unit), 60 * unit)
    return f"{minutes}:{rest / unit:0{decimals + 3}.{decimals}f}" if minutes else f"{rest / unit:.{decimals}f}"
