"""The demo without a screen: the simulated drive through the live memory image, coached faster than time."""

from __future__ import annotations

import sys
from pathlib import Path

from tqdm import tqdm

from coach.cli.references import references_of
from coach.cues.settings import CueSettings
from coach.files import make_folder
from coach.live.analyst import Analyst
from coach.sim.live import LiveDrive
from coach.sim.output import Made
from overlay.demo_drive import demo_reference, demo_session
from overlay.headless import Written, followed, run_headless
from overlay.voice.notice import Level
from overlay.voice.settings import VoiceSettings


def headless_demo(out: Path, settings: CueSettings, named: tuple[str, ...], laps: int, seed: int, *, alone: bool) -> Written:
    """Drive, coach, write."""
    make_folder(out)
    given = references_of(named)
    if not given and not alone:
        given = (demo_reference(),)
    made = demo_session(laps, seed)
    image = out / "live-memory.bin"
    with (
        LiveDrive(made, image) as drive,
        tqdm(total=_seconds(made), unit="s", desc="coached", disable=not sys.stderr.isatty(), leave=False) as bar,
    ):

        def progress(done_s: float) -> None:
            bar.update(done_s - bar.n) if done_s - bar.n > 1.0 else None

        written = run_headless(
            followed(drive, image), out, settings, lambda: Analyst(settings, given=given), VoiceSettings(level=Level.KOKORO), progress
        )
    image.unlink()
    return written


def _seconds(made: Made) -> float:
    clock = made.recording.column("session_time_s")
    return float(clock[-1] - clock[0])
