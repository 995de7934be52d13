"""A virtual screen with a compositor, and programs on it, for tests that must see pixels and send clicks."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QColor, QImage

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0  # on a machine that is busy with something else


class Program:
    """A program started on the screen; it obeys lines and answers with lines."""

    def __init__(self, screen: Screen, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.overlay.on_screen", *words],
            env=screen.env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._rest = b""
        assert self.line() == "ready"

    def line(self, patience_s: float = PATIENCE_S) -> str | None:
        """The next line, or None if none comes in time."""
        until = time.monotonic() + patience_s
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, "the program has ended"
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode()

    def tell(self, command: str) -> str:
        """Send a command and wait for its answer."""
        self.process.stdin.write(command.encode() + b"\n")
        answer = self.line()
        assert answer is not None, f"no answer to {command}"
        return answer

    def end(self) -> None:
        """Ask it to quit, and see to it."""
        if self.process.poll() is None:
            self.process.stdin.write(b"quit\n")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@dataclass
class Screen:
    """A virtual screen in use."""

    env: dict[str, str]
    programs: list[Program]

    def start(self, *words: str) -> Program:
        """Start one of the programs of `on_screen`."""
        program = Program(self, *words)
        self.programs.append(program)
        return program

    def click(self, x: int, y: int) -> None:
        """A click of the left button."""
        self._do("mousemove", str(x), str(y), "click", "1")

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press, move in a few steps, release."""
        self._do("mousemove", *map(str, start), "mousedown", "1")
        for k in range(1, 6):
            self._do("mousemove", *(str(round(a + (b - a) * k / 5)) for a, b in zip(start, end, strict=True)))
        self._do("mouseup", "1")

    def _do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self.env, check=True, timeout=PATIENCE_S)


@contextmanager
def virtual_screen(width: int = 1920, height: int = 1080, *, compositor: bool = True) -> Iterator[Screen]:
    """Xvfb of this size with picom; everything ends with the block."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    ended: list[subprocess.Popen[bytes]] = [server]
    try:
        assert select.select([read], [], [], PATIENCE_S)[0], "Xvfb did not start"
        display = os.read(read, 64).decode().strip()
        env = {**os.environ, "DISPLAY": f":{display}", "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": "1"}
        screen = Screen(env, [])
        if compositor:
            picom = subprocess.Popen(["picom", "--backend", "xrender", "--config", "/dev/null"], env=env, stderr=subprocess.DEVNULL)
            ended.insert(0, picom)
            time.sleep(0.5)
        yield screen
        for program in screen.programs:
            program.end()
    finally:
        os.close(read)
        for process in ended:
            process.terminate()
            process.wait(10)


def picture(program: Program, path: Path) -> QImage:
    """What is on the screen, as the compositor shows it."""
    assert program.tell(f"shot {path}") == "done"
    return QImage(str(path))


def wait_for_pixel(program: Program, path: Path, x: int, y: int, wanted: QColor, tolerance: int = 2) -> QImage:
    """Pictures until a pixel has the colour, or the last one: painting and compositing take their time."""
    until = time.monotonic() + PATIENCE_S / 3
    while True:
        image = picture(program, path)
        seen = image.pixelColor(x, y)
        near = all(abs(a - b) <= tolerance for a, b in zip(seen.getRgb()[:3], wanted.getRgb()[:3], strict=True))
        if near or time.monotonic() > until:
            return image
        time.sleep(0.1)
