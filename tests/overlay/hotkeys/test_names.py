from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from coach.errors import BadInput
from overlay.hotkeys.names import KEYS, MODIFIERS, Button, Keys, parse_button, parse_keys, written


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Ctrl+Shift+L", Keys(("Ctrl", "Shift"), "L")),
        ("shift + control + l", Keys(("Ctrl", "Shift"), "L")),
        ("f8", Keys((), "F8")),
        ("Alt+pageup", Keys(("Alt",), "PageUp")),
        ("Super+Esc", Keys(("Win",), "Escape")),
        ("Num5", Keys((), "Num5")),
        ("Ctrl+PgUp", Keys(("Ctrl",), "PageUp")),
        ("Ctrl+PgDown", Keys(("Ctrl",), "PageDown")),
        ("Num+1", Keys((), "Num1")),
        ("Ctrl+Num+7", Keys(("Ctrl",), "Num7")),
        ("Ctrl+Shift+!", Keys(("Ctrl", "Shift"), "1")),
        ("Ctrl+Shift+$", Keys(("Ctrl", "Shift"), "4")),
    ],
)
def test_a_combination_is_read_in_any_spelling(text, keys):
    assert parse_keys(text) == keys


def test_a_combination_is_written_in_one_way_whatever_was_typed():
    assert written("shift + control + l") == str(parse_keys("shift + control + l")) == "Ctrl+Shift+L"
    assert written("Ctrl++") == "Ctrl+Plus"
    assert written("") == ""


@given(st.sets(st.sampled_from(MODIFIERS)), st.sampled_from(sorted(KEYS)))
def test_a_combination_reads_back_as_it_is_written(modifiers, key):
    keys = Keys(tuple(name for name in MODIFIERS if name in {*modifiers, "Alt"}), key)
    assert parse_keys(str(keys)) == keys


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Ctrl+Shift+Ä", '"Ä" is no key'),
        ("Ctrl+", '"" is no key'),
        ("", '"" is no key'),
        ("Ctrl+Shift", "names 0 keys"),
        ("Ctrl+A+B", "names 2 keys"),
        ("Ctrl+!", '"!" is no key'),
        ("Ctrl++", r'^"Ctrl\+Plus": "Plus" is no key'),
        ("Ctrl+Shift++", r'^"Ctrl\+Shift\+Plus": "Plus" is no key'),
        (" control + + ", r'^"Ctrl\+Plus": "Plus" is no key'),
        ("Num+Enter", "of the number pad, 0 to 9 can be used"),
        ("Ctrl+Num+End", "with Num Lock on"),
        ("Ctrl+Num++", "of the number pad"),
        ("Ctrl+Shift+(", r'"\(" is no key by itself: .* without Shift'),
        ("Ctrl+Control+A", "names a key twice"),
        ("L", "taken from every other program"),
        ("Shift+L", "taken from every other program"),
        ("Shift+Space", "taken from every other program"),
    ],
)
def test_what_is_no_combination_is_refused_with_the_reason(text, says):
    with pytest.raises(BadInput, match=says):
        parse_keys(text)


def test_keys_differ_on_either_system():
    assert len({code.windows for code in KEYS.values()}) == len(KEYS)
    assert len({code.x11 for code in KEYS.values()}) == len(KEYS)


@pytest.mark.parametrize(("text", "button"), [("Button 5", Button(5)), ("button 12 of Fanatec CSL", Button(12, "Fanatec CSL"))])
def test_a_button_is_read_and_reads_back(text, button):
    assert parse_button(text) == button
    assert parse_button(str(button)) == button


@pytest.mark.parametrize("text", ["", "5", "Button", "Button 0", "Button 129", "Button x", "Button 5 of "])
def test_what_is_no_button_is_refused(text):
    with pytest.raises(BadInput, match="is no button"):
        parse_button(text)


def test_a_button_without_a_device_fits_any_and_with_one_only_that():
    assert Button(5).fits("FANATEC CSL DD", 5)
    assert Button(5, "fanatec").fits("FANATEC CSL DD", 5)
    assert not Button(5, "moza").fits("FANATEC CSL DD", 5)
    assert Button(5, "Controller 1").fits("Controller 1", 5)
    assert not Button(5, "Controller 1").fits("Controller 12", 5)
    assert not Button(5, "CSL (1.0+").fits("FANATEC CSL DD", 5)
    assert not Button(5).fits("FANATEC CSL DD", 6)


@pytest.mark.parametrize("name", [name for name in KEYS if not name.startswith("Num")])
def test_what_qt_calls_a_key_is_understood(name):
    """The settings window hands over Qt's own names, of which it refused some."""
    key = {"Enter": "Return", "PageUp": "PgUp", "PageDown": "PgDown", "Escape": "Esc", "Insert": "Ins", "Delete": "Del"}.get(name, name)
    written = QKeySequence(f"Ctrl+{key}").toString(QKeySequence.SequenceFormat.PortableText)
    assert parse_keys(written).key == name


@pytest.mark.parametrize("digit", range(10))
def test_the_number_pads_digits_are_understood_as_qt_writes_them(digit):
    pressed = QKeyCombination(Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.KeypadModifier, Qt.Key(Qt.Key.Key_0 + digit))
    assert parse_keys(QKeySequence(pressed).toString(QKeySequence.SequenceFormat.PortableText)).key == f"Num{digit}"
