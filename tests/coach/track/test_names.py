"""The corner-name files are sound, and names are given only where they are sure."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from coach.laps.resample import trace_laps
from coach.telemetry.sources import open_recording
from coach.track.build import build_track_map
from coach.track.map import Corner
from coach.track.names import NamedCorner, NamedTrack, named_tracks, parse_names, with_names
from tests.recordings import RECORDINGS, needs_recordings

NAME_FILES = sorted(entry.name for entry in (files("coach.track") / "tracks").iterdir() if entry.name.endswith(".toml"))
TRACK = NamedTrack(
    "Testing",
    ("testing*",),
    1000.0,
    (47.0, 8.0),
    0.02,
    (NamedCorner("1", "Paddock Bend", -1, 0.20), NamedCorner("2", "", 1, 0.50), NamedCorner("3", "Last", 1, 0.99)),
)


def _corner(number, apex_m, direction):
    return Corner(number, f"Turn {number}", direction, apex_m - 5.0, apex_m - 4.0, apex_m, apex_m + 4.0, apex_m + 5.0)


@pytest.mark.parametrize("name", NAME_FILES)
def test_name_file_is_sound(name):
    text = (files("coach.track") / "tracks" / name).read_text(encoding="utf-8")
    assert text.startswith("# SPDX-License-Identifier: CC0-1.0")
    track = parse_names(text)
    labels = [corner.label for corner in track.corners]
    assert len(set(labels)) == len(labels) > 0
    assert len({corner.number for corner in track.corners}) == len(labels)
    assert track.match
    assert all(pattern == pattern.lower() for pattern in track.match)
    assert 500.0 < track.length_m < 26000.0
    assert -90.0 < track.place_deg[0] < 90.0
    assert -180.0 < track.place_deg[1] < 180.0
    assert 0.0 < track.tolerance_frac <= 0.1
    same_way = (
        [corner.apex_frac for corner in track.corners if corner.direction == 1],
        [corner.apex_frac for corner in track.corners if corner.direction == -1],
    )
    assert all(np.diff(places).min(initial=1.0) > 0.5 * track.tolerance_frac for places in same_way)


def test_no_two_files_claim_one_layout():
    tracks = named_tracks()
    patterns = [pattern for track in tracks for pattern in track.match]
    assert len(patterns) == len(set(patterns))


def test_sure_corners_get_their_names():
    corners = with_names([_corner(1, 201.0, -1), _corner(2, 490.0, 1)], TRACK, 1000.0)
    assert [corner.name for corner in corners] == ["Paddock Bend", "Turn 2"]
    assert [corner.turn_number for corner in corners] == ["1", "2"]


def test_the_official_number_is_shown_and_ours_stays_the_identity():
    """As at Lime Rock, where we find one corner less before West Bend than there are official ones."""
    corners = with_names([_corner(1, 490.0, 1), _corner(2, 990.0, 1)], TRACK, 1000.0)
    assert [corner.number for corner in corners] == [1, 2]
    assert [corner.turn_number for corner in corners] == ["2", "3"]


def test_wrong_direction_or_far_place_gets_no_name_and_no_official_number():
    corners = with_names([_corner(1, 201.0, 1), _corner(2, 560.0, 1)], TRACK, 1000.0)
    assert [corner.name for corner in corners] == ["Corner 1", "Corner 2"]
    assert [corner.turn_number for corner in corners] == ["C1", "C2"]


def test_of_two_found_for_one_named_only_the_nearer_gets_the_name():
    corners = with_names([_corner(1, 195.0, -1), _corner(2, 203.0, -1)], TRACK, 1000.0)
    assert [corner.name for corner in corners] == ["Corner 1", "Paddock Bend"]


def test_name_reaches_across_the_line():
    assert with_names([_corner(1, 5.0, 1)], TRACK, 1000.0)[0].name == "Last"


def test_layout_is_known_by_id_and_length_or_by_place():
    nowhere = (float("nan"), float("nan"))
    assert TRACK.fits("Testing GP", 1005.0, nowhere)
    assert not TRACK.fits("testing gp", 1100.0, nowhere)
    assert not TRACK.fits("elsewhere", 1000.0, (47.0, 8.0))
    assert TRACK.fits("", 1000.0, (47.001, 8.001))
    assert not TRACK.fits("", 1000.0, nowhere)


@pytest.mark.parametrize("broken", ["schema = 2", "", "schema = 1\n[[corner]]\nnumber = 1"])
def test_broken_name_file_is_refused(broken):
    with pytest.raises((ValueError, KeyError)):
        parse_names(broken)


def test_without_official_data_our_count_is_shown():
    assert _corner(4, 100.0, 1).turn_number == "4"


@needs_recordings
def test_monza_has_its_eleven_turns():
    trace = trace_laps(open_recording(RECORDINGS / "monza_296_challenge" / "driver_01.csv.gz"), None, 5748.15)[0]
    names = [corner.name for corner in build_track_map([trace]).corners if not corner.name.startswith("Corner")]
    assert names[0] == "Rettifilo, first"
    assert names[-1] == "Parabolica"
    assert len(names) == 11
