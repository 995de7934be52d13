from __future__ import annotations

import json
import math

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coach.telemetry.ibt_writer import session_yaml
from coach.telemetry.recording import SessionInfo
from coach.telemetry.session_info import decode, parse_session, parse_tree, session_from_tree
from coach.telemetry.sources.ibt import IbtFile
from tests.coach.telemetry.ibt_files import SESSION
from tests.recordings import RECORDINGS, needs_recordings

NASTY = [
    "@ALLTEAMS Racing",
    "*star and &anchor",
    "Team: #1 - with colon",
    "- leading dash",
    "%directive",
    "`backtick`",
    '"half quoted',
    "'it's",
    "tab\there",
    "{brace: [bracket]",
    "| pipe > fold",
    "bell\x07 and escape\x1b[0m",
    "trailing: ",
    "!tag",
    "? question",
    "a: b: c",
]


def own(info: SessionInfo) -> tuple[str, str, str]:
    return info.car_id, info.car_name, info.player_name


def with_name(name: str, key: str = "UserName") -> str:
    return SESSION.replace("UserName: The Player", f"{key}: {name}")


@pytest.mark.parametrize("name", NASTY)
def test_a_name_that_strict_yaml_refuses_costs_nothing_else(name):
    info = parse_session(with_name(name).encode("cp1252"), "ibt", keep_player_name=True)
    assert (info.car_id, info.car_name, info.track_id) == ("formulavee", "Formula Vee", "tsukuba 1kouter")
    assert info.player_name.split() == "".join(c if c.isprintable() else " " for c in name).split()


def test_strict_yaml_does_refuse_some_of_them():
    refused = 0
    for name in NASTY:
        try:
            yaml.load(with_name(name).split("...")[0], yaml.CSafeLoader)
        except yaml.YAMLError:
            refused += 1
    assert refused >= 8


@pytest.mark.parametrize("name", NASTY)
def test_somebody_elses_nasty_name_costs_nothing_either(name):
    text = SESSION.replace("UserName: Somebody Else", f"UserName: {name}\n   TeamName: {name}")
    info = parse_session(text.encode("cp1252"), "ibt", keep_player_name=True)
    assert own(info) == ("formulavee", "Formula Vee", "The Player")


@given(st.text(st.characters(blacklist_characters="\n\r\0", codec="utf-8"), max_size=60))
@example(" DriverCarIdx: 0")
@example("\x85 \u2028 CarPath: x")
@settings(deadline=None)
def test_no_text_in_a_name_reaches_another_field(name):
    text = SESSION.replace("Somebody Else", name).replace("WeekendInfo:", "WeekendInfo:\n Encoding: UTF8")
    info = parse_session(text.encode(), "ibt", keep_player_name=True)
    assert own(info) == ("formulavee", "Formula Vee", "The Player")


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_any_bytes_give_some_session(raw):
    info = parse_session(raw, "ibt", session_num=0, keep_player_name=True)
    assert info.source == "ibt"


@given(st.text("abW:-\n \"'", max_size=200))
@settings(deadline=None)
def test_any_layout_of_lines_gives_some_tree(text):
    parse_tree("SessionInfo:\n" + text)
    session_from_tree(parse_tree("DriverInfo:\n" + text), "ibt", keep_player_name=True)


def test_utf8_is_read_where_the_text_says_so():
    text = SESSION.replace("WeekendInfo:\n", "WeekendInfo:\n Encoding: UTF8\n").replace("The Player", "Jürgen Żółć")
    assert parse_session(text.encode(), "ibt", keep_player_name=True).player_name == "Jürgen Żółć"


def test_windows_1252_is_read_where_it_does_not():
    raw = with_name("Jürgen €").encode("cp1252") + b"\0" * 40
    assert parse_session(raw, "ibt", keep_player_name=True).player_name == "Jürgen €"


def test_bytes_windows_1252_does_not_know_are_replaced():
    assert "\ufffd" in decode(b"WeekendInfo:\n TrackName: \x81\x8d")


def test_names_and_ids_of_others_are_nowhere_in_the_result():
    said = repr(parse_session(SESSION.encode(), "ibt", keep_player_name=True))
    assert "Somebody" not in said
    assert "77" not in said


def test_a_team_mate_in_the_players_car_is_not_the_player():
    text = SESSION.replace("   UserID: 77", "   UserID: 78")
    info = parse_session(text.encode(), "ibt", keep_player_name=True)
    assert own(info) == ("formulavee", "Formula Vee", "")


def test_the_last_of_a_duplicate_key_counts_and_unknown_lines_are_passed_over():
    text = SESSION.replace(" TrackName:", " TrackName: first\n??? odd line\n=\n TrackName:")
    assert parse_session(text.encode(), "ibt").track_id == "tsukuba 1kouter"


@pytest.mark.parametrize(
    ("stated", "metres"),
    [
        ("0.68 km", 680.0),
        ("2.5 mi", 4023.36),
        ("675.3 m", 675.3),
        ("", math.nan),
        ("long", math.nan),
        ("1e999 km", math.nan),
        ("3 furlongs", math.nan),
    ],
)
def test_track_length_is_in_metres_or_unknown(stated, metres):
    length = parse_session(SESSION.replace("0.68 km", stated).encode(), "ibt").track_length_stated_m
    assert length == pytest.approx(metres, nan_ok=True)


def test_the_session_number_chooses_the_session_and_the_last_is_the_default():
    assert parse_session(SESSION.encode(), "ibt", session_num=0).session_type == "Practice"
    assert parse_session(SESSION.encode(), "ibt").session_type == "Race"


def test_only_the_players_own_fastest_lap_is_official():
    results = "   ResultsPositions:\n   - Position: 1\n     CarIdx: 0\n     FastestLap: 2\n     FastestTime: 60.1\n"
    mine = "   - Position: 2\n     CarIdx: 3\n     FastestLap: 7\n     FastestTime: 61.25\n"
    text = SESSION.replace("   SessionType: Race\n", "   SessionType: Race\n" + results + mine)
    assert parse_session(text.encode(), "ibt").official_lap_times_s == ((7, 61.25),)
    assert parse_session(text.replace(mine, "").encode(), "ibt").official_lap_times_s == ()


FULL = SessionInfo(
    source="ibt",
    simulator_build="2025.01.08.01",
    car_id="formulavee",
    car_name='Vee: "the" #1',
    track_id="tsukuba 1kouter",
    track_name="Tsukuba \\ Circuit",
    track_config="1k: Outer",
    track_length_stated_m=675.3,
    session_type="Race",
    sector_starts_frac=(0.0, 0.25, 0.5),
    official_lap_times_s=((2, 23.98),),
    redline_rpm=7400.0,
    fuel_max_l=20.0,
    gear_count=4,
    track_north_rad=0.6275,
    player_name="O'Neil - @home",
    simulated=True,
)


def test_what_the_writer_states_the_reader_reads():
    assert parse_session(session_yaml(FULL).encode(), "ibt", keep_player_name=True) == FULL


def test_what_the_writer_states_strict_yaml_reads_too():
    assert yaml.load(session_yaml(FULL), yaml.CSafeLoader)["DriverInfo"]["Drivers"][0]["CarScreenName"] == 'Vee: "the" #1'


def test_a_file_we_simulated_is_marked_and_no_other_is():
    assert parse_session(session_yaml(FULL).encode(), "ibt").simulated
    assert not parse_session(SESSION.encode(), "ibt").simulated


@needs_recordings
@pytest.mark.parametrize("name", ["formula_vee_tsukuba_1k", "silverado_bristol", "amg_gt4_spielberg_partial", "amg_gt4_sebring_partial"])
def test_real_session_text_agrees_with_the_yaml_parser(name):
    with IbtFile(RECORDINGS / f"{name}.ibt") as file:
        raw = file.session_text()
    strict = yaml.load(raw.partition(b"\0")[0].decode("cp1252"), yaml.CBaseLoader)
    assert parse_session(raw, "ibt", session_num=0, keep_player_name=True) == session_from_tree(
        strict, "ibt", session_num=0, keep_player_name=True
    )
    for section in ("WeekendInfo", "SessionInfo", "DriverInfo", "SplitTimeInfo"):
        assert as_text(parse_tree(decode(raw))[section]) == as_text(strict[section])


def as_text(node: object) -> object:
    """Leaves stripped; a section without lines is an empty text in both."""
    if isinstance(node, dict):
        return {key: as_text(value) for key, value in node.items()}
    if isinstance(node, list):
        return [as_text(value) for value in node]
    return str(node).strip()


@needs_recordings
@pytest.mark.parametrize("name", ["live_snapshot_multiclass_wet", "live_snapshot_largest_field"])
def test_session_dicts_of_live_snapshots_are_read(name):
    tree = json.loads((RECORDINGS / f"{name}.json").read_text())["session"]
    info = session_from_tree(tree, "snapshot")
    assert info.track_id
    assert info.car_id
    assert info.track_length_stated_m > 500
    assert info.redline_rpm > 1000
