from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import irsdk
import numpy as np
import pytest

from coach.telemetry.channels import LIVE_CHANNELS
from coach.telemetry.frame import INDEX, Frame
from coach.telemetry.ibt_layout import VarType
from coach.telemetry.memory_image import MemoryImage, live_variables
from coach.telemetry.sources import iracing_memory
from coach.telemetry.sources.iracing_live import Connected, Disconnected, Dropped, IracingLive, SessionChanged, stream
from coach.telemetry.sources.iracing_memory import IracingMemory, own_text
from tests.coach.telemetry.live_writer import session_text, write_tick
from tests.recordings import RECORDINGS, needs_recordings

REAL = ("w13_monza_live_memory.bin", "skip_barber_longbeach_live_memory.bin")
TICK_S = 1 / 60


class Rig:
    """An adapter on a file, with a clock that the test moves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.live = IracingLive(path)
        self.now_s = 100.0

    def poll(self, after_s: float = TICK_S):
        self.now_s += after_s
        return self.live.poll(self.now_s)

    def ticks(self, image: MemoryImage, n: int):
        """n ticks, each polled."""
        events = []
        for _ in range(n):
            write_tick(image)
            events += self.poll()
        return events

    def connect(self, image: MemoryImage):
        write_tick(image)
        return self.poll(2.0) + self.ticks(image, 2)


@pytest.fixture
def rig(tmp_path):
    rig = Rig(tmp_path / "live.bin")
    yield rig
    rig.live.close()


@pytest.fixture
def image(rig):
    with MemoryImage(rig.path, live_variables(), session_text()) as image:
        write_tick(image)
        yield image


def kinds(events):
    return [type(event).__name__ for event in events]


def frames(events):
    return [event for event in events if isinstance(event, Frame)]


# connecting


def test_waits_without_complaint_for_a_simulator_that_is_not_there(rig):
    assert [rig.poll(1.0) for _ in range(5)] == [[]] * 5
    assert not rig.live.connected


@pytest.mark.parametrize("content", [b"", b"x", bytes(112), b"\xff" * 4096, bytes(2_000_000)])
def test_waits_while_the_memory_makes_no_sense(rig, content):
    rig.path.write_bytes(content)
    assert [rig.poll(1.0) for _ in range(3)] == [[]] * 3


def test_connects_when_ticks_advance_and_says_what_is_missing(rig, image):
    first, second, *_ = rig.connect(image)

    assert isinstance(first, Connected)
    assert first.session.parse().track_id == "okayama short"
    assert first.missing == frozenset()
    assert isinstance(second, Frame)
    assert second["speed_mps"] == image.tick


def test_connects_to_a_simulator_that_starts_later(rig):
    assert rig.poll() == []
    with MemoryImage(rig.path, live_variables(), session_text()) as image:
        write_tick(image)
        assert kinds(rig.connect(image)) == ["Connected", "Frame"]


def test_does_not_connect_to_memory_that_a_dead_simulator_left_behind(rig, image):
    assert [rig.poll(0.3) for _ in range(20)] == [[]] * 20


def test_asks_for_the_simulator_once_a_second(rig, monkeypatch):
    asked = []
    monkeypatch.setattr(iracing_memory, "_started", lambda image: asked.append(image) or _raise())
    for _ in range(120):
        rig.poll()
    assert len(asked) == 2


def _raise():
    raise iracing_memory.Unusable("not there")


# ticks


def test_every_tick_becomes_a_frame_in_order(rig, image):
    rig.connect(image)
    assert [frame.tick for frame in rig.ticks(image, 50)] == list(range(image.tick - 49, image.tick + 1))


def test_nothing_new_gives_no_event(rig, image):
    rig.connect(image)
    assert rig.poll(0.001) == []


def test_a_late_poll_still_finds_the_last_three_ticks(rig, image):
    rig.connect(image)
    for _ in range(3):
        write_tick(image)
    assert [event.tick for event in rig.poll()] == [image.tick - 2, image.tick - 1, image.tick]


def test_ticks_lost_are_counted(rig, image):
    rig.connect(image)
    for _ in range(10):
        write_tick(image)
    assert rig.poll()[0] == Dropped(7)
    image.commit(skip=4)
    assert rig.poll()[0] == Dropped(4)


def test_a_build_without_begin_marks_never_gives_the_buffer_written_next(rig):
    with MemoryImage(rig.path, live_variables(), session_text(), marks_begin=False) as image:
        write_tick(image)
        rig.connect(image)
        for _ in range(3):
            write_tick(image)
        assert kinds(rig.poll()) == ["Dropped", "Frame", "Frame"]


def test_a_tick_being_overwritten_is_not_read(rig, image):
    rig.connect(image)
    write_tick(image)
    memory = IracingMemory(rig.path)
    buffer = memory.ticks().index(image.tick)
    assert memory.read(buffer, image.tick) is not None
    iracing_memory._INT.pack_into(image._memory, 48 + 16 * buffer + 8, image.tick + 3)  # as the writer does before it begins
    assert memory.read(buffer, image.tick) is None
    assert rig.poll() == []
    memory.close()


def test_the_tick_count_may_wrap(rig):
    with MemoryImage(rig.path, live_variables(), session_text(), first_tick=2**31 - 4) as image:
        image.commit()
        rig.poll()
        events = []
        for _ in range(6):
            image.commit()
            events += rig.poll()
    assert [frame.tick for frame in frames(events)] == [2**31 - 2, 2**31 - 1, -(2**31), -(2**31) + 1, -(2**31) + 2]


# frames


def test_frames_are_clamped_and_ours_to_keep(rig, image):
    rig.connect(image)
    image.write({"BrakeRaw": -1e-7, "Throttle": 1.0000001, "SteeringWheelAngle": -2.5, "BrakeABSactive": True})
    (frame,) = rig.poll()
    image.write({"SteeringWheelAngle": 1.0})

    assert (frame["brake_raw_frac"], frame["throttle_frac"], frame["steer_rad"], frame["abs_active"]) == (0.0, 1.0, -2.5, 1.0)
    with pytest.raises(ValueError, match="read-only"):
        frame.values[0] = 1.0


def test_a_missing_variable_is_nan(rig):
    with MemoryImage(rig.path, live_variables(without=["BrakeABSactive", "WindDir"]), session_text()) as image:
        write_tick(image)
        connected, frame = rig.connect(image)
    assert connected.missing == {"abs_active", "wind_dir_rad"}
    assert np.isnan(frame["abs_active"])
    assert not frame.has("wind_dir_rad")
    assert frame.has("speed_mps")


def test_several_samples_of_a_tick_give_the_last_one(rig):
    """The layout of a real image with 360 Hz logging: YawRate holds six samples, the newest last."""
    variables = [v._replace(n_items=6, as_time=True) if v.name == "YawRate" else v for v in live_variables()]
    with MemoryImage(rig.path, variables, session_text()) as image:
        write_tick(image)
        rig.connect(image)
        image.write({"YawRate": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]})
        (frame,) = rig.poll()
    assert frame["yaw_rate_radps"] == pytest.approx(0.6)


@pytest.mark.parametrize("change", [{"code": 9}, {"n_items": 64}, {"code": VarType.CHAR}])
def test_a_variable_of_a_kind_we_cannot_use_counts_as_missing(rig, change):
    """One whose type is unknown, that holds a value per car, or that is text."""
    image = MemoryImage(rig.path, live_variables(), session_text())
    header = 524_400 + 144 * [v.name for v in live_variables()].index("RPM")
    field = {"code": 0, "n_items": 8}[next(iter(change))]
    iracing_memory._INT.pack_into(image._memory, header + field, next(iter(change.values())))
    write_tick(image)
    connected, _ = rig.connect(image)
    image.close()
    assert connected.missing == {"rpm"}


# losing and finding again


def test_a_simulator_that_closes_ends_the_connection_and_is_found_again(rig, image):
    rig.connect(image)
    image.disconnect()
    assert rig.poll() == [Disconnected("the simulator has closed")]
    assert rig.poll() == []
    assert not rig.live.connected

    assert kinds(rig.connect(image)) == ["Connected", "Frame"]


def test_a_simulator_that_dies_is_noticed_within_a_second_of_silence(rig, image):
    rig.connect(image)
    assert rig.poll(0.95) == []
    assert rig.poll(0.1) == [Disconnected("the simulator has stopped publishing ticks")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a mapped file from being replaced")
def test_a_file_made_anew_under_the_reader_is_found(rig, image):
    rig.connect(image)
    rig.path.unlink()
    with MemoryImage(rig.path, live_variables(), session_text(track="fuji")) as other:
        write_tick(other)
        assert kinds(rig.poll(1.1)) == ["Disconnected"]
        connected, _ = rig.connect(other)
    assert connected.session.parse().track_id == "fuji"


def test_another_layout_starts_the_connection_again(rig, image):
    rig.connect(image)
    image.reset(live_variables(without=["RPM"]), session_text(), first_tick=image.tick + 1)
    write_tick(image)

    assert rig.poll() == [Disconnected("the simulator changed its variables")]
    connected, frame = rig.connect(image)
    assert connected.missing == {"rpm"}
    assert frame["speed_mps"] == image.tick


def test_variables_exchanged_within_one_size_are_noticed_with_the_session_text(rig, image):
    rig.connect(image)
    variables = live_variables()
    i, k = ([v.name for v in variables].index(name) for name in ("Speed", "RPM"))
    variables[i], variables[k] = variables[k], variables[i]
    image.reset(variables, session_text(), first_tick=image.tick + 1)

    assert rig.ticks(image, 2)[-1] == Disconnected("the simulator changed its variables")


def test_a_tick_count_that_begins_again_starts_the_connection_again(rig, image):
    rig.connect(image)
    rig.ticks(image, 20)
    image.reset(live_variables(), session_text())
    write_tick(image)
    assert rig.poll() == [Disconnected("the simulator has started anew")]
    assert kinds(rig.connect(image)) == ["Connected", "Frame"]


def test_closing_leaves_nothing_behind_and_a_poll_connects_again(rig, image):
    rig.connect(image)
    rig.live.close()
    assert kinds(rig.connect(image)) == ["Connected", "Frame"]


# sessions


def test_another_session_number_is_a_session_change(rig, image):
    rig.connect(image)
    image.write({"SessionNum": 1})
    changed, frame = rig.poll()
    assert isinstance(changed, SessionChanged)
    assert changed.session.parse().session_type == "Race"
    assert frame["session_num"] == 1


def test_another_track_is_a_session_change_once_the_text_holds_still(rig, image):
    rig.connect(image)
    image.set_session_text(session_text(track="lime rock"))
    events = rig.ticks(image, 3)
    assert kinds(events) == ["Frame", "SessionChanged", "Frame", "Frame"]
    assert events[1].session.parse().track_id == "lime rock"


def test_a_text_that_changed_only_for_others_is_no_session_change(rig, image):
    rig.connect(image)
    image.set_session_text(session_text().replace("Person 0", "Somebody").replace("CurDriverIncidentCount: 0", "CurDriverIncidentCount: 4"))
    assert kinds(rig.ticks(image, 5)) == ["Frame"] * 5


def test_more_cars_than_64_change_nothing(rig):
    with MemoryImage(rig.path, live_variables(cars=100), session_text(cars=100, own=99)) as image:
        write_tick(image)
        connected, frame = rig.connect(image)
    assert connected.session.parse(keep_player_name=True).player_name == "Person 99"
    assert frame["speed_mps"] == image.tick


def test_nobody_but_the_player_is_in_the_session_text(rig, image):
    raw = own_text(session_text(cars=70, own=7).encode())
    assert b"Person 7\n" in raw
    assert raw.count(b"UserName") == 1
    assert raw.count(b"UserID") == 2  # the player's, in the header and in the own entry


@pytest.mark.parametrize(
    "raw", [b"", b"---\n", b"DriverInfo:\n", b"\xff\x00:\n\n", b"DriverInfo:\n DriverCarIdx: x\n Drivers:\n - CarIdx: 1\n"]
)
def test_a_damaged_session_text_is_cut_without_complaint(raw):
    assert b"UserName" not in own_text(raw)


# real images, through the same pyirsdk


@needs_recordings
@pytest.mark.parametrize("name", REAL)
def test_a_real_image_reads_as_pyirsdk_reads_it(name):
    memory = IracingMemory(RECORDINGS / name)
    tick = max(memory.ticks())
    frame = memory.read(memory.ticks().index(tick), tick)
    sdk = irsdk.IRSDK()
    sdk.startup(test_file=str(RECORDINGS / name))
    sdk.freeze_var_buffer_latest()
    expected = {c.name: sdk[c.iracing] for c in LIVE_CHANNELS if c.name not in memory.missing}
    sdk.shutdown()
    memory.close()

    assert len(expected) >= 54
    assert memory.missing <= {"dist_ahead_m", "dist_behind_m", "track_wetness"}  # newer than these builds
    for channel, value in expected.items():
        assert frame[channel] == (value[-1] if isinstance(value, list) else value), channel
    assert all(np.isnan(frame[channel]) for channel in memory.missing)


@needs_recordings
@pytest.mark.parametrize("name", REAL)
def test_a_real_image_that_comes_to_life_connects(name, rig):
    rig.path.write_bytes((RECORDINGS / name).read_bytes())
    assert rig.poll() == []
    events = []
    with rig.path.open("r+b") as file:
        for tick in range(3000, 3006):
            file.seek(48 + 16 * (tick % 3))
            file.write(tick.to_bytes(4, "little"))
            file.flush()
            events += rig.poll()
    assert kinds(events)[:2] == ["Connected", "Frame"]
    session = events[0].session.parse()
    assert session.car_id in {"mercedesw13", "rt2000"}
    assert session.player_name == ""


# a writer in another process


class Writer:
    def __init__(self, path: Path, cars: int = 64, first_tick: int = 1) -> None:
        command = [sys.executable, "-m", "tests.coach.telemetry.live_writer", str(path), str(cars), str(first_tick)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3], bufsize=1
        )
        assert self.process.stdout.readline() == "done\n"

    def tell(self, command: str, *, wait: bool = True) -> None:
        self.process.stdin.write(command + "\n")
        if wait:
            assert self.process.stdout.readline() == "done\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def test_a_writer_in_another_process_may_come_go_and_come_back_with_another_layout(rig):
    rig.poll()
    first = Writer(rig.path)
    try:
        first.tell("tick 1")
        assert rig.poll(1.1) == []
        first.tell("tick 1")
        rig.poll()
        first.tell("tick 1")
        assert kinds(rig.poll()) == ["Connected", "Frame"]
    finally:
        first.kill()  # leaves the status at connected
    assert kinds(rig.poll(1.1)) == ["Disconnected"]
    assert rig.poll(1.1) == []  # what the dead writer left behind is mapped again, and still silent

    second = Writer(rig.path, cars=80, first_tick=500)
    try:
        second.tell("tick 1")
        assert rig.poll() == []  # the layout under it has changed
        events = rig.poll(1.1)
        for _ in range(3):
            second.tell("tick 1")
            events += rig.poll()
    finally:
        second.kill()
    assert kinds(events) == ["Connected", "Frame", "Frame"]
    assert events[-1].tick == 503


def test_a_running_writer_is_seen_whole_in_order_and_without_loss(rig):
    writer = Writer(rig.path)
    try:
        writer.tell("run 240 5.0", wait=False)
        until = time.monotonic() + 4.0
        events = []
        for event in stream(rig.live, lambda: time.monotonic() > until or len(events) > 200):
            events.append(event)  # noqa: PERF402 - the loop stops by their number
    finally:
        writer.kill()
    seen = frames(events)
    lost = sum(event.ticks for event in events if isinstance(event, Dropped))
    values = np.array([frame.values for frame in seen])
    ticks = np.array([frame.tick for frame in seen])

    assert len(seen) > 100
    assert np.all(np.diff(ticks) > 0)
    assert ticks[-1] - ticks[0] + 1 == len(seen) + lost
    for name in ("session_tick", "speed_mps", "rpm", "lap_dist_m"):  # no mixture of two ticks
        np.testing.assert_array_equal(values[:, INDEX[name]], ticks)


def test_polling_is_not_faster_than_it_must(rig, monkeypatch):
    with MemoryImage(rig.path, live_variables(), session_text()) as image:
        write_tick(image)
        rig.connect(image)
        slept = []
        monkeypatch.setattr(time, "sleep", slept.append)
        rig.live.wait(rig.now_s)
        rig.live.wait(rig.now_s + 0.017)
        rig.live.close()
        rig.live.wait(rig.now_s)
        rig.poll(0.0)
    assert slept[0] == pytest.approx(0.95 / 60)  # most of a tick, then in small steps
    assert slept[1] == pytest.approx(0.001)


@pytest.mark.skipif(sys.platform == "win32", reason="there the simulator's own shared memory is asked for")
def test_where_there_is_no_simulator_it_waits_quietly(capsys):
    live = IracingLive()
    assert [live.poll(float(now)) for now in range(3)] == [[]] * 3
    assert capsys.readouterr().out == ""


def test_damage_anywhere_in_the_headers_ends_in_events_not_in_errors(rig):
    rng = np.random.default_rng(7)
    for _ in range(150):
        with MemoryImage(rig.path, live_variables(), session_text()) as image:
            write_tick(image)
            rig.poll(2.0)
            rig.ticks(image, 2)
            for at in rng.choice(np.r_[0:112, 112:600, 524_400 : 524_400 + 144 * 20], 6):
                image._memory[int(at)] = int(rng.integers(256))
            events = rig.ticks(image, 3)
            rig.poll(2.0)
            events += rig.ticks(image, 3)
        assert all(isinstance(event, (Connected, SessionChanged, Dropped, Disconnected, Frame)) for event in events)
