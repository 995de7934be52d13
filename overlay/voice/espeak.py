"""espeak-ng through its C interface, from the espeakng-loader wheel. GPL-3: loaded in the helper process and nowhere else."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np

from overlay.voice.clip import Samples
from overlay.voice.engine_errors import BrokenEngine, Unspeakable

# Language and variant. A recogniser of American English, made to choose among the coach's 18 phrases, took the right one in 54 of 54 cases (three
# speeds); of the plain voice's in 14 of 18.
DEFAULT_VOICE = "en-us+f2"
# What is asked of espeak-ng (its default: 175). On the catalogue's sentences, all short words, it gives 158 real words a minute; audio books are
# read at 150-160.
CALM_RATE = 138

# speak_lib.h
_SYNCHRONOUS, _DO_NOT_EXIT = 2, 0x8000
_RATE, _PITCH_RANGE = 1, 4
_UTF8, _CHARACTER = 1, 1
_END_PAUSE = 0x1000  # lets a variant's echo ring out, which would start the next phrase otherwise; the silence is trimmed
_CALM_PITCH_RANGE = 40  # of 100, default 50: less lively, less nagging
_SYNTH_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _EspeakVoice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class Espeak:
    """One voice. Not safe for two threads; the helper has one."""

    def __init__(self, voice: str = "") -> None:
        self._library, self._rate_hz = _load()
        self._pieces: list[Samples] = []
        self._callback = _SYNTH_CALLBACK(self._take)  # kept: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)
        _choose(self._library, voice or DEFAULT_VOICE)
        self._library.espeak_SetParameter(_PITCH_RANGE, _CALM_PITCH_RANGE, 0)

    def speak(self, text: str, speed: float) -> tuple[Samples, int]:
        """Raw speech at the library's rate."""
        self._pieces = []
        self._library.espeak_SetParameter(_RATE, round(CALM_RATE * speed), 0)
        data = text.encode()
        failed = self._library.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, _CHARACTER, 0, _UTF8 | _END_PAUSE, None, None)
        if failed or self._library.espeak_Synchronize():
            raise Unspeakable(f"espeak-ng refused it (code {failed})")
        if not self._pieces:
            raise Unspeakable("nothing to say in it")
        return np.concatenate(self._pieces), self._rate_hz

    def _take(self, wave: Any, count: int, _events: Any) -> int:
        if wave and count > 0:
            self._pieces.append(np.ctypeslib.as_array(wave, shape=(count,)).astype(np.float32) / np.float32(32768))
        return 0  # go on


def espeak_voices() -> list[str]:
    """Languages that `EngineChoice.voice` takes, English ones first."""
    return _languages(_load()[0])


def _languages(library: ctypes.CDLL) -> list[str]:
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_EspeakVoice))
    listed = library.espeak_ListVoices(None)
    found = set()
    index = 0
    while listed[index]:  # the list ends with a null pointer
        found.add(listed[index].contents.languages[1:].decode())  # the first byte is a priority
        index += 1
    return sorted(found, key=lambda name: (not name.startswith("en"), name))


def _choose(library: ctypes.CDLL, name: str) -> None:
    """By the name of a voice ("en-us+f3"), else by language ("en-gb"), which the library would replace silently when unknown."""
    if library.espeak_SetVoiceByName(name.encode()) == 0:
        return
    wanted = _EspeakVoice(languages=name.encode())
    if name not in _languages(library) or library.espeak_SetVoiceByProperties(ctypes.byref(wanted)) != 0:
        raise BrokenEngine(f'espeak-ng has no voice named "{name}"')


def _load() -> tuple[ctypes.CDLL, int]:
    """The library, initialised, and its sample rate."""
    try:
        import espeakng_loader  # noqa: PLC0415

        data = Path(espeakng_loader.get_data_path())
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except (ImportError, OSError) as error:
        raise BrokenEngine(f"espeak-ng is not installed: pip install 'racing-coach[voice]' ({error})") from error
    if not (data / "phontab").is_file():  # without its data the library ends the process
        raise BrokenEngine(f"espeak-ng's data is missing in {data}: install espeakng-loader again")
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS, 0, str(data).encode(), _DO_NOT_EXIT)
    if rate_hz <= 0:
        raise BrokenEngine(f"espeak-ng does not start (code {rate_hz})")
    return library, int(rate_hz)
