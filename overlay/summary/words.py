"""The summary's sentences and tiles, shared by the page on screen and the HTML file."""

from __future__ import annotations

from dataclasses import dataclass

from coach.cues.candidate import Candidate, Claim
from coach.cues.plan import texts_of
from coach.wording import DASH, MINUS, distance, next_time
from overlay.display import PER_MPS, lap_time_text, signed_text
from overlay.summary.model import NEXT_TIME, CornerRow, CueFate, CueRow, MarkRow, SessionSummary, TopicRow, Verdict

NOTHING_TO_WORK_ON = "Nothing was worked on: no corner stood out from the spread of the driving, or there was no time to speak about it."
NOTHING_NEXT = "Nothing stood out of the spread of the driving. A few more clean laps will show more."
FEWER_NEXT = "Nothing else stood out of the spread of the driving."
FOR_NEXT_TIME = ("For next time", "One thing for next time", "Two things for next time", "Three things for next time")

WHERE = "Where the time is"
CORNER_HEADS = ("Corner", "Lost per lap, s", "95 % interval", "Laps")


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its name and what stands below it."""

    label: str
    value: str
    note: str


def title(summary: SessionSummary) -> str:
    """Car and track."""
    return f"{summary.car} · {summary.track}"


def tiles(summary: SessionSummary) -> tuple[Tile, ...]:
    """The session in five figures."""
    spoken = sum(cue.fate is not CueFate.DROPPED for cue in summary.cues)
    helped = sum(topic.verdict is Verdict.HELPED for topic in summary.topics)
    best = summary.best_s
    best_lap = next((lap.number for lap in summary.clean if lap.lap_time_s == best), None)
    return (
        Tile("Best lap", lap_time_text(best), "no clean lap yet" if best_lap is None else f"lap {best_lap}"),
        Tile("Lap time ±", DASH, "from three clean laps on")
        if summary.scatter_s is None
        else Tile("Lap time ±", f"{summary.scatter_s:.2f} s", f"over {len(summary.clean)} clean laps"),
        Tile("Laps that count", str(len(summary.clean)), f"of {len(summary.laps)}"),
        Tile("Said", str(spoken), f"{len(summary.cues) - spoken} kept back"),
        Tile("Worked on", str(len(summary.topics)), f"{helped} shown to help"),
    )


def for_next_time(summary: SessionSummary) -> str:
    """The heading, with as many things as there are."""
    return FOR_NEXT_TIME[len(summary.next_time)]


def thing(candidate: Candidate) -> str:
    """One thing for next time: what its cue would ask for, what it costs and how sure that is, and how to go about it."""
    asked = texts_of(candidate, again=True)[0]
    (low_s, high_s), costs = candidate.interval_s, "may cost" if candidate.claim is Claim.TRY else "costs"
    return f"{asked} It {costs} {candidate.gain_s:.2f} s per lap, {low_s:.2f} to {high_s:.2f} s (95 %). {next_time(candidate.topic.cause)}"


def left_out(summary: SessionSummary) -> str:
    """Why there are fewer than three things for next time; empty where there are not."""
    if len(summary.next_time) == NEXT_TIME:
        return ""
    said = FEWER_NEXT if summary.next_time else NOTHING_NEXT
    *others, last = summary.came_in or ("",)
    names = f"{', '.join(others)} and {last}" if others else last
    return f"{said} Left out: {names}, worked on until the habit stayed within your own spread." if last else said


def where_note(summary: SessionSummary) -> str:
    """What the corners' figures are."""
    return f"Mean of the newest comparable laps against {summary.corners_against}, the dearest corner first; + is slower."


def corner_cells(row: CornerRow) -> tuple[str, ...]:
    """A corner's row, below CORNER_HEADS."""
    return row.name, signed_text(row.lost_s), f"{signed_text(row.low_s)} to {signed_text(row.high_s)}", str(row.laps)


def before_after(topic: TopicRow) -> str:
    """What the corner cost before and after."""
    before = f"{_signed(topic.before_s)} s per lap over {topic.laps_before} laps"
    if topic.after_s is None:
        since = {0: "no comparable lap", 1: "one comparable lap"}.get(topic.laps_after, f"{topic.laps_after} comparable laps")
        return f"{before} before; {since} since"
    return f"{before}, then {_signed(topic.after_s)} s over {topic.laps_after}"


def marked(mark: MarkRow) -> str:
    """Where the driver pressed the key."""
    return ", ".join(part for part in (f"lap {mark.lap}", mark.corner, distance(mark.station_m)) if part)


def said(cue: CueRow) -> str:
    """A cue with its lap, and its corner if it has one: praise of a lap has none."""
    return f"{', '.join(part for part in (f'lap {cue.lap}', cue.corner) if part)}: {cue.text}"


def how_often(topic: TopicRow) -> str:
    """How many times it was said."""
    return "said once" if topic.times_said == 1 else f"said {topic.times_said} times"


def effect(topic: TopicRow) -> str:
    """The change with its interval; none counts beside a lost car."""
    if topic.taken_back:
        return "you spun or left the track here after it was said, so no more was said about it"
    if topic.gain_s is None or topic.gain_low_s is None or topic.gain_high_s is None:
        return "not enough laps afterwards to tell"
    if round(topic.gain_s, 2) < 0:
        return f"lost {_signed(-topic.gain_s)} s per lap, {_signed(-topic.gain_high_s)} to {_signed(-topic.gain_low_s)} s (95 %)"
    return f"gained {_signed(topic.gain_s)} s per lap, {_signed(topic.gain_low_s)} to {_signed(topic.gain_high_s)} s (95 %)"


def done(topic: TopicRow, speed_unit: str) -> str:
    """Whether the driver does what was asked for, and by how much; empty where that cannot be told."""
    if topic.done is None or topic.taken_back:
        return ""
    is_speed = topic.done.unit in PER_MPS
    return (topic.done.in_unit(PER_MPS[speed_unit] / PER_MPS[topic.done.unit], speed_unit) if is_speed else topic.done).text


def _signed(seconds: float) -> str:
    rounded = round(seconds, 2)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded):.2f}"
