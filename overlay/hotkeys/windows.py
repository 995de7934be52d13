"""Global keys and controller buttons on Windows, by RegisterHotKey and winmm.

It cannot run on the machines that test this project: so it decides nothing, and what it uses of ours is tested elsewhere. winmm knows 16 controllers of 32 buttons and not their names: here they are called "Controller 1" to "Controller 16".
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable

from overlay.hotkeys.bindings import pressed
from overlay.hotkeys.names import KEYS, Action, Keys

_MODIFIERS = {"Alt": 1, "Ctrl": 2, "Shift": 4, "Win": 8}
_NO_REPEAT, _WM_HOTKEY, _WM_QUIT = 0x4000, 0x0312, 0x0012
_RETURN_BUTTONS, _CONTROLLERS = 0x80, 16
_POLL_S, _LOOK_AGAIN = 1 / 30, 90  # asking for a controller that is not there is slow: every third second only


class JoyInfo(ctypes.Structure):
    """JOYINFOEX of mmsystem.h: 13 double words."""

    _fields_ = tuple(
        (name, ctypes.c_uint32)
        for name in ("size", "flags", "x", "y", "z", "r", "u", "v", "buttons", "button_number", "pov", "reserved1", "reserved2")
    )


if sys.platform == "win32":
    from ctypes import wintypes

    class WindowsKeys:
        """Registered hotkeys of one thread, which must be the one that calls."""

        def __init__(self) -> None:
            self._user32 = ctypes.WinDLL("user32", use_last_error=True)
            self._actions: list[Action] = []
            self.thread_id = ctypes.WinDLL("kernel32").GetCurrentThreadId()

        def grab(self, keys: dict[Keys, Action]) -> list[str]:
            """Take these combinations; what could not be taken, as sentences."""
            faults = []
            for combination, action in keys.items():
                flags = _NO_REPEAT | sum(_MODIFIERS[name] for name in combination.modifiers)
                if not self._user32.RegisterHotKey(None, len(self._actions), flags, KEYS[combination.key].windows):
                    faults.append(f"{combination} is taken by another program: choose other keys for {action.label}.")
                self._actions.append(action)
            return faults

        def run(self, on_action: Callable[[Action], None]) -> None:
            """Call for every press until `stop`."""
            message = wintypes.MSG()
            while self._user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                if message.message == _WM_HOTKEY:
                    on_action(self._actions[message.wParam])

        def stop(self) -> None:
            """End `run`; from another thread."""
            self._user32.PostThreadMessageW(self.thread_id, _WM_QUIT, 0, 0)

        def close(self) -> None:
            """Give the keys back."""
            for number in range(len(self._actions)):
                self._user32.UnregisterHotKey(None, number)


def read_controllers(ask: Callable[[int, JoyInfo], int], on_button: Callable[[str, int], None], stop: threading.Event) -> None:
    """Call for every button that goes down until `stop`. `ask(controller, info)` fills in the state, 0: it is there (joyGetPosEx)."""
    info = JoyInfo(size=ctypes.sizeof(JoyInfo), flags=_RETURN_BUTTONS)
    held: dict[int, int] = {}
    tick = 0
    while not stop.wait(_POLL_S):
        for controller in range(_CONTROLLERS) if tick % _LOOK_AGAIN == 0 else list(held):
            if stop.is_set():
                return
            if ask(controller, info) != 0:
                held.pop(controller, None)
                continue
            for number in pressed(held.get(controller, info.buttons), info.buttons):
                on_button(f"Controller {controller + 1}", number)
            held[controller] = info.buttons
        tick += 1
