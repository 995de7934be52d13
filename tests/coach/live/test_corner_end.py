"""Detection while driving: the same events as on the finished laps, told once, at the corner."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coach.compare.study import Drive, Study, open_drive, prepare
from coach.cues.settings import CueSettings
from coach.detect.baseline import Baseline, learn_baseline
from coach.detect.detect import AT_LAPS_END, detect_lap
from coach.events import Event, EventKind
from coach.live.delta import running_reference
from coach.live.report import LapReport
from coach.replay import frames_of
from coach.session import State, step
from coach.telemetry.recording import Recording
from tests.coach.drives import SIMULATED, simulated
from tests.recordings import COMPLETE_LAPS, needs_recordings
from tests.replay.streams import recording_of

pytestmark = pytest.mark.xdist_group("session")  # the drives are made once
ALL = ["demo", *SIMULATED, *(pytest.param(name, marks=needs_recordings) for name in COMPLETE_LAPS)]
TOLD_WITHIN_S = 20.0  # a long straight or a chain of corners may lie between


def watched(recording: Recording, study: Study, drive: Drive, baseline: Baseline) -> list[Event]:
    """What is told with that baseline known from the first tick on."""
    lap = study.lap(drive, (drive.clean or drive.timed)[0])
    state = State(CueSettings(), recording.session)
    state.report = LapReport(recording, lap.lap, track=study.track, running=running_reference(lap.trace), baseline=baseline)
    told = [output for frame in frames_of(recording) for output in step(frame, state)]
    return [event for event in told if isinstance(event, Event) and event.kind is EventKind.DETECTION]


def touchy(baseline: Baseline) -> Baseline:
    """With a grip that ends at a third of the slip: much of every lap is a slide then."""
    axles = baseline.axles
    return replace(baseline, axles=replace(axles, front_peak_rad=0.3 * axles.front_peak_rad, rear_peak_rad=0.3 * axles.rear_peak_rad))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("change", [lambda baseline: baseline, touchy], ids=["as learned", "touchy"])
def test_what_is_told_while_driving_is_what_the_finished_laps_show(name, change):
    recording = recording_of(name)
    drive = open_drive(recording)
    study = prepare([drive])
    baseline = change(learn_baseline([study.lap(drive, lap).trace for lap in drive.clean or drive.timed]))
    whole = [
        (lap.number, one.kind.value, round(one.start_m), lap.start_s + one.end_s)
        for lap in drive.timed
        for one in detect_lap(study.lap(drive, lap).trace, baseline)
        if one.kind not in AT_LAPS_END
    ]
    told = watched(recording, study, drive, baseline)
    laps = {lap.number for lap in drive.timed}
    assert sorted(one[:3] for one in whole) == sorted((e.lap, e.cause, round(e.station_m)) for e in told if e.lap in laps)
    for number, kind, station_m, end_s in whole:
        (event,) = (e for e in told if (e.lap, e.cause, round(e.station_m)) == (number, kind, station_m))
        assert end_s < event.t_s < end_s + TOLD_WITHIN_S


def test_a_touchy_baseline_has_much_to_tell():
    """Or the test above compared nothing with nothing."""
    recording = simulated("okayama_mx5")
    drive = open_drive(recording)
    study = prepare([drive])
    baseline = touchy(learn_baseline([study.lap(drive, lap).trace for lap in drive.clean]))
    assert len(watched(recording, study, drive, baseline)) > 50
