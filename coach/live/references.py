"""Which laps the newest ones are measured against, and what that reference may be used for in today's conditions.

What another lap shows is the driver's doing only where both were driven in like conditions (coach/laps/comparable.py). The own laps of
this session are many, so those of other conditions are left aside. A lap that was given is the only one: in the wet it says nothing about
the dry and is shown as the delta alone; with other fuel, temperature or wind it tells what to try, and nothing for sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coach.compare.choose import Choice
from coach.compare.comparison import ReferenceKind
from coach.compare.study import Drive, Study, StudyLap
from coach.laps.comparable import Conditions, amounts_apart, conditions_of, same_wetness
from coach.laps.comparable import differences as unlike
from coach.live.report import ReferenceRule

POTENTIAL = "the potential lap: what the grip you have shown allows on your own line"


@dataclass(frozen=True, slots=True)
class Given:
    """Laps that were given: others' (`own` False) or the driver's of other days. `says`: how they were chosen, in words."""

    laps: tuple[StudyLap, ...]
    own: bool
    says: str


@dataclass(frozen=True, slots=True)
class References:
    """What to compare with, the main kind first. `delta`, `rule`: the lap of the running delta and how it was chosen.

    `like`: whether what is compared with was driven in the newest lap's conditions; else nothing is sure. `caveat`: what the given lap is
    not used for because it was driven in others, in words.
    """

    choices: dict[ReferenceKind, Choice]
    delta: StudyLap
    rule: str
    like: bool = True
    caveat: str = ""


def given_laps(study: Study, drives: Sequence[Drive]) -> tuple[StudyLap, ...]:
    """The best lap of each drive."""
    return tuple(study.lap(drive, min(drive.clean or drive.timed, key=lambda one: one.lap_time_s)) for drive in drives)


def references(study: Study, earlier: Sequence[StudyLap], own: Sequence[StudyLap], given: Given, rule: ReferenceRule) -> References:
    """For the newest of `own` (this session's laps, oldest first; `earlier`: of other sessions). `given` without laps: none is wanted."""
    now = conditions_of(own[-1].trace)
    like = _like(given.laps, now)
    if not given.laps or (given.own and like):
        return _of_his_own(study, earlier, own, Given(like, given.own, given.says), rule)
    best = min(given.laps, key=lambda one: one.lap.lap_time_s)
    # Without amounts: these change a little with every lap, and a reference is told of when its rule is another one.
    apart = ", ".join(f"{what} differs" for what in amounts_apart(conditions_of(best.trace), now))
    as_wet = tuple(lap for lap in given.laps if same_wetness(conditions_of(lap.trace), now))
    if as_wet and not given.own:
        laps, caveat = like or as_wet, "" if like else f"{apart}, so nothing it shows is sure"
        says = f"{given.says}: {caveat}" if caveat else given.says
        return References(
            {ReferenceKind.EXTERNAL: Choice((*earlier, *own), laps, ReferenceKind.EXTERNAL, says)}, laps[0], says, bool(like), caveat
        )
    his_own, caveat = _of_his_own(study, earlier, own, Given((), own=True, says=""), rule), f"{apart}, so it is the delta only"
    if given.own and best.lap.lap_time_s >= min(one.lap.lap_time_s for one in own):
        return his_own
    return References(his_own.choices, best, f"{given.says}: {caveat}", caveat=caveat)


def _of_his_own(study: Study, earlier: Sequence[StudyLap], session: Sequence[StudyLap], given: Given, rule: ReferenceRule) -> References:
    """The driver's best lap in these conditions, and the potential lap unless it is not wanted or not needed."""
    now = conditions_of(session[-1].trace)
    everyone, own = (*earlier, *session), _like(session, now)
    wanted: dict[ReferenceKind, Choice] = {}
    best = min([*own, *given.laps], key=lambda one: one.lap.lap_time_s)
    if any(best is one for one in given.laps):
        wanted[ReferenceKind.OWN] = Choice(everyone, (best,), ReferenceKind.OWN, given.says)
    elif len(own) >= 2 and rule is not ReferenceRule.POTENTIAL:
        is_best = best.lap.lap_time_s == min(one.lap.lap_time_s for one in session)
        says = f"your best clean lap of this session{'' if is_best else ' in these conditions'}, lap {best.lap.number}"
        wanted[ReferenceKind.OWN] = Choice(everyone, (best,), ReferenceKind.OWN, says)
    if rule is not ReferenceRule.OWN_BEST or not wanted:
        potential = study.potential_of(_like(everyone, now))
        wanted[ReferenceKind.POTENTIAL] = Choice(everyone, (potential,), ReferenceKind.POTENTIAL, POTENTIAL)
    main = next(iter(wanted.values()))
    return References(wanted, main.references[0], main.rule)


def _like(laps: Sequence[StudyLap], now: Conditions) -> tuple[StudyLap, ...]:
    return tuple(lap for lap in laps if not unlike(conditions_of(lap.trace), now))
