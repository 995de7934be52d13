"""The live loop by itself."""

from __future__ import annotations

import subprocess
import sys


def test_the_live_loop_loads_neither_the_compiler_of_the_analysis_nor_the_lap_files() -> None:
    script = "import sys, coach.session, coach.telemetry.sources.iracing_live; print({'numba', 'llvmlite', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"
