"""One switch in two places: what follows when the overlay's and the site's differ. Pure, so that every case is in a test."""

from __future__ import annotations

from enum import StrEnum


class Follows(StrEnum):
    """What must be done so that both say the same."""

    NOTHING = "nothing"
    OVERLAY_ON = "overlay on"
    OVERLAY_OFF = "overlay off"
    SITE_ON = "site on"
    SITE_OFF = "site off"


def follows(overlay: bool, site: bool, agreed: bool | None) -> Follows:
    """`agreed`: what both said when they were last the same; None: this account was never connected here.

    Two switches that differ cannot both have been turned since they agreed: the one that was turned counts. At first contact the
    account's own answer counts; a yes that was given before the service's text could be read does not.
    """
    if overlay == site:
        return Follows.NOTHING
    overlay_turned = agreed is not None and overlay != agreed
    if overlay_turned:
        return Follows.SITE_ON if overlay else Follows.SITE_OFF
    return Follows.OVERLAY_ON if site else Follows.OVERLAY_OFF
