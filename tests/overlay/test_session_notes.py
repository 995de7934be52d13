"""What the summary takes from the engine's state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from coach.compare.cause import Cause
from coach.compare.causes.pattern import interval_of
from coach.compare.comparison import ReferenceKind
from coach.cues.settings import CueSettings
from coach.cues.topic import LapSeen
from coach.events import Event, EventKind
from coach.laps.lap import Lap, LapKind
from coach.live.delta import RunningReference
from coach.live.report import LapReport
from coach.live.state import State
from coach.telemetry.recording import Recording, SessionInfo
from coach.track.map import TrackMap
from overlay.session_notes import SessionNotes
from overlay.summary.model import CORNERS_TOLD, SessionSummary
from overlay.summary.words import where_note
from overlay.sync.shelf import CHOSEN
from tests.coach.cues.made import entry, lap, seen_corner

NOTHING = np.full(3, np.nan)
RUNNING = RunningReference(2.0, 1.0, np.array([0.0, 30.0, 62.823]), 62.823, NOTHING, NOTHING, NOTHING)


def summary_of(laps: list[LapSeen], **report: object) -> SessionSummary:
    """The summary after laps against somebody's lap."""
    state = State(CueSettings(), SessionInfo(""))
    recording = Recording(Path("none"), SessionInfo(""), 0, lambda _: None, frozenset())
    seen = {ReferenceKind.EXTERNAL: tuple(laps)}
    notes, state.report = SessionNotes(), replace(LapReport(recording, None, seen=seen), **report)  # type: ignore[arg-type]
    notes.lap(state.report)
    return notes.summary(state, date(2026, 11, 28))


def test_every_corner_is_told_with_what_it_costs_the_dearest_first() -> None:
    """Over the newest six laps; what somebody else decided on a lap counts on none."""
    losses = (9.0, 0.2, 0.3, 0.25, 0.2, 0.3, 0.25)
    laps = [lap(k, seen_corner(1, None, 0.05), seen_corner(2, Cause.LINE, lost)) for k, lost in enumerate(losses, 1)]
    laps[3] = lap(4, seen_corner(1, None, 0.05), seen_corner(2, None, 3.0, excluded=("yellow",)))
    dear, cheap = summary_of(laps).corners
    counted = np.array([0.2, 0.3, 0.2, 0.3, 0.25])
    assert (dear.name, dear.laps, cheap.name, cheap.laps) == ("Turn 2", 5, "Turn 1", 6)
    assert dear.lost_s == pytest.approx(counted.mean())
    assert (dear.low_s, dear.high_s) == pytest.approx(interval_of(counted))


@pytest.mark.parametrize(("kind", "against"), [(ReferenceKind.OWN, "your own best lap"), (ReferenceKind.POTENTIAL, "the potential lap")])
def test_what_corners_are_measured_against_is_said(kind: ReferenceKind, against: str) -> None:
    """It may be another lap than the running delta's: a given lap of other conditions has the delta only."""
    laps = tuple(lap(k, seen_corner(1, None, 0.2)) for k in range(1, 4))
    made = summary_of([], rule="given: wet", running=RUNNING, seen={kind: laps})
    assert made.corners_against == against
    assert f"against {against}," in where_note(made)


def test_no_corner_is_told_of_by_too_few_laps_of_this_session() -> None:
    laps = [lap(number, seen_corner(1, None, 0.2)) for number in (-3, -2, -1, 1, 2)]
    assert summary_of(laps).corners == ()
    assert summary_of([]).corners == ()
    assert len(summary_of([*laps, lap(3, seen_corner(1, None, 0.2))]).corners) == 1


def test_of_a_very_long_circuit_the_dearest_corners_are_told() -> None:
    laps = [lap(k, *(seen_corner(number, None, 0.01 * number) for number in range(1, 74))) for k in range(1, 4)]
    told = summary_of(laps).corners
    assert [row.name for row in told] == [f"Turn {number}" for number in range(73, 73 - CORNERS_TOLD, -1)]


@pytest.mark.parametrize(
    ("rule", "reference"),
    [
        ("given: lime-rock-mx5-intermediate", "the given lap, 1:02.823"),
        ("your best lap of all days: mine.parquet", "your best lap of all days, 1:02.823"),
        (f"{CHOSEN}Qualifying of Ann", "Qualifying of Ann, 1:02.823"),
    ],
)
def test_the_reference_is_called_as_on_the_overlay(rule: str, reference: str) -> None:
    made = summary_of([], rule=rule, running=RUNNING)
    assert made.reference == reference


def test_a_topics_card_quotes_its_newest_cue_as_it_was_said() -> None:
    """What it would say now may be something else; a call of the same name tells what has happened and asks for nothing."""
    state, notes, topic = State(CueSettings(), SessionInfo("")), SessionNotes(), entry(2, Cause.LOCKUP)
    topic.cued(4)
    topic.cued(5)
    state.topics.entries.append(topic)
    cue = Event(EventKind.CUE, 100.0, corner=2, cause="lockup", state="spoken", gain_s=0.2)
    for said in (
        replace(cue, text="Turn 2: ease the brake a lot."),
        replace(cue, text="Turn 2: ease the brake, 5 metres."),
        replace(cue, text="Turn 2: never said.", state="dropped"),
        replace(cue, text="Wheels locked.", gain_s=float("nan")),
        replace(cue, text="Turn 3: another corner.", corner=3),
    ):
        notes.event(said)
    (row,) = notes.summary(state, date(2026, 11, 28)).topics
    assert (row.corner_name, row.words, row.times_said) == ("Turn 2", "Ease the brake, 5 metres.", 2)


def test_without_a_reference_none_is_named() -> None:
    assert summary_of([]).reference == ""


def test_a_reference_that_no_lap_was_compared_with_is_not_the_summarys() -> None:
    """Chosen in the pits after the last lap, it had the laps shown against it, and the best of them drawn beside it."""
    state, notes = State(CueSettings(), SessionInfo("")), SessionNotes()
    chosen = replace(RUNNING, lap_time_s=61.0, time_s=np.array([0.0, 29.0, 61.0]))
    recording = Recording(Path("none"), SessionInfo(""), 0, lambda _: None, frozenset())
    given = LapReport(recording, None, running=chosen, rule="given: theirs", track=TrackMap("", "", "", 2.0, 1.0, 1, 1, *[NOTHING] * 8, ()))
    state.report = given
    assert notes.summary(state, date(2026, 11, 28)).reference == ""
    driven = replace(RUNNING, lap_time_s=63.5, time_s=np.array([0.0, 30.5, 63.5]))
    compared = replace(
        given, lap=Lap(1, LapKind.TIMED, 0, 1, 0.0, 63.5), running=RUNNING, own=driven, rule="your best lap of all days: mine"
    )
    notes.lap(compared)
    state.report = replace(compared, running=chosen, rule=given.rule)
    made = notes.summary(state, date(2026, 11, 28))
    assert made.reference == "your best lap of all days, 1:02.823"
    assert made.review is not None
    assert made.review.delta_s == pytest.approx([0.0, 0.5, 63.5 - 62.823])
