"""What the live coach asks of the voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from coach.cues.settings import CueSettings
from coach.events import CueState, Event, EventKind, ToneState
from coach.live.report import LapReport
from coach.session import LapDone
from coach.telemetry.recording import Recording, SessionInfo, recording_from_columns
from coach.wording.spoken import calls
from overlay.live_coach import Inline, LiveCoach


class Analyst:
    """Finds nothing."""

    settings = CueSettings()

    def add(self, recording: Recording) -> LapReport:
        return LapReport(recording, None)


class Forgetful:
    """Ready to say what it was asked to render since it last forgot everything."""

    tones_only = False

    def __init__(self) -> None:
        self.ready: set[str] = set()

    def length_s(self, text: str, timeout_s: float) -> float | None:
        self.ready.add(text)
        return 1.0

    def say(self, text: str) -> str:
        return "" if text in self.ready else "not ready"

    def tone(self, tone: ToneState, in_s: float) -> str:
        return ""


def coach_of(voice: Forgetful, heard: list[Event]) -> LiveCoach:
    coach = LiveCoach(CueSettings(), Analyst, voice, heard=heard.append, lap=lambda _: None, work=Inline())
    coach.session(SessionInfo("live"))
    return coach


def test_calls_are_ready_on_every_lap_though_the_voice_forgets() -> None:
    voice = Forgetful()
    coach = coach_of(voice, [])
    for _ in range(2):
        voice.ready.clear()
        coach._finish(LapDone(recording_from_columns(Path("live"), SessionInfo("live"), {"speed_mps": np.ones(1)})))
        assert set(calls()) <= voice.ready


def test_a_cue_that_is_planned_again_is_said_though_the_voice_forgot_it() -> None:
    voice, heard = Forgetful(), list[Event]()
    coach = coach_of(voice, heard)
    for _ in range(2):
        voice.ready.clear()
        for fate in (CueState.PLANNED, CueState.SPOKEN):
            coach._hear(Event(EventKind.CUE, 1.0, 1, 100.0, text="Brake later.", state=fate.value), coach.state)
        coach.state.clips_s["Brake later."] = 1.0
    assert [event.reason for event in heard if event.state == CueState.SPOKEN.value] == ["", ""]
