"""`racing-coach replay`: a recording through the live coach, and everything it would have said or left unsaid, with reasons."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from coach.cli.references import references_of
from coach.compare.cause import Cause
from coach.cues.settings import CueSettings, Style, settings_for
from coach.errors import BadInput
from coach.events import Event, EventKind, event_fields
from coach.live.analyst import Analyst
from coach.live.report import ReferenceRule
from coach.replay import frames_of, replay
from coach.session import State
from coach.telemetry.sources import open_recording
from coach.track.store import load_map
from coach.wording import cause_name, clock

QUIET_KINDS = frozenset({EventKind.CORNER})  # too many for a reader; in --json and with --all they are there


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The recording, the reference, how talkative."""
    parser.add_argument("file", type=Path, metavar="FILE", help="recording to drive through the coach")
    parser.add_argument("--reference", action="append", default=[], metavar="FILE[#N]", help="reference recording; repeat it and they vote")
    parser.add_argument("--rule", choices=[rule.value for rule in ReferenceRule], default=ReferenceRule.AUTO.value, help="which reference")
    parser.add_argument("--map", type=Path, metavar="FILE", help="track map that fixes the corners (default: found in the first laps)")
    parser.add_argument("--style", choices=[style.value for style in Style], default=Style.NORMAL.value, help="how much the coach says")
    parser.add_argument("--sensitivity", type=float, default=0.5, metavar="X", help="0 only large losses .. 1 small ones too (default 0.5)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="one threshold (docs/cues.md lists them)")
    parser.add_argument("--all", action="store_true", help="every corner, too")
    parser.add_argument("--json", action="store_true", help="one JSON object a line (docs/cli.md)")


def run(args: argparse.Namespace) -> None:
    """Replay and print each event as it happens."""
    settings = settings_for(Style(args.style), args.sensitivity, overrides_of(args.set))
    if args.rule == ReferenceRule.GIVEN.value and not args.reference:
        raise BadInput("--rule given needs the lap: --reference FILE, or FILE#N.")
    if args.reference and args.rule in {ReferenceRule.OWN_BEST.value, ReferenceRule.POTENTIAL.value}:
        raise BadInput(f"--rule {args.rule} compares with no given lap: leave out --reference, or use --rule given.")
    recording = open_recording(args.file)
    analyst = Analyst(settings, ReferenceRule(args.rule), references_of(args.reference), load_map(args.map) if args.map else None)
    state = State(settings, recording.session)
    for event in replay(frames_of(recording), state, analyst):
        if args.json:
            print(json.dumps(event_fields(event), ensure_ascii=False, allow_nan=False))
        elif args.all or event.kind not in QUIET_KINDS:
            print(line_of(event, {corner.number: corner.name for corner in state.corners}))


def overrides_of(given: Sequence[str]) -> dict[str, float]:
    """Settings named one by one."""
    overrides = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            overrides[name] = float(value if name else "")
        except ValueError:
            raise BadInput(
                f"--set {text}: NAME=VALUE with a number is expected; names are {', '.join(f.name for f in fields(CueSettings))}."
            ) from None
    return overrides


def line_of(event: Event, corner_names: Mapping[int, str]) -> str:
    """One event for a reader; corners by the names they have, by number."""
    station = " " * 8 if math.isnan(event.station_m) else f"{event.station_m:6.0f} m"
    where = f"{clock(event.t_s):>9}  lap {event.lap:<3} {station}  "
    corner = corner_names.get(event.corner, f"Corner {event.corner}") if event.corner else ""
    evidence = ""
    if event.n:
        figure = f"lost {event.time_lost_s:+.2f}" if math.isnan(event.gain_s) else f"gain {event.gain_s:+.2f}"  # of a call, of a cue
        evidence = f"{figure} s [{event.interval_s[0]:.2f}, {event.interval_s[1]:.2f}] n {event.n}"
    lost = f"lost {event.time_lost_s:+.3f} s" if event.kind is EventKind.CORNER else ""
    words = f'"{event.text}"' if event.kind in {EventKind.CUE, EventKind.EFFECT} and event.text else event.text
    parts = [
        event.kind.value.ljust(9),
        event.state.ljust(9),
        corner,
        _named(event.cause),
        words,
        lost,
        f"({event.reason})" if event.reason else "",
        evidence,
    ]
    return (where + " ".join(part for part in parts if part.strip())).rstrip()


def _named(word: str) -> str:
    """A cause in the catalogue's words; a detection's word as it is."""
    return cause_name(Cause(word)) if word in set(Cause) else word.replace("_", " ")
