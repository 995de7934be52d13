"""The overlay's end of the lap desk's process: start it, ask it, end it when it hangs. One caller at a time.

The analysis has a process of its own because its compiler, the lap files' library and the index's take 250 MB, which the overlay
would hold all the time, and because neither the window nor the live loop may share an interpreter with lap-sized work.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from overlay.desk.pipe import receive, send
from overlay.desk.port import DeskDied, DeskFault

START_S = 120.0  # the first time kernels are compiled, at low priority beside a simulator
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # the simulator needs the others


class DeskProcess:
    """One process at a time. `command` is for tests: what to run instead."""

    def __init__(self, folder: Path, command: Sequence[str] | None = None) -> None:
        self._command = [*(command or (sys.executable, "-m", "overlay.desk.serve")), str(folder)]
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """The process, when one runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> int:
        """Have a process; the number of starts so far. DeskDied: it cannot be started."""
        if self._process is not None and self._process.poll() is None:
            return self.starts
        self.close()
        flags = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
        try:
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, creationflags=flags, env={**os.environ, **ONE_THREAD}
            )
        except OSError as error:
            raise DeskDied(f"The process that analyzes laps could not be started: {error}.") from error
        self.starts += 1
        self._exchange(None, START_S)
        return self.starts

    def ask(self, name: str, given: tuple[Any, ...], named: dict[str, Any], longest_s: float) -> Any:
        """The answer of the process that was started. DeskDied: it ended or took longer; DeskFault; what the call itself raises."""
        kind, value = self._exchange((name, given, named), longest_s)
        if kind == "refused":
            raise value
        if kind == "fault":
            raise DeskFault(f"A fault of ours: {value}.")
        return value

    def interrupt(self) -> None:
        """End it from another thread: who waits for it gets DeskDied."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self, patience_s: float = 0.0) -> None:
        """End it; with patience it may first finish what it does."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _exchange(self, question: Any, longest_s: float) -> tuple[str, Any]:
        """Send the question, if there is one, and hear the next message; a process that takes longer is ended."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise DeskDied("The process that analyzes laps is not running.")
        watchdog = threading.Timer(longest_s, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            if question is not None:
                send(process.stdin, question)  # a process that does not read holds us here, too
            kind, value = receive(process.stdout)
        except (OSError, ValueError, EOFError) as error:
            self.close()
            raise DeskDied("The process that analyzes laps has ended.") from error
        finally:
            watchdog.cancel()
        return kind, value
