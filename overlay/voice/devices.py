"""Sound output devices: which there are, and opening a stream on one by name. PortAudio is touched here and nowhere else.

The library is loaded late: without it the coach still runs, as text.
"""

from __future__ import annotations

import atexit
import threading
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from overlay.voice.clip import RATE_HZ

# Asked from the device. On a real sound server 30 ms give 31 ms from call to first sample on a loaded machine without a gap; "low"
# gives 6 ms when idle and falls apart on one.
LATENCY_S = 0.030
# Looking for new devices ends the library and begins it again; who asks for the devices meanwhile finds it not there.
_ONE_AT_A_TIME = threading.RLock()
STARTS_WITHIN_S = 5.0  # a sound server that begins to run takes 2 s
_library_is_stuck = threading.Event()  # a start never came back: the library cannot be ended any more
QUEUE = 64  # clips, cancellations and probes on their way to or from the sound card's thread; a power of two


class NoDevice(Exception):
    """There is no such output, or it cannot be opened."""


class NoSoundLibrary(NoDevice):
    """PortAudio is not installed."""


@dataclass(frozen=True, slots=True)
class Device:
    """An output as PortAudio names it."""

    index: int
    name: str
    interface: str  # host interface: ALSA, Windows WASAPI, ...
    is_default: bool


def output_devices() -> list[Device]:
    """All outputs, of Windows' several interfaces only the one with a short and steady delay. NoDevice: they cannot be asked for."""
    sounddevice = _library()
    with _ONE_AT_A_TIME:
        try:
            return _outputs(sounddevice)
        except sounddevice.PortAudioError as error:
            raise NoDevice(str(error)) from error


def _outputs(sounddevice: Any) -> list[Device]:
    interfaces = [str(entry["name"]) for entry in sounddevice.query_hostapis()]
    wasapi = interfaces.index("Windows WASAPI") if "Windows WASAPI" in interfaces else None
    default = sounddevice.query_hostapis(wasapi)["default_output_device"] if wasapi is not None else sounddevice.default.device[1]
    return [
        Device(index, str(entry["name"]), interfaces[entry["hostapi"]], index == default)
        for index, entry in enumerate(sounddevice.query_devices())
        if entry["max_output_channels"] > 0 and (wasapi is None or entry["hostapi"] == wasapi)
    ]


def find_device(name: str) -> Device:
    """The output of this name, or one whose name contains it; the system's default for an empty name. NoDevice: there is none."""
    devices = output_devices()
    fitting = [d for d in devices if (d.is_default if not name else name.casefold() in d.name.casefold())]
    exact = [d for d in fitting if d.name.casefold() == name.casefold()]
    for found in (*exact, *fitting):
        return found
    raise NoDevice(f'no output named "{name}"' if name else "no output device")


def open_stream(name: str) -> Any:
    """A started mono stream (`rtmixer.Mixer`) on the device of this name. NoDevice: it cannot be opened; the text says why."""
    with _ONE_AT_A_TIME:
        return _opened(name)


def _opened(name: str) -> Any:
    sounddevice = _library()
    rescan(sounddevice)
    try:
        device = find_device(name)
        # WASAPI is strict about rates and channels unless Windows converts.
        extra = sounddevice.WasapiSettings(auto_convert=True) if device.interface == "Windows WASAPI" else None
        stream = _mixing_library().Mixer(
            samplerate=RATE_HZ,
            channels=1,
            device=device.index,
            latency=LATENCY_S,
            qsize=QUEUE,
            extra_settings=extra,
        )
        _start(stream, sounddevice)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise NoDevice(str(error)) from error
    return stream


def _start(stream: Any, sounddevice: Any) -> None:
    """Start a stream. NoDevice: it does not come back in time, and is left alone.

    On Linux `start` waits for ever when the sound server dies in just that moment: PortAudio's own thread ends while it holds the lock that
    the caller waits for. Ending the library would then end the process.
    """
    failed: list[Exception] = []
    came_back, given_up = threading.Event(), threading.Event()

    def start() -> None:
        try:
            stream.start()
        except sounddevice.PortAudioError as error:
            failed.append(error)
        came_back.set()
        if given_up.is_set():
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)

    threading.Thread(target=start, name="starting sound output", daemon=True).start()
    if not came_back.wait(STARTS_WITHIN_S):
        given_up.set()
        _library_is_stuck.set()
        atexit.unregister(sounddevice._exit_handler)  # noqa: SLF001
        raise NoDevice("it does not start")
    for error in failed:
        raise error


def rescan(sounddevice: ModuleType) -> None:
    """Look for devices again: PortAudio lists them once, when it starts. No stream may be open. sounddevice has no public call for it.

    After a start that never came back the list stays as it is; the outputs on it can still be opened.
    """
    if _library_is_stuck.is_set():
        return
    sounddevice._terminate()  # noqa: SLF001
    sounddevice._initialize()  # noqa: SLF001


def _library() -> ModuleType:
    try:
        import sounddevice  # noqa: PLC0415
    except (ImportError, OSError) as error:  # OSError: the wheel is there, PortAudio is not
        raise NoSoundLibrary(str(error)) from error
    module: ModuleType = sounddevice
    return module


def _mixing_library() -> ModuleType:
    try:
        import rtmixer  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise NoSoundLibrary(str(error)) from error
    module: ModuleType = rtmixer
    return module
