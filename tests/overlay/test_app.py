"""The whole overlay as a program: windows, simulator, settings, sound and other overlays, in trouble and out of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from overlay.driver_windows import FIRST_LOOK_S
from tests.overlay.running_app import RunningApp, kill, simulator, wait_until
from tests.overlay.virtual_screen import ROOT, Screen, virtual_screen
from tests.overlay.voice.sound_server import SoundServer

pytestmark = [
    pytest.mark.skipif(not shutil.which("Xvfb") or not shutil.which("picom"), reason="needs xvfb and picom: `make setup-tests`"),
    pytest.mark.xdist_group("overlay_app"),
]
FIRST_MINUTE = "Racing Coach, the first minute"
CARS = ("mx5", "gt4")  # as the simulator names them


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with virtual_screen() as made:
        yield made


@pytest.fixture
def sound() -> Iterator[SoundServer]:
    if not shutil.which("pulseaudio") or not shutil.which("parec"):
        pytest.skip("no pulseaudio here: make setup-tests installs it on Linux")
    server = SoundServer()
    server.start()
    yield server
    server.remove()


def test_simulator_killed_in_a_corner_and_started_with_another_car(screen: Screen, tmp_path: Path) -> None:
    image = tmp_path / "memory.bin"
    app = RunningApp(screen, tmp_path, "--image", str(image))
    try:
        wait_until(lambda: "Racing Coach coach" in app.windows(), lambda: app.told)
        assert app.windows() == ["Racing Coach coach"]  # nothing else before there is a car
        first = simulator(image)
        wait_until(lambda: len(app.windows()) >= 5, lambda: app.told)  # in the car: all that have something to show
        kill(first)
        app.wait_for("Note: iRacing has gone: the simulator has stopped publishing ticks.")
        wait_until(lambda: app.windows() == ["Racing Coach coach"], lambda: app.told)
        second = simulator(image, CARS[1])
        wait_until(lambda: len(app.windows()) >= 5, lambda: app.told)
        kill(second)
        wait_until(lambda: app.told.count("iRacing has gone") == 2, lambda: app.told)
    finally:
        told = app.end()
    assert app.process.returncode == 0, told
    assert "Traceback" not in told
    assert "fault of ours" not in told
    folders = sorted(path.name for path in (tmp_path / "data" / "sessions").iterdir())
    assert [CARS[0] in folders[0], CARS[1] in folders[1]] == [True, True]  # a log for each car


def test_second_overlay_is_refused_in_one_sentence(screen: Screen, tmp_path: Path) -> None:
    app = RunningApp(screen, tmp_path, "--image", str(tmp_path / "memory.bin"))
    try:
        wait_until(lambda: "Racing Coach coach" in app.windows(), lambda: app.told)
        words = [sys.executable, "-m", "coach.cli.main", "overlay", "--image", str(tmp_path / "memory.bin")]
        second = subprocess.run(words, env=app.env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    finally:
        app.end()
    assert second.returncode == 2
    assert second.stderr == (
        f"racing-coach: Racing Coach is already running (process {app.process.pid}): use that one, or close it first.\n"
    )


def test_corrupt_settings_are_kept_aside_and_said(screen: Screen, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text("[voice\nvolume = loud", encoding="utf-8")
    app = RunningApp(screen, tmp_path, "--image", str(tmp_path / "memory.bin"))
    try:
        app.wait_for("settings.toml cannot be used", "the defaults are used")
    finally:
        told = app.end()
    assert app.process.returncode == 0, told
    aside = list((tmp_path / "config").glob("settings.unreadable-*.toml"))
    assert [path.read_text(encoding="utf-8") for path in aside] == ["[voice\nvolume = loud"]


def test_first_minute_comes_once(screen: Screen, tmp_path: Path) -> None:
    app = RunningApp(screen, tmp_path, "--image", str(tmp_path / "memory.bin"), first_minute=True)
    try:
        wait_until(lambda: FIRST_MINUTE in " ".join(app.windows()), lambda: app.told)
    finally:
        told = app.end()
    assert "Traceback" not in told
    again = RunningApp(screen, tmp_path, "--image", str(tmp_path / "memory.bin"), first_minute=True)
    try:
        wait_until(lambda: "Racing Coach coach" in again.windows(), lambda: again.told)
        time.sleep(FIRST_LOOK_S + 2.0)
        assert FIRST_MINUTE not in " ".join(again.windows())
    finally:
        again.end()


def test_sound_server_killed_and_started_again(screen: Screen, sound: SoundServer, tmp_path: Path) -> None:
    app = RunningApp(screen, tmp_path, "--image", str(tmp_path / "memory.bin"), sound=sound.environment)
    try:
        wait_until(lambda: sink_inputs(sound) == 1, lambda: app.told)
        sound.kill()
        app.wait_for("Note: ")
        lost = app.told
        sound.start()
        wait_until(lambda: app.told.count("Note: ") > lost.count("Note: ") and sink_inputs(sound) == 1, lambda: app.told)
    finally:
        told = app.end()
    assert app.process.returncode == 0, told
    assert "fault of ours" not in told


def sink_inputs(sound: SoundServer) -> int:
    """Streams that play on the server."""
    told = subprocess.run(["pactl", "list", "short", "sink-inputs"], env={**sound_env(sound)}, capture_output=True, text=True, check=False)
    return len(told.stdout.splitlines())


def sound_env(sound: SoundServer) -> dict[str, str]:
    """What a program needs to reach it."""
    import os

    return {**os.environ, **sound.environment}
