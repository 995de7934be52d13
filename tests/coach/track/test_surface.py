from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach.laps.resample import trace_laps
from coach.telemetry.sources import open_recording
from coach.track.surface import bank_of, body_roll, grade_of
from tests.coach.track.driven import BASE, CIRCUIT, drive
from tests.recordings import RECORDINGS, needs_recordings


def test_body_roll_is_what_differs_between_laps():
    chance = np.random.default_rng(1)
    bank, lateral = chance.normal(0.0, 0.05, 800), chance.normal(0.0, 6.0, (5, 800))
    assert body_roll(bank + 0.003 * lateral, lateral) == pytest.approx(0.003, rel=1e-6)
    assert body_roll((bank + 0.003 * lateral)[:1], lateral[:1]) == 0.0


def test_unknown_without_the_channels():
    traces = drive(CIRCUIT, 1, only=BASE | {"yaw_rate_radps"})
    assert np.isnan(grade_of(traces)).all()
    assert np.isnan(bank_of(traces)).all()


@needs_recordings
@pytest.mark.parametrize("file", ["formula_vee_tsukuba_1k.ibt", "silverado_bristol.ibt"])
def test_grade_from_the_velocity_agrees_with_the_altitude(file):
    lap = trace_laps(open_recording(RECORDINGS / file))[-1]
    live = replace(
        lap,
        ticks={name: lap.ticks[name] for name in lap.ticks if name != "alt_m"},
        grid={name: lap.grid[name] for name in lap.grid if name != "alt_m"},
    )
    assert np.sqrt(np.mean((grade_of([lap]) - grade_of([live])) ** 2)) < 0.004
