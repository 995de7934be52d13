"""What each mistake of a drive cost, by driving it again without that mistake: same seed, same everything else.

One re-drive answers for several mistakes when they are on laps that do not touch: what a mistake costs ends with the lap after
it at the latest. No formula, and nothing of the engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coach.sim.drive import Run
from coach.sim.happened import LEFT_TRACK
from coach.sim.plan import Fault

Driving = Callable[[tuple[Fault, ...]], Run]  # the drive with these faults and no others
Acted = Callable[[Fault, Run, Run], bool]  # of a mistake in a drive, against the drive without it: did it do what it says?


@dataclass(frozen=True, slots=True)
class Priced:
    """A mistake on one lap and what it cost. Times in s, + slower; NaN when a lap of either drive has no time."""

    fault: Fault
    time_lost_s: float  # on its own lap
    carried_s: float  # on the lap after it
    acts: bool  # False: the drive is the same without it (braking early for a corner taken flat), or it did not do what it says
    driveable: bool  # False: because of it the car left the track or spun
    happened: str  # when not driveable: what, and where


def _always(_fault: Fault, _run: Run, _without: Run) -> bool:
    return True


def price(faults: Sequence[Fault], run: Run, driving: Driving, acted: Acted = _always) -> tuple[Priced, ...]:
    """Leave-one-out cost of every fault (each on one lap) of a drive, in the order given."""
    found = {}
    for group in rounds(faults):
        without = driving(tuple(fault for fault in faults if fault not in group))
        found.update({fault: _priced(fault, run, without, acted) for fault in group})
    return tuple(found[fault] for fault in faults)


def undriveable(faults: Sequence[Fault], run: Run, driving: Driving) -> tuple[Priced, ...]:
    """The faults because of which the car left the track or spun; drives again only when it did."""
    suspects = tuple(fault for fault in faults if losses(run, _lap(fault)))
    found = []
    for group in rounds(suspects):
        without = driving(tuple(fault for fault in faults if fault not in group))
        found += [_priced(fault, run, without, _always) for fault in group]
    return tuple(one for one in found if not one.driveable)


def rounds(faults: Sequence[Fault]) -> list[tuple[Fault, ...]]:
    """Faults in as few groups as a greedy choice gives; two of a group are at least two laps apart."""
    groups: list[list[Fault]] = []
    for fault in faults:
        home = next((group for group in groups if all(abs(_lap(fault) - _lap(other)) >= 2 for other in group)), None)
        if home is None:
            groups.append([fault])
        else:
            home.append(fault)
    return [tuple(group) for group in groups]


def _lap(fault: Fault) -> int:
    if fault.lap is None:
        raise ValueError(f"{fault} has no lap: a price is one lap's")
    return fault.lap


def _priced(fault: Fault, run: Run, without: Run, acted: Acted) -> Priced:
    lap = _lap(fault)
    lost, carried = difference(run, without, lap), difference(run, without, lap + 1)
    acts = (lost != 0.0 or (math.isfinite(carried) and carried != 0.0)) and acted(fault, run, without)
    return Priced(fault, lost, carried, acts, *_outcome(lap, run, without))


def difference(run: Run, without: Run, lap: int) -> float:
    """What a lap took longer than the same lap of the other drive, s; NaN when it has no time in one of them."""
    return dict(run.lap_times_s).get(lap, math.nan) - dict(without.lap_times_s).get(lap, math.nan)


def _outcome(lap: int, run: Run, without: Run) -> tuple[bool, str]:
    """Whether the car stayed on the track and under control, and if not, what happened first that does not happen without the fault."""
    mine, others = losses(run, lap), losses(without, lap)
    if len(mine) <= len(others):
        return True, ""
    return False, mine[0]


def losses(run: Run, lap: int) -> list[str]:
    """What happened on a lap that none has that counts, in order of time."""
    return [
        f"{event.kind.replace('_', ' ')} at {event.station_m:.0f} m"
        for event in run.events
        if event.lap == lap and event.kind in LEFT_TRACK
    ]
