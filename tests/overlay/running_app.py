"""The overlay as a program on a virtual screen, with a home and a sound server of its own, and simulators to kill beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from overlay.first_run import FIRST_MINUTE_DONE
from tests.overlay.virtual_screen import ROOT, Screen

PATIENCE_S = 40.0  # on a machine that is busy with something else


class RunningApp:
    """One overlay process. `wait_for` reads what it prints."""

    def __init__(self, screen: Screen, home: Path, *words: str, sound: dict[str, str] | None = None, first_minute: bool = False) -> None:
        self.home = home
        self.env = {**screen.env, **(sound or {"PULSE_SERVER": f"unix:{home}/nobody"}), "RACING_COACH_HOME": str(home)}
        if not first_minute:
            (home / "data").mkdir(parents=True, exist_ok=True)
            (home / "data" / FIRST_MINUTE_DONE).touch()
        self._told = home / f"told-{time.monotonic_ns()}.txt"
        self.started_s = time.monotonic()
        with self._told.open("wb") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "coach.cli.main", "overlay", *words], env=self.env, cwd=ROOT, stdout=told, stderr=told
            )

    @property
    def told(self) -> str:
        """Everything it has printed."""
        return self._told.read_text(encoding="utf-8")

    def wait_for(self, *texts: str) -> None:
        """Until it has printed all of these."""
        wait_until(lambda: all(text in self.told for text in texts) or self.process.poll() is not None, lambda: self.told)
        assert all(text in self.told for text in texts), self.told

    def windows(self) -> list[str]:
        """Titles of its visible windows."""
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "^Racing Coach"], env=self.env, capture_output=True, text=True, check=False
        ).stdout.split()
        names = [subprocess.run(["xdotool", "getwindowname", w], env=self.env, capture_output=True, text=True, check=False) for w in found]
        return [name.stdout.strip() for name in names]

    def events(self) -> list[dict[str, Any]]:
        """The lines of all session logs, oldest first."""
        logs = sorted(self.home.rglob("session.jsonl"))
        return [json.loads(line) for log in logs for line in log.read_text(encoding="utf-8").splitlines() if line.endswith("}")]

    def end(self) -> str:
        """As Ctrl-C does; what it has printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
            self.process.wait()
        return self.told


def simulator(image: Path, car: str = "mx5", laps: int = 3) -> subprocess.Popen[bytes]:
    """A simulator in a process of its own, at the pace of time."""
    words = (
        "simulate",
        "--circuit",
        "lime-rock",
        "--car",
        car,
        "--driver",
        "intermediate",
        "--laps",
        str(laps),
        "--live-image",
        str(image),
    )
    return subprocess.Popen([sys.executable, "-m", "coach.cli.main", *words], cwd=ROOT, stdout=subprocess.DEVNULL, env=dict(os.environ))


def kill(process: subprocess.Popen[bytes]) -> None:
    """As a crash does."""
    process.kill()
    process.wait()


def wait_until(condition: Callable[[], bool], say: Callable[[], str] = str, patience_s: float = PATIENCE_S) -> None:
    """Look until it is so."""
    until = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < until, say()
        time.sleep(0.05)
