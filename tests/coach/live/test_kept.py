"""Which laps are kept."""

from __future__ import annotations

from coach.live.kept import FASTEST_KEPT, NEWEST_KEPT, kept


def test_laps_kept_are_the_newest_and_the_fastest_however_long_the_session() -> None:
    times = [60.0 + (n * 7) % 11 for n in range(40)]
    laps: list[float] = []
    for lap_time_s in times:
        laps = kept([*laps, lap_time_s], lambda lap: lap)
    assert laps[-NEWEST_KEPT:] == times[-NEWEST_KEPT:]
    assert len(laps) == NEWEST_KEPT + FASTEST_KEPT
    assert sorted(laps[:FASTEST_KEPT]) == sorted(times[:-NEWEST_KEPT])[:FASTEST_KEPT]


def test_laps_stay_in_the_order_of_driving() -> None:
    laps = list(enumerate([50.0, 90.0, 51.0, 91.0, 49.0, 92.0, *[80.0] * NEWEST_KEPT]))
    assert [number for number, _ in kept(laps, lambda lap: lap[1])] == [0, 1, 2, 4, *range(6, 6 + NEWEST_KEPT)]
