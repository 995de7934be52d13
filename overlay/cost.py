"""What the coach costs: CPU, memory, painting, measured between two calls. No process that is not ours is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import numpy as np
import psutil

from overlay.settings_window.items import Cost
from overlay.widgets.panel import Panel


class CostMeter:
    """Call `read` now and then; each answer is about the time since the last. `beside` gives the processes that work for this one, by their ids."""

    def __init__(self, panels: Iterable[Panel] = (), beside: Callable[[], Iterable[int]] = tuple) -> None:
        self._panels, self._beside = tuple(panels), beside
        self._process = psutil.Process()
        self._cpu_s, self._at_s = self._cpu(), time.monotonic()
        self._paints = sum(panel.paints for panel in self._panels)

    def read(self) -> Cost:
        """The cost since the last call; paint times are of the last paints of every widget."""
        cpu_s, at_s = self._cpu(), time.monotonic()
        paints = sum(panel.paints for panel in self._panels)
        passed_s = max(1e-3, at_s - self._at_s)
        recent = [ns for panel in self._panels for ns in panel.paint_ns[1:][-200:]]  # the first also loads fonts and is no measure
        own = self._process.pid
        worked_s = {pid: now_s - self._cpu_s.get(pid, 0.0) for pid, now_s in cpu_s.items()}
        cost = Cost(
            worked_s[own] / passed_s,
            sum(worked_s.values()) / passed_s,
            self._process.memory_info().rss / 1e6,
            sum(held_bytes(pid) for pid in cpu_s) / 1e6,
            float(np.quantile(recent, 0.99)) / 1e6 if recent else 0.0,
            (paints - self._paints) / passed_s,
        )
        self._cpu_s, self._at_s, self._paints = cpu_s, at_s, paints
        return cost

    def _cpu(self) -> dict[int, float]:
        """CPU seconds so far of each of our processes that runs."""
        spent = {self._process.pid: _busy_s(self._process)}
        for pid in self._beside():
            try:
                spent[pid] = _busy_s(psutil.Process(pid))
            except psutil.Error:
                continue  # it has just ended
        return spent


def held_bytes(pid: int) -> int:
    """Memory that a process holds in RAM, pages that several processes share counted in parts (Linux) or left out (Windows); 0: it has ended."""
    try:
        memory = psutil.Process(pid).memory_full_info()
    except psutil.Error:
        return 0
    return int(memory.pss if hasattr(memory, "pss") else memory.uss)


def _busy_s(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)
