from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach.compare.cause import Cause
from coach.cues.topic import LapSeen, Topic
from coach.exam.policies import AtRandom, LargestDelta, Ours, Silence
from coach.exam.policy import TOPICS_PER_SESSION, BrokenPolicyError, Policy, check
from coach.exam.reading import Acuity, lap_seen, said_size
from coach.exam.student_exam import LEVELS, POLICIES, student_section, teach
from coach.exam.students import CAUSES, CostModel, Level, Student, draw_student

N = 8
KEEN = Acuity(confident=1.0, right_sure=1.0, right_unsure=1.0, price_error=0.0)


def costs() -> CostModel:
    linear = np.tile([0.008, 0.004, 0.03, 0.008, 0.04], (N, 1)) * np.linspace(0.5, 1.5, N)[:, None]
    return CostModel("made up", tuple(range(1, N + 1)), linear, 0.02 * linear, np.linspace(5.0, 75.0, N), 80.0)


def student(**traits: float) -> Student:
    drawn = draw_student(costs(), Level.NOVICE, np.random.default_rng(1))
    drawn.traits = replace(drawn.traits, **{"self_learning": 0.0, **traits})
    return drawn


def seen(driven: np.ndarray, acuity: Acuity = KEEN, number: int = 1) -> LapSeen:
    return lap_seen(number, driven, costs(), Level.NOVICE, (), acuity, np.random.default_rng(number))


TOPIC = Topic(3, Cause.SLOW_APEX)
AT = 2, CAUSES.index(Cause.SLOW_APEX)


def test_a_size_costs_its_price_and_back() -> None:
    habits = np.abs(np.random.default_rng(0).standard_normal((N, 5)))
    model = costs()
    price = model.cost(habits)
    assert all(model.size_of(k, j, float(price[k, j])) == pytest.approx(habits[k, j]) for k in range(N) for j in range(5))


def test_a_followed_cue_takes_its_share_and_only_part_of_it_stays() -> None:
    one = student(compliance=1.0, gain=0.2, dependence=0.5)
    before = one.habits.copy()
    one.drive([TOPIC], [10.0], coached=True)
    assert one.habits[AT] == pytest.approx(before[AT] - 1.0)
    assert one.leaned[AT] == pytest.approx(1.0)
    untouched = np.ones_like(before, dtype=bool)
    untouched[AT] = False
    assert np.array_equal(one.habits[untouched], before[untouched])


def test_what_is_leaned_on_the_coach_is_gone_without_him() -> None:
    with_coach, without = student(), student()
    for one in (with_coach, without):
        one.leaned[AT] = 5.0
    assert without.drive((), (), coached=False)[AT] - with_coach.drive((), (), coached=True)[AT] == pytest.approx(5.0)


def test_what_is_not_cued_is_forgotten() -> None:
    one = student(compliance=1.0, gain=0.2, dependence=0.5, forgetting=0.05)
    before = one.habits[AT]
    one.drive([TOPIC], [10.0], coached=True)
    for _ in range(400):
        one.drive((), (), coached=True)
    assert one.habits[AT] == pytest.approx(before, abs=1e-3)
    assert one.leaned[AT] == pytest.approx(0.0, abs=1e-3)


def test_who_does_not_comply_learns_nothing() -> None:
    one = student(compliance=0.0)
    before = one.habits.copy()
    one.drive([TOPIC], [10.0], coached=True)
    assert np.array_equal(one.habits, before)


def test_cues_close_together_overload() -> None:
    one = student()
    one.traits = replace(one.traits, cues_in_reach=1)
    far, near = [Topic(1, Cause.LINE), Topic(8, Cause.LINE)], [Topic(1, Cause.LINE), Topic(2, Cause.LINE), Topic(3, Cause.LINE)]
    one.costs = replace(one.costs, at_s=np.linspace(5.0, 30.0, N))
    assert one._overload(far) == 0
    assert one._overload(near) == 2


@pytest.mark.parametrize("level", LEVELS)
def test_practice_alone_gains_what_is_stated_over_30_laps(level: Level) -> None:
    gains = []
    for seed in range(40):
        one = draw_student(costs(), level, np.random.default_rng(seed))
        before = one.costs.cost(one.habits).sum()
        for _ in range(30):
            one.drive((), (), coached=False)
        gains.append((before - one.costs.cost(one.habits).sum()) / one.costs.lap_time_s)
    low, high = {Level.NOVICE: (0.02, 0.08), Level.INTERMEDIATE: (0.005, 0.03), Level.EXPERT: (0.0, 0.01)}[level]
    assert low <= np.mean(gains) <= high


def test_the_same_seed_draws_the_same_student() -> None:
    one, other = (draw_student(costs(), Level.EXPERT, np.random.default_rng(5)) for _ in range(2))
    assert one.traits == other.traits
    assert np.array_equal(one.drive((), (), coached=True), other.drive((), (), coached=True))


def test_a_keen_engine_reads_sizes_as_they_are_in_both_directions() -> None:
    driven = np.zeros((N, 5))
    driven[AT] = 6.0
    driven[4, 0] = -15.0
    lap = seen(driven)
    assert said_size(lap, TOPIC, costs()) == pytest.approx(6.0)
    assert said_size(lap, Topic(5, Cause.BRAKE_EARLY), costs()) == pytest.approx(-15.0)
    assert said_size(lap, Topic(1, Cause.LINE), costs()) == 0.0


def test_an_engine_that_errs_names_another_cause_as_often_as_stated() -> None:
    driven = np.zeros((N, 5))
    driven[:, 2] = 8.0
    blurred = Acuity(confident=0.0, right_unsure=0.6, price_error=0.0)
    firsts = [corner.verdict.causes[0].cause for number in range(200) for corner in seen(driven, blurred, number).corners]
    assert np.mean([cause is Cause.SLOW_APEX for cause in firsts]) == pytest.approx(0.6, abs=0.05)


def lossy(corner: int, cause: int, size: float) -> np.ndarray:
    driven = np.zeros((N, 5))
    driven[corner, cause] = size
    return driven


def test_ours_waits_for_three_laps_that_agree() -> None:
    policy = Ours()
    laps = [seen(lossy(2, 2, 8.0), number=number) for number in range(1, 4)]
    assert policy.choose(laps[:1]) == policy.choose(laps[:2]) == ()
    assert policy.choose(laps) == (TOPIC,)


def test_ours_is_silent_about_what_the_newest_lap_does_not_show() -> None:
    laps = [seen(lossy(2, 2, 8.0), number=1), seen(lossy(2, 2, 8.0), number=2), seen(lossy(5, 3, 40.0), number=3)]
    assert Ours().choose(laps) == ()


def test_ours_says_nothing_while_the_habit_is_within_the_drivers_noise() -> None:
    policy = Ours()
    laps = [seen(lossy(2, 2, 8.0), number=number) for number in range(1, 4)]
    assert policy.choose(laps) == (TOPIC,)
    assert policy.choose([*laps, seen(lossy(2, 2, 0.1), number=4)]) == ()


def test_ours_leaves_a_topic_after_six_laps() -> None:
    policy = Ours()
    laps = [seen(lossy(2, 2, 8.0) + lossy(5, 3, 25.0), number=number) for number in range(1, 12)]
    said = [policy.choose(laps[:n]) for n in range(3, 11)]
    assert len({topic for topics in said for topic in topics}) == 2
    assert said[0] == said[5] != said[6]


@pytest.mark.parametrize("make", [Silence, lambda: AtRandom(np.random.default_rng(3)), LargestDelta, Ours])
def test_every_policy_keeps_to_three_topics_a_session(make: object) -> None:
    policy: Policy = make()
    rng = np.random.default_rng(4)
    laps: list[LapSeen] = []
    topics: set[Topic] = set()
    for number in range(1, 25):
        chosen = policy.choose(laps)
        check(chosen, topics)
        laps.append(lap_seen(number, 10.0 * rng.standard_normal((N, 5)), costs(), Level.NOVICE, chosen, Acuity(), rng))
    assert len(topics) <= TOPICS_PER_SESSION


def test_two_topics_at_one_corner_are_a_fault_of_the_policy() -> None:
    with pytest.raises(BrokenPolicyError, match="two topics at one corner"):
        check((Topic(1, Cause.LINE), Topic(1, Cause.SLOW_APEX)), set())


def test_a_fourth_topic_is_a_fault_of_the_policy() -> None:
    with pytest.raises(BrokenPolicyError, match="more than 3 topics"):
        check((Topic(4, Cause.LINE),), {Topic(k, Cause.LINE) for k in (1, 2, 3)})


def test_the_oracle_teaches_most_and_all_policies_meet_the_same_students() -> None:
    results = [one for i, level in enumerate(LEVELS) for number in range(8) for one in teach(costs(), level, 100 * i + number, 1, Acuity())]
    assert results[:5] == teach(costs(), LEVELS[0], 0, 1, Acuity())
    means = {policy: np.mean([one.gain for one in results if one.policy == policy]) for policy in POLICIES}
    assert means["oracle"] > max(means["ours"], means["random"], means["none"])
    assert means["ours"] > means["none"]
    section = student_section(results)
    assert section["ours over oracle"].value == pytest.approx(means["ours"] / means["oracle"])
