from __future__ import annotations

import errno
import gzip
import os
import tracemalloc
from pathlib import Path

import pytest

from coach import files
from coach.errors import CannotWrite, UnreadableFile
from coach.files import atomic_writer, check_readable, open_plain, read_head, read_plain, write_text


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def write_then_raise(path: Path, error: BaseException) -> None:
    with atomic_writer(path) as file:
        file.write(b"half")
        raise error


def drain(path: Path, limit: int) -> None:
    with open_plain(path, limit) as stream:
        while stream.read(1 << 16):
            pass


def test_a_written_file_has_its_content_and_the_usual_mode(tmp_path):
    write_text(tmp_path / "a.txt", "grüß\n")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "grüß\n"
    (tmp_path / "b.txt").write_text("")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with atomic_writer(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [RuntimeError("a bug"), KeyboardInterrupt()])
def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(error)):
        write_then_raise(path, error)
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch, step):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(*((os, "fsync", full) if step == "fsync" else (Path, "replace", full)))
    with pytest.raises(CannotWrite, match=r"a\.txt could not be written: no space left on device"):
        write_text(tmp_path / "a.txt", "content")
    assert names_in(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_fills_while_writing_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_create", lambda _: Path("/dev/full").open("w+b"))  # noqa: SIM115  the writer closes it
    with pytest.raises(CannotWrite, match="no space left"), atomic_writer(tmp_path / "a.bin") as file:
        file.write(b"x" * 100_000)
    assert names_in(tmp_path) == []


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(CannotWrite, match=r"could not be written: no such file or directory\. Nothing was left behind"):
        write_text(tmp_path / "none" / "a.txt", "")


def test_a_folder_without_permission_is_one_sentence(tmp_path, monkeypatch):
    def forbidden(_: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(files, "_create", forbidden)
    with pytest.raises(CannotWrite, match="permission denied"):
        write_text(tmp_path / "a.txt", "")


def test_a_folder_in_the_files_place_is_one_sentence(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(CannotWrite, match="could not be written"):
        write_text(tmp_path / "a.txt", "content")
    assert names_in(tmp_path) == ["a.txt"]


def test_a_very_long_name_still_gets_a_temporary_one(tmp_path):
    write_text(tmp_path / ("ü" * 120), "x")
    assert names_in(tmp_path) == ["ü" * 120]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "cannot be opened: no such file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b""), "is empty"),
        pytest.param(
            getattr(os, "mkfifo", None), "is no ordinary file", marks=pytest.mark.skipif(os.name == "nt", reason="no pipes in folders")
        ),
    ],
)
def test_what_is_no_file_is_refused_by_what_it_is(tmp_path, make, says):
    path = tmp_path / "a"
    make(path)
    with pytest.raises(UnreadableFile, match=says):
        check_readable(path)


def test_a_name_that_cannot_be_is_refused():
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        check_readable(Path("a\0b"))


def test_gzip_is_unpacked_by_content_and_not_by_name(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(b"one\ntwo\n"))
    assert read_plain(path) == b"one\ntwo\n"
    assert read_head(path, 3) == b"one"
    path.write_bytes(b"plain")
    assert read_plain(path) == b"plain"


def test_a_gzip_bomb_stops_at_the_limit_in_bounded_memory(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    tracemalloc.start()
    with pytest.raises(UnreadableFile, match="holds more than 8,388,608 bytes when unpacked"):
        drain(path, 8 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_line_without_end_is_refused_before_it_is_collected(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + bytes(4 << 20)))
    with pytest.raises(UnreadableFile, match="no line end within 1,048,576 bytes"), open_plain(path, max_line=1 << 20) as stream:
        list(stream)


def test_lines_up_to_the_limit_pass(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes((b"x" * 1000 + b"\n") * 2000)
    with open_plain(path, max_line=300_000) as stream:
        assert len(list(stream)) == 2000


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: data[:40] + b"\xff" * 9 + data[49:], lambda data: data[:12]])
def test_damaged_gzip_is_one_sentence_with_the_place(tmp_path, damage):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(damage(gzip.compress(os.urandom(3000))))
    with pytest.raises(UnreadableFile, match="cannot be read after byte"):
        read_plain(path)
