from __future__ import annotations

import json

import numpy as np
import pytest

from coach.errors import CannotWrite, UnreadableFile
from coach.track.build import build_track_map
from coach.track.store import improve_map, load_map, save_map
from tests.coach.track.driven import BASE, CIRCUIT, drive


@pytest.fixture(scope="module")
def track():
    return build_track_map(drive(CIRCUIT, 1))


@pytest.mark.parametrize("only", [None, BASE | {"steer_rad"}])
def test_map_survives_writing_and_reading(tmp_path, only):
    track = build_track_map(drive(CIRCUIT, 1, only=only))
    save_map(track, tmp_path / "map.json")
    read = load_map(tmp_path / "map.json")
    assert read.corners == track.corners
    for name in ("track_id", "name", "config", "length_m", "step_m", "version", "lap_count"):
        assert getattr(read, name) == getattr(track, name)
    for name in ("x_m", "y_m", "heading_rad", "curvature_1pm", "grade_frac", "bank_rad", "left_m", "right_m"):
        assert np.allclose(getattr(read, name), getattr(track, name), atol=6e-4, equal_nan=True), name


def test_map_improves_in_its_file(tmp_path):
    laps = drive(CIRCUIT, 2)
    first = improve_map(tmp_path / "map.json", laps[:1])
    second = improve_map(tmp_path / "map.json", laps[1:])
    assert (first.version, first.lap_count) == (1, 1)
    assert (second.version, second.lap_count) == (2, 2)
    assert load_map(tmp_path / "map.json").version == 2


def _spoilt(track, tmp_path, change):
    save_map(track, tmp_path / "map.json")
    raw = json.loads((tmp_path / "map.json").read_text())
    change(raw)
    (tmp_path / "map.json").write_text(json.dumps(raw))
    return tmp_path / "map.json"


def test_a_map_from_before_official_numbers_shows_our_count(track, tmp_path):
    read = load_map(_spoilt(track, tmp_path, lambda raw: [corner.pop("turn_number") for corner in raw["corners"]]))
    assert [corner.turn_number for corner in read.corners] == [str(corner.number) for corner in track.corners]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.update(schema=99), "schema 99"),
        (lambda raw: raw.update(format="lap"), "no track map"),
        (lambda raw: raw.pop("x_m"), "damaged"),
        (lambda raw: raw["y_m"].pop(), "damaged"),
        (lambda raw: raw.update(step_m=0.0), "damaged"),
        (lambda raw: raw.update(length_m=float("nan")), "damaged"),
        (lambda raw: raw["x_m"].__setitem__(0, "one"), "damaged"),
        (lambda raw: raw["corners"][0].update(end_m=-1.0), "damaged"),
        (lambda raw: raw["corners"][0].update(colour="red"), "damaged"),
    ],
)
def test_wrong_or_damaged_map_is_refused_in_one_sentence(track, tmp_path, change, says):
    path = _spoilt(track, tmp_path, change)
    with pytest.raises(UnreadableFile, match=says) as refused:
        load_map(path)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[1, 2]", b"[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path, content):
    path = tmp_path / "map.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as refused:
        load_map(path)
    assert "delete" not in str(refused.value), "it may be the driver's recording"
    assert "codec" not in str(refused.value)


def test_unwritable_place_leaves_nothing_behind(track, tmp_path):
    with pytest.raises(CannotWrite):
        save_map(track, tmp_path / "nowhere" / "map.json")
    assert list(tmp_path.iterdir()) == []
