from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from coach.compare.study import open_drive
from coach.cues.settings import CueSettings
from coach.laps.resample import trace_lap
from coach.live.recorder import LEAD_TICKS, Recorder, recording_of
from coach.replay import frames_of
from coach.session import LapDone, State, step
from coach.telemetry.channels import LIVE_CHANNELS
from coach.telemetry.recording import SessionInfo
from coach.telemetry.sources import open_recording
from tests.coach.laps.drives import LENGTH_M, drive, recording
from tests.coach.live.frames import frame
from tests.recordings import RECORDINGS, needs_recordings

SESSION = SessionInfo(source="test")


def recorded_laps(whole):
    state = State(CueSettings(), whole.session)
    outputs = [output for tick in frames_of(whole) for output in step(tick, state)]
    return [output.recording for output in outputs if isinstance(output, LapDone)]


def same_trace(whole, laps, length_m):
    """Each lap given out has the time and the trace that the whole drive has for it."""
    timed = {lap.number: lap for lap in open_drive(whole).timed}
    assert laps
    for recorded in laps:
        lap = open_drive(recorded).timed[-1]
        expected = timed[lap.number]
        assert lap.lap_time_s == pytest.approx(expected.lap_time_s, abs=1e-6)
        assert lap.reasons == expected.reasons
        mine, theirs = (trace_lap(one, it, length_m) for one, it in ((recorded, lap), (whole, expected)))
        inside = slice(mine.start, mine.stop)
        for name in ("time_s", "speed_mps", "brake_frac", "throttle_frac"):
            other = theirs.grid[name][theirs.start : theirs.stop]
            offset = theirs.grid["time_s"][theirs.start] - mine.grid["time_s"][mine.start] if name == "time_s" else 0.0
            assert mine.grid[name][inside] + offset == pytest.approx(other, abs=1e-6, nan_ok=True), name


def test_laps_given_out_are_those_of_the_whole_drive():
    whole = recording(drive(laps=4.2, begin=0.6))
    laps = recorded_laps(whole)
    assert len(laps) == 3
    same_trace(whole, laps, LENGTH_M)


@needs_recordings
@pytest.mark.parametrize("name", ["mx5_okayama_short_driver_a.csv.gz", "silverado_bristol.ibt", "formula_vee_tsukuba_1k.ibt"])
def test_laps_given_out_are_those_of_the_recording(name):
    from coach.laps.length import track_length_of

    whole = open_recording(RECORDINGS / name)
    same_trace(whole, recorded_laps(whole), track_length_of(whole))


def filled(ticks: int, capacity: int = 2000) -> Recorder:
    recorder = Recorder(capacity)
    for i in range(ticks):
        recorder.add(frame(session_time_s=float(i)))
    return recorder


def test_the_lead_of_the_next_lap_stays():
    recorder = filled(1500)
    first = recorder.take(SESSION, 120)
    assert first.column("session_time_s").tolist() == list(range(1500))
    second = recorder.take(SESSION, 120)
    assert second.column("session_time_s").tolist() == list(range(1500 - 120 - LEAD_TICKS, 1500))


def test_a_lap_beyond_the_block_is_given_up_and_the_newest_ticks_stay():
    taken = filled(2001).take(SESSION, 0).column("session_time_s")
    assert taken.tolist() == list(range(2000 - LEAD_TICKS, 2001))


def test_what_was_forgotten_is_in_no_lap():
    recorder = filled(100)
    recorder.forget()
    recorder.add(frame(session_time_s=500.0))
    assert recorder.take(SESSION, 0).column("session_time_s").tolist() == [500.0]


def test_a_recording_given_out_does_not_change_afterwards():
    recorder = filled(10)
    taken = recorder.take(SESSION, 0)
    for _ in range(20):
        recorder.add(frame(session_time_s=-1.0))
    assert taken.column("session_time_s").tolist() == list(range(10))


def test_a_lap_is_given_out_without_another_copy_of_the_block():
    recorder = filled(2000)
    tracemalloc.start()
    taken = recorder.take(SESSION, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(taken.available) < len(LIVE_CHANNELS) / 2
    assert peak < recorder._block.nbytes


def test_channels_that_never_had_a_number_are_absent():
    ticks = np.full((3, len(LIVE_CHANNELS)), np.nan)
    ticks[:, 0] = 1.0
    made = recording_of(ticks, SESSION)
    assert made.available == {LIVE_CHANNELS[0].name}
    assert np.isnan(made.column("speed_mps")).all()


def test_a_lap_that_a_jump_broke_is_not_given_out():
    columns = drive(laps=3.2, begin=0.6)
    at = 4000
    columns["lap_dist_frac"][at:] = np.mod(columns["lap_dist_frac"][at:] + 0.4, 1.0)
    columns["lap_dist_m"] = columns["lap_dist_frac"] * LENGTH_M
    whole = recording(columns)
    broken = columns["session_time_s"][at]
    for lap in recorded_laps(whole):
        assert broken not in lap.column("session_time_s")[1:]
