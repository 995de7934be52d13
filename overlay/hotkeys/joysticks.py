"""Controller buttons on Linux, by the kernel's joystick files (Documentation/input/joydev/joystick-api.rst)."""

from __future__ import annotations

import os
import select
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

DEVICES = Path("/dev/input")
_EVENT = struct.Struct("=IhBB")  # time in ms, value, type, number
_BUTTON = 1  # with 0x80 it tells the state at opening, which is no press
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)  # Windows has neither it nor these files
_LOOK_AGAIN_S = 2.0  # for controllers that were plugged in
_GONE_S = 0.2  # a device that ends as soon as it is opened must not keep a core busy
_JSIOCGNAME = 0x80006A13  # with the length in bits 16 to 29


def read_joysticks(on_button: Callable[[str, int], None], stop: int, folder: Path = DEVICES) -> None:
    """Call with the device's name and the button's number, from 1, for every press, until the file descriptor `stop` can be read."""
    opened: dict[Path, tuple[int, str]] = {}
    try:
        while True:
            _open_new(folder, opened)
            ready = select.select([stop, *(handle for handle, _ in opened.values())], [], [], _LOOK_AGAIN_S)[0]
            if stop in ready:
                return
            for path, (handle, name) in list(opened.items()):
                if handle in ready and not _read(handle, name, on_button):
                    os.close(handle)
                    del opened[path]
                    if select.select([stop], [], [], _GONE_S)[0]:
                        return
    finally:
        for handle, _ in opened.values():
            os.close(handle)


def _open_new(folder: Path, opened: dict[Path, tuple[int, str]]) -> None:
    for path in sorted(folder.glob("js*")):
        if path not in opened:
            with suppress(OSError):  # no permission, or just unplugged
                handle = os.open(path, os.O_RDONLY | _NO_WAITING)
                opened[path] = (handle, _name_of(handle) or path.name)


def _read(handle: int, name: str, on_button: Callable[[str, int], None]) -> bool:
    """Pass on what is there; False: the device is gone."""
    try:
        raw = os.read(handle, _EVENT.size * 64)
    except BlockingIOError:
        return True
    except OSError:
        return False
    for _, value, kind, number in _EVENT.iter_unpack(raw[: len(raw) // _EVENT.size * _EVENT.size]):
        if kind == _BUTTON and value:
            on_button(name, number + 1)
    return bool(raw)


def _name_of(handle: int) -> str:
    """The device's own name; empty when it tells none."""
    if sys.platform != "linux":
        return ""
    import fcntl  # noqa: PLC0415  not on Windows

    buffer = bytearray(128)
    with suppress(OSError):
        fcntl.ioctl(handle, _JSIOCGNAME | len(buffer) << 16, buffer)
    return buffer.split(b"\0")[0].decode(errors="replace")
