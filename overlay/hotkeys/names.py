"""How a driver writes a key combination or a wheel button, and what each can do.

`Ctrl+Shift+L`, `F8`, `Button 5`, `Button 5 of Fanatec`. It knows no screen and no device.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from coach.errors import BadInput


class Action(StrEnum):
    """What a key or a button sets off; also the names in the settings."""

    LOCK = "lock"  # lock the overlay (clicks pass through) or unlock it
    SHOW = "show"  # show or hide it
    MUTE = "mute"
    SAY_AGAIN = "say_again"
    NEXT_REFERENCE = "next_reference"
    MARK = "mark"  # mark this moment in the session

    @property
    def label(self) -> str:
        """For the driver, as the settings window names it."""
        return f'"{self.value.replace("_", " ").capitalize()}"'


@dataclass(frozen=True, slots=True)
class Code:
    """The same key as Windows and X11 number it."""

    windows: int  # virtual-key code (Win32 "Virtual-Key Codes")
    x11: int  # keysym (X11/keysymdef.h)


@dataclass(frozen=True, slots=True)
class Keys:
    """A combination: modifiers in the order Ctrl, Shift, Alt, Win, and one key."""

    modifiers: tuple[str, ...]
    key: str

    def __str__(self) -> str:
        return "+".join((*self.modifiers, self.key))


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a controller, counted from 1 as drivers and the simulator do; `device` is a part of its name, "" any."""

    number: int
    device: str = ""

    def __str__(self) -> str:
        return f"Button {self.number}" + (f" of {self.device}" if self.device else "")

    def fits(self, device: str, number: int) -> bool:
        """Whether this is the button `number` of the device with that full name. "Controller 1" is no part of "Controller 12"."""
        part = rf"(?<!\d){re.escape(self.device)}(?!\d)" if self.device else ""
        return number == self.number and re.search(part, device, re.IGNORECASE) is not None


MODIFIERS = ("Ctrl", "Shift", "Alt", "Win")
_SYNONYMS = {
    "control": "Ctrl",
    "super": "Win",
    "meta": "Win",
    "esc": "Escape",
    "return": "Enter",
    "del": "Delete",
    "ins": "Insert",
    "pgup": "PageUp",
    "pgdown": "PageDown",
}
# Qt names a digit pressed with Shift by its sign. Others than these lie on another digit, or on none, from keyboard to keyboard.
_SHIFTED = {"!": "1", "$": "4"}
_NAMED = {
    "Space": Code(0x20, 0x20),
    "Tab": Code(0x09, 0xFF09),
    "Enter": Code(0x0D, 0xFF0D),
    "Escape": Code(0x1B, 0xFF1B),
    "Pause": Code(0x13, 0xFF13),
    "ScrollLock": Code(0x91, 0xFF14),
    "Insert": Code(0x2D, 0xFF63),
    "Delete": Code(0x2E, 0xFFFF),
    "Home": Code(0x24, 0xFF50),
    "End": Code(0x23, 0xFF57),
    "PageUp": Code(0x21, 0xFF55),
    "PageDown": Code(0x22, 0xFF56),
    "Left": Code(0x25, 0xFF51),
    "Up": Code(0x26, 0xFF52),
    "Right": Code(0x27, 0xFF53),
    "Down": Code(0x28, 0xFF54),
}
KEYS: dict[str, Code] = (
    {letter: Code(ord(letter), ord(letter.lower())) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    | {digit: Code(ord(digit), ord(digit)) for digit in "0123456789"}
    | {f"F{number}": Code(0x6F + number, 0xFFBD + number) for number in range(1, 25)}
    | {f"Num{number}": Code(0x60 + number, 0xFFB0 + number) for number in range(10)}
    | _NAMED
)
# Keys that may stand alone. A letter alone would be taken from every other program, the chat of the simulator among them.
_ALONE = {f"F{number}" for number in range(1, 25)} | {f"Num{number}" for number in range(10)} | {"Pause", "ScrollLock"}
_SPELLING = {name.casefold(): name for name in (*MODIFIERS, *KEYS)} | _SYNONYMS
_PLUS = re.compile(r"(^|\+)\s*\+\s*$")
_PAD = re.compile(r"\bNum\s*\+\s*(?=\d\s*$)", re.IGNORECASE)  # Qt's Num+1
_BUTTON = re.compile(r"button\s+(\d{1,3})(?:\s+of\s+(\S.*))?", re.IGNORECASE)
MAX_BUTTON = 128  # DirectInput's own limit


def written(text: str) -> str:
    """A combination as every sentence writes it: modifiers first, keys as we spell them, and the plus key by its name, not as "Ctrl++"."""
    names = [_SPELLING.get(part.casefold(), part) for part in _parts_of(text)]
    return "+".join(sorted(names, key=lambda name: MODIFIERS.index(name) if name in MODIFIERS else len(MODIFIERS)))


def _parts_of(text: str) -> list[str]:
    return [part.strip() for part in _PLUS.sub(r"\1Plus", _PAD.sub("Num", text)).split("+")]


def parse_keys(text: str) -> Keys:
    """The combination that `text` names, in our words or Qt's, in any case and order. BadInput: what of it is no key, or is missing."""
    parts, text = _parts_of(text), written(text)
    names = [_SPELLING.get(part.casefold(), "") for part in parts]
    if "Shift" in names:
        names = [name or _SHIFTED.get(part, "") for part, name in zip(parts, names, strict=True)]
    for part, name in zip(parts, names, strict=True):
        if part.casefold() == "num":
            raise BadInput(f'"{text}": of the number pad, 0 to 9 can be used, with Num Lock on.')
        if not name and "Shift" in names and len(part) == 1 and not part.isalpha():
            raise BadInput(f'"{text}": "{part}" is no key by itself: press the key without Shift, as in Ctrl+Alt+8.')
        if not name:
            known = "A to Z, 0 to 9, F1 to F24, Num0 to Num9, " + ", ".join(_NAMED)
            raise BadInput(f'"{text}": "{part}" is no key; keys are {known}, after Ctrl, Shift, Alt or Win.')
    keys = [name for name in names if name not in MODIFIERS]
    if len(keys) != 1:
        raise BadInput(f'"{text}" names {len(keys)} keys: expected one, after Ctrl, Shift, Alt or Win, as in Ctrl+Shift+L.')
    if len(set(names)) != len(names):
        raise BadInput(f'"{text}" names a key twice.')
    modifiers = tuple(name for name in MODIFIERS if name in names)
    if not {"Ctrl", "Alt", "Win"} & set(modifiers) and keys[0] not in _ALONE:
        raise BadInput(f'"{text}" would be taken from every other program: put Ctrl, Alt or Win before it, or use F1 to F24.')
    return Keys(modifiers, keys[0])


def parse_button(text: str) -> Button:
    """The button that `text` names. BadInput: it is none."""
    match = _BUTTON.fullmatch(text.strip())
    if match is None or not 1 <= int(match[1]) <= MAX_BUTTON:
        raise BadInput(f'"{text}" is no button: expected Button 1 to Button {MAX_BUTTON}, as in Button 5, or Button 5 of Fanatec.')
    return Button(int(match[1]), (match[2] or "").strip())
