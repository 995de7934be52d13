"""What a driver takes home from a session: of all that was found in it, what still costs at its end.

A cue needs the habit on the newest lap, because it is about the next one. A lap tells well what was lost, but often blames the wrong
cause (docs/exam.md), so what is worth the next session is asked of the newest laps together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from coach.compare.comparison import CornerComparison, ReferenceKind
from coach.cues.candidate import Candidate, Claim, price_over
from coach.cues.settings import CueSettings
from coach.cues.topic import LapSeen, corner_seen


def take_home(found: Iterable[Candidate], seen: Mapping[ReferenceKind, Sequence[LapSeen]], settings: CueSettings) -> tuple[Candidate, ...]:
    """Candidates of a session, priced anew over the newest comparable laps (oldest first): sure ones first, the dearest first.

    Left out: what lost or cost less than `least_loss_s` a lap there, what has zero in the interval of either, what fewer than
    `laps_needed` of them tell of, and of linked corners all but the first.
    """
    priced = [new for one in found if (new := _priced(one, seen.get(one.kind, ())[-settings.laps_looked_at :], settings)) is not None]
    chosen: dict[int, Candidate] = {}
    for one in sorted(priced, key=lambda one: (one.claim is Claim.TRY, -one.gain_s)):
        chosen.setdefault(one.corner.complex_id or -one.corner.number, one)
    return tuple(chosen.values())


def _priced(candidate: Candidate, laps: Sequence[LapSeen], settings: CueSettings) -> Candidate | None:
    """The candidate with its price over these laps; None when it does not stand above the noise there."""
    told = [(lap, one) for lap in laps if (one := corner_seen(lap, candidate.topic.corner)) is not None and _is_there(one, candidate)]
    if len(told) < settings.laps_needed:
        return None
    priced = price_over(told, candidate.topic, settings)
    return replace(candidate, gain_s=priced[0], interval_s=priced[1], n=len(told)) if priced is not None else None


def _is_there(corner: CornerComparison, candidate: Candidate) -> bool:
    """Whether the number still means the same corner: the first laps of a session may find the corners anew."""
    return corner.start_m <= candidate.corner.apex_m <= corner.end_m
