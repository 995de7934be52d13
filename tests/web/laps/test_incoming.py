from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coach.errors import UnreadableFile
from web.errors import TooLarge
from web.laps.incoming import check_unpacked, clipped, plain_name, said_by_name

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
MB = 1 << 20


def test_name_of_the_overlays_store_gives_session_and_time() -> None:
    said = said_by_name("00000012_20261128T093300Z_mx5_lime-rock_lap4_1a2b3c4d.parquet", NOW)
    assert said.session == "1a2b3c4d"
    assert said.driven_at == datetime(2026, 11, 28, 9, 33, tzinfo=UTC)


def test_name_of_an_iracing_file_gives_its_time() -> None:
    said = said_by_name("formulavee_tsukuba 1kfull 2026-11-02 20-14-33.ibt", NOW)
    assert (said.session, said.driven_at) == ("", datetime(2026, 11, 2, 20, 14, 33, tzinfo=UTC))


@pytest.mark.parametrize("name", ["lap.parquet", "99 2026-99-02 20-14-33.ibt", "", "....", "a" * 5000])
def test_other_names_say_nothing(name: str) -> None:
    assert said_by_name(name, NOW).driven_at is None


def test_a_clock_in_the_future_counts_as_now() -> None:
    assert said_by_name("car_track 2031-01-01 00-00-00.ibt", NOW).driven_at == NOW


def test_names_lose_folders_and_what_would_turn_the_page_around() -> None:
    assert plain_name("C:\\Users\\me\\lap.ibt") == "lap.ibt"
    assert plain_name("../../etc/passwd") == "passwd"
    assert plain_name("lap\u202egpj.ibt\x00") == "lapgpj.ibt"
    assert plain_name("") == "recording"
    assert clipped("Zolder \ud800 Ünïcode 🏁", 100) == "Zolder ? Ünïcode 🏁"


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_what_is_not_packed_passes(tmp_path: Path) -> None:
    check_unpacked(write(tmp_path / "a", b"IBT-like"), 10)


def test_telemetry_text_passes(tmp_path: Path) -> None:
    text = b"\n".join(b"%d,%f,%f" % (k, k * 0.0167, (k * 7919) % 1000 / 7.0) for k in range(100_000))
    check_unpacked(write(tmp_path / "a.gz", gzip.compress(text)), 100 * MB)


@pytest.mark.parametrize("padding", [b"", b"\x00" * 700, b"\x00" * (2 * MB)])
def test_a_bomb_is_refused_also_behind_an_innocent_member(tmp_path: Path, padding: bytes) -> None:
    bomb = gzip.compress(bytes(300 * MB), 9)
    with pytest.raises(TooLarge, match="unpacks to more than"):
        check_unpacked(write(tmp_path / "a.gz", gzip.compress(b"lap,time\n" * 100) + padding + bomb), 200 * MB)


def test_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    import os

    with pytest.raises(TooLarge, match="more than 1 MB"):
        check_unpacked(write(tmp_path / "a.gz", gzip.compress(os.urandom(3 * MB))), MB)


def test_damage_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be unpacked"):
        check_unpacked(write(tmp_path / "a.gz", gzip.compress(b"x" * 1000)[:20] + b"\xff" * 400), MB)
