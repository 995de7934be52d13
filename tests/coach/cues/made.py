"""Made corners, laps and roads, for the tests of what is said about them."""

from __future__ import annotations

import math

import numpy as np

from coach.compare.cause import CARRIED, Cause, CauseShare, Phase
from coach.compare.causes.agreement import Verdict
from coach.compare.comparison import CornerComparison, ReferenceKind
from coach.compare.phases import CornerPhases
from coach.cues.candidate import Candidate, Claim
from coach.cues.plan import Form, Plan
from coach.cues.road import Road
from coach.cues.topic import LapSeen, Topic
from coach.cues.topics import Entry, TopicState
from coach.track.map import Corner

LENGTH_M = 3000.0
STEP_M = 1.0
EVERY_M = 500.0  # one corner each
BRAKES_M, TURNS_M, LEAVES_M = 300.0, 340.0, 420.0  # within each: quiet until it is braked for, busy until it is left


def corner(number: int, *, complex_id: int = 0, coachable: bool = True) -> Corner:
    start = EVERY_M * (number - 1)
    return Corner(
        number, f"Turn {number}", 1, start, start + TURNS_M, start + 380.0, start + LEAVES_M, start + EVERY_M, complex_id, coachable
    )


def seen_corner(
    number: int,
    cause: Cause | None,
    lost_s: float = 0.3,
    *,
    noise_s: float = 0.05,
    agree: bool = True,
    carried: bool = False,
    excluded: tuple[str, ...] = (),
    figures: dict[str, float] | None = None,
    price_s: float | None = None,
    phases: CornerPhases | None = None,
    **kind: object,
) -> CornerComparison:
    """One corner of one lap whose loss, the whole of it or `price_s`, has one cause."""
    price_s = lost_s if price_s is None else price_s
    shares = () if cause is None else (CauseShare(cause, price_s, {CARRIED: 1.0} if carried else {}),)
    other = shares if agree else (CauseShare(Cause.GRIP, lost_s),)
    verdict = Verdict(shares, agree, Phase.ENTRY, lost_s, noise_s, 1.0, 1.0, (), (shares, other))
    at = corner(number, **kind)  # type: ignore[arg-type]
    own, reference = phases or CornerPhases(), CornerPhases()
    return CornerComparison(at, at.start_m, at.end_m, lost_s, (0.0, lost_s), 1, verdict, excluded, own, reference, figures or {})


def lap(number: int, *corners: CornerComparison) -> LapSeen:
    return LapSeen(number, corners)


def candidate(number: int, cause: Cause = Cause.SLOW_APEX, gain_s: float = 0.2, claim: Claim = Claim.SURE) -> Candidate:
    kind = ReferenceKind.EXTERNAL
    return Candidate(Topic(number, cause), corner(number), kind, claim, gain_s, (gain_s / 2, gain_s * 2), 4, {}, {}, {})


def entry(number: int, cause: Cause = Cause.SLOW_APEX) -> Entry:
    return Entry(candidate(number, cause), TopicState.WORKING, (0.2, 0.2))


def road(speed_mps: float = 50.0, corners: int = 6) -> Road:
    """At constant speed; quiet but between braking for each corner and leaving it."""
    station = np.arange(0.0, 3 * LENGTH_M, STEP_M)
    time = np.append(station, 3 * LENGTH_M) / speed_mps
    within = np.mod(station, EVERY_M)
    quiet = (within < BRAKES_M) | (within >= LEAVES_M)
    actions = {number: EVERY_M * (number - 1) + BRAKES_M for number in range(1, corners + 1)}
    return Road(LENGTH_M, STEP_M, time, np.full(time.size, speed_mps), np.append(quiet, quiet[0]), actions)


def road_with(speed_mps: float, quiet_before_m: float, gap_m: float) -> Road:
    """One corner braked for at 1500 m after `quiet_before_m` of straight, before it a busy `gap_m`, before that quiet."""
    station = np.arange(0.0, 3 * LENGTH_M, STEP_M)
    within = np.mod(station, LENGTH_M)
    busy = ((within >= 1500.0) & (within < 1600.0)) | ((within < 1500.0 - quiet_before_m) & (within >= 1500.0 - quiet_before_m - gap_m))
    time = np.append(station, 3 * LENGTH_M) / speed_mps
    return Road(LENGTH_M, STEP_M, time, np.full(time.size, speed_mps), np.append(~busy, True), {1: 1500.0})


def plan(start_m: float, deadline_m: float, end_m: float, action_m: float, about: Entry | None = None, spoken_s: float = 1.0) -> Plan:
    number = about.topic.corner if about else 0
    return Plan(about, number, (Form("Words.", spoken_s, start_m, deadline_m, end_m),), action_m)


NAN = math.nan
