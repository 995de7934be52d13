"""Listens for hotkeys and wheel buttons in two threads and passes on what they mean.

A system that lets nobody listen (no X11, no permission) costs the hotkeys and one notice, never the session.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

from overlay.hotkeys.bindings import Bindings
from overlay.hotkeys.buttons import listen_for_buttons
from overlay.hotkeys.names import Action

_START_S = _END_S = 5.0


class HotkeyListener:
    """From `start` to `stop`. Both functions are called in the listener's threads: a window must pass them on to its own."""

    def __init__(self, bindings: Bindings, *, on_action: Callable[[Action], None], on_notice: Callable[[str], None]) -> None:
        self._bindings, self._on_action, self._on_notice = bindings, on_action, on_notice
        self._threads: list[threading.Thread] = []
        self._stops: list[Callable[[], None]] = []

    def start(self) -> None:
        """Take the keys, begin to listen; returns when the keys are taken or refused."""
        for fault in self._bindings.faults:
            self._on_notice(fault)
        if self._bindings.keys and sys.platform == "win32":
            self._take_keys(self._windows_keys)
        elif self._bindings.keys:
            self._take_keys(self._x11_keys)
        if self._bindings.buttons:
            self._stops.append(listen_for_buttons(self._button, lambda error: self._refused("buttons", error)))

    def stop(self) -> None:
        """Give the keys back; returns when no function will be called any more."""
        for stop in self._stops:
            stop()
        for thread in self._threads:
            thread.join(_END_S)
        self._threads.clear()
        self._stops.clear()

    def _take_keys(self, listen: Callable[[threading.Event], None]) -> None:
        ready = threading.Event()

        def work() -> None:
            try:
                listen(ready)
            except OSError as error:
                self._refused("hotkeys", error)
            finally:
                ready.set()

        thread = threading.Thread(target=work, name="hotkeys", daemon=True)
        self._threads.append(thread)
        thread.start()
        ready.wait(_START_S)

    def _refused(self, name: str, error: OSError) -> None:
        self._on_notice(f"The {name} cannot be used here: {error}.")

    def _button(self, device: str, number: int) -> None:
        action = self._bindings.of_button(device, number)
        if action is not None:
            self._on_action(action)

    def _x11_keys(self, ready: threading.Event) -> None:
        from overlay.hotkeys.x11 import X11Keys  # noqa: PLC0415  not on Windows

        keys = X11Keys()
        stop, writing = os.pipe()  # the one can be read once the other is closed
        self._stops.append(lambda: os.close(writing))
        try:
            for fault in keys.grab(self._bindings.keys):
                self._on_notice(fault)
            ready.set()
            keys.run(self._on_action, stop)
        finally:
            keys.close()
            os.close(stop)

    if sys.platform == "win32":

        def _windows_keys(self, ready: threading.Event) -> None:
            from overlay.hotkeys.windows import WindowsKeys  # noqa: PLC0415

            keys = WindowsKeys()
            for fault in keys.grab(self._bindings.keys):
                self._on_notice(fault)
            self._stops.append(keys.stop)
            ready.set()
            try:
                keys.run(self._on_action)
            finally:
                keys.close()
