"""The helper process: loads one engine, then answers one request after another until its input ends. Run as a module by `helper.py`.

request   {"text": "...", "speed": 1.0}            one line of JSON
answer    {"samples": N} and N float32             48 kHz, trimmed and levelled, ready to be a clip
          {"unspeakable": "why"}                   this text cannot be said
first     {"ready": true} or {"broken": "why"}     the engine's state, before any request

With --list it tells which voices the engine offers, {"voices": ["..."]}, and ends.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

from overlay.voice.clip import Samples, speech_samples
from overlay.voice.engine import Engine, EngineChoice, engine_voices, load_engine
from overlay.voice.engine_errors import BrokenEngine, Unspeakable


def main() -> None:
    """Serve until stdin ends, which it does also when the parent dies."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engine")
    parser.add_argument("--voice", default="")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not get between the answers
    if sys.platform != "win32":  # on Windows the parent starts us with a lower priority
        os.nice(10)
    choice = EngineChoice(args.engine, args.voice, args.folder)
    try:
        if args.list:
            _answer(answers, {"voices": engine_voices(choice)})
            return
        engine = load_engine(choice)
    except BrokenEngine as error:
        _answer(answers, {"broken": str(error)})
        return
    _answer(answers, {"ready": True})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _serve(engine, request["text"], request["speed"], answers)


def _serve(engine: Engine, text: str, speed: float, answers: BinaryIO) -> None:
    try:
        samples = speech_samples(*engine.speak(text, speed))
    except (Unspeakable, ValueError) as error:
        _answer(answers, {"unspeakable": str(error)})
    else:
        _answer(answers, {"samples": len(samples)}, samples)


def _answer(answers: BinaryIO, head: dict[str, object], samples: Samples | None = None) -> None:
    answers.write(json.dumps(head).encode() + b"\n")
    if samples is not None:
        answers.write(samples.astype("<f4").tobytes())
    answers.flush()


if __name__ == "__main__":
    main()
