"""Installing beside the running program: it comes, can be broken off, goes on, and tells why it cannot."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from coach.errors import Unreachable
from overlay.voice import installation as module
from overlay.voice.installation import Installation
from overlay.voice.model import damage
from tests.overlay.running_app import wait_until
from tests.overlay.voice.stand_in import published
from tests.overlay.voice.test_install import Server, server

__all__ = ["server"]  # fixture


def test_it_comes_and_says_so(server: Server, stand_in: Path, tmp_path: Path) -> None:
    come = threading.Event()
    made = Installation(tmp_path / "kokoro", come.set, published(stand_in, server.address))
    assert not made.is_complete
    assert made.share is None
    made.begin()
    assert come.wait(10.0)
    assert made.is_complete
    assert damage(tmp_path / "kokoro") == ""
    assert made.share is None
    assert made.fault == ""


def test_why_it_does_not_come(stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overlay.voice.install.PAUSE_S", 0.01)
    made = Installation(tmp_path, lambda: pytest.fail("it has not come"), published(stand_in))
    made.begin()
    wait_until(lambda: made.share is None)
    assert "could not be downloaded" in made.fault


def test_a_run_that_was_given_up_tells_no_fault(stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep, awake, ended = threading.Event(), threading.Event(), threading.Event()

    def unreachable(*_: object, **__: object) -> None:
        asleep.set()
        awake.wait(10.0)
        ended.set()
        raise Unreachable("It could not be downloaded.")

    monkeypatch.setattr(module, "install", unreachable)
    made = Installation(tmp_path, lambda: pytest.fail("it has not come"), published(stand_in))
    made.begin()
    assert asleep.wait(10.0)
    made.cancel()
    awake.set()
    assert ended.wait(10.0)
    wait_until(lambda: not any(thread.name == "neural-voice" for thread in threading.enumerate()))
    assert made.fault == ""


def test_broken_off_and_begun_again(server: Server, stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run hangs in the network when it is cancelled, and wakes up beside the second one."""
    bring, asleep, awake, ended = module.install, threading.Event(), threading.Event(), threading.Event()

    def slow(folder: Path, *, files: object, got: Callable[[int], None]) -> None:
        asleep.set()
        awake.wait(10.0)
        try:
            bring(folder, files=files, got=got)  # type: ignore[arg-type]
        finally:
            ended.set()

    come = threading.Event()
    made = Installation(tmp_path, come.set, published(stand_in, server.address))
    monkeypatch.setattr(module, "install", slow)
    made.begin()
    assert asleep.wait(10.0)
    assert made.share == 0.0
    made.cancel()
    assert made.share is None
    monkeypatch.setattr(module, "install", bring)
    made.begin()
    assert come.wait(10.0)
    come.clear()
    awake.set()
    assert ended.wait(10.0)
    assert not come.is_set()
    assert damage(tmp_path) == ""
