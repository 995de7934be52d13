from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time

import pytest

from overlay.from_settings import bindings_of
from overlay.hotkeys.bindings import Bindings
from overlay.hotkeys.listen import HotkeyListener
from overlay.hotkeys.names import Action, parse_keys
from overlay.settings.model import Buttons, Hotkeys

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="X11 is tried on Linux"),
    pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool (make setup-tests)"),
]


@pytest.fixture(scope="module")
def screen():
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "320x200x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout is not None
    number = server.stdout.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)
    server.stdout.close()


@pytest.fixture(autouse=True)
def display(screen, monkeypatch):
    monkeypatch.setenv("DISPLAY", screen)


def xdotool(*arguments):
    subprocess.run(["xdotool", *arguments], check=True, timeout=20)


class Heard:
    def __init__(self):
        self.actions: list[Action] = []
        self.notices: list[str] = []
        self.changed = threading.Condition()

    def act(self, action):
        with self.changed:
            self.actions.append(action)
            self.changed.notify_all()

    def wait(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.actions) >= count, 10), (self.actions, self.notices)


@pytest.fixture
def heard():
    return Heard()


def listening(bindings: Bindings, heard: Heard) -> HotkeyListener:
    made = HotkeyListener(bindings, on_action=heard.act, on_notice=heard.notices.append)
    made.start()
    return made


def test_every_default_key_is_heard_whoever_has_the_keyboard(heard):
    bindings = bindings_of(Hotkeys(), Buttons())
    listener = listening(bindings, heard)
    for count, keys in enumerate(bindings.keys, 1):
        xdotool("key", str(keys).lower())
        heard.wait(count)
    xdotool("key", "ctrl+l", "l", "ctrl+shift+alt+l")  # other combinations pass
    time.sleep(0.2)
    listener.stop()
    assert heard.actions == list(bindings.keys.values())
    assert heard.notices == []


def test_a_held_key_acts_once_and_num_lock_does_not_matter(heard):
    listener = listening(Bindings({parse_keys("Ctrl+F8"): Action.MUTE}, ()), heard)
    xdotool("keydown", "ctrl", "keydown", "F8")
    heard.wait(1)
    time.sleep(1.2)  # the server repeats after 0.66 s, 25 times a second
    xdotool("keyup", "F8", "keyup", "ctrl")
    assert heard.actions == [Action.MUTE]

    xdotool("key", "Num_Lock")
    xdotool("key", "ctrl+F8")
    heard.wait(2)
    xdotool("key", "Num_Lock")
    time.sleep(0.1)
    listener.stop()
    assert heard.actions == [Action.MUTE] * 2


def test_keys_that_another_program_has_are_said_and_the_others_work(heard):
    first = listening(Bindings({parse_keys("Alt+P"): Action.MARK}, ()), Heard())
    listener = listening(Bindings({parse_keys("Alt+P"): Action.MARK, parse_keys("Alt+Q"): Action.MUTE}, ()), heard)
    assert heard.notices == ['Alt+P is taken by another program: choose other keys for "Mark".']
    xdotool("key", "alt+q")
    heard.wait(1)
    listener.stop()
    first.stop()
    assert heard.actions == [Action.MUTE]


def test_stopped_keys_belong_to_others_again(heard):
    bindings = Bindings({parse_keys("Alt+P"): Action.MARK}, ())
    for _ in range(3):
        listener = listening(bindings, heard)
        listener.stop()
    xdotool("key", "alt+p")
    time.sleep(0.1)
    assert (heard.actions, heard.notices) == ([], [])


def test_without_a_screen_there_is_one_notice_and_no_error(heard, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4711")
    listener = listening(Bindings({parse_keys("Alt+P"): Action.MARK}, ()), heard)
    listener.stop()
    assert heard.notices == ["The hotkeys cannot be used here: no X11 screen at DISPLAY=:4711."]
