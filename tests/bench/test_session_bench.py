"""The live loop: time of a step on a whole drive, analysis per lap, memory of a long session."""

from __future__ import annotations

import statistics
import time

import numpy as np
import psutil
import pytest

from coach.cues.settings import CueSettings
from coach.demo import demo_session
from coach.events import Event
from coach.live.analyst import Analyst
from coach.replay import frames_of
from coach.session import State, step, take

pytestmark = pytest.mark.bench
MEAN_S, P99_S = 50e-6, 0.2e-3  # budgets of a step
FACTOR = 3.0  # generous: the machine may be busy
MEBIBYTE = 2**20


def test_steps_and_analysis_stay_within_their_budgets(capsys):
    recorded, _ = demo_session()
    settings = CueSettings(suspicions=1)
    state, analyst = State(settings, recorded.session), Analyst(settings)
    process = psutil.Process()
    before = process.memory_info().rss
    steps, laps = [], []
    for tick in list(frames_of(recorded)):
        begin = time.perf_counter()
        outputs = step(tick, state)
        steps.append(time.perf_counter() - begin)
        for output in outputs:
            if not isinstance(output, Event):
                begin = time.perf_counter()
                report = analyst.add(output.recording)
                laps.append(time.perf_counter() - begin)
                take(report, state)
    grown = (process.memory_info().rss - before) / MEBIBYTE
    mean, p99 = statistics.mean(steps), float(np.quantile(steps, 0.99))
    with capsys.disabled():
        print(
            f"\nstep: mean {mean * 1e6:.1f} us, p99 {p99 * 1e6:.1f} us, longest {max(steps) * 1e3:.2f} ms over {len(steps)} ticks; "
            f"analysis of a lap: median {statistics.median(laps):.2f} s, longest {max(laps):.2f} s; memory + {grown:.0f} MiB over {len(laps)} laps"
        )
    assert mean < FACTOR * MEAN_S
    assert p99 < FACTOR * P99_S
