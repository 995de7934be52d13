"""Run the whole overlay with its demo at the pace of time and print what happened as JSON.

python -m tests.overlay.realtime_demo SECONDS PHRASE_EVERY_S

Seconds count from the first tick on; with PHRASE_EVERY_S above zero a short cue is said that often, through the live thread, as
a cue is. Times are perf_counter's, which processes share on Linux.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer

from coach.compare.cause import Cause
from coach.telemetry.frame import Frame
from coach.telemetry.sources.iracing_live import Dropped, LiveEvent
from coach.wording.spoken import short_cue
from overlay.app import App
from overlay.demo import LAPS, Demo
from overlay.folders import data_folder
from overlay.order import Order
from overlay.start import run_app
from overlay.voice.playback import REFUSED

MEMORY_EVERY_MS = 5000
SLOWEST = 8
PHRASE = short_cue(Cause.BRAKE_EARLY)


class Watch:
    """Counts at the seams of the running application; it changes nothing."""

    def __init__(self, app: App, seconds: float, phrase_every_s: float) -> None:
        self.app, self.seconds, self.phrase_every_s = app, seconds, phrase_every_s
        self.frames = self.dropped = self.presented = 0
        self.slowest: list[tuple[float, float, float]] = []  # ticks: how long, of that on the processor, and when
        self.said: list[dict[str, object]] = []
        self.memory: list[dict[str, float]] = []
        self.first_s = 0.0
        self.frame: Frame | None = None
        self._handle, self._present = app.pipeline.session.handle, app.overlay.present
        app.pipeline._live._handle, app.overlay.present = self.handle, self.present
        app.pipeline.loudspeaker.say = self.say
        self._timers: list[QTimer] = []
        self._every(MEMORY_EVERY_MS, self.weigh)
        self._every(100, self.look)
        if phrase_every_s:
            app.pipeline.speaker.plan(PHRASE)  # rendered before it is said, as a cue is
            self._every(round(1000 * phrase_every_s), lambda: app.pipeline.post(self.phrase))

    def _every(self, ms: int, does: object) -> None:
        timer = QTimer(interval=ms)
        timer.timeout.connect(does)
        timer.start()
        self._timers.append(timer)

    def handle(self, event: LiveEvent) -> None:
        begun_s, worked_s = time.perf_counter(), time.thread_time()
        if isinstance(event, Frame):
            self.frames += 1
            self.frame = event
            self.first_s = self.first_s or begun_s
        elif isinstance(event, Dropped):
            self.dropped += event.ticks
        self._handle(event)
        took_s, worked_s = time.perf_counter() - begun_s, time.thread_time() - worked_s
        self.slowest = sorted([*self.slowest, (took_s, worked_s, begun_s - self.first_s)])[-SLOWEST:]

    def present(self, snapshot: object) -> None:
        self.presented += bool(self.first_s)
        self._present(snapshot)

    def say(self, text: str, in_s: float) -> str:
        frame = self.frame
        begun_s = time.perf_counter()
        playback = self.app.pipeline.loudspeaker.speaker.say(text, begun_s + in_s)
        entry: dict[str, object] = {"text": text, "said_s": begun_s, "refused": playback.state.value if playback.state in REFUSED else ""}
        if frame is not None:
            entry |= {name: frame[name] for name in ("session_time_s", "speed_mps", "lap_dist_m")}
        self.said.append(entry)
        return str(entry["refused"])

    def phrase(self) -> None:
        if self.first_s:
            self.say(PHRASE, self.app.pipeline.loudspeaker.delay_s)

    def weigh(self) -> None:
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
        known, voice = self.app.pipeline.desk._known, self.app.pipeline.speaker.voice
        self.memory.append(
            {
                "at_s": time.perf_counter(),
                "mb": int(status["RssAnon"].split()[0]) / 1000,
                "laps_kept": len(known.laps) if known else 0,
                "speech_kept_s": sum(clip.spoken_s for clip in list(voice._memory.values())),
            }
        )

    def look(self) -> None:
        if not self.first_s or time.perf_counter() < self.first_s + self.seconds:
            return
        for timer in self._timers:
            timer.stop()
        lasted_s = time.perf_counter() - self.first_s
        result = {
            "frames": self.frames,
            "dropped": self.dropped,
            "presented_per_s": self.presented / lasted_s,
            "lasted_s": lasted_s,
            "slowest": self.slowest,
            "said": self.said,
            "memory": [weighed | {"at_s": weighed["at_s"] - self.first_s} for weighed in self.memory],
            "underruns": self.app.pipeline.speaker.mixer.underruns,
            "voice": self.app.pipeline.speaker.level.value,
        }
        print("RESULT " + json.dumps(result), flush=True)
        self.app.qt.quit()


def main() -> None:
    seconds, phrase_every_s = float(sys.argv[1]), float(sys.argv[2])
    begin = App.start
    kept = []

    def start(app: App, order: Order) -> None:
        kept.append(Watch(app, seconds, phrase_every_s))
        begin(app, order)

    App.start = start
    folder = data_folder() / "demo"
    folder.mkdir(parents=True)
    run_app(Order(demo=Demo(folder, max(LAPS, round(seconds / 50)))))


if __name__ == "__main__":
    main()
