from __future__ import annotations

import irsdk
import numpy as np
import pytest

from coach.errors import BadInput
from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.live import LiveDrive
from coach.sim.output import made_from
from coach.telemetry.channels import CHANNELS, Where
from coach.telemetry.frame import Frame
from coach.telemetry.sources.iracing_live import Connected, IracingLive, SessionChanged
from tests.coach.sim.made import LAPS, SPEED_MPS, columns, made


@pytest.fixture
def drive(tmp_path):
    with LiveDrive(made(), tmp_path / "live.bin") as drive:
        yield drive


@pytest.fixture
def sdk(tmp_path, drive):
    sdk = irsdk.IRSDK()
    assert sdk.startup(test_file=str(tmp_path / "live.bin"))
    yield sdk
    sdk.shutdown()


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time_s = 1000.0

    def now(self) -> float:
        return self.time_s

    def sleep(self, seconds: float) -> None:
        self.time_s += seconds


def test_pyirsdk_reads_every_tick(drive, sdk):
    stations = columns()["lap_dist_m"]
    for row in range(20):
        drive.step()
        sdk.freeze_var_buffer_latest()
        assert sdk["LapDist"] == np.float32(stations[row])
        assert sdk["Speed"] == SPEED_MPS
        assert sdk["SessionTick"] == columns()["session_tick"][row]


def test_live_only_channels_are_in_and_disk_only_ones_out(drive, sdk):
    drive.step()
    names = set(sdk.var_headers_names)
    assert {"CarLeftRight", "IsReplayPlaying", "CarIdxLapDistPct"} <= names
    assert not names & {channel.iracing for channel in CHANNELS if channel.where is Where.DISK}


def test_the_field_is_the_player_alone(drive, sdk):
    drive.step(100)
    sdk.freeze_var_buffer_latest()
    assert sdk["CarIdxLapDistPct"][0] == np.float32(columns()["lap_dist_frac"][99])
    assert set(sdk["CarIdxLapDistPct"][1:]) == {-1.0}
    assert sdk["CarIdxTrackSurface"][:2] == [3, -1]


def test_session_text_is_published_anew_when_a_lap_becomes_official(drive, sdk):
    drive.step()
    before = sdk._header.session_info_update
    assert not sdk["SessionInfo"]["Sessions"][0]["ResultsPositions"]
    drive.step(drive.n_ticks)
    assert sdk._header.session_info_update == before + LAPS
    assert sdk["SessionInfo"]["Sessions"][0]["ResultsPositions"][0]["LapsComplete"] == LAPS


def test_image_says_that_it_is_simulated(drive, sdk):
    drive.step()
    assert sdk["RacingCoach"]["Simulated"] == 1
    assert sdk["DriverInfo"]["Drivers"][0]["CarPath"] == "racing-coach mx5"


def test_dropped_ticks_are_missing_from_the_count(tmp_path):
    kept = np.delete(np.arange(len(columns()["speed_mps"])), [10, 11])
    holed = {name: column[kept] for name, column in columns().items()}
    with LiveDrive(made_from(holed, (), load_circuit("lime-rock"), load_car("mx5"), "expert"), tmp_path / "live.bin") as drive:
        drive.step(10)
        before = drive.image.tick
        drive.step()
        assert drive.image.tick == before + 3


def test_our_live_adapter_follows_a_drive_from_connection_to_end(tmp_path, drive):
    live = IracingLive(tmp_path / "live.bin")
    drive.step()
    seen = list(live.poll(0.0))
    for tick in range(1, 200):
        drive.step()
        seen += live.poll(tick / 60.0)
    connected = next(event for event in seen if isinstance(event, Connected))
    assert connected.session.parse().simulated
    live.close()
    assert sum(isinstance(event, Frame) for event in seen) == 198  # the first two ticks show that the simulator is alive
    assert not any(isinstance(event, SessionChanged) for event in seen)


@pytest.mark.parametrize("speed", [1.0, 8.0])
def test_pace_is_the_one_asked_for(drive, speed):
    clock = Clock()
    drive.play(speed, clock.now, clock.sleep)
    assert clock.time_s - 1000.0 == pytest.approx((drive.n_ticks - 1) / 60.0 / speed, abs=1e-6)
    assert drive.next_row == drive.n_ticks


def test_ticks_that_are_late_follow_at_once_and_none_is_left_out(drive):
    clock = Clock()
    ticks = []
    original = drive.image.commit
    drive.image.commit = lambda **kwargs: (ticks.append(clock.time_s), original(**kwargs))

    def slow_sleep(seconds: float) -> None:
        clock.time_s += max(seconds, 0.1)  # as a busy machine

    drive.play(1.0, clock.now, slow_sleep)
    assert len(ticks) == drive.n_ticks
    assert ticks[-1] - 1000.0 == pytest.approx((drive.n_ticks - 1) / 60.0, abs=0.11)


def test_reader_sets_the_pace(drive):
    answers = []
    drive.follow(["5\n", "\n", "1000000\n", "5\n"], answers.append)
    assert answers == ["5", "6", "end"]


def test_order_that_is_no_number_is_refused(drive):
    with pytest.raises(BadInput, match="no number of ticks"):
        drive.follow(["go\n"], print)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_speed_that_is_none_is_refused(drive, speed):
    with pytest.raises(BadInput, match="--speed"):
        drive.play(speed)


def test_status_drops_when_the_drive_is_over(tmp_path, sdk, drive):
    drive.step()
    assert sdk._header.status == 1
    drive.close()
    assert sdk._header.status == 0


@pytest.mark.skipif("os.name == 'nt'", reason="Windows has named shared memory")
def test_named_shared_memory_is_refused_where_there_is_none():
    with pytest.raises(BadInput, match="Windows"):
        LiveDrive(made(), None)
