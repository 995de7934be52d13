from __future__ import annotations

import os
import queue
import struct
import sys
import threading
import time

import pytest

from overlay.hotkeys.bindings import Bindings
from overlay.hotkeys.buttons import learn_button
from overlay.hotkeys.joysticks import read_joysticks
from overlay.hotkeys.listen import HotkeyListener
from overlay.hotkeys.names import Action, Button
from overlay.hotkeys.windows import JoyInfo, read_controllers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the kernel's joystick files are Linux's")
BUTTON, AXIS, AT_OPENING = 1, 2, 0x80


def event(number, value, kind=BUTTON):
    return struct.pack("=IhBB", 0, value, kind, number)


class Device:
    """A joystick file that a test writes."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        self.handle = os.open(path, os.O_RDWR)

    def send(self, *events):
        os.write(self.handle, b"".join(events))

    def unplug(self):
        self.path.unlink()
        os.close(self.handle)


class Reader:
    """`read_joysticks` in a thread."""

    def __init__(self, folder):
        self.heard = []
        self.changed = threading.Condition()
        reading, self.writing = os.pipe()
        self.thread = threading.Thread(target=read_joysticks, args=(self.hear, reading, folder))
        self.reading = reading
        self.thread.start()

    def hear(self, *what):
        with self.changed:
            self.heard.append(what)
            self.changed.notify_all()

    def wait(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.heard) >= count, 10), self.heard

    def close(self):
        os.close(self.writing)
        self.thread.join(10)
        os.close(self.reading)
        assert not self.thread.is_alive()


@pytest.fixture
def reader(tmp_path):
    devices = [Device(tmp_path / "js0")]
    made = Reader(tmp_path)
    made.devices = devices
    yield made
    made.close()
    for device in made.devices:
        device.unplug()


def test_presses_are_heard_and_nothing_else(reader):
    device = reader.devices[0]
    device.send(event(0, 1, BUTTON | AT_OPENING), event(4, 1), event(4, 0), event(1, 32767, AXIS), event(11, 1))
    reader.wait(2)
    time.sleep(0.05)
    assert reader.heard == [("js0", 5), ("js0", 12)]


def test_a_wheel_that_is_unplugged_and_another_that_comes_are_no_trouble(reader, tmp_path):
    reader.devices[0].send(event(0, 1))
    reader.wait(1)
    reader.devices.pop().unplug()
    reader.devices.append(Device(tmp_path / "js1"))
    for _ in range(50):  # it is looked for every two seconds; what is sent meanwhile waits in the file
        reader.devices[0].send(event(2, 1))
        time.sleep(0.1)
        if len(reader.heard) > 1:
            break
    assert ("js1", 3) in reader.heard


def test_a_folder_without_devices_is_quiet(tmp_path):
    Reader(tmp_path / "none").close()


def test_the_listener_turns_a_button_into_its_action(tmp_path, monkeypatch):
    device = Device(tmp_path / "js0")
    done = threading.Event()
    actions = []

    def act(action):
        actions.append(action)
        done.set()

    monkeypatch.setattr(read_joysticks, "__defaults__", (tmp_path,))
    bindings = Bindings({}, ((Button(3), Action.SAY_AGAIN),))
    listener = HotkeyListener(bindings, on_action=act, on_notice=actions.append)
    listener.start()
    device.send(event(7, 1), event(2, 1))
    assert done.wait(10)
    listener.stop()
    device.unplug()
    assert actions == [Action.SAY_AGAIN]


def test_the_first_button_that_is_pressed_is_learned_and_then_nobody_listens(tmp_path, monkeypatch):
    device = Device(tmp_path / "js0")
    told = queue.SimpleQueue()
    monkeypatch.setattr(read_joysticks, "__defaults__", (tmp_path,))
    stop = learn_button(told.put, told.put)
    device.send(event(1, 1, AXIS), event(4, 1), event(6, 1))
    assert told.get(timeout=10) == Button(5, "js0")
    stop()
    stop()
    for thread in [thread for thread in threading.enumerate() if thread.name == "buttons"]:
        thread.join(10)
        assert not thread.is_alive()
    assert told.empty()
    device.unplug()


def test_controllers_of_windows_tell_presses_and_may_come_and_go():
    stop = threading.Event()
    heard = []
    states = iter([0b1, 0b1, 0b101, None, 0b1000, 0b1010])  # the first state, also after coming back, is no press
    now: list[int | None] = []

    def ask(controller: int, info: JoyInfo) -> int:
        assert info.size == 52
        if controller != 2:
            return 167
        state = next(states, -1)
        now.append(state)
        if state == -1:
            stop.set()
            return 167
        info.buttons = state or 0
        return 167 if state is None else 0

    import overlay.hotkeys.windows as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_POLL_S", 0.0)
        patch.setattr(module, "_LOOK_AGAIN", 1)
        read_controllers(ask, lambda *what: heard.append(what), stop)
    assert heard == [("Controller 3", 3), ("Controller 3", 2)]
