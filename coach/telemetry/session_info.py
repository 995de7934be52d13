"""iRacing's session text: YAML that strict YAML often refuses, read line by line.

The simulator writes names unescaped (tabs, `@`, `*`, `: `, `#`, stray quotes, control characters), in UTF-8 or Windows-1252. Its
layout, however, is regular: one `Key: value` per line, nesting by indentation, lists by `- `. So only that is read, and a line
that does not fit is passed over instead of losing the session. Of all people only the player is looked up, and the name is
kept only when asked for; nothing of anybody else is returned.
"""

from __future__ import annotations

import math
import re
from typing import Any

from coach.telemetry.recording import SessionInfo

_SECTIONS = frozenset({"WeekendInfo", "SessionInfo", "DriverInfo", "SplitTimeInfo", "RacingCoach"})
_LINE = re.compile(r"(?P<indent> *)(?P<dash>- +)?(?P<key>[A-Za-z_][A-Za-z0-9_]*):(?:[ \t]+(?P<value>.*))?")
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-z]*)")
_UTF8 = re.compile(rb"^ *Encoding: *UTF-?8", re.MULTILINE | re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\"\\])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_METRES = {"": 1.0, "m": 1.0, "km": 1000.0, "mi": 1609.344, "miles": 1609.344, "ft": 0.3048}
_RADIANS = {"": 1.0, "rad": 1.0, "deg": math.pi / 180}

Tree = dict[str, Any]


def parse_session(raw: bytes, source: str, *, session_num: int | None = None, keep_player_name: bool = False) -> SessionInfo:
    """What the session text says; fields it does not state stay at "does not say". It never raises."""
    return session_from_tree(parse_tree(decode(raw)), source, session_num=session_num, keep_player_name=keep_player_name)


def decode(raw: bytes) -> str:
    """The text up to the first NUL: UTF-8 where it says so and holds to it, else Windows-1252."""
    text = raw.partition(b"\0")[0]
    if _UTF8.search(text[:4096]):
        return text.decode("utf-8", "replace")
    return text.decode("cp1252", "replace")


def parse_tree(text: str) -> Tree:
    """The sections this project reads, as nested dicts and lists of dicts; every leaf is a str."""
    tree: Tree = {}
    section: _Section | None = None
    for line in re.split(r"\r?\n", text):
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        if not match["indent"] and not match["dash"]:
            section = _Section() if match["key"] in _SECTIONS else None
            if section is not None:
                tree[match["key"]] = section.root
        elif section is not None:
            section.add(len(match["indent"]), match["dash"], match["key"], _unquoted(match["value"] or ""))
    return tree


class _Section:
    """Builds one section's tree: a stack of the dicts that are open, each with the column of its keys."""

    def __init__(self) -> None:
        self.root: Tree = {}
        self._open: list[tuple[int, Tree]] = [(-1, self.root)]
        self._last: dict[int, str] = {}  # the newest key of each open dict, by its id

    def add(self, indent: int, dash: str | None, key: str, value: str) -> None:
        column = indent + len(dash or "")
        while len(self._open) > 1 and (self._open[-1][0] > column or (dash and self._open[-1][0] >= column)):
            self._last.pop(id(self._open.pop()[1]), None)
        at, target = self._open[-1]
        if dash or at < column:
            target = self._child(target, column, in_list=bool(dash))
        target[key] = value
        self._last[id(target)] = key

    def _child(self, parent: Tree, column: int, *, in_list: bool) -> Tree:
        """A new dict below the parent's newest key; the section's own keys live in the root itself."""
        key = self._last.get(id(parent))
        if key is None:
            self._open[-1] = (column, parent)
            return parent
        child: Tree = {}
        if in_list:
            if not isinstance(parent.get(key), list):
                parent[key] = []
            parent[key].append(child)
        else:
            parent[key] = child
        self._open.append((column, child))
        return child


def session_from_tree(tree: Tree, source: str, *, session_num: int | None = None, keep_player_name: bool = False) -> SessionInfo:
    """SessionInfo from the sections as nested dicts: of `parse_tree`, or of a program that parsed the YAML itself."""
    weekend, driver = _dict(tree.get("WeekendInfo")), _dict(tree.get("DriverInfo"))
    session = _session(_dicts(_dict(tree.get("SessionInfo")).get("Sessions")), session_num)
    own = _own_entry(driver)
    return SessionInfo(
        source=source,
        simulator_build=_text(weekend, "BuildVersion"),
        car_id=_text(own, "CarPath"),
        car_name=_text(own, "CarScreenName"),
        track_id=_text(weekend, "TrackName"),
        track_name=_text(weekend, "TrackDisplayName"),
        track_config=_text(weekend, "TrackConfigName"),
        track_length_stated_m=_quantity(weekend, "TrackLength", _METRES),
        session_type=_text(session, "SessionType"),
        sector_starts_frac=_sector_starts(_dicts(_dict(tree.get("SplitTimeInfo")).get("Sectors"))),
        official_lap_times_s=_own_fastest_lap(session, _text(driver, "DriverCarIdx")),
        redline_rpm=_quantity(driver, "DriverCarRedLine"),
        fuel_max_l=_quantity(driver, "DriverCarFuelMaxLtr"),
        gear_count=_count(driver, "DriverCarGearNumForward"),
        track_north_rad=_quantity(weekend, "TrackNorthOffset", _RADIANS),
        player_name=_player_name(driver, own) if keep_player_name else "",
        simulated=_text(_dict(tree.get("RacingCoach")), "Simulated") == "1",
    )


def _own_entry(driver: Tree) -> Tree:
    """The entry of the player's car; in team events another driver may sit in it."""
    number = _text(driver, "DriverCarIdx")
    entries = _dicts(driver.get("Drivers"))
    return next((entry for entry in entries if number and _text(entry, "CarIdx") == number), {})


def _player_name(driver: Tree, own: Tree) -> str:
    """The name in the entry of the player's car, unless the customer ids show that a team-mate sits in it."""
    player, seated = _text(driver, "DriverUserID"), _text(own, "UserID")
    return _text(own, "UserName") if not player or player == seated else ""


def _session(sessions: list[Tree], number: int | None) -> Tree:
    """The session of that number; without one, the only or last one."""
    found = next((session for session in sessions if number is not None and _text(session, "SessionNum") == str(number)), None)
    return found if found is not None else (sessions[-1] if sessions else {})


def _own_fastest_lap(session: Tree, car: str) -> tuple[tuple[int, float], ...]:
    """(lap number, time in s) of the player's fastest lap as the results state it: at most one."""
    rows = [*_dicts(session.get("ResultsPositions")), *_dicts(session.get("ResultsFastestLap"))]
    for row in rows:
        lap, time_s = _count(row, "FastestLap"), _quantity(row, "FastestTime")
        if car and _text(row, "CarIdx") == car and lap > 0 and time_s > 0:
            return ((lap, time_s),)
    return ()


def _sector_starts(sectors: list[Tree]) -> tuple[float, ...]:
    starts = [_quantity(sector, "SectorStartPct") for sector in sectors]
    return tuple(sorted({start for start in starts if 0 <= start < 1}))


def _dict(value: Any) -> Tree:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[Tree]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(tree: Tree, key: str) -> str:
    """A leaf as one line of text; control characters become blanks, YAML's words for nothing become ""."""
    value = tree.get(key)
    if value is None or isinstance(value, (dict, list)):
        return ""
    return _CONTROL.sub(" ", str(value)).strip()


def _quantity(tree: Tree, key: str, units: dict[str, float] | None = None) -> float:
    """A number with its unit in SI; None: the key fixes the unit. NaN when it is not finite or its unit unknown."""
    match = _NUMBER.match(_text(tree, key))
    if match is None or (units is not None and match[2].lower() not in units):
        return math.nan
    value = float(match[1]) * (1.0 if units is None else units[match[2].lower()])
    return value if math.isfinite(value) else math.nan


def _count(tree: Tree, key: str) -> int:
    value = _quantity(tree, key)
    return int(value) if 0 <= value < 1e6 else 0


def _unquoted(value: str) -> str:
    text = value.strip(" ")
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text
