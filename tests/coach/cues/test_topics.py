from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.compare.cause import Cause
from coach.compare.comparison import ReferenceKind
from coach.cues.candidate import CLEARLY_THE_LOSS, Claim
from coach.cues.settings import CueSettings
from coach.cues.topic import Topic
from coach.cues.topics import LOST_CAR, Topics, TopicState
from tests.coach.cues.made import candidate, lap, seen_corner

SETTINGS = CueSettings()
EXTERNAL = ReferenceKind.EXTERNAL


class Session:
    """Laps one after the other; each is the losses at some corners, all of the same cause."""

    def __init__(self, settings: CueSettings = SETTINGS) -> None:
        self.topics, self.laps = Topics(settings), []

    def drive(self, losses: dict[int, float], *found, speak: bool = True, cause: Cause = Cause.SLOW_APEX):
        for entry in self.topics.to_cue():
            if speak:
                entry.cued(len(self.laps))
        corners = [seen_corner(number, cause, lost) for number, lost in losses.items()]
        self.laps.append(lap(len(self.laps), *corners))
        return self.topics.after_lap({EXTERNAL: self.laps}, found)

    def taken_up(self, number: int = 1, laps: int = 4, lost_s: float = 0.3):
        for _ in range(laps - 1):
            self.drive({number: lost_s})
        (change,) = self.drive({number: lost_s}, candidate(number))
        return change


def test_a_candidate_is_taken_up_with_its_proof_and_cued():
    session = Session()
    change = session.taken_up()
    assert change.state == "taken up"
    assert "0.20 s a lap over 4 laps" in change.reason
    (entry,) = session.topics.to_cue()
    assert entry.before_s == (0.3,) * 4


def test_topics_about_which_nothing_could_be_said_are_none_of_the_sessions():
    """A driver on a short circuit got three of them, and not a word."""
    session = Session()
    for number in (1, 2, 3, 4, 5):
        session.laps.append(lap(len(session.laps), seen_corner(number, Cause.SLOW_APEX, 0.3)))
    found = [candidate(number) for number in (1, 2, 3, 4, 5)]
    for number in (1, 2, 3, 4):
        (change,) = session.topics.take_up({EXTERNAL: session.laps}, found)
        assert change.topic.corner == number
        session.topics.give_way(session.topics.entries[-1], "no straight is long enough for it")
    assert len(session.topics.take_up({EXTERNAL: session.laps}, found)) == 1
    assert [entry.topic.corner for entry in session.topics.to_cue()] == [5]


def test_inside_the_band_nothing_is_cued_and_the_topic_rests():
    session = Session()
    session.taken_up()
    assert session.drive({1: 0.03}) == ()
    assert session.topics.to_cue() == ()
    (change,) = session.drive({1: 0.02})
    assert (change.state, change.reason) == (TopicState.RESTING.value, "2 laps within your own noise")


@pytest.mark.parametrize(("less_kmh", "cued"), [(2.0, 1), (-1.0, 0)])
def test_who_does_already_what_would_be_asked_for_is_not_asked(less_kmh: float, cued: int):
    session = Session()
    session.taken_up()
    (entry,) = session.topics.to_cue()
    entry.candidate = replace(entry.candidate, figures={"v_min_less_kmh": less_kmh})
    assert len(session.topics.to_cue()) == cued


def test_a_lap_outside_the_band_is_cued_again():
    session = Session()
    session.taken_up()
    session.drive({1: 0.03})
    session.drive({1: 0.3})
    assert len(session.topics.to_cue()) == 1


def test_why_a_topic_in_work_is_silent_is_told():
    session = Session()
    session.taken_up()
    (entry,) = session.topics.to_cue()
    assert session.topics.why_silent(entry) == ""
    session.drive({1: 0.02}, candidate(1))
    assert session.topics.why_silent(entry) == "within your own noise on the last lap"


@pytest.mark.parametrize(
    ("running", "cued"),
    [(6, [True] * 6), (1, [True, False, True, False, True, False]), (2, [True, True, False, True, True, False])],
)
def test_a_cue_comes_on_no_more_laps_running_than_it_may(running: int, cued: list[bool]):
    session, heard = Session(replace(SETTINGS, cues_running=running)), []
    session.taken_up()
    for _ in cued:
        heard.append(bool(session.topics.to_cue()))
        session.drive({1: 0.3}, candidate(1))
    assert heard == cued


def test_a_cue_that_came_before_the_line_counts_among_those_running():
    """For the first corner: it was said on the lap before, and would be said again on this one, before anybody knows what it brought."""
    session = Session(replace(SETTINGS, cues_running=1))
    session.taken_up()
    (entry,) = session.topics.to_cue()
    entry.cued(len(session.laps) + 1)
    session.drive({1: 0.3}, candidate(1), speak=False)
    assert session.topics.why_silent(entry) == "said on the last lap, so not on this one"


def test_one_lap_that_blames_another_cause_does_not_silence_a_topic():
    session = Session()
    session.taken_up()
    session.drive({1: 0.3}, cause=Cause.LINE)
    assert len(session.topics.to_cue()) == 1


def test_laps_that_go_on_blaming_another_cause_put_a_topic_to_rest():
    session = Session()
    session.taken_up()
    changes = [change for _ in range(4) for change in session.drive({1: 0.3}, cause=Cause.LINE)]
    assert [change.state for change in changes] == [TopicState.RESTING.value]


def test_the_amounts_that_are_said_are_those_of_the_newest_three_laps():
    session = Session()
    session.taken_up()
    for later_m in (12.0, 8.0, 4.0, 0.0):
        corner = seen_corner(1, Cause.SLOW_APEX, 0.3, figures={"throttle_on_later_m": later_m})
        session.laps.append(lap(len(session.laps), corner))
        session.topics.after_lap({EXTERNAL: session.laps}, [candidate(1)])
    assert session.topics.entries[0].candidate.figures["throttle_on_later_m"] == pytest.approx(4.0)


def test_a_habit_that_returns_brings_its_topic_back():
    session = Session()
    session.taken_up()
    for lost in (0.02, 0.02):
        session.drive({1: lost})
    assert session.drive({1: 0.3}) == ()  # once is no habit
    (change,) = session.drive({1: 0.3})
    assert (change.state, change.reason) == ("working", "it is back")


def test_a_topic_waits_for_a_corner_that_costs_clearly_more_and_has_its_turn_afterwards():
    session, two = Session(), {1: 0.3, 2: 0.5}
    session.taken_up()
    cheap, dear = candidate(1), candidate(2, gain_s=CLEARLY_THE_LOSS * candidate(1).gain_s)
    for _ in range(SETTINGS.laps_needed - 1):
        assert session.drive(two, dear, cheap) == ()  # it was taken up first, and has hardly been spoken about
    waits, taken = session.drive(two, dear, cheap)
    assert (waits.topic.corner, waits.state, waits.reason) == (1, "waiting", "Turn 2 costs clearly more")
    assert (taken.topic.corner, taken.state) == (2, "taken up")
    laps = session.topics.entries[0].laps
    assert session.drive(two, dear, cheap) == ()
    assert session.topics.entries[0].laps == laps
    session.drive({1: 0.3, 2: 0.0}, cheap)
    rests, back = session.drive({1: 0.3, 2: 0.0}, cheap)
    assert (rests.topic.corner, rests.state) == (2, "resting")
    assert (back.topic.corner, back.state, back.reason) == (1, "working", "it is its turn again")
    assert [entry.topic.corner for entry in session.topics.to_cue()] == [1]


@pytest.mark.parametrize(
    ("gain_s", "claims"),
    [(1.4 * 0.2, (Claim.SURE, Claim.SURE)), (0.6, (Claim.SURE, Claim.TRY))],
    ids=["hardly dearer", "less sure"],
)
def test_a_topic_waits_for_no_other(gain_s: float, claims: tuple[Claim, Claim]):
    session = Session()
    session.taken_up()
    mine, other = (candidate(k, gain_s=gain, claim=claim) for k, gain, claim in zip((1, 2), (0.2, gain_s), claims, strict=True))
    changes = [change for _ in range(SETTINGS.laps_needed + 1) for change in session.drive({1: 0.3, 2: 0.5}, other, mine)]
    assert changes == []


def test_what_waits_rests_when_its_habit_comes_in_and_is_taken_back_when_the_car_is_lost_there():
    def waiting() -> Session:
        session = Session()
        session.taken_up()
        for _ in range(SETTINGS.laps_needed):
            session.drive({1: 0.3, 2: 0.5}, candidate(2, gain_s=0.5), candidate(1))
        assert session.topics.entries[0].state is TopicState.WAITING
        return session

    session = waiting()
    session.drive({1: 0.0, 2: 0.5})
    (change,) = session.drive({1: 0.0, 2: 0.5})
    assert (change.topic.corner, change.state) == (1, "resting")
    session = waiting()
    (change,) = session.topics.take_back({1}, len(session.laps))
    assert (change.topic.corner, change.state, change.reason) == (1, "closed", LOST_CAR)


def test_after_its_laps_a_topic_is_closed_and_stays_closed():
    session = Session()
    session.taken_up()
    changes = [change for _ in range(6) for change in session.drive({1: 0.3}, candidate(1))]
    assert [change.state for change in changes] == ["closed"]
    assert session.drive({1: 0.3}, candidate(1)) == ()
    assert session.topics.to_cue() == ()


def test_a_lap_that_tells_nothing_at_the_corner_does_not_count():
    session = Session()
    session.taken_up()
    for _ in range(10):
        assert session.drive({2: 0.0}) == ()
    assert session.topics.entries[0].laps == 0


def test_a_lap_that_comes_again_is_counted_once():
    """The newest lap is the reference and so not among the laps: the one before is the last of them for a second time."""
    session = Session()
    session.taken_up()
    session.topics.after_lap({EXTERNAL: session.laps}, ())
    assert session.topics.entries[0].told == []
    session.drive({1: 0.02})
    session.topics.after_lap({EXTERNAL: session.laps}, ())
    assert session.topics.entries[0].state is TopicState.WORKING
    assert len(session.topics.entries[0].told) == 1


def test_laps_before_the_first_cue_count_as_before():
    session = Session()
    session.taken_up()
    session.drive({1: 0.4}, speak=False)
    (entry,) = session.topics.entries
    assert entry.before_s == (0.3, 0.3, 0.3, 0.3, 0.4)
    assert entry.since_s == []


def test_a_cue_before_the_line_counts_for_the_lap_after_it():
    """It was said on lap 4, for the first corner of lap 5: lap 4 was driven without it."""
    session = Session()
    session.taken_up()
    session.topics.entries[0].cued(5)
    session.drive({1: 0.4}, speak=False)
    session.drive({1: 0.1}, speak=False)
    (entry,) = session.topics.entries
    assert entry.before_s == (0.3, 0.3, 0.3, 0.3, 0.4)
    assert entry.since_s == [0.1]


def test_laps_on_which_nothing_could_be_said_do_not_use_a_topic_up():
    session = Session()
    session.taken_up()
    (entry,) = session.topics.entries
    for number in range(4, 16):
        entry.silenced = number
        assert session.drive({1: 0.3}, candidate(1), speak=False) == ()
    assert entry.laps == 0
    changes = [change.state for _ in range(SETTINGS.laps_per_topic) for change in session.drive({1: 0.3}, candidate(1))]
    assert changes == ["closed"]


def test_the_effect_is_before_minus_since_with_its_interval():
    session = Session()
    for lost in (0.30, 0.34, 0.32):
        session.drive({1: lost})
    session.drive({1: 0.28}, candidate(1))
    for lost in (0.10, 0.14, 0.12):
        session.drive({1: lost})
    shown = session.topics.effect_of(session.topics.entries[0])
    assert shown is not None
    assert (shown.n_before, shown.n_after) == (4, 3)
    assert shown.before_s - shown.after_s == pytest.approx(0.19)
    # By hand: scatter of both sides together, sqrt(0.0028 / 5 * (1 / 4 + 1 / 3)) = 0.01807, t(5) = 2.571.
    assert shown.interval_s == pytest.approx((0.19 - 0.0465, 0.19 + 0.0465), abs=1e-3)


def test_without_a_cue_there_is_no_effect():
    session = Session()
    session.taken_up()
    for _ in range(3):
        session.drive({1: 0.1}, speak=False)
    assert session.topics.effect_of(session.topics.entries[0]) is None


def test_a_newer_candidate_renews_the_evidence():
    session = Session()
    session.taken_up()
    session.drive({1: 0.3}, candidate(1, gain_s=0.4))
    assert session.topics.entries[0].candidate.gain_s == 0.4


@settings(deadline=None)
@given(
    data=st.data(),
    at_once=st.integers(1, 2),
    losses=st.lists(st.dictionaries(st.integers(1, 6), st.floats(0.0, 0.5), min_size=6, max_size=6), min_size=1, max_size=25),
)
def test_limits_hold_whatever_is_driven(data, at_once, losses):
    session = Session(CueSettings(topics_at_once=at_once))
    for lost in losses:
        found = [
            candidate(number, data.draw(st.sampled_from([Cause.LINE, Cause.SLOW_APEX])))
            for number in data.draw(st.lists(st.integers(1, 6), unique=True, max_size=6))
        ]
        session.drive(lost, *found, speak=data.draw(st.booleans()))
        entries = session.topics.entries
        corners = [entry.topic.corner for entry in entries]
        assert len(corners) == len(set(corners)) <= SETTINGS.topics_per_session
        assert sum(entry.state is TopicState.WORKING for entry in entries) <= at_once
        assert all(entry.state is TopicState.WORKING for entry in session.topics.to_cue())
        assert all(entry.laps < SETTINGS.laps_per_topic for entry in entries if entry.state is TopicState.WORKING)


@pytest.mark.parametrize(
    ("cause", "corners", "cued", "taken_back"),
    [
        (Cause.SLOW_APEX, {1}, True, True),
        (Cause.SLOW_APEX, {1, 2}, True, True),  # linked corners
        (Cause.SLOW_APEX, {2}, True, False),
        (Cause.SLOW_APEX, {1}, False, False),  # nothing had been asked for
        (Cause.BRAKE_LATE, {1}, True, False),  # asks for less
    ],
)
def test_who_loses_the_car_where_more_was_asked_of_him_is_asked_no_more(
    cause: Cause, corners: set[int], cued: bool, taken_back: bool
) -> None:
    session = Session()
    for _ in range(3):
        session.drive({1: 0.3}, cause=cause)
    session.drive({1: 0.3}, candidate(1, cause), cause=cause)
    session.drive({1: 0.3}, speak=cued, cause=cause)
    (entry,) = session.topics.entries
    changes = session.topics.take_back(corners, 4)
    assert entry.taken_back == taken_back
    assert [(change.topic.corner, change.state) for change in changes] == [(1, TopicState.CLOSED.value)] * taken_back
    assert bool(session.topics.to_cue()) != taken_back
    assert session.topics.take_back(corners, 4) == ()
    if taken_back:
        assert changes[0].reason == LOST_CAR
        (change,) = session.drive({1: 0.3, 3: 0.3}, candidate(1), candidate(3))  # the next topic has its turn, this one had it
        assert change.topic.corner == 3


def test_nothing_more_of_its_kind_is_taken_home_from_where_the_car_was_lost():
    session = Session()
    session.taken_up()
    session.drive({1: 0.3})
    assert not session.topics.is_done_with(Topic(1, Cause.SLOW_APEX))
    session.topics.take_back({1}, 5)
    done = {cause: session.topics.is_done_with(Topic(1, cause)) for cause in (Cause.SLOW_APEX, Cause.BRAKE_EARLY, Cause.BRAKE_LATE)}
    assert done == {Cause.SLOW_APEX: True, Cause.BRAKE_EARLY: True, Cause.BRAKE_LATE: False}
    assert not session.topics.is_done_with(Topic(2, Cause.SLOW_APEX))


@pytest.mark.parametrize("cued", [True, False])
def test_what_came_to_rest_without_a_word_may_be_taken_home(cued: bool):
    """Two laps inside the noise are no habit that has come in: the newest laps together say what it still costs."""
    session = Session()
    session.taken_up()
    for lost_s in (0.3, 0.02, 0.02):
        session.drive({1: lost_s}, speak=cued)
    assert session.topics.entries[0].state is TopicState.RESTING
    assert session.topics.is_done_with(Topic(1, Cause.SLOW_APEX)) == cued


def test_what_is_at_rest_is_not_blamed_for_a_lost_car():
    session = Session()
    session.taken_up()
    session.drive({1: 0.03})
    session.drive({1: 0.02})
    (entry,) = session.topics.entries
    assert entry.state is TopicState.RESTING
    assert session.topics.take_back({1}, 6) == ()
    assert not entry.taken_back
