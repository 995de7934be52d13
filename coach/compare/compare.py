"""A lap, or the laps of a session, against references: the one place where all measurements meet.

`compare_lap` answers for one lap, `compare_laps` for what several laps have in common. They open no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coach.arrays import FloatArray
from coach.compare.causes import evidence, impulses
from coach.compare.causes.agreement import Verdict, judge, nothing_to_judge, vote
from coach.compare.causes.pattern import interval_of, over_laps
from coach.compare.choose import Choice
from coach.compare.comparison import Comparison, CornerComparison, LapIdentity, ReferenceKind
from coach.compare.differences import differences, mean_differences
from coach.compare.excluded import excluded_reasons
from coach.compare.pair import LapPair, Scatter
from coach.compare.phases import CornerPhases
from coach.compare.study import Study, StudyLap, learning_laps
from coach.laps.comparable import conditions_of
from coach.laps.comparable import differences as unlike
from coach.track.map import Corner

ENOUGH_LAPS = 3  # below this a set says little about its own scatter
NORMAL_95 = 1.96  # two-sided 95 % quantile of the normal distribution


def compare_lap(study: Study, own: StudyLap, references: Sequence[StudyLap], kind: ReferenceKind, scatter: Scatter) -> Comparison:
    """One lap against its references; the first is the one that delta and losses are measured against, all of them vote on causes."""
    pairs = [_pair(study, own, reference, scatter) for reference in references]
    verdicts = [_verdicts(pair) for pair in pairs]
    corners = [_start_stretch(pairs[0], scatter)] if study.track.corners and study.track.corners[0].start_m > 0.0 else []
    for k, corner in enumerate(study.track.corners):
        lost = _lost(pairs[0], corner)
        corners.append(
            CornerComparison(
                corner=corner,
                start_m=corner.start_m,
                end_m=corner.end_m,
                time_lost_s=lost,
                interval_s=_single_interval(lost, scatter),
                n=1,
                verdict=vote([said[k] for said in verdicts]),
                excluded=excluded_reasons(own.trace, corner.start_m, corner.end_m),
                own_phases=own.phases[k],
                reference_phases=references[0].phases[k],
                differences=differences(own.phases[k], references[0].phases[k]),
            )
        )
    return Comparison(
        track=study.track,
        kind=kind,
        lap=identity(own),
        laps=(own.lap.number,),
        references=tuple(identity(reference) for reference in references),
        delta_s=_delta(pairs[0])[own.trace.stop],
        corners=tuple(corners),
    )


def compare_laps(study: Study, choice: Choice) -> Comparison:
    """What the chosen laps have in common: per corner the mean loss, its interval and the cause that returns.

    One lap is answered by itself. A lap on which a corner is excluded (traffic, off-track, yellow) says nothing about that corner. The lap shown is the one
    whose delta is the median.
    """
    scatter = study.scatter(yardstick(study, choice))
    own, notes = in_like_conditions(choice)
    singles = [compare_lap(study, lap, choice.references, choice.kind, scatter) for lap in own]
    if len(singles) == 1:
        return replace(singles[0], notes=notes)
    shown = sorted(singles, key=lambda single: single.delta_s)[len(singles) // 2]
    corners = tuple(_together([single.corners[k] for single in singles], shown.corners[k], choice.kind) for k in range(len(shown.corners)))
    return Comparison(
        track=study.track,
        kind=choice.kind,
        lap=shown.lap,
        laps=tuple(single.lap.lap.number for single in singles),
        references=shown.references,
        delta_s=float(np.mean([single.delta_s for single in singles])),
        corners=corners,
        notes=notes,
    )


def in_like_conditions(choice: Choice) -> tuple[tuple[StudyLap, ...], tuple[str, ...]]:
    """The own laps that were driven in the first reference's conditions, and a note on each that was not.

    When none was, all of them are compared, and the notes say so: the driver asked for it.
    """
    wanted = conditions_of(choice.references[0].trace)
    apart = {lap.lap.number: unlike(conditions_of(lap.trace), wanted) for lap in choice.own}
    notes = tuple(f"lap {number}: {', '.join(words)} against the reference" for number, words in apart.items() if words)
    alike = tuple(lap for lap in choice.own if not apart[lap.lap.number])
    return (alike, notes) if alike else (choice.own, notes)


def yardstick(study: Study, choice: Choice) -> tuple[StudyLap, ...]:
    """The laps whose scatter scales the gates: those of the references' recordings when there are enough, else the driver's own.

    Between drivers lines and braking points differ more than within one (coaching science: 1.1 m against 0.1-0.5 m), so against
    several drivers' laps the gates must be as wide as these drivers differ.
    """
    files = {reference.file for reference in choice.references}
    laps = [study.lap(drive, lap) for drive in study.drives if str(drive.recording.path) in files for lap in learning_laps(drive)]
    if len(laps) >= ENOUGH_LAPS:
        return tuple(laps)
    own = {lap.file for lap in choice.own}
    return tuple(study.lap(drive, lap) for drive in study.drives if str(drive.recording.path) in own for lap in learning_laps(drive))


def identity(lap: StudyLap) -> LapIdentity:
    """Which lap this is."""
    return LapIdentity(lap.file, lap.lap, lap.trace.session)


def delta_of(own: StudyLap, reference: StudyLap) -> FloatArray:
    """Own time minus reference time at equal station, s, + slower, on the own lap's grid from station 0 to L."""
    lost = (
        own.trace.grid["time_s"][own.trace.start : own.trace.stop + 1]
        - reference.trace.grid["time_s"][reference.trace.start : reference.trace.stop + 1]
    )
    return np.asarray(lost, dtype=np.float64)


def _pair(study: Study, own: StudyLap, reference: StudyLap, scatter: Scatter) -> LapPair:
    corners = study.track.corners
    return LapPair(
        own.trace, reference.trace, own.path, reference.path, study.track, corners, own.phases, reference.phases, study.car, scatter
    )


def _delta(pair: LapPair) -> FloatArray:
    return np.asarray(pair.own.grid["time_s"] - pair.reference.grid["time_s"], dtype=np.float64)


def _lost(pair: LapPair, corner: Corner) -> float:
    delta = _delta(pair)
    return float(delta[pair.own.index_at(corner.end_m)] - delta[pair.own.index_at(corner.start_m)])


def _verdicts(pair: LapPair) -> list[Verdict]:
    """One verdict per corner from the two methods."""
    by_evidence, by_impulse = evidence.attribute(pair), impulses.attribute(pair)
    return [judge(pair, corner, a, b) for corner, a, b in zip(pair.corners, by_evidence, by_impulse, strict=True)]


def _start_stretch(pair: LapPair, scatter: Scatter) -> CornerComparison:
    """From the line to the first window: time that the last corner of the lap before gave or took."""
    delta = _delta(pair)
    lost = float(delta[pair.own.index_at(pair.corners[0].start_m)] - delta[pair.own.start])
    return CornerComparison(
        corner=None,
        start_m=0.0,
        end_m=pair.corners[0].start_m,
        time_lost_s=lost,
        interval_s=_single_interval(lost, scatter),
        n=1,
        verdict=nothing_to_judge("what the speed over the line brings or costs belongs to the last corner of the lap before"),
        excluded=excluded_reasons(pair.own, 0.0, pair.corners[0].start_m),
        own_phases=CornerPhases(),
        reference_phases=CornerPhases(),
        differences={},
    )


def _single_interval(lost: float, scatter: Scatter) -> tuple[float, float]:
    """One lap's loss against the spread that a corner of this driver shows anyway."""
    half = NORMAL_95 * scatter.time_s
    return lost - half, lost + half


def _together(seen: Sequence[CornerComparison], shown: CornerComparison, kind: ReferenceKind) -> CornerComparison:
    """One corner over several laps; laps on which it is excluded are left out unless none is left."""
    usable = [one for one in seen if not one.excluded]
    if not usable:
        return shown
    lost = np.array([one.time_lost_s for one in usable])
    return CornerComparison(
        corner=shown.corner,
        start_m=shown.start_m,
        end_m=shown.end_m,
        time_lost_s=float(lost.mean()),
        interval_s=interval_of(lost),
        n=len(usable),
        verdict=over_laps([one.verdict for one in usable], lost, own_reference=kind is ReferenceKind.OWN),
        excluded=(),
        own_phases=shown.own_phases,
        reference_phases=shown.reference_phases,
        differences=mean_differences([one.differences for one in usable]),
    )
