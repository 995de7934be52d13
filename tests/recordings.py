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
