from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import pytest
from starlette.formparsers import MultiPartParser

from web import temporary
from web.cli.start import settings_from


@pytest.fixture(autouse=True)
def _own_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system where an open file lies")
def test_a_process_of_the_service_keeps_large_forms_in_the_data_folder(tmp_path: Path) -> None:
    settings_from(argparse.Namespace(data=tmp_path))
    with tempfile.SpooledTemporaryFile(max_size=MultiPartParser.spool_max_size) as form:
        form.write(b"x" * (MultiPartParser.spool_max_size + 1))
        assert Path(f"/proc/self/fd/{form.fileno()}").readlink().is_relative_to(tmp_path / "tmp")
    with tempfile.TemporaryDirectory() as folder:
        assert Path(folder).parent == tmp_path / "tmp"


def test_what_killed_processes_left_behind_goes_after_a_day(tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    for name in ("old", "young"):
        (folder / name).mkdir(parents=True)
        (folder / name / "upload").write_bytes(b"x")
    (folder / "old-file").write_bytes(b"x")
    for name in ("old", "old-file"):
        os.utime(folder / name, (0, 0))
    temporary.keep_in(tmp_path)
    assert [one.name for one in folder.iterdir()] == ["young"]


def test_tmpdir_has_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/somewhere")
    before = tempfile.tempdir
    temporary.keep_in(tmp_path)
    assert tempfile.tempdir == before
    assert not (tmp_path / "tmp").exists()
