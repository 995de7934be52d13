"""`racing-coach overlay`: the live coach beside the simulator; `--demo` with a simulated drive, `--headless` without a screen."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tqdm import tqdm

from coach.cli.common import split_reference
from coach.compare.study import Drive, open_drive
from coach.cues.settings import CueSettings, Style, settings_for
from coach.errors import BadInput, NoCompleteLap
from coach.files import make_folder
from coach.live.analyst import Analyst
from coach.sim.live import LiveDrive
from coach.sim.output import Made
from coach.telemetry.sources import open_recording
from overlay.demo_drive import LAPS, Demo, demo_reference, demo_session
from overlay.headless import Written, followed, run_headless
from overlay.voice.notice import Level
from overlay.voice.settings import VoiceSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to coach, how it is shown, where files go."""
    parser.add_argument("--demo", action="store_true", help="coach a simulated drive, through the memory that iRacing would publish")
    parser.add_argument(
        "--headless", action="store_true", help="no screen, faster than time (with --demo): pictures, sound and summary as files"
    )
    parser.add_argument("--laps", type=int, default=LAPS, metavar="N", help=f"laps of the demo (default {LAPS})")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another seed, another drive")
    parser.add_argument(
        "--reference", action="append", default=[], metavar="FILE[#N]", help="lap to be measured against; repeat it and they vote"
    )
    parser.add_argument("--alone", action="store_true", help="demo without a reference: nothing but the driver's own laps")
    parser.add_argument("--style", choices=[style.value for style in Style], help="how much the coach says (default: as set; normal)")
    parser.add_argument("--sensitivity", type=float, metavar="X", help="0 only large losses .. 1 small ones too (default: as set; 0.5)")
    parser.add_argument("--out", type=Path, default=Path("racing-coach-session"), metavar="DIR", help="folder for the files of --headless")
    parser.add_argument("--image", type=Path, metavar="FILE", help="read live memory from this file instead of the simulator's")


def run(args: argparse.Namespace) -> None:
    """Choose the shape and run it."""
    style = Style(args.style) if args.style else None
    settings = settings_for(style or Style.NORMAL, 0.5 if args.sensitivity is None else args.sensitivity)
    if args.laps < 1:
        raise BadInput(f"--laps {args.laps}: a demo needs at least one lap.")
    if args.headless:
        if not args.demo:
            raise BadInput("--headless needs --demo; for a recording use `racing-coach replay FILE`.")
        print_written(headless_demo(args, settings))
        return
    if not args.demo and args.image is None and sys.platform != "win32":
        raise BadInput("iRacing runs on Windows only. Here: --demo drives a simulated car, --image FILE reads live memory from a file.")
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise BadInput("There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set): use --demo --headless.")
    from overlay.app import Order, run_app  # noqa: PLC0415 - Qt is loaded only where there is a screen

    given = tuple(args.reference)
    if not args.demo:
        run_app(Order(given, args.image, None, style, args.sensitivity))
        return
    with tempfile.TemporaryDirectory(prefix="racing-coach-") as folder:
        demo = Demo(Path(folder), args.laps, args.seed, with_reference=not args.alone)
        run_app(Order(given, None, demo, style, args.sensitivity))


def references(args: argparse.Namespace) -> tuple[Drive, ...]:
    """The laps named, or the demo's own."""
    drives = []
    for text in args.reference:
        path, number = split_reference(text)
        drive = open_drive(open_recording(path))
        if not drive.timed:
            raise NoCompleteLap(f"{path}: no complete lap to compare with. Give a recording with at least one full lap.")
        drives.append(drive if number is None else Drive(drive.recording, (drive.lap(number),)))
    return tuple(drives) if drives or not args.demo or args.alone else (demo_reference(),)


def headless_demo(args: argparse.Namespace, settings: CueSettings) -> Written:
    """Drive, coach, write."""
    make_folder(args.out)
    made, given = demo_session(args.laps, args.seed), references(args)
    image = args.out / "live-memory.bin"
    with (
        LiveDrive(made, image) as drive,
        tqdm(total=_seconds(made), unit="s", desc="coached", disable=not sys.stderr.isatty(), leave=False) as bar,
    ):

        def progress(done_s: float) -> None:
            bar.update(done_s - bar.n) if done_s - bar.n > 1.0 else None

        written = run_headless(
            followed(drive, image), args.out, settings, lambda: Analyst(settings, given=given), VoiceSettings(level=Level.KOKORO), progress
        )
    image.unlink()
    return written


def print_written(written: Written) -> None:
    """Where everything is."""
    print(f"Coached {written.laps} laps, {written.cues} cues spoken.")
    for notice in written.notices:
        print(f"Note: {notice}")
    print(f"Session summary: {written.summary.resolve()}")
    print(f"Spoken session:  {written.sound.resolve()}")
    print(f"Pictures:        {', '.join(path.name for path in written.pictures)} in {written.summary.parent.resolve()}")
    print(f"Session log:     {written.log.resolve()}")


def _seconds(made: Made) -> float:
    clock = made.recording.column("session_time_s")
    return float(clock[-1] - clock[0])
