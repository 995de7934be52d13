"""The detectors see live channels only; wheel speeds, which exist on disk, say what really happened.

The odd laps of the two othersim sessions served for development; what is asserted here are the even laps and the noisy drivers.
"""

from __future__ import annotations

import numpy as np
import pytest

from coach.detect.baseline import learn_baseline
from coach.detect.detect import detect_lap
from coach.detect.detection import DetectionKind
from coach.detect.signals import driven_slip, signals_of
from coach.detect.wheelspin import slip_limit
from tests.coach.detect.truth import Score, all_laps, othersim_laps, score, true_lockups, true_spins, wheel_slips
from tests.othersim_sets import SINGLE_FILE
from tests.recordings import RECORDINGS, needs_othersim, needs_recordings

DRIVEN = {"corkscrew_p406": ("lf", "rf"), "ruudskogen_car1-trb1": ("lr", "rr")}
NOISY = ("human_good", "human_102", "human_105", "human_110", "habit_1", "habit_2", "habit_3")
CLEAR = 0.02  # twice the error of the slip that the engine shows; nearer to the limit either answer is right


def times(detections, kind):
    return [(one.start_s, one.end_s) for one in detections if one.kind is kind]


def judged(traces, driven=("lr", "rr")):
    """Scores of lock-ups and of wheelspin, detector against wheel speeds."""
    baseline = learn_baseline(traces)
    limit = slip_limit(baseline)
    locks, spins = Score(0, 0, 0), Score(0, 0, 0)
    for trace, slip in zip(traces, wheel_slips(traces), strict=True):
        found = detect_lap(trace, baseline)
        locks += score(times(found, DetectionKind.LOCKUP), true_lockups(trace, slip))
        spinning = times(found, DetectionKind.WHEELSPIN)
        clear, faint = (true_spins(trace, slip, driven, limit + sign * CLEAR) for sign in (1, -1))
        spins += Score(score(spinning, clear).found, score(spinning, clear).missed, score(spinning, faint).false)
    return locks, spins


def even_laps(set_name):
    return [trace for trace in othersim_laps(set_name, SINGLE_FILE) if trace.lap.number % 2 == 0]


@needs_othersim
def test_lockups_of_the_checking_laps_are_found_without_false_alarms():
    front_driven, _ = judged(even_laps("corkscrew_p406"), DRIVEN["corkscrew_p406"])
    rear_driven, _ = judged(even_laps("ruudskogen_car1-trb1"), DRIVEN["ruudskogen_car1-trb1"])

    assert front_driven.f1 >= 0.85
    assert front_driven.false + rear_driven.false <= 3  # one in ten of 38 laps


@needs_othersim
@pytest.mark.parametrize("set_name", DRIVEN)
def test_the_engine_shows_the_slip_of_the_driven_wheels(set_name):
    traces = even_laps(set_name)
    ratios = learn_baseline(traces).speed_per_rpm
    error = np.concatenate(
        [
            driven_slip(signals_of(trace), ratios) - np.mean([slip[w] for w in DRIVEN[set_name]], axis=0)
            for trace, slip in zip(traces, wheel_slips(traces), strict=True)
        ]
    )
    assert np.nanquantile(np.abs(error), 0.95) < CLEAR


@needs_othersim
@pytest.mark.slow
def test_all_checking_laps_together():
    locks, spins, laps = Score(0, 0, 0), Score(0, 0, 0), 0
    for set_name, driven in DRIVEN.items():
        groups = [even_laps(set_name), *(list(othersim_laps(set_name, f"{name}.npz")) for name in NOISY)]
        for traces in groups:
            lock, spin = judged(traces, driven)
            locks, spins, laps = locks + lock, spins + spin, laps + len(traces)
    print(f"{laps} laps; lock-ups {locks} F1 {locks.f1:.3f}; clear wheelspin {spins}")
    assert locks.f1 >= 0.85
    assert locks.false <= laps / 10
    assert spins.missed == 0
    assert spins.false <= laps / 10


@needs_recordings
@pytest.mark.parametrize("name", ["amg_gt4_spielberg_partial.ibt", "amg_gt4_sebring_partial.ibt"])
def test_a_real_car_with_abs_never_locks(name):
    traces = all_laps(RECORDINGS / name)
    locks, _ = judged(traces)
    assert locks == Score(0, 0, 0)


@needs_recordings
@pytest.mark.parametrize(("name", "least_found"), [("formula_vee_tsukuba_1k.ibt", 2), ("silverado_bristol.ibt", 1)])
def test_real_lockups_are_called_only_where_a_wheel_locks(name, least_found):
    """Of the Vee's four, two are of a single front wheel: its engine cannot show them, and they stay unseen."""
    locks, _ = judged(all_laps(RECORDINGS / name))
    assert locks.false == 0
    assert locks.found >= least_found


@needs_recordings
def test_wheelspin_of_the_real_rear_driven_car_is_found():
    _, spins = judged(all_laps(RECORDINGS / "formula_vee_tsukuba_1k.ibt"))
    assert spins.found >= 1
    assert spins.missed == spins.false == 0


@needs_recordings
def test_the_off_track_and_the_abs_of_the_real_lap_are_seen():
    traces = all_laps(RECORDINGS / "amg_gt4_spielberg_partial.ibt")
    found = [one.kind for trace in traces for one in detect_lap(trace, learn_baseline(traces))]
    assert DetectionKind.OFF_TRACK in found
    assert DetectionKind.ABS_OVERUSE in found
