"""The analysis of laps one after the other, on the demonstration session cut into its laps."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from coach.compare.comparison import ReferenceKind
from coach.compare.study import Drive, map_from, open_drive
from coach.cues.candidate import Claim
from coach.cues.settings import CueSettings
from coach.demo import demo_session
from coach.laps.lap_files import lap_content, lap_in
from coach.live.analyst import Analyst
from coach.live.kept import MAP_LAPS
from coach.live.report import ReferenceRule
from coach.replay import frames_of
from coach.session import LapDone, State, step
from coach.telemetry.lap_file import lap_file_of
from coach.telemetry.recording import Recording, recording_from_columns
from tests.coach.cues.made import candidate
from tests.coach.laps.drives import drive, recording

pytestmark = pytest.mark.xdist_group("session")
SETTINGS = CueSettings(suspicions=1)


@cache
def laps() -> tuple[Recording, ...]:
    whole = demo_session()[0]
    state = State(SETTINGS, whole.session)
    return tuple(out.recording for tick in frames_of(whole) for out in step(tick, state) if isinstance(out, LapDone))


@cache
def whole_drive() -> Drive:
    return open_drive(demo_session()[0])


def changed(recorded: Recording, **session: object) -> Recording:
    columns = {name: recorded.column(name) for name in recorded.available}
    return recording_from_columns(recorded.path, replace(recorded.session, **session), columns)  # type: ignore[arg-type]


def altered(recorded: Recording, **columns: object) -> Recording:
    kept = {name: recorded.column(name) for name in recorded.available}
    return recording_from_columns(recorded.path, recorded.session, kept | columns)  # type: ignore[arg-type]


def test_the_first_lap_has_the_potential_lap_as_reference_and_the_second_the_best_one():
    analyst = Analyst(SETTINGS)
    first, second = analyst.add(laps()[0]), analyst.add(laps()[1])
    assert (list(first.seen), list(second.seen)) == (
        [ReferenceKind.POTENTIAL],
        [ReferenceKind.OWN, ReferenceKind.POTENTIAL],
    )
    assert "potential" in first.rule
    assert second.rule.startswith("your best clean lap")
    assert second.running.lap_time_s == min(first.lap.lap_time_s, second.lap.lap_time_s)
    assert first.running.lap_time_s < first.lap.lap_time_s


def test_the_first_lap_is_no_best_lap_and_a_faster_one_is():
    analyst = Analyst(SETTINGS)
    reports = [analyst.add(lap) for lap in laps()[:4]]
    times = [report.lap.lap_time_s for report in reports]
    assert [report.is_best for report in reports] == [False, *(times[i] < min(times[:i]) for i in range(1, 4))]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lap: altered(lap, track_surface=np.zeros(lap.n_ticks)),
        lambda lap: altered(lap, on_pit_road=np.ones(lap.n_ticks)),
        lambda lap: recording(drive(laps=0.3, begin=0.2)),
        lambda lap: altered(lap, lap_dist_frac=np.full(lap.n_ticks, np.nan)),
        lambda lap: altered(lap, speed_mps=np.full(lap.n_ticks, np.nan)),
    ],
    ids=["off the track", "pits", "no lap", "no position", "no speed"],
)
def test_a_bad_lap_is_none_to_learn_from_and_the_next_one_is_as_if_it_had_not_been(spoil):
    analyst, clean = Analyst(SETTINGS), Analyst(SETTINGS)
    for lap in laps()[:2]:
        analyst.add(lap)
        clean.add(lap)
    report = analyst.add(spoil(laps()[2]))
    assert report.lap is None or not report.lap.clean
    assert report.found == ()
    assert analyst.add(laps()[3]).running.time_s == pytest.approx(clean.add(laps()[3]).running.time_s)


def test_a_lap_of_another_track_fails_alone():
    analyst = Analyst(SETTINGS)
    analyst.add(laps()[0])
    other = analyst.add(changed(laps()[1], track_id="elsewhere"))
    assert other.lap is None
    assert "track is 'elsewhere'" in other.note
    assert analyst.add(laps()[2]).lap is not None


def test_an_analyst_that_resumes_from_lap_files_says_the_same():
    """Lap files hold values in quantisation steps; beyond those nothing may differ."""
    first, second = Analyst(SETTINGS), Analyst(SETTINGS)
    *before, newest = laps()
    reports = [first.add(lap) for lap in before]
    kept_laps = [
        lap_file_of(lap_content(lap, report.lap, track_length_m=report.track.length_m), "live")
        for lap, report in zip(before, reports, strict=True)
        if report.lap.clean
    ]
    second.resume(
        [Drive(file.recording, (lap_in(file),)) for file in kept_laps],
        reports[-1].track,
        min(report.lap.lap_time_s for report in reports if report.lap.clean),
    )
    told, again = first.add(newest), second.add(newest)
    assert len(kept_laps) >= MAP_LAPS
    assert again.track is reports[-1].track
    assert (again.is_best, again.rule, list(again.seen)) == (told.is_best, told.rule, list(told.seen))
    assert [(one.topic, one.claim, one.n) for one in again.found] == [(one.topic, one.claim, one.n) for one in told.found]
    for kind, seen in told.seen.items():
        for one, other in zip(seen, again.seen[kind], strict=True):
            losses = [corner.time_lost_s for corner in one.corners], [corner.time_lost_s for corner in other.corners]
            assert np.allclose(*losses, atol=2e-3)


def test_laps_of_other_conditions_are_left_out():
    analyst = Analyst(SETTINGS)
    for lap in laps()[:3]:
        report = analyst.add(lap)
    assert len(report.seen[ReferenceKind.POTENTIAL]) == 3
    hot = altered(laps()[3], track_temp_c=laps()[3].column("track_temp_c") + 25.0)
    assert len(analyst.add(hot).seen[ReferenceKind.POTENTIAL]) == 1


def test_corners_stay_as_they_are_after_some_laps():
    analyst = Analyst(SETTINGS)
    reports = [analyst.add(lap) for lap in laps()[: MAP_LAPS + 2]]
    assert reports[-1].track is reports[MAP_LAPS - 1].track


def test_a_stored_map_is_taken_as_it_is():
    stored = map_from([whole_drive()], None)
    assert Analyst(SETTINGS, track=stored).add(laps()[0]).track is stored


def test_a_given_lap_is_the_reference():
    given = whole_drive()
    best = min(given.clean, key=lambda lap: lap.lap_time_s)
    report = Analyst(SETTINGS, given=(given,)).add(laps()[4])
    assert list(report.seen) == [ReferenceKind.EXTERNAL]
    assert report.rule.startswith("given: ")
    assert report.running.lap_time_s == pytest.approx(best.lap_time_s, abs=2e-3)
    assert report.note == ""


def wetter(lap: Recording, wetness: float) -> Recording:
    return altered(lap, track_wetness=np.full(lap.n_ticks, wetness))


@pytest.mark.parametrize("own", [False, True], ids=["of others", "of another day"])
def test_a_given_lap_says_nothing_about_a_track_of_another_wetness(own: bool):
    analyst = Analyst(SETTINGS, given=(whole_drive_in(1.0),), given_is_own=own)
    for lap in laps()[1:5]:  # without the fastest one
        report = analyst.add(wetter(lap, 5.0))
    assert list(report.seen) == [ReferenceKind.OWN, ReferenceKind.POTENTIAL]
    fastest_s = min(lap.lap_time_s for lap in whole_drive().clean)
    assert report.rule.endswith("wetness differs, so it is the delta only")
    assert report.caveat == "wetness differs, so it is the delta only"
    assert report.running.lap_time_s == pytest.approx(fastest_s, abs=2e-3)


def test_the_best_lap_of_a_day_of_other_conditions_is_the_delta_until_this_session_has_a_faster_one():
    slow = max(whole_drive_in(1.0).clean, key=lambda lap: lap.lap_time_s)
    given = Drive(whole_drive_in(1.0).recording, (slow,))
    analyst = Analyst(SETTINGS, given=(given,), given_is_own=True)
    reports = [analyst.add(wetter(lap, 5.0)) for lap in laps()[:4]]
    assert reports[-1].running.lap_time_s < slow.lap_time_s
    assert reports[-1].rule.startswith("your best clean lap of this session")
    assert reports[-1].caveat == ""


@cache
def whole_drive_in(wetness: float) -> Drive:
    return open_drive(wetter(demo_session()[0], wetness))


@pytest.mark.parametrize(("warmer_c", "claim"), [(0.0, Claim.SURE), (10.0, Claim.TRY)])
def test_a_given_lap_of_another_temperature_shows_what_to_try_and_nothing_for_sure(monkeypatch: pytest.MonkeyPatch, warmer_c, claim):
    monkeypatch.setattr("coach.live.analyst.candidates", lambda *_: (candidate(1),))
    session = demo_session()[0]
    given = open_drive(altered(session, track_temp_c=session.column("track_temp_c") + warmer_c))
    first, second = (Analyst(SETTINGS, given=(given,)).add(lap) for lap in laps()[:2])
    assert [one.claim for one in first.found] == [claim]
    assert list(first.seen) == [ReferenceKind.EXTERNAL]
    assert ("track temperature differs, so nothing it shows is sure" in first.rule) == (claim is Claim.TRY)
    assert second.rule == first.rule, "it is told of once"
    assert (first.caveat != "") == (claim is Claim.TRY)


def test_the_best_lap_in_todays_conditions_is_the_reference_and_said_to_be_no_more():
    analyst = Analyst(SETTINGS)
    fast = min(range(4), key=lambda k: whole_drive().clean[k].lap_time_s)
    reports = [analyst.add(wetter(lap, 1.0 if k == fast else 5.0)) for k, lap in enumerate(laps()[:5])]
    *_, last = reports
    times = {k: report.lap.lap_time_s for k, report in enumerate(reports) if k != fast and report.lap.clean}
    assert last.running.lap_time_s == pytest.approx(min(times.values()), abs=2e-3)
    assert "in these conditions" in last.rule


@pytest.mark.parametrize("session", [{"car_id": "another"}, {"track_id": "elsewhere"}, {"track_config": "short"}], ids=str)
def test_a_given_lap_that_does_not_belong_is_left_out_and_said_once(session):
    misfit = open_drive(changed(demo_session()[0], **{"source": laps()[0].session.source, **session}))
    analyst = Analyst(SETTINGS, given=(misfit,))
    first, second = analyst.add(laps()[0]), analyst.add(laps()[1])
    assert next(iter(session.values())) in first.note
    assert "your drive has" in first.note
    assert first.lap is not None
    assert "potential" in first.rule
    assert second.note == ""


def test_a_given_file_without_a_lap_is_left_out_and_said_once():
    empty = Drive(laps()[0], ())
    report = Analyst(SETTINGS, given=(empty,)).add(laps()[0])
    assert "no complete lap" in report.note
    assert report.lap is not None


@pytest.mark.parametrize("rule", [ReferenceRule.OWN_BEST, ReferenceRule.POTENTIAL])
def test_the_rule_chooses_the_reference(rule):
    analyst = Analyst(SETTINGS, rule)
    analyst.add(laps()[0])
    report = analyst.add(laps()[1])
    assert list(report.seen) == [ReferenceKind.OWN if rule is ReferenceRule.OWN_BEST else ReferenceKind.POTENTIAL]


@pytest.mark.parametrize("rule", [ReferenceRule.AUTO, ReferenceRule.POTENTIAL])
def test_a_rule_that_is_chosen_between_laps_has_its_reference_before_the_next_one(rule):
    """The delta waited for the next lap's analysis although the laps so far give it."""
    other = ReferenceRule.POTENTIAL if rule is ReferenceRule.AUTO else ReferenceRule.AUTO
    analyst, measured_so = Analyst(SETTINGS, other), Analyst(SETTINGS, rule)
    assert analyst.before_next_lap() is None
    for lap in laps()[:3]:
        before, expected = analyst.add(lap), measured_so.add(lap)
    analyst.rule = rule
    known = analyst.before_next_lap()
    assert known.rule == expected.rule != before.rule
    assert known.running.lap_time_s == pytest.approx(expected.running.lap_time_s)
    assert known.lap is None
    assert known.given == expected.given != before.given  # else a lap under analysis brings the other one back
    after, expected = analyst.add(laps()[3]), measured_so.add(laps()[3])
    assert after.running.time_s == pytest.approx(expected.running.time_s)
