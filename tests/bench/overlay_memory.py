"""Coach a long simulated drive faster than time and print how its memory grew, the lap desk's apart, as JSON.

python -m tests.bench.overlay_memory LAPS FOLDER
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
import psutil
from PySide6.QtWidgets import QApplication

from coach.cues.settings import CueSettings
from coach.events import ToneState
from coach.sim.live import LiveDrive
from coach.telemetry.frame import Frame
from coach.telemetry.sources.iracing_live import Connected, SessionChanged
from overlay.demo import REFERENCE
from overlay.demo_drive import demo_session, write_reference
from overlay.desk.analyst import DeskAnalyst
from overlay.desk.beside import DeskBeside
from overlay.desk.port import Outing
from overlay.headless import followed
from overlay.live_coach import Inline, LiveCoach
from overlay.settings.model import Reference
from overlay.store.recorder import LapRecorder
from overlay.window import Overlay
from tests.bench.overlay_app_load import memory_mb


class Mute:
    """Nobody listens."""

    tones_only = False

    def length_s(self, text: str, timeout_s: float) -> float | None:
        return None

    def say(self, text: str) -> str:
        return ""

    def tone(self, tone: ToneState, in_s: float) -> str:
        return ""


def main() -> None:
    """One drive, its memory looked at once a lap."""
    laps, folder = int(sys.argv[1]), Path(sys.argv[2])
    qt = QApplication([])
    overlay = Overlay()
    made = demo_session(laps)
    settings = CueSettings()
    desk, outing = DeskBeside(folder / "store", print), Outing("0123abcd", made.recording.session, settings)
    write_reference(folder)
    desk.refer(outing, Reference(), (str(folder / REFERENCE),))
    recorder = LapRecorder(desk, on_notice=print)
    analyst = DeskAnalyst(desk, outing, recorder.submit, print)
    coach = LiveCoach(settings, lambda: analyst, Mute(), heard=lambda _: None, lap=lambda _: None, work=Inline())
    minutes, mb, desk_mb, lap, now_s = list[float](), list[float](), list[float](), -1, 0.0
    with LiveDrive(made, folder / "memory.bin") as live:
        for event in followed(live, folder / "memory.bin"):
            if isinstance(event, Connected | SessionChanged):
                coach.session(event.session.parse())
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
    main()
