"""What a finished lap tells: does it count, where was time lost and why, what could be said, and against which reference.

Lap-sized work of some tenths of a second. It runs beside the live loop and is asked once per lap; the same laps in the same
order give the same answers. It speaks to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from coach.compare.choose import Choice
from coach.compare.compare import compare_lap, yardstick
from coach.compare.comparison import Comparison, ReferenceKind
from coach.compare.study import Drive, Study, StudyLap, check_same, open_drive, prepare
from coach.cues.candidate import Candidate, Claim, candidates
from coach.cues.road import road_of
from coach.cues.settings import CueSettings
from coach.cues.topic import LapSeen
from coach.detect.baseline import learn_baseline
from coach.detect.detect import detect_lap
from coach.errors import NoCompleteLap, RacingCoachError
from coach.laps.comparable import conditions_of
from coach.laps.comparable import differences as unlike
from coach.live.delta import running_reference
from coach.live.earlier import before_this_session, comparable_earlier, same_lap
from coach.live.kept import MAP_LAPS, NEWEST_KEPT, kept
from coach.live.references import Given, given_laps, references
from coach.live.report import LapReport, ReferenceRule
from coach.live.usual import usual_laps
from coach.telemetry.recording import Recording
from coach.track.map import TrackMap


@dataclass(slots=True)
class Analyst:
    """The laps of a session under analysis. `given`: laps of others, or files of the driver's, as references (drives)."""

    settings: CueSettings
    rule: ReferenceRule = ReferenceRule.AUTO
    given: tuple[Drive, ...] = ()
    track: TrackMap | None = None
    given_is_own: bool = False  # the given laps are the driver's own of another day: they show no habits, only lost moments
    given_says: str = ""  # how the given laps were chosen, where their files' names do not say it
    _drives: list[Drive] = field(default_factory=list)
    _earlier: list[Drive] = field(default_factory=list)  # not sifted before the first lap: its conditions decide
    _best_s: float = np.inf
    _map_fixed: bool = False

    def __post_init__(self) -> None:
        self._map_fixed = self.track is not None

    def add(self, recording: Recording) -> LapReport:
        """Analyze the newest lap. Never raises for what is in a recording: a lap that cannot be used comes back with a note."""
        report = self._tried(recording)
        if report.lap is None and report.note and self._earlier:
            self._earlier = []  # one of them may be why, and this session's laps come first
            report = self._tried(recording)
        return report

    def _tried(self, recording: Recording) -> LapReport:
        before = self._drives.copy(), self._earlier, self._best_s
        try:
            return self._add(recording)
        except RacingCoachError as error:
            note = str(error)
        except (ArithmeticError, LookupError, ValueError) as error:  # what numbers that are none lead to; it must not end a session
            note = f"this lap could not be analyzed ({error})"
        self._drives, self._earlier, self._best_s = before  # else the lap would spoil the analysis of all that follow
        return LapReport(recording, None, track=self.track, note=note)

    def resume(self, drives: Sequence[Drive], track: TrackMap | None, best_s: float) -> None:
        """Go on where another analyst ended: the laps it kept (one in each drive, oldest first), its map once it was fixed, its best time."""
        self._drives, self._best_s = list(drives), best_s
        self.track, self._map_fixed = track, track is not None

    def recall(self, drives: Sequence[Drive]) -> None:
        """The driver's own laps of earlier sessions, one in each drive, oldest first: proof from the first lap on, until there are enough new ones."""
        self._earlier = before_this_session(drives)

    def before_next_lap(self) -> LapReport | None:
        """What is known before the next lap, for its delta: the given lap and its track, else what the laps so far give. None without a usable lap."""
        drives = [drive for drive in self.given if drive.timed]
        if not drives:
            return self._from_laps_so_far()
        try:
            study = prepare(drives, self.track if self._map_fixed else None)
            drive = min(drives, key=lambda one: min(lap.lap_time_s for lap in one.clean or one.timed))
            lap = study.lap(drive, min(drive.clean or drive.timed, key=lambda one: one.lap_time_s))
        except RacingCoachError as error:
            return LapReport(self.given[0].recording, None, note=str(error))
        rule = self._given_rule()
        return LapReport(drive.recording, None, track=study.track, running=running_reference(lap.trace), rule=rule, given=rule)

    def _from_laps_so_far(self) -> LapReport | None:
        """The reference that the rule makes of them."""
        if not self._drives:
            return None
        try:
            study, earlier, own = self._studied()
            chosen = references(study, earlier, own, self._given(study), self.rule)
        except (RacingCoachError, ArithmeticError, LookupError, ValueError):
            return None  # the next lap's analysis says why
        running = running_reference(chosen.delta.trace)
        return LapReport(self._drives[-1].recording, None, track=study.track, running=running, rule=chosen.rule, given=self._given_rule())

    def _given_rule(self) -> str:
        """How the given laps were chosen, in words; without any the rule that counts instead."""
        if not self.given:
            return self.rule.value
        if self.given_says:
            return self.given_says
        start = "your best lap of all days" if self.given_is_own else "given"
        return f"{start}: " + ", ".join(drive.recording.path.name for drive in self.given)

    def _add(self, recording: Recording) -> LapReport:
        drive = open_drive(recording)
        lap = drive.timed[-1] if drive.timed else None
        if lap is None or not lap.clean:
            return LapReport(recording, lap, track=self.track)
        given = self._given_rule()
        note = self._leave_out_misfits(drive)
        is_best = bool(lap.lap_time_s < self._best_s) and bool(np.isfinite(self._best_s))
        self._best_s = min(self._best_s, lap.lap_time_s)
        self._drives = kept([*self._drives, Drive(recording, (lap,))], lambda one: one.timed[0].lap_time_s)
        study, earlier, own = self._studied()
        newest = self._comparable([*earlier, *own])
        chosen = references(study, earlier, own, self._given(study), self.rule)
        compared = {kind: _compare(study, newest, choice) for kind, choice in chosen.choices.items()}
        main = next(iter(chosen.choices))
        seen = {kind: tuple(LapSeen(one.lap.lap.number, one.corners) for one in laps) for kind, laps in compared.items()}
        baseline = learn_baseline([one.trace for one in (*earlier, *own)])
        return LapReport(
            recording=recording,
            lap=lap,
            is_best=is_best,
            comparison=compared[main][-1] if compared[main] and compared[main][-1].lap.lap is lap else None,
            seen=seen,
            found=self._candidates(seen, sure=chosen.like),
            detections=detect_lap(newest[-1].trace, baseline),
            baseline=baseline,
            usual=usual_laps([one.trace for one in newest]),
            track=study.track,
            map_fixed=self._map_fixed,
            road=road_of([one.trace for one in newest], study.track.corners, [one.phases for one in newest], self.settings.turning_mps2),
            running=running_reference(chosen.delta.trace),
            own=running_reference(newest[-1].trace),
            rule=chosen.rule,
            given=given,
            caveat=chosen.caveat,
            note=note,
        )

    def _leave_out_misfits(self, drive: Drive) -> str:
        """Given references that cannot be compared with this driver's laps are left out for good; why, in words, once."""
        fitting, reasons = [], []
        for given in self.given:
            try:
                if not given.timed:
                    raise NoCompleteLap(f"{given.recording.path}: no complete lap to compare with.")
                check_same([drive, given], called="your drive")
                fitting.append(given)
            except RacingCoachError as error:
                reasons.append(str(error))
        self.given = tuple(fitting)
        return " ".join(reasons)

    def _studied(self) -> tuple[Study, list[StudyLap], list[StudyLap]]:
        """All laps so far on one map: those of earlier sessions in the newest one's conditions, and this session's."""
        self._earlier = comparable_earlier(self._earlier, self._drives[-1], max(0, NEWEST_KEPT - len(self._drives)))
        study = prepare([*self._earlier, *self._drives, *self.given], self.track if self._map_fixed else None)
        self._map_fixed = self._map_fixed or len(self._earlier) + len(self._drives) >= MAP_LAPS
        self.track = study.track
        earlier, own = ([study.lap(one, one.timed[0]) for one in drives] for drives in (self._earlier, self._drives))
        return study, earlier, own

    def _comparable(self, own: Sequence[StudyLap]) -> list[StudyLap]:
        """The newest laps driven in the conditions of the newest one, oldest first; those of earlier sessions come first."""
        now = conditions_of(own[-1].trace)
        return [lap for lap in own[-NEWEST_KEPT:] if not unlike(conditions_of(lap.trace), now)]

    def _given(self, study: Study) -> Given:
        """The given laps, none where another reference is wanted."""
        wanted = self.given if self.rule in {ReferenceRule.AUTO, ReferenceRule.GIVEN} else ()
        return Given(given_laps(study, wanted), self.given_is_own, self._given_rule() if wanted else "")

    def _candidates(self, seen: Mapping[ReferenceKind, Sequence[LapSeen]], *, sure: bool) -> tuple[Candidate, ...]:
        """Candidates of all kinds, the surer kind first; a corner has one. Things to try only where the style allows them.

        `sure` False: the reference was driven in other conditions, so that nothing it shows is more than something to try.
        """
        found: list[Candidate] = []
        for kind, laps in seen.items():
            for one in candidates(laps, kind, self.settings) if sure else _to_try(candidates(laps, kind, self.settings)):
                may = one.claim is not Claim.TRY or self.settings.suspicions > 0
                if may and all(other.topic.corner != one.topic.corner for other in found):
                    found.append(one)
        return tuple(found)


def _to_try(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    return tuple(replace(one, claim=Claim.TRY) for one in found)


def _compare(study: Study, newest: Sequence[StudyLap], choice: Choice) -> list[Comparison]:
    """Each of the newest laps against the references, the reference itself left out."""
    scatter = study.scatter(yardstick(study, choice))
    own = [lap for lap in newest if not any(same_lap(lap, reference) for reference in choice.references)]
    return [compare_lap(study, lap, choice.references, choice.kind, scatter) for lap in own]
