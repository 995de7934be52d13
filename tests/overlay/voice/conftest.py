"""Sound servers, a stand-in of the neural voice, and a box for notices."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from overlay.voice.mixer import Mixer
from overlay.voice.notice import Notice, Notices
from tests.overlay.voice.sound_server import SoundServer
from tests.overlay.voice.stand_in import write_stand_in

OPENS_S = 20.0  # a null output may take 2 s until its first sample moves, and the machine may be busy


@pytest.fixture
def notes() -> list[Notice]:
    return []


@pytest.fixture
def notices(notes: list[Notice]) -> Notices:
    return Notices(notes.append)


def _running_server(patch: pytest.MonkeyPatch) -> SoundServer:
    """One that this process and its children reach."""
    if not shutil.which("pulseaudio") or not shutil.which("parec"):
        pytest.skip("no pulseaudio here: make setup-tests installs it on Linux")
    server = SoundServer()
    for name, value in server.environment.items():
        patch.setenv(name, value)
    server.start()
    return server


@pytest.fixture(scope="module")
def sound_server() -> Iterator[SoundServer]:
    """A server for a whole module: a null output takes seconds until it runs steadily."""
    with pytest.MonkeyPatch.context() as patch:
        server = _running_server(patch)
        yield server
        server.remove()


@pytest.fixture(scope="module")
def mixer(sound_server: SoundServer) -> Iterator[Mixer]:
    """An open mixer for a whole module; leave it as you found it."""
    mixer = Mixer(Notices(lambda _: None))
    assert mixer.wait_open(OPENS_S)
    yield mixer
    mixer.close()


@pytest.fixture
def doomed_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """A server of one's own, to be killed."""
    server = _running_server(monkeypatch)
    yield server
    server.remove()


@pytest.fixture
def no_sound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No server to be found, whatever runs on this machine."""
    for name in ("HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the neural voice's files as published, only tiny: copy it before damaging it."""
    folder = tmp_path_factory.mktemp("stand-in")
    write_stand_in(folder)
    return folder
