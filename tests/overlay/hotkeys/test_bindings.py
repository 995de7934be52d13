from __future__ import annotations

from dataclasses import replace

from overlay.from_settings import bindings_of
from overlay.hotkeys.bindings import Bindings, pressed
from overlay.hotkeys.names import Action, Button, parse_keys
from overlay.settings.model import Buttons, Hotkeys


def test_every_action_has_a_key_by_default_and_no_two_share_one():
    bindings = bindings_of(Hotkeys(), Buttons())
    assert set(bindings.keys.values()) == set(Action)
    assert bindings.buttons == ()
    assert bindings.faults == ()


def test_an_empty_setting_binds_nothing():
    bindings = bindings_of(replace(Hotkeys(), mute=""), Buttons())
    assert Action.MUTE not in bindings.keys.values()


def test_a_combination_that_two_actions_ask_for_does_the_first_and_says_so():
    bindings = bindings_of(replace(Hotkeys(), say_again="shift + control + l"), replace(Buttons(), show="Button 3", mark="button 3"))

    assert bindings.keys[parse_keys("Ctrl+Shift+L")] is Action.LOCK
    assert bindings.of_button("any", 3) is Action.SHOW
    assert bindings.faults == (
        'Ctrl+Shift+L is set for "Lock" and for "Say again": it does "Lock".',
        'button 3 is set for "Show" and for "Mark": it does "Show".',
    )


def test_a_button_of_a_named_device_goes_before_one_of_any():
    bindings = Bindings({}, ((Button(5), Action.MUTE), (Button(5, "moza"), Action.LOCK)))
    assert bindings.of_button("MOZA R5 Base", 5) is Action.LOCK
    assert bindings.of_button("Fanatec", 5) is Action.MUTE
    assert bindings.of_button("Fanatec", 6) is None


def test_buttons_that_went_down_between_two_states():
    assert list(pressed(0b0000, 0b0101)) == [1, 3]
    assert list(pressed(0b0101, 0b0100)) == []
    assert list(pressed(0b0001, 1 << 31 | 1)) == [32]
