"""A stored comparison in the words and figures of the page. It computes nothing: every number is the engine's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from coach.compare.cause import NOT_THE_DRIVER, Cause, CauseShare, Phase
from coach.compare.comparison import WHAT_IT_SHOWS, ReferenceKind
from coach.detect.detection import DetectionKind
from coach.report.phase_rows import phase_rows
from coach.wording import DASH, catalogue, clock, either_name, next_time, phase_name, sentence_of, share_name

WORST = 3
Document = Mapping[str, Any]


def compared(document: Document) -> dict[str, Any]:
    """Everything the lap page says about a comparison."""
    corners = document["corners"]
    worst = worst_corners(corners)
    names = {corner["number"]: corner["name"] for corner in corners}
    return {
        "delta": signed(document["delta_s"]),
        "gains": (document["delta_s"] or 0.0) < 0.0,
        "topics": [_topic(corner, names) for corner in topics(corners)],
        "corners": [_corner(corner, corners, names) for corner in corners],
        "worst": worst,
        "worst_s": sum(corner["time_lost_s"] for corner in corners if corner["number"] in worst),
        "shows": WHAT_IT_SHOWS[ReferenceKind(document["reference"]["kind"])],
        "rule": document["reference"]["rule"],
        "notes": document["notes"],
        "detections": _detections(document),
    }


def topics(corners: Sequence[Document]) -> list[Document]:
    """At most three corners worth attention: a loss whose interval excludes zero, with a cause, that somebody is to blame for."""
    speaking = [c for c in corners if c["number"] and c["interval_s"][0] > 0.0 and c["causes"] and not c["excluded"]]
    return sorted(speaking, key=lambda corner: (not corner["confident"], -corner["time_lost_s"]))[:WORST]


def worst_corners(corners: Sequence[Document]) -> frozenset[int]:
    """Numbers of the three corners that lose most."""
    losing = [corner for corner in corners if corner["number"] and corner["time_lost_s"] > 0.0]
    return frozenset(corner["number"] for corner in sorted(losing, key=lambda corner: -corner["time_lost_s"])[:WORST])


def _shares(corner: Document) -> list[CauseShare]:
    return [CauseShare(Cause(share["cause"]), share["time_lost_s"], share["detail"]) for share in corner["causes"]]


def cause_text(corner: Document, names: Mapping[int, str]) -> str:
    """One cause when confident, two when not, the reason when nobody is blamed."""
    if corner["excluded"]:
        return f"not judged: {', '.join(corner['excluded'])}"
    causes = _shares(corner)
    if not causes:
        return DASH
    if corner["confident"] or causes[0].cause in NOT_THE_DRIVER:
        return share_name(causes[0], names)
    return f"{either_name(causes, names)}? (lost {phase_name(Phase(corner['phase']))})"


def _topic(corner: Document, names: Mapping[int, str]) -> dict[str, Any]:
    differences = {name: math.nan if value is None else value for name, value in corner["differences"].items()}
    candidates = _shares(corner)[:2]
    said = [sentence_of(share, differences, names) for share in candidates]
    words = catalogue()["certainty"]
    low, high = corner["interval_s"]
    sure = corner["confident"]
    return {
        "number": corner["number"],
        "name": corner["name"],
        "loss": f"{corner['time_lost_s']:.2f} s",
        "sentence": f"{said[0]} {next_time(candidates[0].cause)}".strip() if sure else said[0],
        "or": said[1] if len(said) > 1 and not sure else "",
        "confident": sure,
        "certainty": words["confident"] if sure else f"{words['unsure']}, lost {phase_name(Phase(corner['phase']))}",
        "basis": f"{low:+.2f} to {high:+.2f} s",
    }


def _corner(corner: Document, corners: Sequence[Document], names: Mapping[int, str]) -> dict[str, Any]:
    largest = max((abs(one["time_lost_s"]) for one in corners), default=1.0) or 1.0
    own, reference = corner["phases"]["own"], corner["phases"]["reference"]
    return {
        "number": corner["number"],
        "name": corner["name"],
        "loss": signed(corner["time_lost_s"]),
        "width": max(1, round(20.0 * abs(corner["time_lost_s"]) / largest)),  # twentieths of the column, a class each
        "gain": corner["time_lost_s"] < 0.0,
        "interval": "{:+.2f} to {:+.2f}".format(*corner["interval_s"]),
        "confident": corner["confident"],
        "excluded": bool(corner["excluded"]),
        "cause": cause_text(corner, names),
        "details": phase_rows(own.get, reference.get),
        "why": [f"{share_name(share, names)}: {share.time_lost_s:+.3f} s" for share in _shares(corner)[:3]] + corner["reasons"],
    }


def _detections(document: Document) -> list[dict[str, Any]]:
    """What happened, by kind, with the places; how long, where one event is over at once."""
    corners = document["corners"]
    found: dict[str, list[str]] = {}
    for one in document["detections"]:
        where = next((c["name"] for c in corners if c["start_m"] <= one["start_m"] < c["end_m"]), "start straight")
        lasted = "" if one["kind"] == DetectionKind.INCONSISTENCY else f" ({one['seconds']:.1f} s)"
        places = found.setdefault(one["kind"].replace("_", " "), [])
        if where + lasted not in places:
            places.append(where + lasted)
    return [{"what": what, "where": places} for what, places in found.items()]


def signed(seconds: float | None) -> str:
    """Seconds with sign, as deltas are written."""
    return DASH if seconds is None else f"{seconds:+.3f}"


def lap_time(seconds: float | None) -> str:
    """A lap time as drivers write it."""
    return DASH if seconds is None else clock(seconds)
