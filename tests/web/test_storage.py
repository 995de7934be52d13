"""Lap files: the same behaviour in a folder, in memory, and in an S3 bucket of a real server on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from coach.errors import CannotWrite
from tests.web.ports import free_port
from web.errors import NotFound
from web.settings import Settings
from web.storage import Storage


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Address of an S3 server with one bucket."""
    port = free_port()
    program = Path(sys.executable).parent / "moto_server"
    server = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                request = urllib.request.Request(f"http://127.0.0.1:{port}/laps", method="PUT")
                urllib.request.urlopen(request, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail("moto_server did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(params=["folder", "memory", "s3"])
def storage(request: pytest.FixtureRequest, settings: Settings) -> Storage:
    if request.param == "memory":
        return Storage.in_memory()
    if request.param == "s3":
        address = request.getfixturevalue("s3")
        key = {"s3_access_key_id": "tester", "s3_secret_access_key": "tester-secret"}
        return Storage.of(Settings(data=settings.data, s3_bucket="laps", s3_endpoint=address, **key))
    return Storage.of(settings)


async def test_file_comes_back_as_it_went_in(storage: Storage, tmp_path: Path) -> None:
    large = os.urandom(6 << 20)  # more than one part of a multipart upload
    source = tmp_path / "source"
    source.write_bytes(large)
    await storage.put("laps/ab/small", b"lap")
    await storage.put("laps/ab/large", source)
    assert await storage.get("laps/ab/small") == b"lap"
    assert b"".join([chunk async for chunk in await storage.stream("laps/ab/large")]) == large
    assert await storage.size("laps/ab/large") == len(large)
    assert sorted([key async for key in storage.keys("laps")]) == ["laps/ab/large", "laps/ab/small"]


async def test_putting_twice_is_harmless_and_removing_too(storage: Storage) -> None:
    await storage.put("x/1", b"same")
    await storage.put("x/1", b"same")
    await storage.delete(["x/1", "x/1", "x/never"])
    assert await storage.size("x/1") is None
    with pytest.raises(NotFound):
        await storage.get("x/1")
    with pytest.raises(NotFound):
        await storage.stream("x/1")


async def test_folder_that_is_gone_is_said(settings: Settings) -> None:
    storage = Storage.of(settings)
    shutil.rmtree(settings.data / "files")
    (settings.data / "files").write_text("a file in its place")
    with pytest.raises(CannotWrite):
        await storage.put("x/1", b"lap")


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "a/../../outside"])
async def test_key_cannot_leave_the_folder(settings: Settings, key: str) -> None:
    storage = Storage.of(settings)
    outside = {path for path in settings.data.rglob("*") if "files" not in path.parts}
    with pytest.raises((CannotWrite, ValueError)):
        await storage.put(key, b"x")
    assert {path for path in settings.data.rglob("*") if "files" not in path.parts} == outside
    assert not (settings.data / "outside").exists()
