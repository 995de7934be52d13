"""The summary as one self-contained HTML file, in the report's look. The layout is `templates/summary.html`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import jinja2
from markupsafe import Markup

from coach.files import write_text
from coach.look import css_variables
from coach.version import VERSION
from overlay.display import lap_time_text
from overlay.summary import words
from overlay.summary.model import CueFate, SessionSummary, TopicRow, Verdict
from overlay.summary.review_drawing import HEIGHT, WIDTH, review_drawing

CHART_WIDTH, CHART_HEIGHT = 760.0, 180.0
TONES = {Verdict.HELPED: "gain", Verdict.WORSE: "loss", Verdict.TAKEN_BACK: "loss", Verdict.UNSHOWN: "open"}
LEAST_SCALE_S = 0.3  # half the width of the interval drawings of small gains, which would look large otherwise


@dataclass(frozen=True, slots=True)
class Dot:
    """A lap in the lap-time drawing."""

    x: float
    y: float
    number: int
    text: str
    clean: bool
    best: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """A topic's gain as a line with a dot, in per cent of its width; 50 is zero, right is a gain."""

    low: float
    high: float
    middle: float


def write_html(summary: SessionSummary, path: Path, speed_unit: str = "km/h") -> None:
    """Save it whole or not at all; CannotWrite says why it could not be."""
    write_text(path, render(summary, speed_unit))


def render(summary: SessionSummary, speed_unit: str = "km/h") -> str:
    """The page."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("overlay.summary"), autoescape=True, undefined=jinja2.StrictUndefined)
    sheet = resources.files("coach.report").joinpath("static", "report.css").read_text(encoding="utf-8")
    dropped = [cue for cue in summary.cues if cue.fate is CueFate.DROPPED]
    return environment.get_template("summary.html").render(
        summary=summary,
        words=words,
        speed_unit=speed_unit,
        styles=Markup(css_variables() + sheet),  # noqa: S704  our own files
        version=VERSION,
        tiles=words.tiles(summary),
        left_out=words.left_out(summary),
        topics=list(zip(summary.topics, intervals(summary.topics), strict=True)),
        tones=TONES,
        said=[cue for cue in summary.cues if cue.fate is not CueFate.DROPPED],
        dropped=dropped,
        dots=dots(summary),
        chart=(CHART_WIDTH, CHART_HEIGHT),
        review=review_drawing(summary.review, speed_unit) if summary.review else None,
        drawn=(WIDTH, HEIGHT),
        laps=[(lap, lap_time_text(lap.lap_time_s)) for lap in summary.laps],
    )


def intervals(topics: Sequence[TopicRow]) -> tuple[Interval | None, ...]:
    """Where the gains' intervals are drawn, on one scale; None where a gain is not known or nothing was gained by it."""
    gains = [_gain(topic) for topic in topics]
    full_s = max([LEAST_SCALE_S, *(abs(end) for gain in gains if gain for end in gain)])
    return tuple(Interval(*(50 + 50 * end / full_s for end in gain)) if gain else None for gain in gains)


def _gain(topic: TopicRow) -> tuple[float, float, float] | None:
    """Its interval's ends and its mean, s."""
    if topic.taken_back or topic.gain_s is None or topic.gain_low_s is None or topic.gain_high_s is None:
        return None
    return topic.gain_low_s, topic.gain_high_s, topic.gain_s


def dots(summary: SessionSummary) -> list[Dot]:
    """Lap times from left to right, faster below; laps slower than the slowest clean one are drawn at the top edge."""
    times = [lap.lap_time_s for lap in summary.clean if lap.lap_time_s is not None]
    if not times:
        return []
    low, high = min(times), max(times)
    span = max(high - low, 0.1)
    made = []
    timed = [lap for lap in summary.laps if lap.lap_time_s is not None]
    for k, lap in enumerate(timed):
        seconds = lap.lap_time_s or 0.0
        share = min(1.15, max(-0.15, (seconds - low) / span))
        x = 24 + (CHART_WIDTH - 48) * (k / max(1, len(timed) - 1))
        y = CHART_HEIGHT - 40 - (CHART_HEIGHT - 80) * share
        made.append(Dot(round(x, 1), round(y, 1), lap.number, lap_time_text(seconds), not lap.why_not, not lap.why_not and seconds == low))
    return made
