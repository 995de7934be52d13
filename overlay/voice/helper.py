"""The parent's end of the helper process: start it, ask it, end it when it hangs. One caller at a time.

Speech is rendered in another process because espeak-ng and the phonemizer are GPL, because they may take their process down, and because
neither the window nor the sound card's thread may wait for them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import IO, Any

import numpy as np

from overlay.voice.clip import RATE_HZ, Samples
from overlay.voice.engine import KOKORO, EngineChoice
from overlay.voice.engine_errors import BrokenEngine, Unspeakable

START_S = {KOKORO: 60.0}  # reads and loads 120 MB, perhaps from a slow disk
START_DEFAULT_S = 20.0
RENDER_S = 20.0  # the neural voice takes about as long as the phrase lasts; more means it hangs
LONGEST_S = 60  # no phrase lasts longer


class HelperDied(Exception):
    """The process ended or hung while it was needed; it can be started again."""


class Helper:
    """Renders texts with one engine and voice."""

    def __init__(self, choice: EngineChoice) -> None:
        self.choice = choice
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, when one runs."""
        return self._process.pid if self._process else None

    def render(self, text: str, speed: float) -> Samples:
        """Samples of a clip. Unspeakable, BrokenEngine, HelperDied."""
        if self._process is None:
            self._start()
        request = json.dumps({"text": text, "speed": speed}).encode() + b"\n"
        head, samples = self._ask(request, RENDER_S)
        if "unspeakable" in head:
            raise Unspeakable(str(head["unspeakable"]))
        return samples

    def voices(self) -> list[str]:
        """Names of the voices that the engine offers, told by a process that ends with it. BrokenEngine, HelperDied."""
        try:
            return [str(name) for name in self._start("--list")["voices"]]
        finally:
            self.close()

    def interrupt(self) -> None:
        """End the process from another thread: who waits for it gets HelperDied."""
        process = self._process
        if process:
            process.kill()

    def close(self) -> None:
        """End the process; a later `render` starts another one."""
        process, self._process = self._process, None
        if process:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
            process.wait()

    def _start(self, *more: str) -> dict[str, Any]:
        """The process's first answer. BrokenEngine, HelperDied."""
        command = [sys.executable, "-m", "overlay.voice.render", self.choice.engine, "--voice", self.choice.voice, *more]
        if self.choice.folder:
            command += ["--folder", str(self.choice.folder)]
        flags = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                creationflags=flags,
            )
        except OSError as error:
            raise BrokenEngine(f"no process could be started ({error})") from error
        head, _ = self._ask(b"", START_S.get(self.choice.engine, START_DEFAULT_S))
        if "broken" in head:
            self.close()
            raise BrokenEngine(str(head["broken"]))
        return head

    def _ask(self, request: bytes, longest_s: float) -> tuple[dict[str, Any], Samples]:
        """Send, and read the answer; a helper that takes longer is ended."""
        process = self._process
        assert process
        assert process.stdin
        assert process.stdout
        watchdog = threading.Timer(longest_s, process.kill)
        watchdog.start()
        try:
            process.stdin.write(request)
            head = json.loads(_line(process.stdout))
            count = min(int(head.get("samples", 0)), LONGEST_S * RATE_HZ)
            data = _exactly(process.stdout, count * 4)
        except (OSError, ValueError, EOFError) as error:
            self.close()
            raise HelperDied(f"the voice's process ended ({error})") from error
        finally:
            watchdog.cancel()
        return head, np.frombuffer(data, dtype="<f4").astype(np.float32)


def _line(stream: IO[bytes]) -> bytes:
    """One line, byte by byte: the stream is unbuffered, because samples follow."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = stream.read(1)
        if not byte:
            raise EOFError("no answer")
        line += byte
    return bytes(line)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = stream.read(count - len(data))
        if not piece:
            raise EOFError("answer cut short")
        data += piece
    return bytes(data)
