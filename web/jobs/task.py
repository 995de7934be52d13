"""Declaring jobs. A slice's `tasks.py` says `@task("laps.parse") async def parse(session, payload)`; `web/app.py` imports it.

A job is one transaction and never commits. It runs again after a fault or a lost worker, up to `attempts` times in all, and not
once more after it was kept: its run is marked in the same transaction. Work on other systems (mail, files) may happen twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

Payload: TypeAlias = dict[str, Any]
Run: TypeAlias = Callable[[AsyncSession, Payload], Awaitable[None]]

TASKS: dict[str, Task] = {}
SCHEDULES: dict[str, Schedule] = {}


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of job."""

    name: str
    run: Run
    attempts: int
    given_up: Run | None  # told once, in a transaction of its own, when the last attempt has failed
    at_once: int  # how many run at the same time in all workers together; 0: as many as there are workers


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that is due by the clock (cron, UTC); one worker of all runs it."""

    task: str
    cron: str


def task(name: str, *, attempts: int = 5, given_up: Run | None = None, at_once: int = 0, cron: str = "") -> Callable[[Run], Run]:
    """Register a job under a name; with `cron`, also by the clock, with an empty payload."""

    def register(run: Run) -> Run:
        if name in TASKS:
            raise RuntimeError(f"two jobs are called {name}")
        TASKS[name] = Task(name, run, attempts, given_up, at_once)
        if cron:
            SCHEDULES[name] = Schedule(name, cron)
        return run

    return register
