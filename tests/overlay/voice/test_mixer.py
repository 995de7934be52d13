"""The mixer on a real sound server whose null output is recorded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from overlay.voice import devices
from overlay.voice.clip import RATE_HZ, clip_of
from overlay.voice.mixer import Mixer
from overlay.voice.notice import Notice, Notices, Trouble
from overlay.voice.output_test import run_output_test
from overlay.voice.playback import PlayState
from overlay.voice.tones import brake_tick
from tests.overlay.voice.conftest import OPENS_S
from tests.overlay.voice.sound_server import SoundServer, bursts

pytestmark = pytest.mark.xdist_group("sound")

# The budgets are 35/60 ms and 20 ms (tests/bench/test_voice_bench.py); other tests run beside this one.
GENEROUS_S = 0.150


def until(condition: Callable[[], bool], within_s: float = 20.0) -> bool:
    end_s = time.monotonic() + within_s
    while not condition() and time.monotonic() < end_s:
        time.sleep(0.02)
    return condition()


@contextmanager
def busy_process() -> Iterator[None]:
    """A thread that never rests and one at 60 Hz."""
    stop = threading.Event()

    def burn() -> None:
        number = 0
        while not stop.is_set():
            for _ in range(1000):
                number += 1

    def tick() -> None:
        while not stop.wait(1 / 60):
            sum(range(2000))

    threads = [threading.Thread(target=burn), threading.Thread(target=tick)]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join()


def test_clips_are_heard_whole_soon_and_on_time_beside_a_busy_thread(sound_server: SoundServer, mixer: Mixer) -> None:
    tick = brake_tick()
    with busy_process():
        recorder = sound_server.record()
        called_s, planned_s, playbacks = [], [], []
        for _ in range(8):
            called_s.append(mixer.now_s)
            playbacks.append(mixer.play(tick))
            time.sleep(0.25)
        for _ in range(8):
            planned_s.append(mixer.now_s + 0.2)
            playbacks.append(mixer.play(tick, planned_s[-1]))
            time.sleep(0.4)
        recording = recorder.stop()
    found = bursts(recording.sound)
    assert [each.state for each in playbacks] == [PlayState.DONE] * 16
    assert len(found) == 16
    heard_s = np.array([recording.onset_s(each) for each in found])
    assert np.median(heard_s[:8] - called_s) < GENEROUS_S
    assert np.median(np.abs(heard_s[8:] - planned_s)) < 0.020
    loud = int(np.sum(np.abs(tick.samples) > 1e-3))
    whole = [end - start for start, end in found]
    assert min(whole) >= loud, "samples are missing"
    played = [np.abs(recording.sound[start:end]).max() for start, end in found]
    assert played == pytest.approx([np.abs(tick.samples).max()] * 16, rel=0.02)


def test_a_late_plan_is_refused_at_once(mixer: Mixer) -> None:
    assert mixer.play(brake_tick(), mixer.now_s - 0.5).state is PlayState.LATE


def test_the_drivers_output_delay_is_taken_off(sound_server: SoundServer, mixer: Mixer) -> None:
    recorder = sound_server.record()
    mixer.output_delay_s = 0.2
    planned_s = mixer.now_s + 0.6
    mixer.play(brake_tick(), planned_s)
    time.sleep(0.7)
    mixer.output_delay_s = 0.0
    recording = recorder.stop()
    assert recording.onset_s(bursts(recording.sound)[0]) == pytest.approx(planned_s - 0.2, abs=0.05)


def test_volume_and_stop_reach_the_ear(sound_server: SoundServer, mixer: Mixer) -> None:
    mixer.volume, mixer.ducked = 0.8, 0.625
    recorder = sound_server.record()
    playback = mixer.play(clip_of("long", np.full(10 * RATE_HZ, 0.4, dtype=np.float32)))
    time.sleep(0.5)
    mixer.stop()
    mixer.volume = mixer.ducked = 1.0
    recording = recorder.stop()
    assert playback.state is PlayState.STOPPED
    ((start, end),) = bursts(recording.sound)
    assert 0.2 < (end - start) / RATE_HZ < 0.5 + GENEROUS_S
    assert np.median(recording.sound[start:end]) == pytest.approx(0.2, abs=0.01)
    assert np.abs(np.diff(recording.sound[start + 1 : end + 10])).max() < 0.02, "it stopped with a click"


@pytest.mark.usefixtures("no_sound")
def test_no_device_at_start_is_said_once_and_nothing_fails(notices: Notices, notes: list[Notice], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overlay.voice.mixer.RETRY_S", 0.1)
    mixer = Mixer(notices)
    time.sleep(1.0)  # several tries
    assert mixer.play(brake_tick()).state is PlayState.NO_DEVICE
    assert mixer.play(brake_tick(), mixer.now_s + 1).refused
    mixer.stop()
    mixer.close()
    assert [each.trouble for each in notes] == [Trouble.NO_DEVICE]


def test_an_output_can_be_changed_and_one_that_goes_away_is_used_again_when_it_is_back(
    doomed_server: SoundServer, notices: Notices, notes: list[Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("overlay.voice.mixer.RETRY_S", 0.2)
    mixer = Mixer(notices, device="no such thing")
    assert until(lambda: bool(notes))
    assert "no such thing" in notes[0].text
    mixer.use_device("pulse")
    assert mixer.wait_open(OPENS_S)
    playing = mixer.play(clip_of("long", np.full(20 * RATE_HZ, 0.1, dtype=np.float32)))
    waiting = mixer.play(brake_tick(), mixer.now_s + 30)

    doomed_server.kill()
    assert until(lambda: not mixer.is_open)
    assert until(lambda: playing.state is waiting.state is PlayState.NO_DEVICE)
    assert mixer.play(brake_tick()).state is PlayState.NO_DEVICE
    mixer.stop()
    doomed_server.start()
    assert mixer.wait_open(OPENS_S)
    recorder = doomed_server.record()
    mixer.play(brake_tick())
    time.sleep(0.3)
    assert len(bursts(recorder.stop().sound)) == 1
    mixer.close()
    assert [(each.trouble, each.over) for each in notes] == [
        (Trouble.NO_DEVICE, False),
        (Trouble.NO_DEVICE, True),
        (Trouble.DEVICE_LOST, False),
        (Trouble.DEVICE_LOST, True),
    ]


def test_a_missing_sound_library_is_no_crash(notices: Notices, notes: list[Notice], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(devices.__dict__, "_library", lambda: (_ for _ in ()).throw(devices.NoSoundLibrary("PortAudio library not found")))
    mixer = Mixer(notices)
    assert until(lambda: bool(notes))
    assert notes[0].trouble is Trouble.NO_SOUND_LIBRARY
    mixer.close()


@pytest.mark.usefixtures("sound_server")
def test_outputs_are_found_by_a_part_of_their_name() -> None:
    assert devices.find_device("PULS").name == "pulse"
    assert devices.find_device("").is_default
    with pytest.raises(devices.NoDevice, match="no such"):
        devices.find_device("no such")


def test_the_output_test_reports_what_it_can_see(mixer: Mixer) -> None:
    beats: list[int] = []
    report = run_output_test(mixer, 2, beats.append)
    assert beats == [1, 2]
    assert report.played == report.ticks == 2
    assert 0.005 < report.delay_min_s <= report.delay_median_s <= report.delay_max_s < 0.5
    assert report.worst_start_s <= 0.020


def test_the_callback_costs_little(mixer: Mixer) -> None:
    """Seconds of this process per second with the stream open and silent; 0.8 % measured."""
    before_s, start_s = time.process_time(), time.monotonic()
    time.sleep(2.0)
    assert (time.process_time() - before_s) / (time.monotonic() - start_s) < 0.05
