"""Event streams of whole drives as they are kept: one JSON object a line, rounded, empty fields left out, corners of a lap together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from coach.cli.common import plain
from coach.cues.settings import Style
from coach.demo import demo_session
from coach.events import Event, EventKind, event_fields
from coach.telemetry.recording import Recording
from coach.telemetry.sources import open_recording
from tests.coach.drives import SIMULATED, simulated
from tests.coach.played import play
from tests.recordings import COMPLETE_LAPS, RECORDINGS

BLESSED = Path(__file__).parent / "blessed"
DECIMALS = {"t_s": 2, "station_m": 0, "start_m": 0, "deadline_m": 0, "spoken_s": 2, "gain_s": 3, "interval_s": 3, "time_lost_s": 3}
# How far a figure may be off on another machine or with another build of numpy; a median of laps moves by less.
TOLERANCE = {
    "t_s": 0.05,
    "station_m": 3.0,
    "start_m": 3.0,
    "deadline_m": 3.0,
    "spoken_s": 0.011,
    "gain_s": 0.01,
    "interval_s": 0.01,
    "lost_s": 0.005,
}


def names() -> list[str]:
    """Everything that is replayed."""
    return ["demo", *SIMULATED, *COMPLETE_LAPS]


def is_there(name: str) -> bool:
    """Recordings are other people's and may be missing."""
    return name not in COMPLETE_LAPS or (RECORDINGS / name).is_file()


def recording_of(name: str) -> Recording:
    """One of them."""
    if name == "demo":
        return demo_session()[0]
    return simulated(name) if name in SIMULATED else open_recording(RECORDINGS / name)


def stream_of(name: str) -> list[dict[str, Any]]:
    """The drive through the engine, in the style that says most."""
    return list(as_kept(play(recording_of(name), Style.TALKATIVE).events))


def as_kept(events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    corners: dict[str, float] = {}
    for event in events:
        if event.kind is EventKind.CORNER:
            corners[str(event.corner)] = round(event.time_lost_s, 3)
            continue
        if event.kind is EventKind.LAP and corners:
            yield {"event": "corners", "lost_s": corners}
            corners = {}
        yield _rounded(plain(event_fields(event)))


def _rounded(fields: dict[str, Any]) -> dict[str, Any]:
    kept = {}
    for name, value in fields.items():
        places = DECIMALS.get(name)
        if isinstance(value, list | tuple):
            value = None if value[0] is None else [round(one, places) for one in value]  # noqa: PLW2901
        elif places is not None and value is not None:
            value = round(value, places)  # noqa: PLW2901
        if value not in (None, "", 0) or name in {"t_s", "lap", "station_m"}:
            kept[name] = value
    return kept


def file_of(name: str) -> Path:
    return BLESSED / f"{name.partition('.')[0]}.jsonl"


def blessed(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file_of(name).read_text(encoding="utf-8").splitlines()]


def as_text(stream: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in stream)


def same(one: Any, other: Any, field: str = "") -> bool:
    """Equal but for the tolerance of the field."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name], name if name in TOLERANCE else field) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b, field) for a, b in zip(one, other, strict=True))
    if field in TOLERANCE and isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= TOLERANCE[field]
    return bool(one == other)
