from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile

import pytest

from coach.errors import BadInput, UnknownFormat, UnreadableFile
from coach.telemetry import sources
from coach.telemetry.sources import Source, known_sources, open_recording, register
from tests.coach.telemetry import ibt_files
from tests.recordings import RECORDINGS, needs_recordings


def test_every_source_has_a_name_a_description_and_suffixes():
    names = [source.name for source in known_sources()]
    assert names[0] == "ibt"
    assert len(set(names)) == len(names) >= 5
    assert all(source.description and all(suffix.startswith(".") for suffix in source.suffixes) for source in known_sources())


def test_a_file_is_known_by_its_content_whatever_its_name(tmp_path):
    path = ibt_files.write(tmp_path / "recording.csv")
    assert open_recording(str(path)).session.source == "ibt"


def test_the_name_is_kept_only_when_asked_for(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt")
    assert open_recording(path).session.player_name == ""
    assert open_recording(path, keep_player_name=True).session.player_name == "The Player"


def test_an_unknown_file_lists_the_known_formats(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("to do: brake later\n")
    with pytest.raises(UnknownFormat) as caught:
        open_recording(path)
    for source in known_sources():
        assert source.description in str(caught.value)


def test_a_file_that_only_its_name_tells_gets_its_sources_own_explanation(tmp_path):
    path = tmp_path / "a.ibt"
    path.write_bytes(b"this is no telemetry" * 20)
    with pytest.raises(UnreadableFile, match="byte 0: header version"):
        open_recording(path)


@pytest.mark.parametrize("missing", ["nowhere.ibt", "."])
def test_what_is_no_file_is_refused(tmp_path, missing):
    with pytest.raises(UnreadableFile):
        open_recording(tmp_path / missing)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "a.ibt").touch()
    with pytest.raises(UnreadableFile, match="is empty"):
        open_recording(tmp_path / "a.ibt")


def test_a_zip_bomb_is_refused_without_unpacking(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ibt", bytes(5_000_000))
    (tmp_path / "a.ibt").write_bytes(buffer.getvalue())
    with pytest.raises(UnreadableFile, match="is a zip archive: unpack it"):
        open_recording(tmp_path / "a.ibt")


def test_a_gzipped_disk_file_says_what_to_do(tmp_path):
    path = tmp_path / "a.ibt.gz"
    path.write_bytes(gzip.compress(ibt_files.write(tmp_path / "a.ibt").read_bytes()))
    with pytest.raises(UnreadableFile, match="compressed with gzip: unpack it"):
        open_recording(path)


def test_a_gzip_bomb_is_unknown_after_its_first_bytes(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(gzip.compress(bytes(20_000_000))))
    with pytest.raises(UnknownFormat):
        open_recording(path)


def test_a_big_endian_file_is_called_one(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt")
    path.write_bytes(b"\0\0\0\2" + path.read_bytes()[4:])
    with pytest.raises(UnreadableFile, match="big-endian"):
        open_recording(path)


def test_another_source_can_be_registered(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "_sources", dict(sources._sources))
    seen = []
    register(
        Source("mine", "my format", (".mine",), lambda head, path: head.startswith(b"MINE"), lambda path, keep: seen.append((path, keep)))
    )
    (tmp_path / "x").write_bytes(b"MINE...")
    open_recording(tmp_path / "x", keep_player_name=True)
    assert seen == [(tmp_path / "x", True)]


def test_reading_a_disk_file_imports_neither_pyarrow_nor_numba_nor_pyirsdk(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt")
    code = (
        f"import sys; from coach.telemetry.sources import open_recording; open_recording({str(path)!r}).column('speed_mps');"
        "print(sorted({'pyarrow', 'numba', 'irsdk', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@needs_recordings
@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("formula_vee_tsukuba_1k.ibt", "ibt"),
        ("garage61_road_atlanta_lap.csv", "garage61"),
        ("monza_296_challenge/driver_01.csv.gz", "garage61"),
        ("mx5_okayama_short_driver_b.csv.gz", "streamed-csv"),
        ("summit_point_10hz.jsonl", "ocypode"),
    ],
)
def test_real_files_find_their_source(name, source):
    recording = open_recording(RECORDINGS / name)
    assert recording.session.source == source
    assert recording.n_ticks > 1000


@needs_recordings
@pytest.mark.parametrize("name", ["live_snapshot_multiclass_wet.json", "README.md"])
def test_real_files_that_are_no_recordings_are_refused(name):
    with pytest.raises(BadInput):
        open_recording(RECORDINGS / name)


@needs_recordings
def test_a_live_memory_image_is_called_one_whatever_its_name(tmp_path):
    for name in ("image.bin", "image.ibt"):
        (tmp_path / name).symlink_to(RECORDINGS / "w13_monza_live_memory.bin")
        with pytest.raises(UnreadableFile, match="live memory image"):
            open_recording(tmp_path / name)
