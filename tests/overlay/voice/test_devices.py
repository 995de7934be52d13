"""Outputs that are missing, change, go away and come back; each test has its own server, because looking for devices closes every stream."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest

from overlay.voice import devices
from overlay.voice.clip import RATE_HZ, clip_of
from overlay.voice.mixer import Mixer
from overlay.voice.notice import Notice, Notices, Trouble
from overlay.voice.playback import PlayState
from overlay.voice.tones import brake_tick
from tests.overlay.virtual_screen import ROOT
from tests.overlay.voice.conftest import OPENS_S
from tests.overlay.voice.sound_server import SoundServer, bursts

pytestmark = pytest.mark.xdist_group("sound")


def until(condition: Callable[[], bool], within_s: float = 20.0) -> bool:
    end_s = time.monotonic() + within_s
    while not condition() and time.monotonic() < end_s:
        time.sleep(0.02)
    return condition()


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
    start_s = time.perf_counter()
    mixer.play(brake_tick())
    time.sleep(0.3)
    assert len(bursts(doomed_server.heard_since(start_s).sound)) == 1
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


@pytest.mark.usefixtures("doomed_server")
def test_outputs_are_found_by_a_part_of_their_name() -> None:
    devices.rescan(devices._library())  # the library knows the outputs of its last start, and that may have been a test without any
    assert devices.find_device("PULS").name == "pulse"
    assert devices.find_device("").is_default
    with pytest.raises(devices.NoDevice, match="no such"):
        devices.find_device("no such")


@pytest.mark.usefixtures("doomed_server")  # skips without a sound server; the program has one of its own
def test_a_server_that_dies_while_the_output_starts_is_told_of_and_used_again() -> None:
    """In a process of its own: PortAudio cannot be ended any more after that."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.overlay.voice.dying_server"], cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )
    assert ran.returncode == 0, ran.stderr
    first, over, *rest = ran.stdout.splitlines()
    assert first.startswith("NO_DEVICE")
    assert over == "NO_DEVICE over"
    assert rest == ["open True", "refused False"]
