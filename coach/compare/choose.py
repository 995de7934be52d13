"""Which laps are compared with which, by named rules that are shown to the driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coach.compare.comparison import ReferenceKind
from coach.compare.study import Drive, Study, StudyLap
from coach.errors import NoCompleteLap
from coach.laps.lap import Lap


@dataclass(frozen=True, slots=True)
class Choice:
    """Own laps, their references, the kind of reference, and the rule that chose it, in words."""

    own: tuple[StudyLap, ...]
    references: tuple[StudyLap, ...]
    kind: ReferenceKind
    rule: str


def best_lap(drive: Drive, but: Lap | None = None) -> Lap | None:
    """The fastest clean lap, else the fastest timed one; `but` is left out. None: there is none."""
    for laps in (drive.clean, drive.timed):
        others = [lap for lap in laps if lap is not but]
        if others:
            return min(others, key=lambda lap: lap.lap_time_s)
    return None


def choose(study: Study, drive: Drive, number: int | None, given: Sequence[tuple[Drive, int | None]]) -> Choice:
    """The comparison asked for: lap `number` of the drive (None: all that count), references as given (none: the drive's own).

    Without given references the best clean lap of the drive is the reference for its others; a drive with one lap gets the
    potential lap. LapNotFound, NoCompleteLap: as the names say.
    """
    wanted = None if number is None else drive.lap(number)
    if given:
        return _against_given(study, drive, wanted, given)
    reference = best_lap(drive, but=wanted)
    others = [lap for lap in (drive.clean or drive.timed) if lap is not reference] if wanted is None else [wanted]
    if reference is None or not others:
        only = wanted or reference
        if only is None:
            raise NoCompleteLap(f"{drive.recording.path}: no complete lap from line to line. Drive at least one full lap.")
        own = study.lap(drive, only)
        return Choice(
            (own,), (study.potential(drive),), ReferenceKind.POTENTIAL, "the potential lap: this recording holds one complete lap"
        )
    state = "best clean lap" if reference.clean else "best complete lap (none is clean)"
    rule = f"{state} of the same recording, lap {reference.number}"
    return Choice(_laps(study, drive, others), _laps(study, drive, [reference]), ReferenceKind.OWN, rule)


def _against_given(study: Study, drive: Drive, wanted: Lap | None, given: Sequence[tuple[Drive, int | None]]) -> Choice:
    references = []
    same_file = all(other.recording.path == drive.recording.path for other, _ in given)
    for other, number in given:
        lap = other.lap(number) if number is not None else best_lap(other, but=wanted if other is drive else None)
        if lap is None:
            raise NoCompleteLap(f"{other.recording.path}: no complete lap to compare with. Give a recording with at least one full lap.")
        references.append(study.lap(other, lap))
    taken = {(lap.file, lap.lap.first) for lap in references}
    own = (
        [lap for lap in (drive.clean or drive.timed) if (str(drive.recording.path), lap.first) not in taken] if wanted is None else [wanted]
    )
    if not own:
        raise NoCompleteLap(
            f"{drive.recording.path}: its only complete lap is the reference itself. Name another lap with --lap, or another reference."
        )
    kind = ReferenceKind.OWN if same_file else ReferenceKind.EXTERNAL
    return Choice(_laps(study, drive, own), tuple(references), kind, "given with --reference")


def _laps(study: Study, drive: Drive, laps: Sequence[Lap]) -> tuple[StudyLap, ...]:
    return tuple(study.lap(drive, lap) for lap in laps)
