from __future__ import annotations

import pytest

from coach.errors import BadInput
from coach.track.map import TrackMap
from tests.recordings import RECORDINGS, needs_recordings
from web.laps.comparing import LOSS_STEPS, DriversLaps
from web.laps.drawing import loss_map, progress_chart
from web.laps.map_store import MapsAtHand, packed, unpacked
from web.laps.measuring import is_settled, map_of, measure
from web.laps.reading import ReadFile, read_file
from web.laps.showing import cause_text, compared, topics


def test_a_mistake_that_was_planted_is_the_first_topic(session_read: ReadFile, track: TrackMap) -> None:
    """The demonstration brakes early for turn 3 and late on the throttle of turn 1 on some laps (coach/demo)."""
    laps = sorted(session_read.laps, key=lambda read: read.lap.lap_time_s)
    made = DriversLaps(laps, track).compare(laps[-1], laps[0], of_other=False, rule="x")
    said = compared(made.document)
    named = {corner["number"]: cause_text(corner, {}) for corner in made.document["corners"]}
    assert "braked early" in named[3]
    assert "throttle" in named[1]
    assert {topic["number"] for topic in said["topics"]} >= {1, 3}
    assert sum(corner["time_lost_s"] for corner in made.document["corners"]) == pytest.approx(made.document["delta_s"], abs=2e-3)


def test_comparing_one_lap_does_not_change_the_next_comparison(session_read: ReadFile, track: TrackMap) -> None:
    laps = session_read.laps
    learned = DriversLaps(laps, track)
    first = learned.compare(laps[1], laps[2], of_other=False, rule="x").document
    for read in laps[3:]:
        learned.compare(read, laps[2], of_other=False, rule="x")
    assert learned.compare(laps[1], laps[2], of_other=False, rule="x").document == first


def test_the_potential_lap_is_faster_and_never_sure(session_read: ReadFile, track: TrackMap) -> None:
    laps = sorted(session_read.laps, key=lambda read: read.lap.lap_time_s)
    document = DriversLaps(laps, track).compare(laps[0], None, of_other=False, rule="x").document
    assert document["delta_s"] > 0.0
    assert not any(corner["confident"] for corner in document["corners"])


def test_the_map_is_coloured_where_time_was_lost(session_read: ReadFile, track: TrackMap) -> None:
    laps = sorted(session_read.laps, key=lambda read: read.lap.lap_time_s)
    document = DriversLaps(laps, track).compare(laps[-1], laps[0], of_other=False, rule="x").document
    drawn = loss_map(track, document, frozenset({3}))
    assert drawn is not None
    assert len(drawn.shades) == len(drawn.drawing.parts)
    assert max(drawn.shades) == LOSS_STEPS
    parts = [shade for k, shade in enumerate(drawn.shades) if track.corners[2].start_m < 12.0 * k < track.corners[2].turn_in_m + 40.0]
    elsewhere = [shade for k, shade in enumerate(drawn.shades) if track.corners[3].turn_in_m < 12.0 * k < track.corners[4].start_m]
    assert max(parts) >= 8
    assert max(elsewhere) <= 2


@needs_recordings
def test_laps_without_yaw_or_position_have_no_map_and_no_grip() -> None:
    name = "mx5_okayama_short_driver_b.csv.gz"
    laps = read_file(RECORDINGS / name, name).laps
    made = map_of(laps, None)
    document = DriversLaps(laps, made).compare(laps[0], laps[1], of_other=False, rule="x").document
    assert loss_map(made, document, frozenset()) is None
    assert document["grip"] is None


def test_laps_of_another_track_are_refused(session_read: ReadFile, track: TrackMap) -> None:
    if not RECORDINGS.is_dir():
        pytest.skip("no recordings")
    name = "formula_vee_tsukuba_1k.ibt"
    other = read_file(RECORDINGS / name, name).laps
    with pytest.raises(BadInput):
        DriversLaps([*session_read.laps[:2], other[1]], track)


def test_a_map_settles_after_five_clean_laps(session_read: ReadFile) -> None:
    made, versions = None, []
    for read in session_read.laps:
        made = map_of([read], made)
        versions.append(made.version)
    assert made is not None
    assert is_settled(made.lap_count)
    assert versions == [1, 2, 3, 4, 5, 5, 5]


def test_a_packed_map_is_the_same_map(track: TrackMap) -> None:
    again = unpacked(packed(track))
    assert again.corners == track.corners
    assert abs(again.x_m - track.x_m).max() < 1e-3
    kept = MapsAtHand()
    import uuid

    ids = [uuid.uuid4() for _ in range(80)]
    for one in ids:
        kept.put(one, track)
    assert kept.get(ids[0], track.version) is None
    assert kept.get(ids[-1], track.version) is track


def test_metrics_name_every_corner_and_sum_to_less_than_the_lap(session_read: ReadFile, track: TrackMap) -> None:
    metrics = measure(session_read.laps[1], track)
    assert [corner["name"] for corner in metrics.corners] == [corner.name for corner in track.corners]
    assert sum(corner["time_s"] for corner in metrics.corners) <= session_read.laps[1].lap.lap_time_s + 1e-3
    assert metrics.top_speed_mps is not None
    assert 40.0 < metrics.top_speed_mps < 80.0


def test_nobody_is_blamed_where_the_engine_blames_nobody() -> None:
    corner = {
        "number": 2,
        "interval_s": [0.2, 0.4],
        "time_lost_s": 0.3,
        "causes": [{"cause": "line"}],
        "excluded": ["traffic"],
        "confident": True,
    }
    assert topics([corner]) == []
    assert cause_text(corner, {}) == "not judged: traffic"


def test_one_cause_in_two_corners_is_told_apart() -> None:
    own = {"cause": "throttle_soft", "time_lost_s": 0.08, "detail": {}}
    carried = {"cause": "throttle_soft", "time_lost_s": 0.1, "detail": {"from_corner_number": 1.0}}
    corner = {"excluded": [], "causes": [carried, own], "confident": False, "phase": "exit"}
    assert cause_text(corner, {1: "Big Bend"}) == "slow on the throttle here or at Big Bend? (lost on the way out)"
    assert cause_text({**corner, "confident": True}, {1: "Big Bend"}) == "slow on the throttle at Big Bend"


def test_progress_needs_two_sessions_and_draws_faster_higher() -> None:
    rows = [("a", "1 Nov", 62.0, 63.0), ("b", "2 Nov", 61.0, None), ("c", "3 Nov", 60.0, 60.5)]
    assert progress_chart(rows[:1]) is None
    chart = progress_chart(rows)
    assert chart is not None
    assert [dot.best_y for dot in chart.dots] == sorted((dot.best_y for dot in chart.dots), reverse=True)
    assert chart.dots[1].median_y is None
    assert all(0.0 < y < 260.0 for y, _ in chart.ticks)
