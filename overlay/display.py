"""Numbers and states as the driver reads them. Shared by widgets, settings and summary; it holds no Qt."""

from __future__ import annotations

import math

from coach.events import Event, EventKind
from coach.wording import DASH, MINUS
from overlay.state import DEMO, Mode, Reference, Snapshot, Status
from overlay.sync.shelf import CHOSEN

PER_MPS = {"km/h": 3.6, "mph": 3600.0 / 1609.344}  # by the unit of the setting `display.speed_unit`
REFERENCES = {  # how the rule of a reference begins, and what it is called
    "your best lap of all": "your best lap of all days",
    "your best": "your best lap",
    "the poten": "the potential lap",
    "given": "the given lap",
}
SHORT_REFERENCES = {
    "your best lap of all days": "best of all days",
    "your best lap": "own best",
    "the potential lap": "potential",
    "the given lap": "reference",
}


def reference_name(rule: str) -> str:
    """What a reference is called, from the rule by which it was chosen."""
    return next((name for start, name in REFERENCES.items() if rule.startswith(start)), rule.removeprefix(CHOSEN))


def reference_notice(event: Event, caveat: str) -> str:
    """What the driver is told of a reference: that it cannot be used, or not for everything (`caveat`); empty where there is nothing to tell."""
    if event.kind is not EventKind.REFERENCE:
        return ""
    return {
        "not used": f"The reference lap cannot be used: {event.reason}",
        "limited": f"The reference lap was driven in other conditions: {caveat}.",
    }.get(event.state, "")


def lap_time_text(seconds: float | None, decimals: int = 3) -> str:
    """A lap time as 1:07.295, 0:47.10, or a dash when unknown."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return DASH
    ticks = round(seconds * 10**decimals)
    minutes, rest = divmod(ticks, 60 * 10**decimals)
    tail = f"{rest / 10**decimals:0{3 + decimals}.{decimals}f}"
    return f"{minutes}:{tail}"


def signed_text(seconds: float | None, decimals: int = 2) -> str:
    """A time difference with its sign, + = slower; zero carries no sign."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    rounded = round(seconds, decimals)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):.{decimals}f}"


def status_title(status: Status) -> str:
    """The coach's state in two or three words."""
    return {
        Mode.WAITING_SIMULATOR: f"Waiting for {status.simulator}",
        Mode.WAITING_CAR: "Waiting for you",
        Mode.WAITING_LAP: "Getting to know the car",
        Mode.LISTENING: "Listening",
        Mode.COACHING: "Coaching",
        Mode.SILENT: "Quiet",
        Mode.OFF: "Coach off",
    }[status.mode]


def status_detail(status: Status, reference: Reference | None) -> str:
    """The line below it: what is missing, why it is silent, or against what it compares; with whether the voice is muted."""
    detail = _detail(status, reference)
    return f"muted, {detail}" if status.muted else detail


def _detail(status: Status, reference: Reference | None) -> str:
    if status.mode is Mode.WAITING_SIMULATOR:
        return "it begins in a moment" if status.simulator == DEMO else "start it whenever you like"
    if status.mode is Mode.WAITING_CAR:
        return "get into the car"
    if status.mode is Mode.WAITING_LAP:
        return clean_lap_text(status)
    if status.mode is Mode.SILENT and status.why_silent:
        return status.why_silent
    return reference_text(reference)


def clean_lap_text(status: Status) -> str:
    """How many laps are there of those that coaching needs."""
    return f"clean laps so far: {min(status.clean_laps, status.clean_laps_needed)} of {status.clean_laps_needed}"


def reference_text(reference: Reference | None) -> str:
    """Against what the delta is measured."""
    if reference is None:
        return "no reference yet"
    return (
        f"against {reference.name}" if reference.lap_time_s is None else f"against {reference.name}, {lap_time_text(reference.lap_time_s)}"
    )


def reference_label(reference: Reference) -> str:
    """The same in a word or two, for above its time; the status has it in full."""
    short = next((label for start, label in SHORT_REFERENCES.items() if reference.name.startswith(start)), reference.name)
    return short[:1].upper() + short[1:]


def beside_name(cue: str, corner_name: str) -> str:
    """A cue's words where its corner's name stands beside them."""
    words = cue.removeprefix(f"{corner_name}: ") if corner_name else cue
    return words[:1].upper() + words[1:]


def waiting_text(snapshot: Snapshot) -> str:
    """What the delta is waiting for."""
    status = snapshot.status
    if status.mode in {Mode.WAITING_SIMULATOR, Mode.WAITING_CAR}:
        return status_title(status).replace("Waiting", "waiting")
    if snapshot.reference is None or status.mode is Mode.WAITING_LAP:
        return clean_lap_text(status)
    return "waiting for the line"


def shown(seconds: float | None, decimals: int = 2) -> float | None:
    """A time as it is shown: rounded, and None where it is not a number, so that equal values look equal."""
    return None if seconds is None or not math.isfinite(seconds) else round(seconds, decimals)
