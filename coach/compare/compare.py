"""A lap, or the laps of a session, against references: the one place where all measurements meet.

`compare_lap` answers for one lap, `compare_each` for every chosen lap, `together` for what they have in common. They open no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import Cause, CauseShare, Doubt, ranked
from coach.compare.causes.agreement import Verdict, nothing_to_judge, vote
from coach.compare.causes.pattern import interval_of, over_laps
from coach.compare.causes.verdicts import verdicts_of
from coach.compare.choose import Choice
from coach.compare.comparison import Comparison, CornerComparison, LapIdentity, ReferenceKind
from coach.compare.delta import delta_s, time_lost
from coach.compare.differences import differences, mean_differences
from coach.compare.excluded import excluded_reasons
from coach.compare.pair import LapPair, Scatter
from coach.compare.phases import CornerPhases
from coach.compare.study import Study, StudyLap, learning_laps
from coach.laps.comparable import conditions_of
from coach.laps.comparable import differences as unlike

ENOUGH_LAPS = 3  # below this a set says little about its own scatter
SHOWN_BY_POTENTIAL = frozenset(
    {
        Cause.BRAKE_EARLY,
        Cause.BRAKE_SOFT,
        Cause.SLOW_APEX,
        Cause.THROTTLE_LATE,
        Cause.THROTTLE_SOFT,
        Cause.LIFT,
        Cause.COASTING,
        Cause.LOCKUP,
        Cause.WHEELSPIN,
    }
)
NORMAL_95 = 1.96  # two-sided 95 % quantile of the normal distribution


def compare_laps(study: Study, choice: Choice) -> Comparison:
    """The chosen laps against their references: one lap by itself, several by what they have in common."""
    return together(compare_each(study, choice))


def compare_each(study: Study, choice: Choice) -> tuple[Comparison, ...]:
    """Every chosen lap by itself, in driving order; laps driven in other conditions than the reference are left out, with a note."""
    scatter = study.scatter(yardstick(study, choice))
    own, notes = in_like_conditions(choice)
    return tuple(compare_lap(study, lap, choice.references, choice.kind, scatter, notes) for lap in own)


def compare_lap(
    study: Study, own: StudyLap, references: Sequence[StudyLap], kind: ReferenceKind, scatter: Scatter, notes: tuple[str, ...] = ()
) -> Comparison:
    """One lap; delta and losses are the mean over the references, which vote on causes. Phases are shown beside the first one's.

    The mean keeps the parts summing to the whole, and no single driver's way of taking a corner decides what is a loss.
    """
    first = references[0]
    gates = scatter.averaged_over(len(references))
    verdicts = [verdicts_of(_pair(study, own, reference, gates)) for reference in references]
    delta = np.mean([delta_s(own.trace, reference.trace) for reference in references], axis=0)
    lost = time_lost(delta, own.trace.grid["station_m"], study.track.corners, study.track.length_m)
    corners = [_before_the_first(study, own, lost.before_s, scatter)]
    for k, corner in enumerate(study.track.corners):
        corners.append(
            CornerComparison(
                corner=corner,
                start_m=corner.start_m,
                end_m=corner.end_m,
                time_lost_s=lost.corners_s[k],
                interval_s=_single_interval(lost.corners_s[k], scatter),
                n=1,
                verdict=_claimed(vote([said[k] for said in verdicts]), kind),
                excluded=excluded_reasons(own.trace, corner.start_m, corner.end_m),
                own_phases=own.phases[k],
                reference_phases=first.phases[k],
                differences=differences(own.phases[k], first.phases[k]),
            )
        )
    return Comparison(
        track=study.track,
        kind=kind,
        lap=identity(own),
        laps=(own.lap.number,),
        references=tuple(identity(reference) for reference in references),
        delta_s=lost.total_s,
        corners=tuple(corner for corner in corners if corner.end_m > corner.start_m),
        notes=notes,
    )


def together(singles: Sequence[Comparison]) -> Comparison:
    """What several laps have in common: per corner the mean loss, its interval and the cause that returns.

    One lap is answered by itself. A lap on which a corner is excluded (traffic, off-track, yellow) says nothing about that
    corner. The lap shown is the one whose delta is the median.
    """
    if len(singles) == 1:
        return singles[0]
    shown = sorted(singles, key=lambda single: single.delta_s)[len(singles) // 2]
    return Comparison(
        track=shown.track,
        kind=shown.kind,
        lap=shown.lap,
        laps=tuple(single.lap.lap.number for single in singles),
        references=shown.references,
        delta_s=float(np.mean([single.delta_s for single in singles])),
        corners=tuple(_one_corner([single.corners[k] for single in singles], shown, k) for k in range(len(shown.corners))),
        notes=shown.notes,
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
    laps = _laps_of(study, {reference.file for reference in choice.references})
    return laps if len(laps) >= ENOUGH_LAPS else _laps_of(study, {lap.file for lap in choice.own})


def _laps_of(study: Study, files: set[str]) -> tuple[StudyLap, ...]:
    return tuple(study.lap(drive, lap) for drive in study.drives if str(drive.recording.path) in files for lap in learning_laps(drive))


def identity(lap: StudyLap) -> LapIdentity:
    """Which lap this is."""
    return LapIdentity(lap.file, lap.lap, lap.trace.session)


def delta_of(own: StudyLap, reference: StudyLap) -> FloatArray:
    """Delta on the lap proper, stations 0 to L, s, + slower."""
    return delta_s(own.trace, reference.trace)[own.trace.start : own.trace.stop + 1]


def _pair(study: Study, own: StudyLap, reference: StudyLap, scatter: Scatter) -> LapPair:
    return LapPair(
        own=own.trace,
        reference=reference.trace,
        own_path=own.path,
        reference_path=reference.path,
        track=study.track,
        corners=study.track.corners,
        own_phases=own.phases,
        reference_phases=reference.phases,
        car=study.car,
        scatter=scatter,
    )


def _claimed(verdict: Verdict, kind: ReferenceKind) -> Verdict:
    """What may be claimed against this kind of reference.

    The potential lap is made on the driver's own line, without gears, and nobody has driven it: it names candidates among the
    causes that it can show, never with confidence.
    """
    if kind is not ReferenceKind.POTENTIAL:
        return verdict
    shown = [share for share in verdict.causes if share.cause in SHOWN_BY_POTENTIAL]
    rest = sum(share.time_lost_s for share in verdict.causes if share.cause not in SHOWN_BY_POTENTIAL)
    causes = ranked([*shown, CauseShare(Cause.UNEXPLAINED, rest)])
    return replace(verdict, causes=causes, confident=False, reasons=(*verdict.reasons, Doubt("nobody has driven the potential lap")))


def _before_the_first(study: Study, own: StudyLap, lost_s: float, scatter: Scatter) -> CornerComparison:
    """From the line to the first window: time that the last corner of the lap before gave or took."""
    end_m = study.track.corners[0].start_m if study.track.corners else study.track.length_m
    return CornerComparison(
        corner=None,
        start_m=0.0,
        end_m=end_m,
        time_lost_s=lost_s,
        interval_s=_single_interval(lost_s, scatter),
        n=1,
        verdict=nothing_to_judge("what the speed over the line brings or costs belongs to the last corner of the lap before"),
        excluded=excluded_reasons(own.trace, 0.0, end_m),
        own_phases=CornerPhases(),
        reference_phases=CornerPhases(),
        differences={},
    )


def _single_interval(lost: float, scatter: Scatter) -> tuple[float, float]:
    """One lap's loss against the spread that a corner of this driver shows anyway."""
    half = NORMAL_95 * scatter.time_s
    return lost - half, lost + half


def _one_corner(seen: Sequence[CornerComparison], shown: Comparison, k: int) -> CornerComparison:
    """One corner over several laps; laps on which it is excluded are left out unless none is left."""
    usable = [one for one in seen if not one.excluded]
    example = shown.corners[k]
    if not usable:
        return example
    lost = np.array([one.time_lost_s for one in usable])
    return CornerComparison(
        corner=example.corner,
        start_m=example.start_m,
        end_m=example.end_m,
        time_lost_s=float(lost.mean()),
        interval_s=interval_of(lost),
        n=len(usable),
        verdict=over_laps([one.verdict for one in usable], lost, own_reference=shown.kind is ReferenceKind.OWN),
        excluded=(),
        own_phases=example.own_phases,
        reference_phases=example.reference_phases,
        differences=mean_differences([one.differences for one in usable]),
    )
