"""Global keys on X11, by passive grabs through libxcb: whoever has the keyboard, the combination comes to us.

libxcb answers every request for itself; Xlib would need an error handler for the whole process, which Qt has, too.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import select
from collections.abc import Callable, Iterable

from overlay.hotkeys.names import KEYS, Action, Keys

SHIFT, CAPS_LOCK, CONTROL, ALT, NUM_LOCK, SUPER = (
    1,
    2,
    4,
    8,
    16,
    64,
)  # modifier masks; Alt is Mod1, Num Lock Mod2, Super Mod4 nearly everywhere
_MASKS = {"Ctrl": CONTROL, "Shift": SHIFT, "Alt": ALT, "Win": SUPER}
_LOCKS = (0, CAPS_LOCK, NUM_LOCK, CAPS_LOCK | NUM_LOCK)  # a grab is for exact modifiers, and these two do not count
_KEY_PRESS, _KEY_RELEASE, _ASYNC = 2, 3, 1


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


class _Screens(ctypes.Structure):
    _fields_ = (("root", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int), ("index", ctypes.c_int))


class _KeyEvent(ctypes.Structure):
    _fields_ = (
        ("response_type", ctypes.c_uint8),
        ("keycode", ctypes.c_uint8),
        ("sequence", ctypes.c_uint16),
        ("time_ms", ctypes.c_uint32),
        ("windows", ctypes.c_uint32 * 3),
        ("positions", ctypes.c_int16 * 4),
        ("state", ctypes.c_uint16),
    )


class X11Keys:
    """Grabbed keys of one connection. Made, used and closed by one thread. OSError: no X11 here."""

    def __init__(self) -> None:
        self._xcb, self._symbols_of = _library("xcb"), _library("xcb-keysyms")
        _declare(self._xcb, self._symbols_of)
        self._connection = self._xcb.xcb_connect(None, None)
        if self._xcb.xcb_connection_has_error(self._connection):
            self._xcb.xcb_disconnect(self._connection)
            raise OSError(f"no X11 screen at DISPLAY={os.environ.get('DISPLAY', '')}")
        self._root = self._xcb.xcb_setup_roots_iterator(self._xcb.xcb_get_setup(self._connection)).root[0]
        self._symbols = self._symbols_of.xcb_key_symbols_alloc(self._connection)
        self._actions: dict[tuple[int, int], Action] = {}
        self._released_ms: dict[int, int] = {}

    def grab(self, keys: dict[Keys, Action]) -> list[str]:
        """Take these combinations; what could not be taken, as sentences."""
        faults = []
        for combination, action in keys.items():
            codes = list(self._keycodes(KEYS[combination.key].x11))
            mask = sum(_MASKS[name] for name in combination.modifiers)
            if not codes:
                faults.append(f"{combination} is not on this keyboard: choose other keys for {action.label}.")
            else:
                taken = [self._grab(code, mask | locks) for code in codes for locks in _LOCKS]
                if not all(taken):
                    faults.append(f"{combination} is taken by another program: choose other keys for {action.label}.")
            for code in codes:
                self._actions[code, mask] = action
        return faults

    def run(self, on_action: Callable[[Action], None], stop: int) -> None:
        """Call for every press until the file descriptor `stop` can be read or the screen goes away."""
        screen = self._xcb.xcb_get_file_descriptor(self._connection)
        while not self._xcb.xcb_connection_has_error(self._connection):
            while event := self._xcb.xcb_poll_for_event(self._connection):
                action = self._action_of(event.contents)
                _free(event)
                if action is not None:
                    on_action(action)
            if stop in select.select([screen, stop], [], [])[0]:
                return

    def close(self) -> None:
        """Give the keys back."""
        self._symbols_of.xcb_key_symbols_free(self._symbols)
        self._xcb.xcb_disconnect(self._connection)

    def _action_of(self, event: _KeyEvent) -> Action | None:
        """A held key repeats as a release and a press of the same moment: that is one press."""
        kind = event.response_type & 0x7F
        if kind == _KEY_RELEASE:
            self._released_ms[event.keycode] = event.time_ms
        if kind != _KEY_PRESS or self._released_ms.get(event.keycode) == event.time_ms:
            return None
        return self._actions.get((event.keycode, event.state & (SHIFT | CONTROL | ALT | SUPER)))

    def _grab(self, keycode: int, mask: int) -> bool:
        cookie = self._xcb.xcb_grab_key_checked(self._connection, 0, self._root, mask, keycode, _ASYNC, _ASYNC)
        error = self._xcb.xcb_request_check(self._connection, cookie)
        if error:
            _free(error)
        return not error

    def _keycodes(self, keysym: int) -> Iterable[int]:
        """Keys that give this symbol; the list ends with 0."""
        codes = self._symbols_of.xcb_key_symbols_get_keycode(self._symbols, keysym)
        if not codes:
            return []
        found: list[int] = []
        while codes[len(found)]:
            found.append(codes[len(found)])
        _free(codes)
        return found


def _library(name: str) -> ctypes.CDLL:
    return ctypes.CDLL(ctypes.util.find_library(name) or f"lib{name}.so.1")


def _free(pointer: object) -> None:
    """What libxcb hands out comes from malloc."""
    free = ctypes.CDLL(None).free
    free.argtypes = (ctypes.c_void_p,)
    free.restype = None
    free(ctypes.cast(pointer, ctypes.c_void_p))  # type: ignore[arg-type]  # any pointer


def _declare(xcb: ctypes.CDLL, symbols: ctypes.CDLL) -> None:
    """Argument and result types (xcb/xproto.h, xcb/xcb_keysyms.h)."""
    pointer, u8, u16, u32 = ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint16, ctypes.c_uint32
    for function, result, arguments in (
        (xcb.xcb_connect, pointer, (ctypes.c_char_p, pointer)),
        (xcb.xcb_connection_has_error, ctypes.c_int, (pointer,)),
        (xcb.xcb_disconnect, None, (pointer,)),
        (xcb.xcb_get_setup, pointer, (pointer,)),
        (xcb.xcb_setup_roots_iterator, _Screens, (pointer,)),
        (xcb.xcb_get_file_descriptor, ctypes.c_int, (pointer,)),
        (xcb.xcb_poll_for_event, ctypes.POINTER(_KeyEvent), (pointer,)),
        (xcb.xcb_grab_key_checked, _Cookie, (pointer, u8, u32, u16, u8, u8, u8)),
        (xcb.xcb_request_check, pointer, (pointer, _Cookie)),
        (symbols.xcb_key_symbols_alloc, pointer, (pointer,)),
        (symbols.xcb_key_symbols_free, None, (pointer,)),
        (symbols.xcb_key_symbols_get_keycode, ctypes.POINTER(u8), (pointer, u32)),
    ):
        function.restype = result
        function.argtypes = arguments
