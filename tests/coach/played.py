"""A recording driven through the engine, and what the frames themselves say about every cue that was spoken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.cues.road import steady_lateral
from coach.cues.settings import CueSettings, Style, settings_for
from coach.events import SAID, CueState, Event, EventKind
from coach.live.analyst import Analyst
from coach.replay import frames_of, replay
from coach.session import State
from coach.telemetry.recording import Recording

SETTLED = SAID | {CueState.DROPPED.value}
BRAKING, TURNING_MPS2 = 0.05, 3.0
FLICKER_S = 0.3  # a shorter spell of turning is no corner


@dataclass(frozen=True)
class Played:
    """Events of a whole recording, and the state afterwards."""

    recording: Recording
    events: list[Event]
    state: State

    @property
    def settings(self) -> CueSettings:
        return self.state.settings

    def of(self, kind: EventKind, *states: str) -> list[Event]:
        return [event for event in self.events if event.kind is kind and (not states or event.state in states)]

    @property
    def spoken(self) -> list[Event]:
        return self.of(EventKind.CUE, *SAID)

    @property
    def time_s(self):
        return self.recording.column("session_time_s")

    @property
    def braking(self) -> BoolArray:
        pedals = [np.nan_to_num(self.recording.column(name)) for name in ("brake_frac", "brake_raw_frac")]
        return np.asarray(np.maximum(*pedals) > BRAKING)

    @property
    def busy(self) -> BoolArray:
        """Braking or turning, tick by tick; turning is not known where the source has no yaw rate."""
        return self.braking | (np.abs(steady_lateral(self.lateral_mps2, self.time_s)) > TURNING_MPS2)

    @property
    def lateral_mps2(self) -> FloatArray:
        return np.nan_to_num(self.recording.column("speed_mps") * self.recording.column("yaw_rate_radps"))

    def busy_at(self, cue: Event) -> bool:
        """Braking or turning when the clip began; hands that only tremble turn nothing, and a corner just left is over."""
        tick = int(np.searchsorted(self.time_s, cue.t_s))
        return bool(self.busy[tick] and (self.braking[tick] or abs(self.lateral_mps2[tick]) > TURNING_MPS2))

    def to_next_action_s(self, cue: Event) -> float:
        """From the end of a clip to the next touch of the brake, or the next corner: negative when it was before the end."""
        time, after = self.time_s, cue.t_s
        busy = self.busy & (time > after)
        starts = np.flatnonzero(np.diff(np.concatenate(([False], busy, [False])).astype(np.int8)) == 1)
        ends = np.flatnonzero(np.diff(np.concatenate(([False], busy, [False])).astype(np.int8)) == -1)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if time[min(end, time.size - 1)] - time[start] >= FLICKER_S:
                return float(time[start]) - (cue.t_s + cue.spoken_s)
        return np.inf


def play(recording: Recording, style: Style = Style.TALKATIVE, *, heard_after_s: float = 0.0, **overrides: float) -> Played:
    settings = settings_for(style, overrides=overrides)
    state = State(settings, recording.session, heard_after_s=heard_after_s)
    return Played(recording, list(replay(frames_of(recording), state, Analyst(settings))), state)
