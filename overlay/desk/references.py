"""Which laps the driver is measured against, by the rule of the settings; read from the disk, never in the live loop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from coach.cli.common import split_reference
from coach.cli.references import reference_of
from coach.compare.study import SAME_LENGTH, Drive
from coach.errors import BadInput, Incomparable, NoCompleteLap
from coach.laps.length import track_length_of
from coach.live.report import ReferenceRule
from coach.telemetry.recording import SessionInfo
from overlay.settings.model import Reference
from overlay.store.index import Wanted
from overlay.store.record import LapRecord
from overlay.store.store import LapStore
from overlay.sync.shelf import CHOSEN, Shelf

# What was practised is still there after one day to six weeks (studies of driving and tracking: Sarwate and Jenkins 2017, and others;
# docs/exam.md), and so are habits.
KEPT_IN_MIND = timedelta(weeks=6)
SAME = {"simulator": "simulator", "car_id": "car", "track_id": "track", "track_config": "track layout"}  # of SessionInfo, in words
# While the desk reads, a lap just driven waits: so much takes a second or two. An `.ibt` is read where it lies, several hours of it.
LARGEST_MB, LARGEST_IBT_MB = 100, 1000
LOOKED_THROUGH = 200  # this outing's own laps are among the newest when a desk is started again


@dataclass(frozen=True, slots=True)
class Referred:
    """Laps to be measured against, and how they are used. `is_own`: of this driver, so that they show no habits."""

    rule: ReferenceRule
    drives: tuple[Drive, ...] = ()
    is_own: bool = False
    says: str = ""  # how it was chosen, where the file's name does not say it


def referred(info: SessionInfo, reference: Reference, store: LapStore, given: tuple[str, ...] = (), shelf: Shelf | None = None) -> Referred:
    """What the settings ask for in this car on this track. RacingCoachError: why it cannot be used."""
    if given:
        return Referred(ReferenceRule.GIVEN, tuple(opened(text, info) for text in given))
    chosen = shelf.chosen_for(info) if shelf is not None and reference.rule == "service" else None
    if shelf is not None and chosen is not None:
        lap = opened(str(shelf.path_of(chosen)), info)
        return Referred(ReferenceRule.AUTO if chosen.mine else ReferenceRule.GIVEN, (lap,), is_own=chosen.mine, says=CHOSEN + chosen.says)
    if reference.rule in {"own_best", "service"}:
        best = store.best(wanted(info))
        own = (opened(str(store.path_of(best.id)), info),) if best is not None else ()
        return Referred(ReferenceRule.AUTO, own, is_own=True)
    if reference.rule == "file":
        if not reference.lap:
            raise NoCompleteLap("no file is chosen: open one in the settings, on the page Reference laps.")
        return Referred(ReferenceRule.GIVEN, (opened(reference.lap, info),))
    if reference.rule == "potential":
        return Referred(ReferenceRule.POTENTIAL)
    return Referred(ReferenceRule.AUTO)


def own_laps(info: SessionInfo, store: LapStore, at_most: int) -> tuple[LapRecord, ...]:
    """The driver's clean laps in this car on this track, fastest first."""
    asked = wanted(info)
    return store.laps(Wanted(asked.car_id, asked.track_id, asked.track_config, None, True, asked.simulated, True, at_most))  # noqa: FBT003


def earlier_laps(info: SessionInfo, store: LapStore, now: str, at_most: int) -> tuple[LapRecord, ...]:
    """The driver's clean laps in this car on this track of the weeks before, newest first; `now`: the outing under way, which is not meant."""
    asked = wanted(info)
    newest = store.laps(Wanted(asked.car_id, asked.track_id, asked.track_config, None, True, asked.simulated, False, LOOKED_THROUGH))  # noqa: FBT003
    since = f"{datetime.now(tz=UTC) - KEPT_IN_MIND:%Y%m%dT%H%M%SZ}"
    return tuple(lap for lap in newest if lap.session != now and lap.saved_at >= since)[:at_most]


def wanted(info: SessionInfo) -> Wanted:
    """Laps of this car on this track; simulated ones only for a simulated drive."""
    return Wanted(info.car_id, info.track_id, info.track_config, simulated=info.simulated)


def opened(text: str, info: SessionInfo | None) -> Drive:
    """A lap that may be compared with those driven in this car on this track, if one is driven. RacingCoachError: why not.

    Exports often say neither car nor track: then only its length speaks against it.
    """
    _refuse_large(text)
    drive = reference_of(text)
    if info is None:
        return drive
    there = drive.recording.session
    made = info.simulated or there.simulated  # the proving ground names itself, but in its iRacing files iRacing
    for name, what in SAME.items():
        mine, theirs = getattr(info, name), getattr(there, name)
        if mine and theirs and mine != theirs and not (made and name == "simulator"):
            raise Incomparable(f"{text} is of another car or track: its {what} is {theirs}, you drive {mine}.")
    length_m, driven_m = track_length_of(drive.recording), info.track_length_stated_m
    if abs(length_m / driven_m - 1.0) > SAME_LENGTH:  # never where the simulator states none
        raise Incomparable(f"{text} is of another track: it is {length_m:.0f} m long, but {driven_m:.0f} m where you drive.")
    return drive


def _refuse_large(text: str) -> None:
    path, _ = split_reference(text)
    most_mb = LARGEST_IBT_MB if path.suffix.lower() == ".ibt" else LARGEST_MB
    try:
        size_mb = path.stat().st_size / 1e6
    except OSError:
        return  # who opens it says why
    if size_mb > most_mb:
        raise BadInput(
            f"{path} is {size_mb:.0f} MB large, and a reference of this kind may have at most {most_mb} MB: "
            f'open one lap of it, written by "racing-coach convert FILE --to lap-file --lap N".'
        )
