"""Where the real recordings lie, and the marker of the tests that need them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("RACING_COACH_RECORDINGS", Path(__file__).parents[2] / "shared"))
RECORDINGS = SHARED / "telemetry"
OTHERSIM = SHARED / "othersim"

needs_recordings = pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"no recordings in {SHARED} (set RACING_COACH_RECORDINGS)")
needs_othersim = pytest.mark.skipif(not OTHERSIM.is_dir(), reason=f"no othersim laps in {SHARED} (set RACING_COACH_RECORDINGS)")

# With at least one complete lap; named here, so that a test can be named after its recording where there is none.
COMPLETE_LAPS = (
    "ferrari488_fuji_nochicane_driver_b.csv.gz",
    "formula_vee_tsukuba_1k.ibt",
    "garage61_road_atlanta_lap.csv",
    "mx5_okayama_short_driver_a.csv.gz",
    "mx5_okayama_short_driver_b.csv.gz",
    "silverado_bristol.ibt",
    "summit_point_10hz.jsonl",
)
