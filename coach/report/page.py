"""The HTML page: values turned into text, and the numbers for the charts. The layout is `templates/report.html`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import resources
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from coach.compare.cause import NOT_THE_DRIVER
from coach.compare.comparison import WHAT_IT_SHOWS, Comparison, CornerComparison, ReferenceKind
from coach.compare.moments import Moment, lost_moments
from coach.compare.study import StudyLap
from coach.detect.detection import DetectionKind
from coach.laps.time_scatter import time_scatter_s
from coach.look import css_variables
from coach.physics.car import CarModel
from coach.report.analysis import CHART_STEP_M, Analysis, loss_rate, spread
from coach.report.charts import KMH, MAP_PART_M, chart_data, full_scale
from coach.report.drawing import MOST_GRIP_POINTS, GripDrawing, draw_grip, draw_map
from coach.report.phase_rows import figure, phase_rows
from coach.version import VERSION
from coach.wording import DASH, catalogue, clock, doubt_text, either_name, next_time, phase_name, sentence_of, share_name

WORST = 3
MOMENTS = 12


def render(analysis: Analysis) -> str:
    """The page as one self-contained document."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("coach.report"), autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.get_template("report.html").render(page=page_of(analysis))


def page_of(analysis: Analysis) -> dict[str, Any]:
    """Everything the template asks for."""
    session = analysis.drive.recording.session
    page: dict[str, Any] = {
        "title": " · ".join(part for part in (session.car_name or session.car_id, track_title(analysis)) if part)
        or analysis.drive.recording.path.name,
        "subtitle": analysis.drive.recording.path.name,
        "simulated": session.simulated,
        "styles": _safe(css_variables() + _static("uPlot.min.css") + _static("report.css")),
        "tiles": _tiles(analysis),
        "laps": [_lap_row(lap) for lap in analysis.drive.laps],
        "notes": list(session.notes),
        "version": VERSION,
        "clean_count": len(analysis.drive.clean),
        "reference": None,
        "no_reference": "There is no complete lap in this recording, so there is nothing to compare yet. One full lap from line to line is enough.",
        "gg": None,
        "spread": (),
        "moments": [],
        "detections": _detection_rows(analysis),
    }
    if analysis.comparison is not None:
        page.update(_compared(analysis, analysis.comparison))
    return page


def track_title(analysis: Analysis) -> str:
    """Track and configuration."""
    session = analysis.drive.recording.session
    return " ".join(part for part in (session.track_name or session.track_id, session.track_config) if part)


def _compared(analysis: Analysis, comparison: Comparison) -> dict[str, Any]:
    assert analysis.study is not None
    assert analysis.choice is not None
    shown = analysis.shown
    worst = worst_corners(comparison)
    step = max(CHART_STEP_M, analysis.study.track.length_m / 4000.0)
    station = np.arange(0.0, analysis.study.track.length_m, step)
    rates = [loss_rate(lap, analysis.choice.references[0]) for lap in shown]
    full = full_scale([rates[0]])
    drawing = draw_map(analysis.study.track, station, worst, MAP_PART_M, f"{full * 100 * 1000:.0f} ms per 100 m")
    clean = [analysis.study.lap(analysis.drive, lap) for lap in analysis.drive.clean]
    reference = comparison.references[0]
    several = len(comparison.laps) > 1
    return {
        "reference": reference,
        "reference_label": reference_label(comparison),
        "reference_note": f"Reference: {analysis.choice.rule}. {WHAT_IT_SHOWS[comparison.kind]}",
        "topics": _topics(analysis, comparison),
        "moments": [_moment_row(moment, comparison.names) for moment in lost_moments(analysis.singles)[:MOMENTS]] if several else [],
        "no_topics": "Nothing here stands out from the spread of your own driving. Drive a few more laps, or compare with somebody faster.",
        "corners": [_corner_row(corner, comparison) for corner in comparison.corners],
        "total": signed(comparison.delta_s),
        "total_note": f"mean of {len(comparison.laps)} laps" if several else f"lap {comparison.lap.lap.number}",
        "map": drawing,
        "lap_labels": [f"{lap.lap.number} · {clock(lap.lap.lap_time_s)}" for lap in shown],
        "chosen": 0,
        "gg": grip_of(shown, analysis.study.car),
        "spread": [_spread_row(row) for row in spread(analysis.study, clean)],
        "spread_laps": len(clean),
        "data": _safe(
            json.dumps(chart_data(analysis, station, drawing, rates, full, worst), separators=(",", ":"), allow_nan=False).replace(
                "</", "<\\/"
            )
        ),
        "uplot": _safe(_static("uPlot.iife.min.js")),
        "script": _safe(_static("report.js")),
    }


def topics(comparison: Comparison) -> tuple[CornerComparison, ...]:
    """At most three corners worth the driver's attention: a loss whose interval excludes zero and a cause to name."""
    speaking = [c for c in comparison.corners if _is_clear(c) and c.verdict.causes and not c.excluded and c.corner is not None]
    return tuple(sorted(speaking, key=lambda corner: (not corner.verdict.confident, -corner.time_lost_s))[:WORST])


def worst_corners(comparison: Comparison) -> frozenset[int]:
    """Numbers of the three corners that lose most."""
    losing = [corner for corner in comparison.corners if corner.time_lost_s > 0.0 and corner.corner is not None]
    return frozenset(corner.number for corner in sorted(losing, key=lambda corner: -corner.time_lost_s)[:WORST])


def reference_label(comparison: Comparison) -> str:
    """The reference in a few words, with its time."""
    which, *others = _which_references(comparison)
    return f"{which}, {clock(comparison.references[0].lap.lap_time_s)}{''.join(others)}"


def _which_references(comparison: Comparison) -> list[str]:
    """The first one, and how many more there are if there are any."""
    if comparison.kind is ReferenceKind.POTENTIAL:
        return ["potential lap"]
    more = len(comparison.references) - 1
    return [f"lap {comparison.references[0].lap.number}", *([f" and {more} more"] if more else [])]


def _topics(analysis: Analysis, comparison: Comparison) -> list[dict[str, Any]]:
    """The first cards: what returns over the laps; against one's own lap the largest listed moment of each corner instead."""
    if comparison.kind is not ReferenceKind.OWN or len(analysis.singles) == 1:
        return [_topic(corner, corner.name, comparison.names) for corner in topics(comparison)]
    best: dict[int, Moment] = {}
    for moment in lost_moments(analysis.singles)[:MOMENTS]:
        if _is_clear(moment.corner):
            best.setdefault(moment.corner.number, moment)
    chosen = sorted(best.values(), key=lambda moment: (not moment.corner.verdict.confident, -moment.corner.time_lost_s))[:WORST]
    return [_topic(moment.corner, f"{moment.corner.name}, lap {moment.lap_number}", comparison.names) for moment in chosen]


def _is_clear(corner: CornerComparison) -> bool:
    """Whether the interval excludes zero as it is written: "0.00 to 0.15 s" claims nothing."""
    return round(corner.interval_s[0], 2) > 0.0


def _moment_row(moment: Moment, names: Mapping[int, str]) -> dict[str, str]:
    corner = moment.corner
    return {"lap": str(moment.lap_number), "corner": corner.name, "loss": signed(corner.time_lost_s), "cause": cause_text(corner, names)}


def _topic(corner: CornerComparison, title: str, names: Mapping[int, str]) -> dict[str, Any]:
    first, *second = corner.verdict.causes[:2]
    said = sentence_of(first, corner.differences, names)
    hint = next_time(first.cause)
    words = catalogue()["certainty"]
    return {
        "corner": title,
        "loss": f"{corner.time_lost_s:.2f} s",
        "sentence": f"{said} {hint}".strip() if corner.verdict.confident else said,
        "evidence": f"Or: {sentence_of(second[0], corner.differences, names)}" if second and not corner.verdict.confident else "",
        "confident": corner.verdict.confident,
        "certainty": words["confident"] if corner.verdict.confident else f"{words['unsure']}, lost {phase_name(corner.verdict.phase)}",
        "basis": f"{_laps(corner.n)}, {corner.interval_s[0]:.2f} to {corner.interval_s[1]:.2f} s",
    }


def _laps(n: int) -> str:
    return "1 lap" if n == 1 else f"{n} laps"


def _corner_row(corner: CornerComparison, comparison: Comparison) -> dict[str, Any]:
    largest = max((abs(one.time_lost_s) for one in comparison.corners), default=1.0) or 1.0
    return {
        "number": corner.number,
        "name": corner.name,
        "loss": signed(corner.time_lost_s),
        "interval": f"{corner.interval_s[0]:+.2f} … {corner.interval_s[1]:+.2f}",
        "bar": round(100.0 * abs(corner.time_lost_s) / largest),
        "gain": corner.time_lost_s < 0.0,
        "confident": corner.verdict.confident,
        "excluded": bool(corner.excluded),
        "cause": cause_text(corner, comparison.names),
        "details": _details(corner),
        "why": [f"{share_name(share, comparison.names)}: {share.time_lost_s:+.3f} s" for share in corner.verdict.causes[:3]]
        + [doubt_text(doubt) for doubt in corner.verdict.reasons],
    }


def cause_text(corner: CornerComparison, names: Mapping[int, str]) -> str:
    """The cause in a table cell: one when confident, two when not, the phase when none, the reason when nobody is blamed."""
    if corner.excluded:
        return f"not judged: {', '.join(corner.excluded)}"
    causes = corner.verdict.causes
    if not causes:
        return DASH
    if corner.verdict.confident or causes[0].cause in NOT_THE_DRIVER:
        return share_name(causes[0], names)
    return f"{either_name(causes, names)}? (lost {phase_name(corner.verdict.phase)})"


def _details(corner: CornerComparison) -> list[dict[str, str]]:
    return phase_rows(partial(getattr, corner.own_phases), partial(getattr, corner.reference_phases))


def _spread_row(row: Any) -> dict[str, str]:
    return {
        "name": row.name,
        "time": figure(row.time_s, 1.0, "{:.3f}"),
        "brake": figure(row.brake_on_m, 1.0, "{:.1f}"),
        "speed": figure(row.v_min_mps, KMH, "{:.1f}"),
        "throttle": figure(row.throttle_on_m, 1.0, "{:.1f}"),
    }


def _tiles(analysis: Analysis) -> list[dict[str, str]]:
    times = [lap.lap_time_s for lap in analysis.drive.clean]
    timed = [lap.lap_time_s for lap in analysis.drive.timed]
    best = min(times or timed, default=np.nan)
    tiles = [{"label": "Best lap", "value": clock(best), "note": "clean" if times else "none is clean" if timed else "no complete lap"}]
    if analysis.comparison is not None:
        comparison = analysis.comparison
        time, which = clock(comparison.references[0].lap.lap_time_s), "".join(_which_references(comparison))
        tiles.append({"label": "Reference", "value": time, "note": which})
        lost = sum(corner.time_lost_s for corner in comparison.corners if corner.number in worst_corners(comparison))
        tiles.append({"label": "In the three worst corners", "value": f"{lost:.2f} s", "note": f"of {comparison.delta_s:+.2f} s per lap"})
    scatter_s = time_scatter_s(times)
    if scatter_s is not None:
        tiles.append({"label": "Lap time ±", "value": f"{scatter_s:.2f} s", "note": f"over {len(times)} clean laps"})
    tiles.append({"label": "Laps that count", "value": f"{len(times)}", "note": f"of {len(timed)} complete"})
    return tiles


def _lap_row(lap: Any) -> dict[str, Any]:
    verdict = "clean" if lap.clean else ", ".join(reason.value for reason in lap.reasons) or lap.kind.value
    return {
        "number": lap.number,
        "time": clock(lap.lap_time_s),
        "official": clock(lap.official_lap_time_s),
        "clean": lap.clean,
        "verdict": verdict,
    }


def _detection_rows(analysis: Analysis) -> list[dict[str, str]]:
    """What happened, by kind and corner: on which laps, and for how long at most; what happened most often first."""
    groups: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for number, found in analysis.detections:
        if found.kind is DetectionKind.INCONSISTENCY:
            continue  # a place that varies, judged over the whole lap: it has no length in time
        corner = analysis.study.track.corner_at(found.start_m) if analysis.study else None
        where = corner.name if corner else "start straight"
        groups.setdefault((found.kind.value.replace("_", " "), where), []).append((number, found.end_s - found.start_s))
    ordered = sorted(groups.items(), key=lambda item: (-len({lap for lap, _ in item[1]}), item[0]))
    return [
        {
            "what": what,
            "where": where,
            "laps": ", ".join(str(number) for number in sorted({number for number, _ in seen})),
            "longest": f"{max(length for _, length in seen):.2f} s",
        }
        for (what, where), seen in ordered
    ]


def grip_of(laps: Sequence[StudyLap], car: CarModel, most_points: int = MOST_GRIP_POINTS) -> GripDrawing | None:
    """Kinematic accelerations of laps: change of speed along, speed times course rate across; None where the source cannot give them."""
    if car.lateral_by_shape:  # curvature from steering has a shape but no scale: no figure in g can be given
        return None
    along, across, speed = [], [], []
    for lap in laps:
        inside = slice(lap.trace.start, lap.trace.stop)
        v = lap.trace.grid["speed_mps"][inside]
        t = lap.trace.grid["time_s"][inside]
        along.append(np.gradient(v, t))
        across.append(v**2 * lap.path.curvature_1pm[inside])
        speed.append(v)
    return draw_grip(
        np.concatenate(along),
        np.concatenate(across),
        car,
        float(np.nanmedian(np.concatenate(speed))),
        "not in it: taken from the path",
        most_points,
    )


def signed(seconds: float) -> str:
    """Seconds with sign, as deltas are written."""
    return f"{seconds:+.3f}" if np.isfinite(seconds) else DASH


def _static(name: str) -> str:
    return resources.files("coach.report").joinpath("static", name).read_text(encoding="utf-8")


def _safe(text: str) -> Any:
    """Our own styles, scripts and JSON (with `</` escaped) go in as they are; everything else is escaped by the template."""
    return Markup(text)  # noqa: S704 - no outside text without json escaping
