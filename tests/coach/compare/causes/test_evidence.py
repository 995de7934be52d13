from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from coach.compare.cause import Cause, CauseShare
from coach.compare.causes.evidence import attribute
from coach.compare.causes.evidence_grip import grip_shortfall
from coach.compare.causes.evidence_prices import carried_speed
from coach.compare.causes.evidence_signals import signals_of, smoothed, widened
from coach.compare.causes.evidence_stretches import slow_points, stretches_of
from coach.compare.pair import LapPair
from coach.compare.study import open_drive, prepare
from coach.telemetry.sources import open_recording
from coach.track.path import LapPath, PathSource
from tests.coach.compare.causes.driven import habit_pairs, pair_of, single_cases
from tests.coach.compare.causes.judging import Verdict, judge, judge_habit, times_lost, top_share
from tests.othersim_sets import habits, set_names
from tests.recordings import RECORDINGS, needs_othersim, needs_recordings

CORKSCREW = "corkscrew_p406"


def pair_with(kind: str) -> LapPair:
    return next(case.pair for case in single_cases(CORKSCREW) if case.mistake.kind == kind)


def all_shares(pair: LapPair) -> Iterator[CauseShare]:
    return (share for shares in attribute(pair) for share in shares)


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    return [verdict for name in set_names() for verdict in judge(single_cases(name), attribute)]


@needs_othersim
def test_first_cause_is_right_for_nine_of_ten_single_mistakes(verdicts):
    assert top_share(verdicts, 1) >= 0.90, "\n".join(map(str, verdicts))


@needs_othersim
def test_right_cause_is_among_the_first_two(verdicts):
    assert top_share(verdicts, 2) >= 0.95, "\n".join(map(str, verdicts))


@needs_othersim
def test_habits_that_cost_time_are_named_over_several_laps():
    costly = [habit for name in set_names() for habit in habits(name) if habit.loss_s > 0.05]
    said = [judge_habit(habit, habit_pairs(habit.set_name, habit.file), attribute) for habit in costly]
    assert top_share(said, 2) >= 0.7, "\n".join(map(str, said))


@needs_othersim
def test_shares_of_every_window_sum_to_its_loss():
    for case in single_cases(CORKSCREW):
        totals = [sum(share.time_lost_s for share in shares) for shares in attribute(case.pair)]
        assert totals == pytest.approx(times_lost(case.pair), abs=1e-5)


@needs_othersim
def test_a_lap_against_itself_has_no_causes():
    pair = pair_with("brake_early")
    same = replace(pair, own=pair.reference, own_path=pair.reference_path, own_phases=pair.reference_phases)
    assert max((abs(share.time_lost_s) for share in all_shares(same)), default=0.0) < 1e-6


@needs_othersim
def test_early_braking_is_told_in_metres():
    case = next(case for case in single_cases(CORKSCREW) if case.mistake.kind == "brake_early")
    share = max((share for share in all_shares(case.pair) if share.cause is Cause.BRAKE_EARLY), key=lambda share: share.time_lost_s)
    assert share.detail["brake_on_earlier_m"] == pytest.approx(15.0, abs=3.0)


@needs_othersim
def test_without_a_path_nobody_is_blamed_for_the_line_and_braking_is_still_found():
    pair = pair_with("brake_early")
    blind = replace(pair, own_path=no_path(pair), reference_path=no_path(pair))
    causes = {share.cause for share in all_shares(blind)}
    assert Cause.LINE not in causes
    lost = times_lost(blind)
    assert attribute(blind)[int(np.argmax(lost))][0].cause is Cause.BRAKE_EARLY


@needs_othersim
def test_without_pedals_the_shares_still_sum_to_the_loss():
    pair = pair_with("apex_slow")
    gone = {name for name in pair.own.grid if name.startswith(("throttle", "brake", "gear", "rpm", "steer", "abs", "track_surface"))}
    bare = [replace(lap, grid={n: v for n, v in lap.grid.items() if n not in gone}) for lap in (pair.own, pair.reference)]
    poor = replace(pair, own=bare[0], reference=bare[1])
    totals = [sum(share.time_lost_s for share in shares) for shares in attribute(poor)]
    assert totals == pytest.approx(times_lost(poor), abs=1e-5)


@needs_othersim
def test_less_grip_everywhere_is_told_from_a_driver_who_goes_slower():
    pair = pair_with("brake_early")
    _, ref, _ = signals_of(pair)
    step = pair.own.step_m
    stretches = stretches_of(ref, ref, step)
    sliding = replace(ref, v=0.95 * ref.v, steer=1.1 * ref.steer)
    relaxed = replace(ref, v=0.95 * ref.v, steer=0.8 * ref.steer)
    assert grip_shortfall(stretches, sliding, ref, pair.scatter, step) == pytest.approx(0.05, abs=1e-6)
    assert grip_shortfall(stretches, relaxed, ref, pair.scatter, step) == 0.0


def no_path(pair: LapPair) -> LapPath:
    blank = np.full(len(pair.own.grid["time_s"]), np.nan)
    return LapPath(PathSource.NONE, blank, blank, blank, blank, blank, blank)


def test_speed_missing_at_the_start_is_carried_only_until_it_heals():
    reference = np.full(6, 40.0)
    own = np.array([38.0, 38.0, 39.0, 40.0, 38.0, 38.0])
    assert carried_speed(own, reference) == pytest.approx([38.0, 38.0, 39.0, 40.0, 40.0, 40.0])


def test_speed_brought_along_is_carried_like_speed_missing():
    reference = np.full(4, 40.0)
    own = np.array([41.0, 40.5, 42.0, 40.2])
    assert carried_speed(own, reference) == pytest.approx([41.0, 40.5, 40.5, 40.2])


def test_slow_points_ignore_small_swings_of_speed():
    v = np.concatenate([np.linspace(60, 30, 50), np.linspace(30, 30.5, 5), np.linspace(30.5, 29.9, 5), np.linspace(30, 60, 50)])
    assert slow_points(v) == [59]


def test_slow_points_find_each_corner():
    dip = np.concatenate([np.linspace(50, 30, 40), np.linspace(31, 50, 40)])
    assert slow_points(np.concatenate([dip, dip])) == [39, 119]


def test_smoothing_keeps_the_mean_and_the_length():
    values = np.array([0.0, 0.0, 3.0, 0.0, 0.0])
    assert smoothed(values, 3) == pytest.approx([0.0, 1.0, 1.0, 1.0, 0.0])


def test_widening_reaches_both_sides():
    assert widened(np.array([False, False, True, False, False]), 1).tolist() == [False, True, True, True, False]


@needs_recordings
def test_a_source_without_a_path_still_gets_causes_that_sum_to_the_loss():
    drive = open_drive(open_recording(RECORDINGS / "mx5_okayama_short_driver_b.csv.gz"))
    study = prepare([drive])
    laps = sorted((study.lap(drive, lap) for lap in drive.timed), key=lambda lap: lap.lap.lap_time_s)
    pair = pair_of(study, laps[-1], laps[0], study.scatter(laps))
    totals = [sum(share.time_lost_s for share in shares) for shares in attribute(pair)]
    assert totals == pytest.approx(times_lost(pair), abs=1e-5)
    assert any(share.cause is not Cause.UNEXPLAINED for share in all_shares(pair))
