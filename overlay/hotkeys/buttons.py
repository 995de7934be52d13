"""Listens to controllers in a thread of its own: for what is bound to their buttons, and to learn which one a driver means."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

from overlay.hotkeys.names import Button

_END_S = 5.0


def listen_for_buttons(on_button: Callable[[str, int], None], on_fault: Callable[[OSError], None]) -> Callable[[], None]:
    """Call with the device's name and the button's number for every press, in that thread.

    Returns what ends it, once, and waits for its end: nothing is called afterwards.
    """
    thread, end = _begin(on_button, on_fault)

    def stop() -> None:
        end()
        thread.join(_END_S)

    return stop


def learn_button(told: Callable[[Button], None], on_fault: Callable[[OSError], None]) -> Callable[[], None]:
    """Tell the first button that is pressed from now on; returns what ends the listening and waits for nothing: one may still be told."""
    was_told = threading.Event()

    def first(device: str, number: int) -> None:
        if not was_told.is_set():
            was_told.set()
            told(Button(number, " ".join(device.split())))

    return _begin(first, on_fault)[1]


def _begin(on_button: Callable[[str, int], None], on_fault: Callable[[OSError], None]) -> tuple[threading.Thread, Callable[[], None]]:
    """The thread, and what tells it to end; that may be called again."""
    listen, end = _reader()
    ended = threading.Event()

    def work() -> None:
        try:
            listen(on_button)
        except OSError as error:
            on_fault(error)

    def end_once() -> None:
        if not ended.is_set():
            ended.set()
            end()

    thread = threading.Thread(target=work, name="buttons", daemon=True)
    thread.start()
    return thread, end_once


Listen = Callable[[Callable[[str, int], None]], None]

if sys.platform == "win32":

    def _reader() -> tuple[Listen, Callable[[], None]]:
        import ctypes  # noqa: PLC0415

        from overlay.hotkeys.windows import read_controllers  # noqa: PLC0415

        stop, winmm = threading.Event(), ctypes.WinDLL("winmm")

        def listen(on_button: Callable[[str, int], None]) -> None:
            read_controllers(lambda controller, info: winmm.joyGetPosEx(controller, ctypes.byref(info)), on_button, stop)

        return listen, stop.set

else:

    def _reader() -> tuple[Listen, Callable[[], None]]:
        from overlay.hotkeys.joysticks import read_joysticks  # noqa: PLC0415

        reading, writing = os.pipe()

        def listen(on_button: Callable[[str, int], None]) -> None:
            try:
                read_joysticks(on_button, reading)
            finally:
                os.close(reading)

        return listen, lambda: os.close(writing)
