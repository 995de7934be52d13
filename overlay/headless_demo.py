"""The demo without a screen: the simulated drive through the live memory image, coached faster than time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from coach.cli.references import references_of
from coach.compare.study import Drive
from coach.cues.candidate import Candidate
from coach.cues.settings import CueSettings
from coach.files import make_folder
from coach.live.analyst import Analyst
from coach.sim.live import LiveDrive
from coach.sim.output import Made
from coach.telemetry.recording import SessionInfo
from overlay.demo import heard_of
from overlay.demo_drive import after_hearing, demo_pupil, demo_reference
from overlay.headless import Written, followed, run_headless
from overlay.sync.shelf import CHOSEN
from overlay.voice.notice import Level
from overlay.voice.settings import VoiceSettings

if TYPE_CHECKING:
    from overlay.service_link import ServiceLink


def headless_demo(
    out: Path, settings: CueSettings, named: tuple[str, ...], laps: int, seed: int, *, alone: bool, link: ServiceLink | None = None
) -> Written:
    """Drive, coach, write. With a service: against the lap chosen there, unless one is named or `alone`; the laps are sent afterwards."""
    make_folder(out)
    given = references_of(named)
    listener = demo_pupil(laps, seed)
    analyst = _analyst(settings, listener.made.recording.session, given, link, alone=alone)
    image = out / "live-memory.bin"
    with (
        LiveDrive(listener.made, image) as drive,
        tqdm(total=_seconds(listener.made), unit="s", desc="coached", disable=not sys.stderr.isatty(), leave=False) as bar,
    ):

        def progress(done_s: float) -> None:
            bar.update(done_s - bar.n) if done_s - bar.n > 1.0 else None

        def asked(candidate: Candidate) -> None:
            nonlocal listener
            listener = after_hearing(listener, drive, heard_of(candidate))

        written = run_headless(followed(drive, image), out, settings, analyst, VoiceSettings(level=Level.KOKORO), progress, asked)
    image.unlink()
    if link is not None:
        link.send_laps(out / "laps")
    return written


def _analyst(
    settings: CueSettings, info: SessionInfo, given: tuple[Drive, ...], link: ServiceLink | None, *, alone: bool
) -> Callable[[], Analyst]:
    """Who analyzes, and against which lap."""
    as_read = replace(info, simulator="iracing")  # which is whose memory the drive goes through
    chosen = link.chosen_reference(as_read) if link is not None and not given and not alone else None
    if chosen is None:
        laps = given or (() if alone else (demo_reference(),))
        return lambda: Analyst(settings, given=laps)
    shelved, lap = chosen
    return lambda: Analyst(settings, given=(lap,), given_is_own=shelved.mine, given_says=CHOSEN + shelved.says)


def _seconds(made: Made) -> float:
    clock = made.recording.column("session_time_s")
    return float(clock[-1] - clock[0])
