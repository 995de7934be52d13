from __future__ import annotations

import itertools

import pytest

from overlay.sync.agreement import Follows, follows


@pytest.mark.parametrize(
    ("overlay", "site", "agreed", "expected"),
    [
        (False, True, False, Follows.OVERLAY_ON),  # the site was switched on
        (True, False, True, Follows.OVERLAY_OFF),  # the site was switched off
        (True, False, False, Follows.SITE_ON),  # the overlay was switched on
        (False, True, True, Follows.SITE_OFF),  # the overlay was switched off
        (False, True, None, Follows.OVERLAY_ON),  # first contact: the account has said yes
        (True, False, None, Follows.OVERLAY_OFF),  # first contact: a yes to no text is none
    ],
)
def test_the_switch_that_was_turned_counts(overlay: bool, site: bool, agreed: bool | None, expected: Follows) -> None:
    assert follows(overlay, site, agreed) is expected


def test_nothing_is_done_where_both_say_the_same() -> None:
    for both, agreed in itertools.product((False, True), (False, True, None)):
        assert follows(both, both, agreed) is Follows.NOTHING


def test_doing_what_follows_makes_both_the_same() -> None:
    for overlay, site, agreed in itertools.product((False, True), (False, True), (False, True, None)):
        what = follows(overlay, site, agreed)
        overlay_after = {Follows.OVERLAY_ON: True, Follows.OVERLAY_OFF: False}.get(what, overlay)
        site_after = {Follows.SITE_ON: True, Follows.SITE_OFF: False}.get(what, site)
        assert overlay_after == site_after


def test_nothing_is_switched_on_that_nobody_switched_on() -> None:
    """On both sides only after somebody turned one of the switches from what both had said, or the account's own answer at first contact."""
    assert follows(overlay=False, site=False, agreed=True) is Follows.NOTHING
    assert follows(overlay=False, site=False, agreed=None) is Follows.NOTHING
