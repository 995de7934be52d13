"""`racing-coach overlay`: the live coach beside the simulator; `--demo` with a simulated drive, `--headless` without a screen."""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from coach.cli.common import check_seed
from coach.cues.settings import Style, settings_for
from coach.errors import BadInput
from coach.files import make_folder
from overlay.demo import LAPS, Demo
from overlay.folders import data_folder
from overlay.order import Order

if TYPE_CHECKING:
    from overlay.headless import Written
    from overlay.service_link import ServiceLink

OUT = Path("racing-coach-session")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to coach, how it is shown, where files go."""
    parser.add_argument("--demo", action="store_true", help="coach a simulated drive, through the memory that iRacing would publish")
    parser.add_argument(
        "--headless", action="store_true", help="no screen, faster than time (with --demo): pictures, sound and summary as files"
    )
    parser.add_argument("--laps", type=int, metavar="N", help=f"laps of the demo (default {LAPS})")
    parser.add_argument("--seed", type=int, metavar="N", help="another seed, another drive (default 1)")
    parser.add_argument(
        "--reference", action="append", default=[], metavar="FILE[#N]", help="lap to be measured against; repeat it and they vote"
    )
    parser.add_argument("--alone", action="store_true", help="demo without a reference: nothing but the driver's own laps")
    parser.add_argument(
        "--style", choices=[style.value for style in Style], help="how much the coach says (default: as set; --headless: normal)"
    )
    parser.add_argument(
        "--sensitivity", type=float, metavar="X", help="0 only large losses .. 1 small ones too (default: as set; --headless: 0.5)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"folder for the files of --headless (default {OUT})")
    parser.add_argument(
        "--service",
        default="",
        metavar="URL",
        help="sign in to this service, use the reference chosen there, send the laps (with --demo --headless)",
    )
    parser.add_argument("--image", type=Path, metavar="FILE", help="read live memory from this file instead of the simulator's")


def run(args: argparse.Namespace) -> None:
    """Choose the shape and run it."""
    style = Style(args.style) if args.style else None
    settings = settings_for(style or Style.NORMAL, 0.5 if args.sensitivity is None else args.sensitivity)
    _check_nothing_is_ignored(args)
    laps, seed = LAPS if args.laps is None else args.laps, 1 if args.seed is None else args.seed
    check_seed(seed)
    if laps < 1:
        raise BadInput(f"--laps {laps}: a demo needs at least one lap.")
    if args.headless:
        if not args.demo:
            raise BadInput("--headless needs --demo; for a recording use `racing-coach replay FILE`.")
        from overlay.headless_demo import headless_demo  # noqa: PLC0415 - the simulated drive takes a second to load

        link = _signed_in(args.service) if args.service else None
        print_written(headless_demo(args.out or OUT, settings, tuple(args.reference), laps, seed, alone=args.alone, link=link))
        return
    if args.service:
        raise BadInput("--service needs --demo --headless; for the overlay on a screen it is a setting (service.url).")
    if not args.demo and args.image is None and sys.platform != "win32":
        raise BadInput("iRacing runs on Windows only. Here: --demo drives a simulated car, --image FILE reads live memory from a file.")
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise BadInput("There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set): use --demo --headless.")
    if sys.platform.startswith("linux") and _is_dead_x11():
        raise BadInput(f"No screen answers (DISPLAY is {os.environ['DISPLAY']}): set it to one that does, or use --demo --headless.")
    from overlay.start import run_app  # noqa: PLC0415 - Qt is loaded only where there is a screen

    given = tuple(args.reference)
    if not args.demo:
        run_app(Order(given, args.image, None, style, args.sensitivity))
        return
    folder = data_folder() / "demo"
    make_folder(folder)
    demo = Demo(folder, laps, seed, with_reference=not args.alone)
    run_app(Order(given, None, demo, style, args.sensitivity))


def _check_nothing_is_ignored(args: argparse.Namespace) -> None:
    for name, is_given in (("--laps", args.laps is not None), ("--seed", args.seed is not None), ("--alone", args.alone)):
        if is_given and not args.demo:
            raise BadInput(f"{name} is for the demonstration: add --demo.")
    if args.demo and args.image is not None:
        raise BadInput("--image is for the overlay without --demo: the demonstration drives through a memory of its own.")
    if args.out is not None and not args.headless:
        raise BadInput("--out is for --headless: the overlay on a screen keeps its sessions in the data folder.")
    if args.alone and args.reference:
        raise BadInput("--alone is the demonstration without a reference: leave out --alone or --reference.")


def _is_dead_x11() -> bool:
    """Whether Qt would go to an X11 screen that is not there: it ends the whole process then, without a word of ours."""
    if os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM", "xcb") != "xcb":
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False  # Qt has its own words for what is not installed
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    is_dead = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return is_dead


def _signed_in(address: str) -> ServiceLink:
    from overlay.service_link import ServiceLink  # noqa: PLC0415 - only where a service is asked for

    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a code must be seen while it is waited for
    link = ServiceLink(address)
    link.sign_in()
    return link


def print_written(written: Written) -> None:
    """Where everything is."""
    print(f"Coached {_counted(written.laps, 'lap')}, {_counted(written.cues, 'cue')} spoken.")
    for notice in written.notices:
        print(f"Note: {notice}")
    print(f"Session summary: {written.summary.resolve()}")
    print(f"Spoken session:  {written.sound.resolve()}")
    names = ", ".join(path.name for path in written.pictures)
    print(f"Pictures:        {names} in {written.summary.parent.resolve()}" if names else "Pictures:        none")
    print(f"Session log:     {written.log.resolve()}")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
