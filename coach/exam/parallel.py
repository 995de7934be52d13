"""Independent pieces of work on several processes, with a progress bar; results in the order of the work, whoever finished first."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from tqdm import tqdm

Work = TypeVar("Work")
Result = TypeVar("Result")


def work_through(function: Callable[[Work], Result], work: Sequence[Work], jobs: int, what: str) -> list[Result]:
    """`function` of every piece, which must be importable by name (processes are spawned). The first error ends it all and is raised.

    Interrupted, it ends its processes before the KeyboardInterrupt goes on.
    """
    if jobs <= 1 or len(work) <= 1:
        return [function(piece) for piece in _bar(work, what)]
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(min(jobs, len(work)), mp_context=context, initializer=_die_quietly) as pool:
            return _results(pool, function, work, what)
    except BaseException:
        _end_processes()  # the pool may have started one more while it was being ended; now it starts none
        raise


def _results(pool: ProcessPoolExecutor, function: Callable[[Work], Result], work: Sequence[Work], what: str) -> list[Result]:
    order = {pool.submit(function, piece): i for i, piece in enumerate(work)}
    results: dict[int, Result] = {}
    try:
        for done in _bar(as_completed(order), what, len(work)):
            results[order[done]] = done.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        _end_processes()
        raise
    return [results[i] for i in range(len(work))]


def _end_processes() -> None:
    for child in multiprocessing.active_children():
        child.terminate()
        child.join()


def _bar(pieces: Sequence[Work] | Iterator[Work], what: str, total: int | None = None) -> Iterator[Work]:
    bar: Iterator[Work] = tqdm(pieces, total=total, desc=what, unit="sitting", disable=not sys.stderr.isatty(), leave=False)
    return bar


def _die_quietly() -> None:
    """A worker that is interrupted together with the command says nothing: the command does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def default_jobs() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
