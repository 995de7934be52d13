"""Coach a long simulated drive faster than time and print how its memory grew, the lap desk's apart, as JSON.

python -m tests.bench.overlay_memory LAPS FOLDER

The drive is made and published by a process of its own, which steps on when it is told to. Made in this one, it leaves up to 650 MB of
freed heap behind, and whether the system's allocator gives their pages back and takes them again is chance: the same hour grew by
0.0003, 0.14 or 0.94 MB a minute.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
import psutil
from PySide6.QtWidgets import QApplication

from coach.cues.settings import CueSettings
from coach.events import ToneState
from coach.sim.live import LiveDrive
from coach.telemetry.frame import Frame
from coach.telemetry.recording import SessionInfo
from coach.telemetry.sources.iracing_live import Connected, IracingLive, LiveEvent, SessionChanged
from overlay.demo import IMAGE, REFERENCE
from overlay.demo_drive import demo_session, write_reference
from overlay.desk.analyst import DeskAnalyst
from overlay.desk.beside import DeskBeside
from overlay.desk.port import Outing
from overlay.finished_laps import Inline
from overlay.live_coach import LiveCoach
from overlay.settings.model import Reference
from overlay.store.recorder import LapRecorder
from overlay.window import Overlay
from tests.bench.overlay_app_load import memory_mb


class Mute:
    """Nobody listens."""

    tones_only = False
    delay_s = 0.0

    def render(self, texts: Sequence[str], lengths_s: dict[str, float], within_s: float) -> None: ...

    def say(self, text: str, in_s: float) -> str:
        return ""

    def tone(self, tone: ToneState, in_s: float) -> str:
        return ""

    def forget(self) -> None:
        pass


def publish(laps: int, folder: Path) -> None:
    """The simulator's part: write the reference, say what is driven, then one tick for every line that is read."""
    write_reference(folder)
    made = demo_session(laps)
    with LiveDrive(made, folder / IMAGE) as live:
        print("ready", flush=True)
        live.follow(sys.stdin, lambda answer: print(answer, flush=True))


@contextmanager
def simulator(laps: int, folder: Path) -> Iterator[Iterator[LiveEvent]]:
    """What the source says of the drive, one tick at a time."""
    command = [sys.executable, "-m", "tests.bench.overlay_memory", str(laps), str(folder), "publish"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        orders, answers = process.stdin, process.stdout
        assert orders is not None
        assert answers is not None
        assert answers.readline() == "ready\n"
        source = IracingLive(folder / IMAGE)

        def events() -> Iterator[LiveEvent]:
            now_s, answer = 0.0, ""
            while answer != "end\n":
                orders.write("\n")
                answer = answers.readline()
                now_s += 1.0 / 60.0
                yield from source.poll(now_s)

        try:
            yield events()
        finally:
            source.close()


def main(laps: int, folder: Path) -> None:
    """One drive, its memory looked at once a lap."""
    qt = QApplication([])
    overlay = Overlay()
    settings = CueSettings()
    desk = DeskBeside(folder / "store", print)
    recorder = LapRecorder(desk, on_notice=print)
    minutes, mb, desk_mb, lap, now_s = list[float](), list[float](), list[float](), -1, 0.0
    outing = Outing("", SessionInfo(""), settings)
    coach = LiveCoach(
        settings,
        lambda: DeskAnalyst(desk, outing, recorder.submit, print),
        Mute(),
        heard=lambda _: None,
        lap=lambda _: None,
        work=Inline(),
    )
    with simulator(laps, folder) as events:
        for event in events:
            if isinstance(event, Connected | SessionChanged):
                session = event.session.parse()
                if not outing.key:
                    outing = Outing("0123abcd", session, settings)
                    desk.refer(outing, Reference(), (str(folder / REFERENCE),))
                coach.session(session)
            elif isinstance(event, Frame):
                coach.tick(event)
                now_s = event["session_time_s"]
                overlay.present(coach.snapshot)
                qt.processEvents()
                if coach.snapshot.lap_number != lap:
                    lap = coach.snapshot.lap_number
                    gc.collect()
                    minutes.append(now_s / 60)
                    mb.append(memory_mb()["private"])
                    desk_mb.append(psutil.Process(desk.pid).memory_info().rss / 1e6)
    half = len(mb) // 2  # caches fill in the first half
    recorder.close()
    desk.close()
    grown = {}
    for name, held in (("overlay", mb), ("desk", desk_mb)):
        slope = float(np.polyfit(minutes[half:], held[half:], 1)[0])
        grown[name] = {"first_mb": held[0], "middle_mb": held[half], "last_mb": held[-1], "mb_per_minute": slope}
    print(json.dumps({"minutes": minutes[-1], **grown}))


if __name__ == "__main__":
    (publish if sys.argv[3:] else main)(int(sys.argv[1]), Path(sys.argv[2]))
