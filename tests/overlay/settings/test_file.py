from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coach.errors import CannotWrite
from overlay import folders
from overlay.settings.change import changed
from overlay.settings.file import MIGRATIONS, VERSION, SettingsFile
from overlay.settings.model import Settings


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.toml"


def test_without_a_file_there_are_the_defaults_and_no_notice(path):
    loaded = SettingsFile(path).load()
    assert (loaded.settings, loaded.notices) == (Settings(), ())
    assert not path.exists()


def test_what_was_saved_is_loaded(path):
    settings = Settings()
    changes = [("voice.volume", 0.25), ("layout.delta.monitor", 'DP-1 "left"'), ("coaching.overrides.gap_s", 4.0), ("enabled", False)]
    for name, value in changes:
        settings = changed(settings, name, value)
    settings = changed(settings, "display.font_scale", 1.2, car_id="porsche992rgt3 ü.")
    SettingsFile(path).save(settings)

    loaded = SettingsFile(path).load()
    assert loaded.settings == settings
    assert loaded.notices == ()


def test_only_what_differs_is_written(path):
    SettingsFile(path).save(changed(Settings(), "voice.volume", 0.25))
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    assert lines == [f"version = {VERSION}", "[voice]", "volume = 0.25"]


@pytest.mark.parametrize(
    "content", [b"volume = = 3", b"\xff\xfe\x00", b"[voice\n", b"version = 'x'", b"version = 0", b"\x00" * 100, b"a." * 20_000]
)
def test_a_corrupt_file_is_kept_aside_and_said(path, content):
    path.write_bytes(content)
    loaded = SettingsFile(path).load()

    aside = [other for other in path.parent.iterdir() if other != path]
    assert loaded.settings == Settings()
    assert not path.exists()
    assert [other.read_bytes() for other in aside] == [content]
    assert aside[0].name.startswith("settings.unreadable-")
    assert len(loaded.notices) == 1
    assert aside[0].name in loaded.notices[0]


def test_two_corrupt_files_are_both_kept(path):
    for content in (b"=", b"=="):
        path.write_bytes(content)
        SettingsFile(path).load()
    assert sorted(other.read_bytes() for other in path.parent.iterdir()) == [b"=", b"=="]


def test_a_file_that_cannot_be_read_is_left_where_it_is(path):
    path.mkdir()
    loaded = SettingsFile(path).load()
    assert loaded.settings == Settings()
    assert "cannot be read" in loaded.notices[0]
    assert path.is_dir()


def test_a_file_that_is_held_for_a_moment_is_read(path, monkeypatch):
    SettingsFile(path).save(changed(Settings(), "voice.volume", 0.25))
    held = hold(monkeypatch, path, times=2)
    loaded = SettingsFile(path).load()
    assert (loaded.settings.voice.volume, loaded.notices) == (0.25, ())
    assert held == [path, path]


def test_a_file_that_could_not_be_read_is_never_written_over(path, monkeypatch):
    SettingsFile(path).save(changed(Settings(), "voice.volume", 0.25))
    before = path.read_bytes()
    file = SettingsFile(path)
    with monkeypatch.context() as patch:
        hold(patch, path)
        loaded = file.load()
    assert loaded.settings == Settings()
    assert "no change is saved" in loaded.notices[0]
    with pytest.raises(CannotWrite, match="not written over"):
        file.save(changed(Settings(), "voice.speed", 1.5))
    assert path.read_bytes() == before

    file.save(changed(file.load().settings, "voice.speed", 1.5))  # the next start reads it
    again = SettingsFile(path).load().settings.voice
    assert (again.volume, again.speed) == (0.25, 1.5)


def test_a_corrupt_file_that_cannot_be_set_aside_is_never_written_over(path, monkeypatch):
    path.write_text("volume = = 3")

    def refuse(_: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(Path, "rename", refuse)
    file = SettingsFile(path)
    assert "no change is saved" in file.load().notices[0]
    with pytest.raises(CannotWrite, match="not written over"):
        file.save(Settings())
    assert path.read_text() == "volume = = 3"


def hold(monkeypatch: pytest.MonkeyPatch, held: Path, times: int = 1_000) -> list[Path]:
    """Let the file be another program's for so many tries, as on Windows; the tries that failed."""
    plain, refused = Path.open, []
    monkeypatch.setattr("overlay.settings.file.TRY_EVERY_S", 0.0, raising=False)

    def opened(path: Path, mode: str = "r", *args: Any, **named: Any) -> Any:
        if path == held and "r" in mode and len(refused) < times:
            refused.append(path)
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path, mode, *args, **named)

    monkeypatch.setattr(Path, "open", opened)
    return refused


def test_unknown_keys_survive_loading_and_saving(path):
    path.write_text("new = 1\n[voice]\npitch = 2\nvolume = 0.5\n[profiles.mx5.voice]\npitch = 3\n")
    file = SettingsFile(path)
    loaded = file.load()
    file.save(changed(loaded.settings, "voice.speed", 1.5))

    again = SettingsFile(path).load()
    assert again.unknown == {"new": 1, "voice": {"pitch": 2}, "profiles": {"mx5": {"voice": {"pitch": 3}}}}
    assert (again.settings.voice.volume, again.settings.voice.speed) == (0.5, 1.5)
    assert again.notices == ("settings.toml: not known and kept as they are: new, voice.pitch, profiles.mx5.voice.pitch.",)


def test_a_newer_file_is_used_as_far_as_known_and_keeps_its_version(path):
    path.write_text(f"version = {VERSION + 5}\n[voice]\nvolume = 0.5\n")
    file = SettingsFile(path)
    loaded = file.load()
    file.save(loaded.settings)

    assert loaded.settings.voice.volume == 0.5
    assert "newer version" in loaded.notices[0]
    assert f"version = {VERSION + 5}" in path.read_text()


def test_an_older_file_is_brought_along_step_by_step(path):
    path.write_text("version = 1\nloudness = 50\n")
    steps = {
        1: lambda raw: {"loud": raw["loudness"] / 100},
        2: lambda raw: {"voice": {"volume": raw["loud"]}},
    }
    file = SettingsFile(path, migrations=steps, version=3)
    loaded = file.load()
    file.save(loaded.settings)

    assert loaded.settings.voice.volume == 0.5
    assert loaded.notices == ()
    assert "version = 3" in path.read_text()


def test_every_older_version_has_its_way_to_this_one():
    assert set(MIGRATIONS) == set(range(1, VERSION))


def test_a_save_that_fails_leaves_the_old_file(path):
    file = SettingsFile(path)
    file.save(changed(Settings(), "voice.volume", 0.25))
    before = path.read_bytes()
    path.unlink()
    path.mkdir()
    with pytest.raises(CannotWrite):
        file.save(Settings())
    path.rmdir()
    path.write_bytes(before)
    assert file.load().settings.voice.volume == 0.25
    assert list(path.parent.iterdir()) == [path]


def test_all_our_folders_can_be_put_in_one(monkeypatch, tmp_path):
    monkeypatch.setenv("RACING_COACH_HOME", str(tmp_path))
    assert SettingsFile().path == tmp_path / "config" / "settings.toml"
    assert folders.data_folder() == tmp_path / "data"
    assert folders.cache_folder() == tmp_path / "cache"
