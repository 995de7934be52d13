from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.errors import BadInput
from overlay.hotkeys.names import KEYS, MODIFIERS, Button, Keys, parse_button, parse_keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Ctrl+Shift+L", Keys(("Ctrl", "Shift"), "L")),
        ("shift + control + l", Keys(("Ctrl", "Shift"), "L")),
        ("f8", Keys((), "F8")),
        ("Alt+pageup", Keys(("Alt",), "PageUp")),
        ("Super+Esc", Keys(("Win",), "Escape")),
        ("Num5", Keys((), "Num5")),
    ],
)
def test_a_combination_is_read_in_any_spelling(text, keys):
    assert parse_keys(text) == keys


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
