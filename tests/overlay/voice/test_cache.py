"""Phrases on disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from coach.errors import CannotWrite
from overlay.voice.cache import ClipCache, DamagedClip, cache_key


def sound(count: int = 4800) -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.8, 0.8, count).astype(np.float32)


def test_what_was_stored_comes_back(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path / "a" / "b")
    cache.put("k", sound())
    stored = ClipCache(tmp_path / "a" / "b").get("k")
    assert stored is not None
    np.testing.assert_allclose(stored, sound(), atol=1 / 32767)
    assert stored.dtype == np.float32
    assert cache.get("other") is None


def test_engine_voice_model_speed_and_text_make_another_phrase() -> None:
    base = ("espeak", "en-gb", "", 1.0, "Turn one.")
    others = [
        ("kokoro", *base[1:]),
        ("espeak", "en-us", *base[2:]),
        (*base[:2], "m", *base[3:]),
        (*base[:3], 1.1, base[4]),
        (*base[:4], "Turn two."),
    ]
    assert len({cache_key(*each) for each in [base, *others]}) == 6


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text", "folder"])
def test_a_damaged_file_is_told_removed_and_stored_again(tmp_path: Path, damage: str) -> None:
    cache = ClipCache(tmp_path)
    cache.put("k", sound())
    (path,) = tmp_path.glob("*.npz")
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 0xFF
    path.write_bytes({"cut": content[:1000], "flipped": content, "empty": b"", "text": b"no sound"}.get(damage, b""))
    if damage == "folder":
        path.unlink()
        path.mkdir()
    with pytest.raises(DamagedClip):
        cache.get("k")
    if damage == "folder":
        return  # stays in the way; the phrase is rendered in each session
    assert cache.get("k") is None
    cache.put("k", sound())
    assert cache.get("k") is not None


def test_the_folder_stays_below_its_limit_and_loses_what_was_used_longest_ago(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path, limit_bytes=100_000)
    for index in range(9):  # 9.9 kB each
        cache.put(f"k{index}", sound())
        os.utime(tmp_path / f"k{index}.npz", (index, index))
    assert cache.get("k0") is not None  # used now
    for index in range(9, 12):
        cache.put(f"k{index}", sound())
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 100_000
    assert cache.get("k0") is not None
    assert cache.get("k1") is None
    assert cache.get("k11") is not None


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWrite, match="no space left"):
        ClipCache(tmp_path).put("k", sound())
    assert not list(tmp_path.iterdir())
