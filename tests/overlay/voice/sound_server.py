"""A private sound server with a null output whose monitor is recorded, and the finding of sounds in the recording."""

from __future__ import annotations

import os
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
SINK = "test"
NEAR = RATE_HZ // 2  # samples behind a sound that help to date it: the sink gains 0.05 ms meanwhile, and a busy machine is prompt once


class SoundServer:
    """pulseaudio with one null sink, in folders of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sound"))  # short: a socket's path has at most 107 characters
        self.runtime = self.folder / "run"
        self.runtime.mkdir(mode=0o700)
        self.environment = {"HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.runtime), "PULSE_RUNTIME_PATH": str(self.runtime)}
        self.process: subprocess.Popen[bytes] | None = None
        self.recorder: Recorder | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit=yes", "--use-pid-file=no"),
                *("-L", f"module-native-protocol-unix socket={self.runtime}/native auth-anonymous=1"),
                *("-L", f"module-null-sink sink_name={SINK} rate={RATE_HZ} channels=2"),
                *("-L", "module-always-sink"),
            ],
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end_s = time.monotonic() + 15
        while not self._answers():
            assert time.monotonic() < end_s, "pulseaudio does not answer"
            time.sleep(0.05)
        self.recorder = Recorder(self)

    def _answers(self) -> bool:
        told = subprocess.run(["pactl", "info"], check=False, env={**os.environ, **self.environment}, capture_output=True)
        return told.returncode == 0

    def kill(self) -> None:
        """As if the device was pulled out."""
        assert self.process
        assert self.recorder
        self.process.kill()
        self.process.wait()
        self.recorder.stop()
        (self.runtime / "native").unlink(missing_ok=True)

    def remove(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def heard_since(self, start_s: float) -> Recording:
        """What came out since then (perf_counter)."""
        assert self.recorder
        return self.recorder.since(start_s)


@dataclass(frozen=True)
class Arrivals:
    """When the pieces of a recording came in. `arrived_s`: perf_counter; `until`: samples recorded by then; both of shape (pieces,).

    A sample leaves the sink before the piece that holds it comes in, and before every later piece by at least what lies between. So the
    earliest of those dates is the one to take: it may be too late, never too early. Only pieces near it count, because the sink's clock
    is not ours: a null sink counts its time in whole microseconds of every piece of sound that it takes (process_render in pulseaudio's
    module-null-sink.c), which loses up to one each. With a stream open it takes 550 pieces a second and runs 0.11 ms a second fast:
    0.12 s in 18 minutes, by which a recording that is dated as one has its sounds before they were played. Pieces before a sound do not
    count at all: the sink may stand still in between.
    """

    arrived_s: npt.NDArray[np.float64]
    until: npt.NDArray[np.float64]

    def left_s(self, sample: int) -> float:
        """When a sample left the sink. IndexError: it has not come in."""
        first = np.searchsorted(self.until, sample, side="right")
        near = slice(first, max(first + 1, np.searchsorted(self.until, sample + NEAR)))
        return float(np.min(self.arrived_s[near] - (self.until[near] - sample) / RATE_HZ))

    def count_at(self, time_s: float) -> int:
        """How many samples had come in by then."""
        pieces = int(np.searchsorted(self.arrived_s, time_s, side="right"))
        return int(self.until[pieces - 1]) if pieces else 0


@dataclass(frozen=True)
class Recording:
    """What came out of the null output, from the recorder's sample number `first` on."""

    sound: npt.NDArray[np.float32]
    first: int
    arrivals: Arrivals

    def onset_s(self, burst: tuple[int, int]) -> float:
        return self.arrivals.left_s(self.first + burst[0])


class Recorder:
    """Records the monitor in a process of its own, so that a busy test does not blur its times.

    It runs as long as the server: a null output stalls for seconds when somebody starts or stops listening. Each piece is stamped when
    it arrives, and dates the sounds near it (`Arrivals`); what remains is the recorder's own delay of about 2 ms, which makes every
    latency measured with it too long, never too short.
    """

    def __init__(self, server: SoundServer) -> None:
        self.folder = server.folder
        command = ["parec", "-d", f"{SINK}.monitor", "--raw", "--format=s16le", f"--rate={RATE_HZ}", "--channels=1", "--latency-msec=2"]
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(self.folder), *command],
            env={**os.environ, **server.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout
        assert self.process.stdout.readline() == b"recording\n"

    def since(self, start_s: float) -> Recording:
        time.sleep(0.3)  # what is still under way
        times = (self.folder / "times.raw").read_bytes()
        arrived_s, until = np.frombuffer(times[: len(times) // 16 * 16]).reshape(-1, 2).T
        sound = np.fromfile(self.folder / "sound.raw", dtype="<i2").astype(np.float32) / 32768
        arrivals = Arrivals(arrived_s, until)
        first = arrivals.count_at(start_s)
        return Recording(sound[first : int(until[-1])], first, arrivals)

    def stop(self) -> None:
        self.process.communicate()  # closes its stdin


def _record(folder: Path, command: list[str]) -> None:
    """The recorder's process."""
    parec = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert parec.stdout
    count = 0
    with (folder / "sound.raw").open("wb", buffering=0) as sound, (folder / "times.raw").open("wb", buffering=0) as times:
        while piece := os.read(parec.stdout.fileno(), 1 << 16):
            now_s = time.perf_counter()
            if not count:
                print("recording", flush=True)
            count += len(piece) // 2
            sound.write(piece)
            times.write(struct.pack("dd", now_s, count))
            if select.select([sys.stdin], [], [], 0)[0] and not sys.stdin.read(1):
                break
    parec.kill()
    parec.wait()


def bursts(sound: npt.NDArray[np.float32], gap_s: float = 0.05) -> list[tuple[int, int]]:
    """Start and end sample of every sound that is at least `gap_s` away from the one before."""
    loud = np.flatnonzero(np.abs(sound) > 1e-3)
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > gap_s * RATE_HZ)
    starts = loud[np.r_[0, breaks + 1]]
    ends = loud[np.r_[breaks, len(loud) - 1]]
    return [(int(start), int(end) + 1) for start, end in zip(starts, ends, strict=True)]


if __name__ == "__main__":
    _record(Path(sys.argv[1]), sys.argv[2:])
