"""`racing-coach voice`: install the neural voice, list voices and devices, test the output."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

from tqdm import tqdm

from coach.errors import BadInput
from coach.wording import catalogue, use_language
from overlay.settings.file import SettingsFile
from overlay.voice.cache import ClipCache
from overlay.voice.clip import Clip
from overlay.voice.devices import NoDevice, output_devices
from overlay.voice.engine import KOKORO, SAPI, EngineChoice, engine_voices, system_engine
from overlay.voice.engine_errors import BrokenEngine
from overlay.voice.install import install
from overlay.voice.mixer import Mixer
from overlay.voice.model import SIZE, is_installed, model_folder
from overlay.voice.notice import Level, Notice, Notices
from overlay.voice.output_test import OutputReport, run_output_test
from overlay.voice.settings import DELAY_RANGE_S, SPEED_RANGE, VoiceSettings, voice_settings
from overlay.voice.speaker import bank_texts
from overlay.voice.voice import Voice
from overlay.voice.wav import write_wav

TEST_S = 20
OPENS_WITHIN_S = 10.0
MOST_NAMES = 9  # in a sentence; espeak has 140 voices, of which the first nine speak English


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One action, and how to speak."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    installing = actions.add_parser("install", help="download the neural voice (121 MB) and render the calls that must be ready at once")
    installing.add_argument(
        "--from", dest="source", type=Path, metavar="FOLDER", help="take the files from this folder instead of downloading them"
    )
    installing.set_defaults(level=Level.KOKORO, device=None, delay=None)
    listing = actions.add_parser("list", help="list the voices and the sound outputs")
    listing.add_argument("--json", action="store_true", help="print JSON")
    testing = actions.add_parser("test", help=f"say the test phrase, then tick for {TEST_S} seconds and tell the output's delay")
    testing.add_argument("--device", metavar="NAME", help="part of the output's name (default: as set)")
    testing.add_argument(
        "--delay", type=float, metavar="S", help="what the output adds without telling, as Bluetooth does, in seconds (default: as set)"
    )
    testing.add_argument("--seconds", type=int, default=TEST_S, metavar="N", help=f"length of the output test (default {TEST_S}; 0: none)")
    testing.add_argument("--out", type=Path, metavar="WAV", help="write the phrase to a file instead of playing anything")
    testing.add_argument("--text", help="say this instead of the test phrase")
    testing.add_argument("--json", action="store_true", help="print JSON")
    for each in (installing, testing):
        each.add_argument("--voice", metavar="NAME", help="a voice from `racing-coach voice list` (default: as set)")
        each.add_argument("--speed", type=float, metavar="X", help="1 is calm; {:g} to {:g} (default: as set)".format(*SPEED_RANGE))
    testing.add_argument("--level", choices=list(Level), help="best way of speaking to try (default: as set)")


def run(args: argparse.Namespace) -> None:
    """Do what was asked."""
    {"install": _install, "list": _list, "test": _test}[args.action](args)


def voice_wanted(args: argparse.Namespace) -> VoiceSettings:
    """The driver's settings, except for what the command line says; from here on the words are in his language."""
    loaded = SettingsFile().load()
    for notice in loaded.notices:
        print(notice, file=sys.stderr)
    use_language(loaded.settings.voice.language)
    his = voice_settings(loaded.settings.voice)
    level = Level(args.level or his.level)
    named = "kokoro_voice" if level is Level.KOKORO and is_installed(model_folder()) else "system_voice"
    given = {"level": level, named: args.voice, "speed": args.speed, "device": args.device, "output_delay_s": args.delay}
    wanted = replace(his, **{name: value for name, value in given.items() if value is not None})
    if args.voice and wanted.engines():
        _check_voice(args.voice, wanted.engines()[0])
    return wanted


def _check_voice(name: str, engine: EngineChoice) -> None:
    """BadInput: the engine has no such voice, and another one would speak in its place."""
    try:
        names = engine_voices(engine)
    except BrokenEngine:
        return  # it says so itself when it is to speak
    language = name.partition("+")[0]  # of espeak: a variant may follow
    fits = any(name.casefold() in known.casefold() for known in names) if engine.engine == SAPI else language in names
    if not fits:
        more = f" and {len(names) - MOST_NAMES} more: racing-coach voice list" if len(names) > MOST_NAMES else ""
        raise BadInput(f"--voice {name}: {engine.engine} has no such voice; it has {', '.join(names[:MOST_NAMES])}{more}.")


def _check_numbers(args: argparse.Namespace) -> None:
    """BadInput: a number that an engine or an output would bend to what it can."""
    for name, value, (low, high) in (("--speed", args.speed, SPEED_RANGE), ("--delay", args.delay, DELAY_RANGE_S)):
        if value is not None and not low <= value <= high:
            raise BadInput(f"{name} {value:g}: expected {low:g} to {high:g}.")


def _install(args: argparse.Namespace) -> None:
    _check_numbers(args)
    with tqdm(total=SIZE, desc="neural voice", unit="B", unit_scale=True, unit_divisor=1000, leave=False) as bar:
        install(model_folder(), source=args.source, got=lambda count: bar.update(count - bar.n))
    voice = _voice(voice_wanted(args))
    try:
        for text in tqdm(bank_texts(), desc="rendering calls", unit="call", leave=False):
            voice.render(text)
        print(f"The coach speaks with: {voice.level}")
    finally:
        voice.close()


def _list(args: argparse.Namespace) -> None:
    engines = [system_engine()]
    if is_installed(model_folder()):
        engines.insert(0, EngineChoice(KOKORO, folder=model_folder()))
    voices = {}
    for engine in engines:
        try:
            voices[engine.engine] = engine_voices(engine)
        except BrokenEngine as error:
            voices[engine.engine] = []
            if not args.json:
                print(f"{engine.engine}: {error}")
    try:
        devices = output_devices()
    except NoDevice as error:
        devices = []
        if not args.json:
            print(f"No sound: {error}")
    if args.json:
        print(json.dumps({"schema": 1, "voices": voices, "outputs": [asdict(each) for each in devices]}))
        return
    for engine_name, names in voices.items():
        print(f"{engine_name}: {', '.join(names)}")
    if KOKORO not in voices:
        print("kokoro: not installed (racing-coach voice install)")
    for device in devices:
        print(f"output: {device.name} ({device.interface}){', default' if device.is_default else ''}")


def _test(args: argparse.Namespace) -> None:
    _check_numbers(args)
    if args.text is not None and not args.text.strip():
        raise BadInput("--text is empty: there is nothing to say.")
    wanted = voice_wanted(args)
    voice = _voice(wanted)
    try:
        clip = voice.render(args.text or catalogue()["voice"]["test"])
        level = voice.level
    finally:
        voice.close()
    if args.out and level is Level.TEXT:
        raise BadInput(f"--out {args.out}: nothing is spoken at the level text: there is nothing to write.")
    if args.out:
        write_wav(args.out, clip.samples)
        print(args.out)
        return
    mixer = Mixer(Notices(_say_notice), device=wanted.device, volume=wanted.volume, output_delay_s=wanted.output_delay_s)
    try:
        if not mixer.wait_open(OPENS_WITHIN_S):
            raise BadInput(f'No sound output could be opened (asked for "{wanted.device or "the default"}"): see racing-coach voice list.')
        mixer.play(clip)
        time.sleep(clip.spoken_s)
        report = run_output_test(mixer, args.seconds, lambda beat: None if args.json else print(f"\rtick {beat}", end="", flush=True))
    finally:
        mixer.close()
    _print_report(report, level, clip, as_json=args.json)


def _print_report(report: OutputReport, level: Level, clip: Clip, *, as_json: bool) -> None:
    if as_json:
        print(
            json.dumps(
                {"schema": 1, "level": level, "spoken_s": round(clip.spoken_s, 3), "output": asdict(report) if report.ticks else None}
            )
        )
        return
    print(f"\rSpoken with: {level}, {clip.spoken_s:.2f} s")
    if not report.ticks:
        return
    print(
        f"Ticks played: {report.played} of {report.ticks}, each within {report.worst_start_s * 1000:.1f} ms of its plan on the stream's clock"
    )
    print(
        f"Delay the output reports: {report.delay_median_s * 1000:.0f} ms "
        f"({report.delay_min_s * 1000:.0f} to {report.delay_max_s * 1000:.0f}); gaps in the sound: {report.underruns}"
    )
    print("If you heard the ticks after you saw them (wireless headsets do that), set the output delay: --delay 0.15, and compare again.")


def _voice(settings: VoiceSettings) -> Voice:
    return Voice(
        settings.engines(),
        ClipCache(settings.cache_folder()),
        Notices(_say_notice),
        speed=settings.speed,
        silent=settings.level is Level.TEXT,
    )


def _say_notice(notice: Notice) -> None:
    print(notice.text, file=sys.stderr)
