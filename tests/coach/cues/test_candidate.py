from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach.compare.cause import NOT_THE_DRIVER, Cause, CauseShare
from coach.compare.comparison import ReferenceKind
from coach.cues.candidate import AT_ONCE, COACHES_ORDER, Claim, candidates, said_figures, scatter_of
from coach.cues.settings import CueSettings
from tests.coach.cues.made import candidate, lap, seen_corner

SETTINGS = CueSettings()
EXTERNAL = ReferenceKind.EXTERNAL


def found(*laps, kind=EXTERNAL, settings=SETTINGS):
    return [(one.topic.corner, one.topic.cause) for one in candidates(laps, kind, settings)]


def four(*corners):
    """Four laps with the same corners; losses differ a little, as they do."""
    return [lap(n, *(make(n) for make in corners)) for n in range(1, 5)]


def of(number, cause, lost_s=0.3, **more):
    return lambda n: seen_corner(number, cause, lost_s + 0.01 * n, **more)


def test_a_cause_that_returns_is_a_candidate():
    (one,) = candidates(four(of(1, Cause.SLOW_APEX)), EXTERNAL, SETTINGS)
    assert (one.topic.corner, one.topic.cause, one.claim, one.n) == (1, Cause.SLOW_APEX, Claim.SURE, 4)
    assert one.gain_s == pytest.approx(0.325)
    assert 0.0 < one.interval_s[0] < one.gain_s < one.interval_s[1]


def test_two_laps_are_no_habit():
    assert found(*four(of(1, Cause.SLOW_APEX))[:2]) == []


def test_the_newest_lap_must_show_it():
    laps = [*four(of(1, Cause.SLOW_APEX)), lap(5, seen_corner(1, Cause.LINE, 0.3))]
    assert found(*laps) == []
    assert found(*four(of(1, Cause.SLOW_APEX)), lap(5, seen_corner(2, Cause.LINE))) == []


def with_causes(number: int, *shares: tuple[Cause, float], figures: dict[str, float] | None = None):
    """A lap's corner 1 with several causes, the first ones first."""
    one = seen_corner(1, shares[0][0], sum(price for _, price in shares), figures=figures)
    causes = tuple(CauseShare(cause, price) for cause, price in shares)
    return lap(number, replace(one, verdict=replace(one.verdict, causes=causes)))


def test_the_cause_is_the_one_that_cost_most_over_the_laps():
    slow, line = Cause.SLOW_APEX, Cause.LINE
    laps = [with_causes(n, (slow, 0.3 + 0.01 * n), (line, 0.1)) for n in range(1, 4)]
    assert found(*laps, with_causes(4, (line, 0.32), (slow, 0.30))) == [(1, slow)]
    assert found(*laps, with_causes(4, (line, 0.32))) == []  # 0.16 s a lap, with zero in its 95 % interval


def test_what_nobody_can_explain_hides_no_cause():
    laps = [with_causes(n, (Cause.UNEXPLAINED, 0.5), (Cause.SLOW_APEX, 0.2 + 0.01 * n)) for n in range(1, 5)]
    assert found(*laps) == [(1, Cause.SLOW_APEX)]


def test_a_lap_with_traffic_there_does_not_tell():
    laps = four(of(1, Cause.SLOW_APEX))
    assert found(*laps, lap(5, seen_corner(1, Cause.SLOW_APEX, excluded=("traffic",)))) == []


def test_a_small_loss_is_not_worth_words():
    assert found(*four(of(1, Cause.SLOW_APEX, 0.04))) == []


def test_a_small_part_of_a_large_loss_is_not_worth_words_either():
    assert found(*four(of(1, Cause.THROTTLE_SOFT, price_s=0.11))) == [(1, Cause.THROTTLE_SOFT)]
    assert found(*four(of(1, Cause.THROTTLE_SOFT, price_s=0.06))) == []


@pytest.mark.parametrize("cause", [Cause.COASTING, Cause.LIFT, Cause.THROTTLE_LATE, Cause.THROTTLE_SOFT, Cause.LOCKUP])
def test_the_potential_lap_knows_nothing_of_waiting_easing_off_and_feet(cause):
    laps = four(of(1, cause))
    assert found(*laps) == [(1, cause)]
    assert found(*laps, kind=ReferenceKind.OWN) == [(1, cause)]
    assert found(*laps, kind=ReferenceKind.POTENTIAL) == []


def test_what_may_not_be_said_hides_no_cause():
    """What only the potential lap blames and cannot know, and what the driver does not do, are nothing that could be said."""
    unknown = [with_causes(n, (Cause.THROTTLE_SOFT, 0.5), (Cause.SLOW_APEX, 0.2 + 0.01 * n)) for n in range(1, 5)]
    assert found(*unknown) == [(1, Cause.THROTTLE_SOFT)]
    assert found(*unknown, kind=ReferenceKind.POTENTIAL) == [(1, Cause.SLOW_APEX)]
    does_it = {"brake_peak_less_percent": -3.0, "v_min_less_kmh": 4.0}
    done = [with_causes(n, (Cause.BRAKE_SOFT, 0.5), (Cause.SLOW_APEX, 0.2 + 0.01 * n), figures=does_it) for n in range(1, 5)]
    assert found(*done) == [(1, Cause.SLOW_APEX)]


def test_losses_that_could_be_nothing_prove_nothing():
    laps = [lap(n, seen_corner(1, Cause.SLOW_APEX, lost)) for n, lost in enumerate((0.6, -0.4, 0.5, 0.3))]
    assert found(*laps) == []


@pytest.mark.parametrize(
    ("cause", "figure"),
    [
        (Cause.BRAKE_EARLY, "brake_on_earlier_m"),
        (Cause.BRAKE_SOFT, "brake_peak_less_percent"),
        (Cause.LOCKUP, "brake_peak_more_percent"),
        (Cause.COASTING, "coasting_more_m"),
        (Cause.SLOW_APEX, "v_min_less_kmh"),
        (Cause.THROTTLE_LATE, "throttle_on_later_m"),
    ],
)
def test_nobody_is_asked_for_what_he_does_already(cause, figure):
    assert found(*four(of(1, cause, figures={figure: 12.0}))) == [(1, cause)]
    assert found(*four(of(1, cause, figures={figure: -0.5}))) == []
    assert found(*four(of(1, cause, figures={figure: np.nan}))) == []


@pytest.mark.parametrize("cause", sorted(NOT_THE_DRIVER))
def test_what_is_not_the_drivers_doing_is_never_a_candidate(cause):
    assert found(*four(of(1, cause))) == []


def test_what_was_carried_over_belongs_to_another_corner():
    assert found(*four(of(1, Cause.SLOW_APEX, carried=True))) == []


def test_a_kink_is_not_coached():
    assert found(*four(of(1, Cause.LIFT, coachable=False))) == []


def test_of_linked_corners_the_dearest_counts():
    laps = four(of(1, Cause.SLOW_APEX, 0.2, complex_id=1), of(2, Cause.LINE, 0.4, complex_id=1), of(3, Cause.LINE, 0.2))
    assert sorted(found(*laps)) == [(2, Cause.LINE), (3, Cause.LINE)]


def test_a_shift_of_the_braking_point_must_be_large_enough_to_place():
    assert found(*four(of(1, Cause.BRAKE_EARLY, figures={"brake_on_earlier_m": 8.0}))) == []
    assert found(*four(of(1, Cause.BRAKE_EARLY, figures={"brake_on_earlier_m": 12.0}))) == [(1, Cause.BRAKE_EARLY)]


@pytest.mark.parametrize(
    ("kind", "agree", "claim"),
    [
        (ReferenceKind.EXTERNAL, True, Claim.SURE),
        (ReferenceKind.EXTERNAL, False, Claim.TRY),
        (ReferenceKind.OWN, True, Claim.WORSE_THAN_SELF),
        (ReferenceKind.OWN, False, Claim.TRY),
        (ReferenceKind.POTENTIAL, True, Claim.TRY),
        (ReferenceKind.POTENTIAL, False, Claim.TRY),
    ],
)
def test_the_reference_bounds_the_claim(kind, agree, claim):
    (one,) = candidates(four(of(1, Cause.SLOW_APEX, agree=agree)), kind, SETTINGS)
    assert one.claim is claim


def test_near_gains_come_in_the_coaches_order_and_clear_ones_first():
    near = four(of(1, Cause.BRAKE_EARLY, 0.30, figures={"brake_on_earlier_m": 20.0}), of(2, Cause.LINE, 0.25))
    assert [number for number, _ in found(*near)] == [2, 1]
    clear = four(of(1, Cause.BRAKE_EARLY, 0.60, figures={"brake_on_earlier_m": 20.0}), of(2, Cause.LINE, 0.25))
    assert [number for number, _ in found(*clear)] == [1, 2]


def test_sure_things_come_before_things_to_try():
    laps = four(of(1, Cause.LINE, 0.9, agree=False), of(2, Cause.THROTTLE_LATE, 0.2))
    assert [number for number, _ in found(*laps)] == [2, 1]


def test_every_cause_of_the_driver_has_its_place_in_the_order():
    assert set(COACHES_ORDER) == set(Cause) - NOT_THE_DRIVER


def asked(*missing_m: float, kind: ReferenceKind = EXTERNAL) -> float:
    laps = [lap(n, seen_corner(1, Cause.BRAKE_EARLY, 0.3 + 0.01 * n, figures={"brake_on_earlier_m": m})) for n, m in enumerate(missing_m)]
    (one,) = candidates(laps, kind, SETTINGS)
    return said_figures(one)["brake_on_earlier_m"]


def test_half_of_what_is_missing_is_asked_for_where_the_driver_varies_that_much():
    assert asked(2.0, 38.0, 2.0, 38.0) == pytest.approx(10.0)


def test_near_the_reference_no_more_is_asked_for_than_the_driver_often_reaches_by_himself():
    """Half would be 7 m; the standard deviation is 7.9 m, and two of them reach beyond the reference."""
    assert asked(14.0, 24.0, 4.0, 19.0, 9.0) == pytest.approx(3.95, abs=0.01)


def test_far_from_a_driven_lap_a_step_ends_two_standard_deviations_short_of_it_and_half_way_at_most():
    """The standard deviation is 1.58 m: half way is still far short of the reference, on every lap."""
    assert asked(20.0, 22.0, 18.0, 21.0, 19.0) == pytest.approx(10.0)
    assert asked(40.0, 42.0, 38.0, 41.0, 39.0) == pytest.approx(AT_ONCE["brake_on"])
    assert asked(13.0, 15.0, 11.0, 14.0, 12.0, 40.0) == pytest.approx(5.56, abs=0.01)  # one lap far off is no reason to ask for more
    assert asked(10.0, 14.0, 6.0, 12.0, 8.0, kind=ReferenceKind.OWN) == pytest.approx(8.0 - 2 * 3.16, abs=0.01)


def test_what_nobody_has_driven_is_approached_in_the_drivers_own_steps():
    assert asked(40.0, 42.0, 38.0, 41.0, 39.0, kind=ReferenceKind.POTENTIAL) == pytest.approx(0.79, abs=0.01)


def test_who_has_followed_is_asked_for_what_is_left_on_the_newest_lap():
    """Else the same step would be asked for again, until the laps before it are forgotten."""
    assert asked(20.0, 22.0, 18.0, 21.0, 10.0) < 10.0 / 2


def test_a_figure_that_fewer_than_three_laps_have_says_nothing_about_scatter():
    made = replace(
        candidate(1, Cause.BRAKE_EARLY), figures={"brake_on_earlier_m": 20.0}, scatter=scatter_of([{"brake_on_earlier_m": 20.0}] * 2)
    )
    assert said_figures(made) == {"brake_on_earlier_m": 10.0}


def test_amounts_that_are_no_steps_are_said_as_they_are():
    made = replace(candidate(1, Cause.BRAKE_SOFT), figures={"brake_peak_less_percent": 12.0}, scatter={"brake_peak_less_percent": 1.0})
    assert said_figures(made) == {"brake_peak_less_percent": 12.0}
