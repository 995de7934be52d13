"""What the overlay's process may hold: the whole application, driven for some laps without a screen."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coach.replay import frames_of
from overlay.demo_drive import demo_session
from overlay.first_run import FIRST_MINUTE_DONE
from tests.overlay.virtual_screen import ROOT

BUDGET_MB = 200.0
LAPS = 3


@dataclass(frozen=True)
class Driven:
    """What the application printed; `told` is its last word as data."""

    printed: str
    told: dict[str, Any]
    laps: int


def driven(home: Path, *words: str) -> Driven:
    drive = demo_session(LAPS, 1).recording
    np.save(home / "ticks.npy", np.stack([frame.values for frame in frames_of(drive)]))
    (home / "session.pickle").write_bytes(pickle.dumps(drive.session))
    (home / "data").mkdir()
    (home / "data" / FIRST_MINUTE_DONE).touch()
    command = [sys.executable, "-m", "tests.overlay.app_driven", str(home / "ticks.npy"), str(home / "session.pickle"), str(LAPS), *words]
    env = {**os.environ, "RACING_COACH_HOME": str(home), "PULSE_SERVER": f"unix:{home}/nobody"}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert "fault of ours" not in done.stdout + done.stderr
    told = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
    return Driven(done.stdout, told, len(list((home / "data" / "store" / "laps").glob("*.parquet"))))


def test_what_takes_most_memory_stays_out_of_the_overlays_process(tmp_path: Path) -> None:
    run = driven(tmp_path)
    assert run.told["loaded"] == []
    own_mb, all_mb = (float(text.removesuffix(" MB")) for text in run.told["cost"][2:4])
    assert own_mb <= BUDGET_MB
    assert all_mb > own_mb  # the lap desk's is in it
    assert run.told["references"] >= 2
    assert run.laps == LAPS


def test_a_killed_lap_desk_costs_one_notice_and_no_lap(tmp_path: Path) -> None:
    run = driven(tmp_path, "kill")
    assert run.printed.count("The process that analyzes laps had ended and was started again; nothing is lost.") == 1
    assert run.laps == LAPS
    assert run.told["loaded"] == []
