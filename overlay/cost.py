"""What our own process costs: CPU, memory, painting, measured between two calls. No other process is looked at."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from overlay.settings_window.items import Cost
from overlay.widgets.panel import Panel

WINDOWS_COUNTERS = 72  # bytes of PROCESS_MEMORY_COUNTERS on 64-bit Windows; WorkingSetSize stands at byte 16


class CostMeter:
    """Call `read` now and then; each answer is about the time since the last."""

    def __init__(self, panels: Iterable[Panel] = ()) -> None:
        self._panels = tuple(panels)
        self._cpu_s, self._at_s = time.process_time(), time.monotonic()
        self._paints = sum(panel.paints for panel in self._panels)

    def read(self) -> Cost:
        """The cost since the last call; paint times are of the last paints of every widget."""
        cpu_s, at_s = time.process_time(), time.monotonic()
        paints = sum(panel.paints for panel in self._panels)
        passed_s = max(1e-3, at_s - self._at_s)
        recent = [ns for panel in self._panels for ns in panel.paint_ns[-200:]]
        cost = Cost(
            (cpu_s - self._cpu_s) / passed_s,
            resident_bytes() / 1e6,
            float(np.quantile(recent, 0.99)) / 1e6 if recent else 0.0,
            (paints - self._paints) / passed_s,
        )
        self._cpu_s, self._at_s, self._paints = cpu_s, at_s, paints
        return cost


def resident_bytes() -> int:
    """Memory of this process that lies in RAM; 0 where the system does not tell."""
    if sys.platform == "win32":
        counters = (ctypes.c_byte * WINDOWS_COUNTERS)()
        kernel = ctypes.windll.kernel32
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.K32GetProcessMemoryInfo.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong]
        if not kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), counters, WINDOWS_COUNTERS):
            return 0
        return int.from_bytes(bytes(counters)[16:24], "little")
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * 4096
