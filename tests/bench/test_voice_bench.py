"""Decision to first sample, planned starts and lost samples, on a real sound server beside a busy process. Run by `make bench`."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from overlay.voice.notice import Level
from overlay.voice.playback import PlayState
from overlay.voice.settings import VoiceSettings
from overlay.voice.speaker import Speaker
from tests.overlay.voice.conftest import OPENS_S, sound_server
from tests.overlay.voice.sound_server import SoundServer, bursts
from tests.overlay.voice.test_mixer import busy_process

__all__ = ["sound_server"]  # a fixture

pytestmark = pytest.mark.bench

CALLS = 200
PLANS = 100
TEXT = "Brake ten metres later."


def test_decision_to_first_sample(sound_server: SoundServer, tmp_path: Path) -> None:
    speaker = Speaker(VoiceSettings(cache=tmp_path, model=tmp_path), print)
    assert speaker.mixer.wait_open(OPENS_S)
    assert speaker.level is Level.SYSTEM
    clip = speaker.plan(TEXT).result(30)
    tick, phrase = speaker.brake_tick, clip
    random = np.random.default_rng(1)
    loads = [os.getloadavg()[0]]
    underruns = speaker.mixer.underruns
    with busy_process():
        start_s = time.perf_counter()
        called_s, planned_s, playbacks = [], [], []
        for _ in range(CALLS):
            called_s.append(speaker.mixer.now_s)
            playbacks.append(speaker.play(tick))
            time.sleep(0.15 + random.uniform(0, 0.03))
        for _ in range(PLANS):
            planned_s.append(speaker.mixer.now_s + random.uniform(0.15, 0.25))
            playbacks.append(speaker.play(tick, planned_s[-1]))
            time.sleep(0.35 + random.uniform(0, 0.03))
        spoken_from_s = speaker.mixer.now_s
        playbacks.append(speaker.say(TEXT))
        time.sleep(phrase.spoken_s + 0.5)
        recording = sound_server.heard_since(start_s)
    loads.append(os.getloadavg()[0])
    underruns = speaker.mixer.underruns - underruns
    speaker.close()

    found = bursts(recording.sound)
    heard_s = np.array([recording.onset_s(each) for each in found])
    ticks = found[: CALLS + PLANS]
    latency_ms = (heard_s[:CALLS] - called_s) * 1000
    off_ms = (heard_s[CALLS : CALLS + PLANS] - planned_s) * 1000
    lengths = {end - start for start, end in ticks}
    last = recording.sound[ticks[-1][1] + 2400 :]
    spoken = np.flatnonzero(np.abs(last) > 1e-3)
    print(f"\nload average {loads[0]:.1f} to {loads[1]:.1f}, underruns {underruns}")
    print(
        "decision to first sample, ms: median {:.1f}, p90 {:.1f}, p99 {:.1f}, max {:.1f}".format(
            *np.percentile(latency_ms, [50, 90, 99, 100])
        )
    )
    print("planned start, heard minus planned, ms: min {:.1f}, median {:.1f}, max {:.1f}".format(*np.percentile(off_ms, [0, 50, 100])))
    print(
        f"lengths of {len(ticks)} ticks in samples: {sorted(lengths)}; phrase {(spoken[-1] - spoken[0]) / 48000:.3f} of {phrase.spoken_s:.3f} s"
    )
    print(f"phrase: first sample after {(heard_s[CALLS + PLANS] - spoken_from_s) * 1000:.1f} ms")

    assert [each.state for each in playbacks] == [PlayState.DONE] * len(playbacks)
    assert len(lengths) == 1, "samples are missing"
    assert np.percentile(latency_ms, 50) <= 35
    assert np.percentile(latency_ms, 99) <= 60
    assert np.abs(off_ms).max() <= 20
    assert np.abs(recording.sound).max() < 0.999, "clipped"
