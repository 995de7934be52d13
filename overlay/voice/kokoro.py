"""The neural voice: Kokoro through kokoro-onnx, on one thread. Its phonemizer is GPL-3: loaded in the helper process and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from overlay.voice.clip import Samples
from overlay.voice.engine_errors import BrokenEngine, Unspeakable
from overlay.voice.model import MODEL, VOICES, damage, model_folder

DEFAULT_VOICE = "af_heart"  # the one its authors grade best
INSTALL = "racing-coach voice install"


class KokoroVoice:
    """One voice of the loaded model."""

    def __init__(self, model: object, voice: str) -> None:
        self._model = model
        self._voice = voice
        self._language = "en-gb" if voice.startswith("b") else "en-us"  # the first letter of a voice is its language

    def speak(self, text: str, speed: float) -> tuple[Samples, int]:
        """Raw speech, 24 kHz."""
        try:
            samples, rate_hz = self._model.create(text, voice=self._voice, speed=speed, lang=self._language)  # type: ignore[attr-defined]
        except Exception as error:  # whatever the phonemizer or the runtime cannot do with this text
            raise Unspeakable(str(error)) from error
        return np.asarray(samples, dtype=np.float32).reshape(-1), int(rate_hz)


def load_kokoro(voice: str = "", folder: Path | None = None) -> KokoroVoice:
    """Check the model's files against what was installed, and load them. BrokenEngine: not installed, damaged, or no such voice."""
    place = folder or model_folder()
    wrong = damage(place)
    if wrong:
        raise BrokenEngine(f"{wrong}: {INSTALL}")
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when onnxruntime is imported; it writes a device id otherwise
    try:
        from kokoro_onnx import Kokoro  # noqa: PLC0415
        from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise BrokenEngine(f"kokoro-onnx is not installed: pip install 'racing-coach[kokoro]' ({error})") from error
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a spinning thread is a busy core beside the simulator
    try:
        session = InferenceSession(str(place / MODEL.name), options, providers=["CPUExecutionProvider"])
        model = Kokoro.from_session(session, str(place / VOICES.name))
        names = model.get_voices()
    except Exception as error:
        raise BrokenEngine(f"the model in {place} cannot be used ({error}): {INSTALL}") from error
    name = voice or (DEFAULT_VOICE if DEFAULT_VOICE in names else names[0])
    if name not in names:
        raise BrokenEngine(f'the neural voice has no voice named "{name}": racing-coach voice list')
    return KokoroVoice(model, name)


def kokoro_voices(folder: Path | None = None) -> list[str]:
    """Names in the installed voices file. BrokenEngine: not installed or damaged."""
    place = folder or model_folder()
    wrong = damage(place)
    if wrong:
        raise BrokenEngine(f"{wrong}: {INSTALL}")
    with np.load(place / VOICES.name, allow_pickle=False) as voices:
        return sorted(voices.files)
