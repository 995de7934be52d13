"""The corner-name files are sound, and names are given only where they are sure."""

from __future__ import annotations

from dataclasses import replace
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


@pytest.mark.parametrize(
    ("names", "name", "turn_number"),
    [
        (("Big Bend", "Big Bend Exit"), "Big Bend", "4-5"),
        (("", ""), "Turns 4 and 5", "4-5"),
        (("Fagnes", "Campus"), "Turns 4 and 5", "4-5"),
        (("", "", ""), "Turns 4 to 6", "4-6"),
    ],
)
def test_one_bend_that_the_layout_counts_as_several_is_all_of_them(names: tuple[str, ...], name: str, turn_number: str):
    several = tuple(NamedCorner(str(4 + k), one, 1, place) for k, (one, place) in enumerate(zip(names, (0.46, 0.54, 0.55), strict=False)))
    track = replace(TRACK, corners=(NamedCorner("3", "", -1, 0.50), *several))
    long = replace(_corner(1, 500.0, 1), turn_in_m=440.0, turn_out_m=560.0)
    (corner,) = with_names([long], track, 1000.0)
    assert (corner.name, corner.turn_number) == (name, turn_number)
    short = replace(long, turn_in_m=480.0)  # one of them alone, too far from its middle
    assert with_names([short], replace(track, corners=track.corners[1:3]), 1000.0)[0].name == "Corner 1"


def test_what_is_found_elsewhere_belongs_to_no_other_bend():
    track = replace(TRACK, corners=(NamedCorner("1", "", 1, 0.44), NamedCorner("2", "", 1, 0.53)))
    long = replace(_corner(1, 490.0, 1), turn_in_m=430.0, turn_out_m=560.0)
    assert [corner.name for corner in with_names([_corner(0, 440.0, 1), long], track, 1000.0)] == ["Turn 1", "Corner 1"]
    three = replace(track, corners=(NamedCorner("1", "", 1, 0.45), NamedCorner("2", "", 1, 0.47), NamedCorner("3", "", 1, 0.55)))
    found = with_names([_corner(0, 470.0, 1), replace(long, apex_m=500.0)], three, 1000.0)
    assert [corner.name for corner in found] == ["Turn 2", "Corner 1"]


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
