"""Settings from tables of plain values and back, every value checked; single changes; what a car's profile makes of them.

It knows no file. What cannot be used is named in one sentence and left at what it was; what is not known is handed back, so
that a file of a newer version loses nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from coach.cues.settings import CueSettings
from coach.errors import BadInput
from overlay.settings.model import Place, Settings
from overlay.settings.rules import Rule, fault_of, rule_of, said

Table = dict[str, Any]
THRESHOLDS = frozenset(item.name for item in fields(CueSettings))
_Group = TypeVar("_Group")


class NotAllowed(BadInput):
    """A value that a setting does not take. `why` says it without the setting's path, for a window that shows it beside the setting."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why


@dataclass(slots=True)
class Reading:
    """What was noticed while reading tables: faults as sentences, unknown keys as the tables they stood in."""

    faults: list[str] = field(default_factory=list)
    why: list[str] = field(default_factory=list)  # of values, the same without path and consequence
    unknown: Table = field(default_factory=dict)


def settings_from(raw: Mapping[str, Any], reading: Reading) -> Settings:
    """Settings from a file's tables. Profiles are checked as what they would make of these settings."""
    plain = _group(Settings(), {key: value for key, value in raw.items() if key != "profiles"}, "", reading, reading.unknown)
    given = raw.get("profiles", {})
    if not isinstance(given, Mapping):
        reading.faults.append("profiles is no table: left out")
        return plain
    profiles: Table = {}
    for car_id, profile in given.items():
        where = f"profiles.{car_id}."
        if not isinstance(profile, Mapping):
            reading.faults.append(f"{where[:-1]} is no table: left out")
            continue
        unknown: Table = {}
        checked = Reading()
        _group(plain, profile, where, checked, unknown, for_car=True)
        reading.faults += checked.faults
        profiles[car_id] = _usable(plain, profile, where)
        if unknown:
            reading.unknown.setdefault("profiles", {})[car_id] = unknown
    return replace(plain, profiles=profiles)


def tables_of(settings: Settings) -> Table:
    """Only what differs from the defaults, as plain tables."""
    return _differences(settings, Settings())


def for_car(settings: Settings, car_id: str) -> Settings:
    """The settings as the profile of this car makes them; the same object when it has none."""
    profile = settings.profiles.get(car_id)
    return settings if not profile else _group(settings, profile, "", Reading(), {}, for_car=True)


def changed(settings: Settings, path: str, value: Any, car_id: str = "") -> Settings:
    """With one setting changed (`voice.volume`), for all cars or in one car's profile. BadInput: what is wrong with the value."""
    reading = Reading()
    raw: Any = value
    for part in reversed(path.split(".")):
        raw = {part: raw}
    made = _group(settings, raw, "", reading, reading.unknown, for_car=bool(car_id))
    if reading.unknown or not isinstance(raw, dict):
        raise BadInput(f"there is no setting {path}")
    if reading.faults:
        raise NotAllowed(reading.faults[0], (reading.why or reading.faults)[0])
    if not car_id:
        return made
    profile = merged(settings.profiles.get(car_id, {}), raw)
    return replace(settings, profiles={**settings.profiles, car_id: profile})


def has_own(settings: Settings, path: str, car_id: str) -> bool:
    """Whether this car's profile says something about a setting."""
    below: Any = settings.profiles.get(car_id, {})
    for part in path.split("."):
        if not isinstance(below, Mapping) or part not in below:
            return False
        below = below[part]
    return True


def without_own(settings: Settings, path: str, car_id: str) -> Settings:
    """With one setting of this car as in all cars again."""
    if not has_own(settings, path, car_id):
        return settings
    profile = _without(settings.profiles[car_id], path.split("."))
    return replace(settings, profiles={**settings.profiles, car_id: profile}) if profile else without_profile(settings, car_id)


def _without(table: Mapping[str, Any], path: list[str]) -> Table:
    """Without one value, nor the tables that it leaves empty."""
    first, *rest = path
    below = _without(table[first], rest) if rest else {}
    return {key: below if key == first else value for key, value in table.items() if key != first or below}


def without_profile(settings: Settings, car_id: str) -> Settings:
    """With this car's profile forgotten."""
    return replace(settings, profiles={name: profile for name, profile in settings.profiles.items() if name != car_id})


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    """Two nested tables as one; `over` wins."""
    both = dict(under)
    for key, value in over.items():
        below = both.get(key)
        both[key] = merged(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return both


def _group(base: _Group, raw: Mapping[str, Any], where: str, reading: Reading, unknown: Table, *, for_car: bool = False) -> _Group:
    """`base` with the usable values of `raw`; keys that are no settings go to `unknown`."""
    items = {item.name: item for item in fields(cast("Any", base))}
    values: Table = {}
    for key, value in raw.items():
        item = items.get(key)
        if item is None or (for_car and key == "profiles"):
            unknown[key] = value
            continue
        now, rule = getattr(base, key), rule_of(item)
        if is_dataclass(now):
            below: Table = {}
            if isinstance(value, Mapping):
                values[key] = _group(now, value, f"{where}{key}.", reading, below, for_car=for_car)
            else:
                reading.faults.append(f"{where}{key} is no table: left out")
            if below:
                unknown[key] = below
        elif rule is not None and isinstance(now, Mapping):
            values[key] = _table(key, now, value, where, reading)
        elif rule is not None and (fault := _fault(value, now, rule, for_car=for_car)):
            reading.faults.append(f"{where}{key} {fault}; {said(now)} is used")
            reading.why.append(fault.removeprefix("cannot be used: ").removeprefix("is "))
        else:
            values[key] = float(value) if isinstance(now, float) else value
    return replace(cast("Any", base), **values) if values else base


def _fault(value: Any, now: Any, rule: Rule, *, for_car: bool) -> str:
    return "cannot differ between cars" if for_car and not rule.can_vary_by_car else fault_of(value, now, rule)


def _table(key: str, now: Mapping[str, Any], value: Any, where: str, reading: Reading) -> Table:
    """The driver's own keys over what is there: places of widgets, or numbers."""
    made: Table = dict(now)
    if not isinstance(value, Mapping):
        reading.faults.append(f"{where}{key} is no table: left out")
        return made
    for name, item in value.items():
        if key == "layout" and isinstance(item, Mapping):
            below: Table = {}
            made[name] = _group(now.get(name, Place()), item, f"{where}{key}.{name}.", reading, below)
            reading.faults += [f"{where}{key}.{name}.{extra} is no setting: left out" for extra in below]
        elif key == "overrides" and name not in THRESHOLDS:
            reading.faults.append(f"{where}{key}.{name} is no threshold of the coach (docs/cues.md lists them): left out")
        elif key == "layout" or isinstance(item, bool) or not isinstance(item, (int, float)) or not math.isfinite(item):
            expected = "a table" if key == "layout" else "a number"
            reading.faults.append(f"{where}{key}.{name} is {item!r}, expected {expected}: left out")
        else:
            made[name] = float(item)
    return made


def _usable(base: Settings, profile: Mapping[str, Any], where: str) -> Table:
    """The part of a profile that has no fault and no unknown key, still as the driver wrote it."""
    good: Table = {}
    for path, value in _leaves(profile):
        raw: Any = value
        for part in reversed(path):
            raw = {part: raw}
        reading = Reading()
        _group(base, raw, where, reading, reading.unknown, for_car=True)
        if not reading.faults and not reading.unknown:
            good = merged(good, raw)
    return good


def _leaves(raw: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in raw.items():
        found += _leaves(value, (*path, key)) if isinstance(value, Mapping) else [((*path, key), value)]
    return found


def _differences(record: Any, default: Any) -> Table:
    made: Table = {}
    for item in fields(record):
        value, usual = getattr(record, item.name), getattr(default, item.name)
        if is_dataclass(value):
            below = _differences(value, usual)
            made |= {item.name: below} if below else {}
        elif isinstance(value, Mapping):
            table = {key: _differences(entry, Place()) if isinstance(entry, Place) else entry for key, entry in value.items()}
            made |= {item.name: table} if table else {}
        elif value != usual:
            made[item.name] = value
    return made
