"""Coach a long simulated drive faster than time and print how its memory grew, as JSON.

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
from PySide6.QtWidgets import QApplication

from coach.compare.study import Drive
from coach.cues.settings import CueSettings
from coach.events import ToneState
from coach.live.analyst import Analyst
from coach.sim.live import LiveDrive
from coach.telemetry.frame import Frame
from coach.telemetry.sources.iracing_live import Connected, SessionChanged
from overlay.demo_drive import demo_reference, demo_session
from overlay.headless import followed
from overlay.live_coach import Inline, LiveCoach
from overlay.window import Overlay
from tests.bench.overlay_app_load import memory_mb


class Mute:
    """Nobody listens."""

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
    given: tuple[Drive, ...] = (demo_reference(),)
    made = demo_session(laps)
    settings = CueSettings()
    coach = LiveCoach(settings, lambda: Analyst(settings, given=given), Mute(), heard=lambda _: None, lap=lambda _: None, work=Inline())
    minutes, mb, lap, now_s = [], [], -1, 0.0
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
    half = len(mb) // 2  # caches fill in the first half
    slope = float(np.polyfit(minutes[half:], mb[half:], 1)[0])
    print(json.dumps({"minutes": minutes[-1], "first_mb": mb[0], "middle_mb": mb[half], "last_mb": mb[-1], "mb_per_minute": slope}))


if __name__ == "__main__":
    main()
