"""What is taken home from a session is what still costs at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from coach.compare.cause import Cause
from coach.compare.comparison import ReferenceKind
from coach.cues.candidate import Candidate, Claim, candidates
from coach.cues.settings import settings_for
from coach.cues.take_home import take_home
from coach.cues.topic import LapSeen
from tests.coach.cues.made import candidate, corner, lap, seen_corner

SETTINGS = settings_for()
SCATTER_S = (0.02, -0.03, 0.01, 0.03, -0.02, -0.01)


def laps(prices_s: Sequence[float], number: int = 1, cause: Cause = Cause.SLOW_APEX, lost_s: float = 0.5) -> list[LapSeen]:
    """Laps on which the cause cost so much at the corner; of what it lost besides, nobody knows the cause."""
    return [
        lap(k, seen_corner(number, cause, lost_s + extra, price_s=price_s))
        for k, (price_s, extra) in enumerate(zip(prices_s, SCATTER_S, strict=True), 1)
    ]


def home(found: Sequence[Candidate], driven: Sequence[LapSeen]) -> tuple[Candidate, ...]:
    return take_home(found, {ReferenceKind.EXTERNAL: driven}, SETTINGS)


def test_what_was_found_early_and_still_costs_is_taken_home_at_its_price_now():
    (one,) = home([candidate(1, gain_s=0.4)], laps([0.20 + extra for extra in SCATTER_S]))
    assert one.gain_s == pytest.approx(0.20, abs=1e-9)
    assert one.interval_s[0] < 0.20 < one.interval_s[1]
    assert one.n == 6


def test_it_need_not_be_blamed_on_the_last_lap():
    """No candidate for a cue then, which is about the lap to come."""
    driven = laps([0.3, 0.25, 0.2, 0.3, 0.25, 0.0])
    driven[-1] = lap(6, seen_corner(1, Cause.LINE, 0.5))
    assert candidates(driven, ReferenceKind.EXTERNAL, SETTINGS) == ()
    assert [one.topic.cause for one in home([candidate(1)], driven)] == [Cause.SLOW_APEX]


@pytest.mark.parametrize(
    ("prices_s", "lost_s"),
    [
        ([0.0] * 6, 0.5),  # it is gone
        ([0.04, 0.05, 0.06, 0.05, 0.04, 0.06], 0.5),  # not worth words
        ([0.9, 0.0, 0.0, 0.0, 0.0, 0.0], 0.5),  # one bad lap
        ([0.2 + extra for extra in SCATTER_S], 0.05),  # the corner itself loses next to nothing
    ],
)
def test_what_costs_no_more_is_left_out(prices_s, lost_s):
    assert home([candidate(1)], laps(prices_s, lost_s=lost_s)) == ()


def test_too_few_laps_or_none_against_its_reference_show_nothing():
    driven = laps([0.2 + extra for extra in SCATTER_S])
    assert home([candidate(1)], driven[: SETTINGS.laps_needed - 1]) == ()
    assert home([replace(candidate(1), kind=ReferenceKind.POTENTIAL)], driven) == ()


def test_a_number_that_means_another_corner_by_now_is_left_out():
    moved = replace(candidate(1), corner=replace(corner(2), number=1))
    assert home([moved], laps([0.2 + extra for extra in SCATTER_S])) == ()


def test_sure_ones_come_first_then_the_dearest_and_one_of_linked_corners():
    prices_s = {1: 0.2, 2: 0.3, 3: 0.25, 4: 0.4}
    driven = [
        lap(k, *(seen_corner(n, Cause.SLOW_APEX, 0.5 + extra, price_s=price_s + extra) for n, price_s in prices_s.items()))
        for k, extra in enumerate(SCATTER_S, 1)
    ]
    found = [candidate(n, claim=Claim.TRY if n == 4 else Claim.SURE) for n in prices_s]
    assert [one.topic.corner for one in home(found, driven)] == [2, 3, 1, 4]
    linked = [replace(one, corner=replace(one.corner, complex_id=1)) if one.topic.corner in {1, 2} else one for one in found]
    assert [one.topic.corner for one in home(linked, driven)] == [2, 3, 4]
