"""A made-up lap to fill snapshots with: circuit, pedals, delta and losses that belong together, by formulas. No simulator, no engine."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from overlay.state import (
    CornerLoss,
    CueLine,
    CueState,
    Delta,
    Inputs,
    MapMark,
    MiniMap,
    Mode,
    Progress,
    Reference,
    ReferencePedals,
    Snapshot,
    Status,
    Traces,
    TrackShape,
)

TRACK_LENGTH_M = 3100.0
CUE = "Brake later, 10 metres."  # as the coach says it (test_pictures.py)
STEP_M = 2.0
CORNERS = (  # name, apex station, time lost
    ("Hangar", 420.0, 0.06),
    ("Long Left", 760.0, -0.04),
    ("Quarry", 1150.0, 0.21),
    ("Bridge", 1480.0, 0.01),
    ("Mill Chicane", 1830.0, -0.09),
    ("Church", 2150.0, 0.05),
    ("Old Paddock", 2560.0, 0.12),
    ("Last", 2870.0, -0.02),
)
COACHING = Status(Mode.COACHING, clean_laps=4)
REFERENCE = Reference("own best", "own best clean lap", 87.295)


@cache
def shape() -> TrackShape:
    """A closed circuit with eight bends, equally spaced."""
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    radius = 1 + 0.22 * np.sin(2 * angle + 0.6) + 0.17 * np.cos(3 * angle) + 0.10 * np.sin(5 * angle + 1.0)
    x, y = 1.55 * radius * np.cos(angle), radius * np.sin(angle)
    s = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x, append=x[0]), np.diff(y, append=y[0])))))
    at = np.linspace(0, s[-1], 400, endpoint=False)
    scale = TRACK_LENGTH_M / s[-1]
    return TrackShape(
        tuple((np.interp(at, s, np.append(x, x[0])) * scale).tolist()), tuple((np.interp(at, s, np.append(y, y[0])) * scale).tolist())
    )


@cache
def pedals(shift_m: float = 0.0, softness: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Brake and throttle over the lap on the station grid: hard on, trailed off to the apex, then on the throttle again."""
    s = np.arange(0, TRACK_LENGTH_M, STEP_M)
    brake, throttle = np.zeros_like(s), np.ones_like(s)
    for k, (_, apex, _) in enumerate(CORNERS):
        length, peak = 70.0 + 25.0 * ((k * 7) % 4), 0.95 - 0.12 * (k % 3)
        d = s - (apex + shift_m * (1 if k % 2 else -1))
        rising = np.clip((d + length) / 12.0, 0, 1)
        falling = np.clip(-d / (length * 0.75), 0, 1) ** (0.7 * softness)
        brake = np.maximum(brake, np.where((d > -length) & (d < 0), peak * np.minimum(rising, falling), 0.0))
        off = np.clip((d + length + 8) / 6.0, 0, 1) * np.clip((70 * softness - d) / (60 * softness), 0, 1)
        throttle = np.minimum(throttle, 1 - off)
    return brake.astype(np.float32), throttle.astype(np.float32)


def traces(station_m: float) -> Traces:
    """The stretch from 180 m behind to 90 m ahead of the car."""
    brake, throttle = pedals(6.0, 1.15)
    first = np.floor((station_m - 180.0) / STEP_M) * STEP_M
    at = first + np.arange(int(180 / STEP_M) + 2) * STEP_M
    driven = (at[at <= station_m] / STEP_M).astype(int) % brake.size
    return Traces(station_m, first - station_m, STEP_M, brake[driven], throttle[driven], reference_pedals())


@cache
def reference_pedals() -> ReferencePedals:
    """The reference lap's."""
    return ReferencePedals(STEP_M, *pedals())


def own_traces(station_m: float) -> Traces:
    """The same without a reference."""
    return replace(traces(station_m), reference=None)


def losses(station_m: float) -> tuple[CornerLoss, ...]:
    """Corners behind the car are done, the one around it is current."""
    bounds = [apex - 140.0 for _, apex, _ in CORNERS] + [TRACK_LENGTH_M]
    return tuple(
        CornerLoss(
            str(k + 1),
            name,
            lost if station_m >= bounds[k + 1] else None,
            Progress.DONE if station_m >= bounds[k + 1] else Progress.CURRENT if station_m >= bounds[k] else Progress.AHEAD,
        )
        for k, (name, _, lost) in enumerate(CORNERS)
    )


@cache
def segment_losses() -> tuple[float, ...]:
    """Time lost per metre in 155 pieces of 20 m, all of it around the corners."""
    s = (np.arange(155) + 0.5) * 20.0
    return tuple(sum(lost * np.exp(-(((s - apex) / 55.0) ** 2)) / 97.5 for _, apex, lost in CORNERS).tolist())


@cache
def losses_until(done: int) -> tuple[float | None, ...]:
    """What is known after this many pieces."""
    return tuple(loss if k < done else None for k, loss in enumerate(segment_losses()))


def delta_at(station_m: float) -> tuple[float, float]:
    """Delta and its slope per metre at a station."""
    at = station_m / 20.0
    slopes = segment_losses()
    whole = int(at)
    return 20.0 * (sum(slopes[:whole]) + slopes[min(whole, 154)] * (at - whole)), slopes[min(whole, 154)]


def driving(time_s: float) -> Snapshot:
    """On the way around the made-up lap, 45 m/s."""
    station = (time_s * 45.0) % TRACK_LENGTH_M
    delta, slope = delta_at(station)
    brake, throttle = pedals(6.0, 1.15)
    i = int(station / STEP_M) % brake.size
    done = int(station / 20.0)
    return Snapshot(
        time_s=time_s,
        in_car=True,
        status=COACHING,
        reference=REFERENCE,
        delta=Delta(delta, slope * 45.0, 87.295 + delta),
        corners=losses(station),
        inputs=Inputs(float(brake[i]), float(throttle[i]), traces(station)),
        minimap=MiniMap(
            shape(),
            station / TRACK_LENGTH_M,
            losses_until(done),
            tuple(MapMark(str(k), CORNERS[k - 1][1] / TRACK_LENGTH_M) for k in (3, 7, 1) if CORNERS[k - 1][1] < station),
        ),
        lap_number=6,
        last_lap_s=87.812,
        best_lap_s=87.295,
    )


def speaking() -> Snapshot:
    """Before Old Paddock, being told something."""
    return replace(driving(2362.0 / 45.0), cue=CueLine(CUE, "7", "Old Paddock", CueState.SPEAKING))


def long_names() -> Snapshot:
    """The same lap with the longest corner names of the tracks that come with the program."""
    names = ("Coca-Cola Corner", "The Left-Hander", "The Right-Hander", "Les Combes, first", "Panasonic Corner", "Blanchimont Exit", "100R")
    now = speaking()
    return replace(
        now, cue=None, corners=tuple(replace(corner, name=name) for corner, name in zip(now.corners, (*names, "Hairpin"), strict=True))
    )


def slow_lap() -> Snapshot:
    """The same corners far from the reference, with a spin in one of them."""
    lost, now = (0.72, 0.32, 14.2, 0.45, 0.08), speaking()
    slow = (replace(corner, time_lost_s=seconds) for corner, seconds in zip(now.corners, lost, strict=False))
    return replace(now, corners=(*slow, *now.corners[len(lost) :]))


def official_numbers() -> Snapshot:
    """A circuit whose official numbers differ from our count: a letter, two in one bend, and one that it does not know."""
    numbers = dict(zip("12345678", ("1", "2", "3A", "C4", "10A", "10-11", "12A", "12B"), strict=True))
    now = speaking()
    assert now.cue is not None
    assert now.minimap is not None
    return replace(
        now,
        cue=replace(now.cue, turn_number=numbers[now.cue.turn_number]),
        corners=tuple(replace(corner, turn_number=numbers[corner.turn_number]) for corner in now.corners),
        minimap=replace(now.minimap, marks=tuple(replace(mark, turn_number=numbers[mark.turn_number]) for mark in now.minimap.marks)),
    )


def braking() -> Snapshot:
    """In the middle of Quarry."""
    return driving(1112.0 / 45.0)


def waiting_for_lap() -> Snapshot:
    """First laps: nothing to compare with yet."""
    return Snapshot(
        time_s=30.0,
        in_car=True,
        status=Status(Mode.WAITING_LAP, clean_laps=1),
        inputs=replace(braking().inputs or Inputs(0, 0), traces=own_traces(1112.0)),
        minimap=MiniMap(shape(), 0.31),
        lap_number=1,
    )


def waiting_for_simulator() -> Snapshot:
    """Nothing runs yet."""
    return Snapshot()


def silent() -> Snapshot:
    """A yellow flag, and a notice."""
    return replace(braking(), status=Status(Mode.SILENT, why_silent="yellow flag", clean_laps=4), cue=None)


def trouble() -> Snapshot:
    """The voice is gone."""
    return replace(braking(), status=Status(Mode.COACHING, notice="Headset gone: cues as text", clean_laps=4))


STATES = {
    "speaking": speaking,
    "braking": braking,
    "waiting_for_lap": waiting_for_lap,
    "waiting_for_simulator": waiting_for_simulator,
    "silent": silent,
    "trouble": trouble,
}
