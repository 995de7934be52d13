"""Makes the snapshot that is on screen from the engine's state and events. It decides nothing and draws nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TypeVar

import numpy as np

from coach.cues.topics import TopicState
from coach.events import SAID, Event, EventKind
from coach.live.report import LapReport
from coach.live.silence import FIRST_LAP, NOT_DRIVING, OUT_LAP
from coach.session import WAITING, State, asked_for
from coach.telemetry.frame import Frame
from coach.track.map import TrackMap
from overlay.delta_trend import DeltaTrend
from overlay.display import beside_name, reference_name
from overlay.lap_losses import LapLosses
from overlay.pedal_traces import PedalTraces
from overlay.reminder import Reminder
from overlay.state import (
    SIMULATOR,
    CornerLoss,
    CueLine,
    CueState,
    Delta,
    Inputs,
    MapMark,
    MiniMap,
    Mode,
    Progress,
    Reference,
    Snapshot,
    Status,
    TrackShape,
)

T = TypeVar("T")
SHAPE_POINTS = 240
WORST = 3
TRACES_S = 1.5 / 60.0  # two ticks, and no third where their times are rounded
LISTS_HZ = 10.0  # status and corners are looked at: a corner begins, a reason for silence is over; events show at once
READ_S = 2.5  # a cue stays on screen this long after it was said


class SnapshotMaker:
    """Keeps the newest `snapshot`; a part that did not change stays the same object."""

    _clean_laps: int
    _track: TrackMap | None
    _shape: TrackShape | None
    _traces: PedalTraces | None
    _traced_s: float
    _listed_s: float
    _minimap: MiniMap | None
    _mapped: tuple[TrackShape, float, tuple[float | None, ...], tuple[MapMark, ...]] | None  # what it shows
    _shown: Inputs | None
    _cue: CueLine | None
    _spoken_until_s: float
    _last_cue: tuple[CueLine, float] | None  # and how long it takes to say
    _reminder: Reminder
    _trend: DeltaTrend
    _losses: LapLosses
    _marks: tuple[MapMark, ...]

    def __init__(self, laps_needed: int, simulator: str = SIMULATOR) -> None:
        self.snapshot = Snapshot(status=Status(simulator=simulator))
        self._laps_needed, self._simulator = laps_needed, simulator
        self._muted = False
        self._begin()

    def session(self) -> None:
        """Another car or track: nothing of the old one stays on screen."""
        self._begin()
        self.snapshot = Snapshot(status=Status(mode=Mode.WAITING_CAR, clean_laps_needed=self._laps_needed, muted=self._muted))

    def lost(self, why: str) -> None:
        """No simulator. The drive may go on: its clean laps count."""
        clean_laps = self._clean_laps
        self._begin()
        self._clean_laps = clean_laps
        status = Status(simulator=self._simulator, clean_laps_needed=self._laps_needed, notice=why, muted=self._muted)
        self.snapshot = Snapshot(status=status)

    def notice(self, text: str) -> None:
        """One line about trouble; empty when it is over."""
        self.snapshot = replace(self.snapshot, status=replace(self.snapshot.status, notice=text))

    def mute(self, muted: bool) -> None:
        """Whether the voice is muted, from here on."""
        self._muted = muted
        self.snapshot = replace(self.snapshot, status=replace(self.snapshot.status, muted=muted))

    def report(self, report: LapReport) -> None:
        """A lap was analyzed."""
        if report.lap is not None and report.lap.clean:
            self._clean_laps += 1
        self.know(report)

    def know(self, report: LapReport) -> None:
        """The track and the reference, from a lap's analysis."""
        self._listed_s = math.inf
        if report.track is not None and report.track is not self._track:
            self._track = report.track
            self._shape = _shape_of(report.track)
            self._traces = PedalTraces(report.track.length_m)
        running = report.running
        if running is not None and running.lap_time_s != (self.snapshot.reference.lap_time_s if self.snapshot.reference else None):
            self._trend.start()  # the delta steps with its reference
        if running is not None and self._traces is not None:
            station = np.arange(running.time_s.size - 1, dtype=np.float64) * running.step_m
            self._traces.set_reference(station, np.nan_to_num(running.brake_frac[:-1]), np.nan_to_num(running.throttle_frac[:-1]))
            self.snapshot = replace(self.snapshot, reference=Reference(reference_name(report.rule), report.rule, running.lap_time_s))

    def event(self, event: Event, state: State) -> None:
        """A cue goes on screen; a corner's loss into the table; at the line everything of the lap is cleared."""
        self._listed_s = math.inf  # status and corners may say something else now
        if event.kind is EventKind.CUE and event.state in SAID:
            corner = next((corner for corner in state.corners if corner.number == event.corner), None)
            name, turn_number = (corner.name, corner.turn_number) if corner else ("", "")
            line = CueLine(beside_name(event.text, name), turn_number, name, CueState.SPEAKING)
            self._last_cue = line, event.spoken_s
            self.show_again(event.t_s)
            if asked_for(event, state) is not None and state.road is not None:
                self._reminder.said(line, state.road.action_m[event.corner])
        elif event.kind is EventKind.JUMP or (event.kind is EventKind.TOPIC and event.state == TopicState.CLOSED.value):
            self._reminder.forget()  # the car was moved, or lost there
        elif event.kind is EventKind.CORNER:
            self._marks = _worst(state)

    def show_again(self, t_s: float) -> None:
        """The last cue, as if it were said now."""
        if self._last_cue is not None:
            line, spoken_s = self._last_cue
            self._spoken_until_s = t_s + spoken_s
            self._cue = replace(line, until_s=self._spoken_until_s + READ_S)

    def tick(self, frame: Frame, state: State) -> None:
        """The picture of this tick."""
        before, t_s = self.snapshot, state.place.t_s
        if not math.isfinite(t_s):
            return
        if state.lap != before.lap_number:
            self._losses.begin_lap()
            self._trend.start()  # the delta begins at zero again
        status, corners = before.status, before.corners
        if not self._listed_s <= t_s < self._listed_s + 1.0 / LISTS_HZ:
            status, corners = _same(status, self._status(state, status.notice)), _same(corners, _corners(state))
            self._listed_s = t_s
        self.snapshot = replace(
            before,
            time_s=t_s,
            in_car=_in_car(frame),
            status=status,
            delta=self._delta(state, t_s),
            cue=self._line(t_s, state),
            corners=corners,
            inputs=self._inputs(frame, state, t_s),
            minimap=self._map(frame, state),
            lap_number=state.lap,
            last_lap_s=None if math.isnan(state.last_s) else state.last_s,
            best_lap_s=None if math.isnan(state.best_s) else state.best_s,
        )

    def seat(self, frame: Frame) -> None:
        """Whether the driver is in the car, while nothing else is made of the ticks."""
        if self.snapshot.in_car != _in_car(frame):
            self.snapshot = replace(self.snapshot, in_car=_in_car(frame))

    def _begin(self) -> None:
        self._clean_laps = 0
        self._track = None
        self._shape = None
        self._traces = None
        self._traced_s = -math.inf
        self._listed_s = math.inf
        self._minimap, self._mapped = None, None
        self._shown = None
        self._cue = None
        self._last_cue = None
        self._spoken_until_s = -math.inf
        self._reminder = Reminder()
        self._trend, self._losses = DeltaTrend(), LapLosses()
        self._marks = ()

    def _status(self, state: State, notice: str) -> Status:
        silent = state.silent
        mode = Mode.SILENT
        if silent == NOT_DRIVING:
            mode = Mode.WAITING_CAR
        elif silent == WAITING or (silent in {FIRST_LAP, OUT_LAP} and state.report is None):
            mode = Mode.WAITING_LAP
        elif not silent:
            mode = Mode.COACHING if state.topics.to_cue() else Mode.LISTENING
        return Status(
            mode,
            silent if mode is Mode.SILENT else "",
            clean_laps=self._clean_laps,
            clean_laps_needed=self._laps_needed,
            notice=notice,
            muted=self._muted,
        )

    def _delta(self, state: State, t_s: float) -> Delta | None:
        if math.isnan(state.delta_s):
            self._trend.start()
            return None
        return Delta(state.delta_s, self._trend.take(state.delta_s, t_s), state.predicted_s)

    def _line(self, t_s: float, state: State) -> CueLine | None:
        place = state.place
        reminder = self._reminder.on(place.station_m, place.speed_mps, place.length_m)
        if self._cue is None or t_s > self._cue.until_s:
            self._cue = None
            return None if state.silent else reminder
        if self._cue.state is CueState.SPEAKING and t_s > self._spoken_until_s:
            self._cue = replace(self._cue, state=CueState.SHOWN)
        return self._cue

    def _inputs(self, frame: Frame, state: State, t_s: float) -> Inputs:
        brake, throttle = _pedal(frame, "brake"), _pedal(frame, "throttle")
        if self._traces is not None:
            self._traces.add(state.place.station_m % self._traces.track_length_m, brake, throttle)
        if self._shown is None or not 0.0 <= t_s - self._traced_s < TRACES_S:
            traces = None if self._traces is None else self._traces.around(state.place.station_m % self._traces.track_length_m)
            self._shown, self._traced_s = Inputs(brake, throttle, traces), t_s
        return self._shown

    def _map(self, frame: Frame, state: State) -> MiniMap | None:
        if self._shape is None:
            return None
        frac = frame["lap_dist_frac"] % 1.0
        self._losses.take(frac, state.delta_s, state.place.length_m)
        shown = self._shape, round(frac * 4 * SHAPE_POINTS) / (4 * SHAPE_POINTS), self._losses.s_per_m, self._marks
        if shown != self._mapped:
            self._mapped, self._minimap = shown, MiniMap(*shown)
        return self._minimap


def _same(before: T, now: T) -> T:
    """The old object where the new one says the same."""
    return before if before == now else now


def _in_car(frame: Frame) -> bool:
    return frame["is_on_track"] != 0.0 and frame["is_in_garage"] != 1.0


def _pedal(frame: Frame, name: str) -> float:
    raw = frame[f"{name}_raw_frac"]
    value = raw if math.isfinite(raw) else frame[f"{name}_frac"]
    return value if math.isfinite(value) else 0.0


def _corners(state: State) -> tuple[CornerLoss, ...]:
    index, station_m = state.corner_index, state.place.station_m
    rows = []
    for i, corner in enumerate(state.corners):
        progress = Progress.DONE if i < index else Progress.CURRENT if i == index and station_m >= corner.start_m else Progress.AHEAD
        lost_s = state.corner_losses_s.get(corner.number)
        rows.append(CornerLoss(corner.turn_number, corner.name, None if lost_s is None else round(lost_s, 2), progress))
    return tuple(rows)


def _worst(state: State) -> tuple[MapMark, ...]:
    """The corners that cost most so far on this lap."""
    lost = sorted(state.corner_losses_s.items(), key=lambda item: -item[1])[:WORST]
    marks = {corner.number: MapMark(corner.turn_number, corner.apex_m / state.place.length_m) for corner in state.corners}
    return tuple(marks[number] for number, seconds in lost if seconds > 0.0 and number in marks)


def _shape_of(track: TrackMap) -> TrackShape:
    at = np.linspace(0, track.x_m.size, SHAPE_POINTS, endpoint=False).astype(int)
    return TrackShape(tuple(track.x_m[at].tolist()), tuple(track.y_m[at].tolist()))
