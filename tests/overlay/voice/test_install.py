"""Installing the neural voice: from a local server that breaks off, or from a folder."""

from __future__ import annotations

import errno
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest

from coach.errors import BadInput, CannotWrite, Unreachable, UnreadableFile
from overlay.voice import install as installing
from overlay.voice.install import install
from overlay.voice.model import FILES, MODEL, VOICES, damage, is_installed, model_id
from tests.overlay.voice.stand_in import published


class Server:
    """Serves a folder; `break_after` cuts the next answer short, `ranges` tells what was asked for."""

    def __init__(self, folder: Path) -> None:
        self.break_after: list[int] = []
        self.ranges: list[str | None] = []
        self.knows_ranges = True
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = (folder / self.path.rsplit("/", 1)[1]).read_bytes()
                asked = self.headers["Range"]
                outer.ranges.append(asked)
                start = int(asked[6:].split("-")[0]) if asked and outer.knows_ranges else 0
                self.send_response(outer.status if outer.status != 200 else 206 if start else 200)
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                stop = outer.break_after.pop(0) if outer.break_after else len(content)
                self.wfile.write(content[start : start + stop])

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_port}/release/"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def server(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(installing, "PAUSE_S", 0.01)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Server(stand_in)
    yield server
    server.http.shutdown()
    server.http.server_close()


def test_the_published_files_are_named_with_addresses_sizes_and_sums() -> None:
    for file in FILES:
        assert file.address.startswith("https://")
        assert file.address.endswith(f"/{file.name}")
        assert len(file.sha256) == 64
        assert file.size > 1 << 20


def test_files_are_downloaded_checked_and_noted(server: Server, stand_in: Path, tmp_path: Path) -> None:
    target = tmp_path / "a" / "kokoro"
    install(target, files=published(stand_in, server.address))
    assert is_installed(target)
    assert damage(target) == ""
    assert sorted(path.name for path in target.iterdir()) == sorted([MODEL.name, VOICES.name, "installed.json"])
    assert len(model_id(target)) == 12


def test_a_second_installation_downloads_nothing(server: Server, stand_in: Path, tmp_path: Path) -> None:
    install(tmp_path, files=published(stand_in, server.address))
    asked = len(server.ranges)
    install(tmp_path, files=published(stand_in, server.address))
    assert len(server.ranges) == asked


def test_an_interrupted_download_goes_on_where_it_stopped(server: Server, stand_in: Path, tmp_path: Path) -> None:
    server.break_after = [1000, 500]
    install(tmp_path, files=published(stand_in, server.address))
    assert server.ranges[:3] == [None, "bytes=1000-", "bytes=1500-"]
    assert damage(tmp_path) == ""


def test_so_does_one_that_was_given_up_in_another_session(server: Server, stand_in: Path, tmp_path: Path) -> None:
    server.break_after = [100] * installing.ATTEMPTS
    with pytest.raises(Unreachable, match="goes on where it stopped"):
        install(tmp_path, files=published(stand_in, server.address))
    assert not is_installed(tmp_path)
    install(tmp_path, files=published(stand_in, server.address))
    assert server.ranges[installing.ATTEMPTS] == f"bytes={100 * installing.ATTEMPTS}-"
    assert damage(tmp_path) == ""


@pytest.mark.parametrize(
    "breaks", [ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), OSError(errno.EHOSTUNREACH, "No route to host")]
)
def test_whatever_the_connection_breaks_with_the_download_goes_on(
    server: Server, stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: OSError
) -> None:
    """In the middle of an answer they came through as a traceback."""
    begins, breaks_left = urllib.request.urlopen, [True] * 2

    def urlopen(*asked: Any, **how: Any) -> Any:
        answer = begins(*asked, **how)
        reads = answer.read

        def read(_size: int) -> bytes:
            piece: bytes = reads(1000)
            if breaks_left and answer.is_under_way:
                breaks_left.pop()
                raise breaks
            answer.is_under_way = True
            return piece

        answer.is_under_way, answer.read = False, read
        return answer

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    install(tmp_path, files=published(stand_in, server.address))
    assert server.ranges[:3] == [None, "bytes=1000-", "bytes=2000-"]
    assert damage(tmp_path) == ""
    breaks_left.extend([True] * installing.ATTEMPTS)
    with pytest.raises(Unreachable, match="goes on where it stopped"):
        install(tmp_path / "other", files=published(stand_in, server.address))


def test_a_folder_that_cannot_be_looked_into_is_no_fault_of_the_connection(
    server: Server, stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Path.stat

    def stat(path: Path, **how: Any) -> Any:
        if path.suffix == ".part":
            raise PermissionError(errno.EACCES, "Permission denied")
        return looks(path, **how)

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(CannotWrite, match="Permission denied"):
        install(tmp_path, files=published(stand_in, server.address))


def test_a_server_without_ranges_starts_over(server: Server, stand_in: Path, tmp_path: Path) -> None:
    server.break_after, server.knows_ranges = [1000], False
    install(tmp_path, files=published(stand_in, server.address))
    assert damage(tmp_path) == ""


def test_another_content_is_refused_and_removed(server: Server, stand_in: Path, tmp_path: Path) -> None:
    model, voices = published(stand_in, server.address)
    (tmp_path / f"{model.name}.part").write_bytes(b"x" * 1000)  # of an older release
    with pytest.raises(Unreachable, match="not what was published"):
        install(tmp_path, files=(model, voices))
    assert not list(tmp_path.iterdir())


def test_no_server_and_a_refusing_one_are_one_sentence(server: Server, stand_in: Path, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="--from"):
        install(tmp_path, files=published(stand_in))
    server.status = 404
    with pytest.raises(Unreachable, match="404"):
        install(tmp_path, files=published(stand_in, server.address))


def test_a_full_disk_is_told(server: Server, stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def write(self, _: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(installing, "_open", lambda *_: Full())
    with pytest.raises(CannotWrite, match="No space left"):
        install(tmp_path, files=published(stand_in, server.address))


def test_a_folder_will_do_instead(stand_in: Path, tmp_path: Path) -> None:
    install(tmp_path, source=stand_in, files=published(stand_in))
    assert damage(tmp_path) == ""


def test_a_folder_with_other_files_will_not(stand_in: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=MODEL.name):
        install(tmp_path / "a", source=tmp_path, files=published(stand_in))
    with pytest.raises(UnreadableFile, match="not the published"):
        install(tmp_path / "a", source=stand_in)


def test_without_the_library_nothing_is_downloaded(server: Server, stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "LIBRARY", "no_such_library")
    with pytest.raises(BadInput, match=r"racing-coach\[kokoro\]"):
        install(tmp_path, files=published(stand_in, server.address))
    assert server.ranges == []


def test_damage_after_installing_is_found(stand_in: Path, tmp_path: Path) -> None:
    install(tmp_path, source=stand_in, files=published(stand_in))
    (tmp_path / VOICES.name).write_bytes(b"nonsense")
    assert VOICES.name in damage(tmp_path)
    (tmp_path / VOICES.name).unlink()
    assert damage(tmp_path)
    (tmp_path / "installed.json").write_text("{")
    assert damage(tmp_path)
