"""A made-up session summary: one topic that helped, one that shows nothing yet, cues of every fate."""

from __future__ import annotations

import numpy as np

from coach.cues.done import Action, Done
from overlay.summary.model import CornerRow, CueFate, CueRow, LapRow, MarkRow, Review, SessionSummary, TopicRow
from tests.overlay.samples import CORNERS, STEP_M, TRACK_LENGTH_M, delta_at, pedals

DONE = Done(Action.BRAKING_POINT, 1, "m", 9.2, (4.4, 14.0))
NOT_DONE = Done(Action.SLOWEST_SPEED, 1, "km/h", -0.4, (-1.9, 1.1))


def summary() -> SessionSummary:
    times = (89.412, 88.655, 88.301, 91.874, 88.120, 87.804, 87.911, 87.602, 87.644, 87.295)
    station = np.arange(0, TRACK_LENGTH_M, STEP_M)
    own, reference = pedals(6.0, 1.15), pedals()
    delta = np.array([delta_at(s)[0] for s in station])
    slow = sum(22 * np.exp(-(((station - apex) / 70) ** 2)) for _, apex, _ in CORNERS)
    return SessionSummary(
        car="MX-5 Cup",
        track="Demonstration Circuit",
        date="2026-11-28",
        laps=tuple(LapRow(k + 1, t, "off track" if k == 3 else "") for k, t in enumerate(times)),
        scatter_s=0.31,
        reference="own best, 1:27.295",
        corners=(
            CornerRow("Quarry", 0.31, 0.18, 0.44, 6),
            CornerRow("Old Paddock", 0.12, 0.02, 0.22, 5),
            CornerRow("Turn 1", 0.04, -0.03, 0.11, 6),
            CornerRow("Turns 6 and 7", -0.02, -0.05, 0.01, 6),
        ),
        corners_against="your own best lap",
        topics=(
            TopicRow("Quarry", "Brake later, 10 metres.", 3, 4, 4, 0.24, 0.09, 0.15, 0.07, 0.23, done=DONE),
            TopicRow("Old Paddock", "Slightly more speed.", 2, 3, 2, 0.12, 0.10, 0.02, -0.06, 0.10, done=NOT_DONE),
            TopicRow("Turn 1", "You go to the throttle 18 m later.", 1, 5, 0, 0.08),
        ),
        cues=(
            CueRow(4, "turn 3", "Brake later into Quarry", CueFate.SPOKEN),
            CueRow(5, "turn 3", "Brake later", CueFate.SHORTENED, "the straight was too short for all of it"),
            CueRow(6, "turn 7", "Slightly more speed", CueFate.DROPPED, "a car was within one second"),
        ),
        marks=(MarkRow(4, 1312.4, "Quarry"), MarkRow(9, 80.0)),
        next_time=(
            "Quarry: brake later, 10 metres. It costs 0.14 s per lap, 0.06 to 0.21 s (95 %). Keep the pressure, move the point.",
            "Old Paddock: slightly more speed. It may cost 0.10 s per lap, 0.02 to 0.18 s (95 %). Take less off on the way in.",
            "Turn 1: throttle sooner. It costs 0.08 s per lap, 0.03 to 0.13 s (95 %). Pick up the throttle where the reference does, gently.",
        ),
        review=Review(
            "Lap 8 against lap 10",
            station,
            delta,
            62 - slow - 0.6,
            62 - slow,
            own[0].astype(float),
            own[1].astype(float),
            reference[0].astype(float),
            reference[1].astype(float),
            tuple((str(k + 1), apex) for k, (_, apex, _) in enumerate(CORNERS)),
        ),
        simulated=True,
    )
