"""Laps of a point that follows a made-up track of straights and arcs: everything about them is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.arrays import FloatArray
from coach.laps.resample import trace_laps
from coach.laps.trace import LapTrace
from coach.telemetry.recording import SessionInfo, recording_from_columns

TOP_MPS, GRIP_MPS2, ACCEL_MPS2, BRAKE_MPS2 = 60.0, 12.0, 4.0, 9.0
SPIRAL_M = 10.0  # curvature ramps up and down over this length, centred on the arc's ends
FINE_M = 0.25


@dataclass(frozen=True)
class Arc:
    """A known corner: stations of its ends, + left."""

    start_m: float
    end_m: float
    curvature_1pm: float

    @property
    def middle_m(self) -> float:
        return 0.5 * (self.start_m + self.end_m)


@dataclass(frozen=True)
class Track:
    length_m: float
    arcs: tuple[Arc, ...]
    station_m: FloatArray  # [0, L), FINE_M apart, the road's middle
    curvature_1pm: FloatArray

    @property
    def heading_rad(self) -> FloatArray:
        return np.concatenate([[0.0], np.cumsum(self.curvature_1pm)])[:-1] * FINE_M

    @property
    def xy_m(self) -> np.ndarray:
        """Complex positions; the spirals leave a gap of a metre or two at the line, which is spread over the lap."""
        steps = np.exp(1j * (self.heading_rad + 0.5 * FINE_M * self.curvature_1pm)) * FINE_M
        return np.concatenate([[0.0], np.cumsum(steps - steps.mean())[:-1]])


def track_of(turns: list[tuple[float, float]], straights_m: list[float]) -> Track:
    """A closed track: straight 0, turn 0, straight 1, turn 1, ..., and a last straight of the length that is left over.

    turns: (radius m, angle deg, + left), summing to +-360; the straights are changed as little as will close the loop.
    """
    assert abs(abs(sum(angle for _, angle in turns)) - 360.0) < 1e-9
    lengths = _closing(turns, np.array(straights_m, dtype=float))
    edges, kappas = [0.0], []
    arcs = []
    for (radius, angle), straight in zip(turns, lengths, strict=False):
        kappa = np.sign(angle) / radius
        edges.append(edges[-1] + straight)
        kappas.append(0.0)
        arcs.append(Arc(edges[-1], edges[-1] + abs(np.radians(angle)) * radius, kappa))
        edges.append(arcs[-1].end_m)
        kappas.append(kappa)
    edges.append(edges[-1] + lengths[-1])
    kappas.append(0.0)
    count = round(edges[-1] / FINE_M)
    station = np.arange(count) * FINE_M
    raw = np.asarray(kappas)[np.clip(np.searchsorted(edges, station + 0.5 * FINE_M, side="right") - 1, 0, len(kappas) - 1)]
    half = round(SPIRAL_M / FINE_M / 2)
    padded = np.concatenate([raw[-half:], raw, raw[:half]])
    smooth = np.convolve(padded, np.ones(2 * half + 1) / (2 * half + 1), "valid")
    smooth *= 2.0 * np.pi / abs(smooth.sum() * FINE_M)
    return Track(count * FINE_M, tuple(arcs), station, smooth)


def _closing(turns: list[tuple[float, float]], straights_m: FloatArray) -> FloatArray:
    heading, directions, arc_sum = 0.0, [], 0j
    for radius, angle in turns:
        directions.append(np.exp(1j * heading))
        turn = np.radians(angle)
        centre = 1j * np.sign(turn) * radius
        arc_sum += np.exp(1j * heading) * centre * (1.0 - np.exp(1j * turn))
        heading += turn
    directions.append(np.exp(1j * heading))
    unit = np.array(directions)
    gap = -(arc_sum + (unit * straights_m).sum())
    rows = np.stack([unit.real, unit.imag])
    share = np.linalg.lstsq(rows * straights_m, np.array([gap.real, gap.imag]), rcond=None)[0]
    lengths = straights_m * (1.0 + share)
    assert (lengths > 0.0).all(), lengths
    return lengths


def speed_profile(track: Track, top_mps: float = TOP_MPS, grip: float = GRIP_MPS2) -> FloatArray:
    """Quasi-steady speed around the closed track."""
    speed = np.minimum(top_mps, np.sqrt(grip / np.maximum(np.abs(track.curvature_1pm), 1e-6)))
    for _ in range(2):
        for i in range(len(speed)):
            speed[i] = min(speed[i], np.sqrt(speed[i - 1] ** 2 + 2.0 * ACCEL_MPS2 * FINE_M))
        for i in range(len(speed) - 1, -1, -1):
            speed[i] = min(speed[i], np.sqrt(speed[(i + 1) % len(speed)] ** 2 + 2.0 * BRAKE_MPS2 * FINE_M))
    return speed


def drive(
    track: Track,
    laps: int = 3,
    offset_m: FloatArray | None = None,
    slip_rad: float = 0.0,
    top_mps: float = TOP_MPS,
    leave_out: frozenset[int] = frozenset(),
    only: frozenset[str] | None = None,
    track_id: str = "made up",
    grip: float = GRIP_MPS2,
) -> tuple[LapTrace, ...]:
    """Traces of `laps` equal laps at 60 Hz. `offset_m`: left of the middle at the track's stations (slowly varying)."""
    n = np.zeros(len(track.station_m)) if offset_m is None else offset_m
    heading, speed = track.heading_rad, speed_profile(track, top_mps, grip)
    position = track.xy_m + 1j * np.exp(1j * heading) * n
    chord = np.roll(position, -1) - position
    course_fine = heading + np.angle(chord * np.exp(-1j * heading))
    seconds = np.abs(chord) / speed
    lap_s = float(seconds.sum())
    clock = np.concatenate([[0.0], np.cumsum(np.tile(seconds, laps + 3))])
    stations = np.arange(len(clock)) * FINE_M
    time = np.arange(0.0, clock[-1] - 0.01, 1.0 / 60.0)
    time = np.delete(time, list(leave_out)) if leave_out else time
    along = np.interp(time, clock, stations)
    turn = float(np.round(track.curvature_1pm.sum() * FINE_M / (2.0 * np.pi))) * 2.0 * np.pi

    def at(values: FloatArray) -> FloatArray:
        return np.interp(along, stations, np.concatenate([np.tile(values, laps + 3), values[:1]]))

    lap = np.floor(along / track.length_m)
    unwrapped = np.concatenate([course_fine + turn * k for k in range(laps + 3)] + [course_fine[:1] + turn * (laps + 3)])
    course = np.interp(along, stations + 0.5 * FINE_M, unwrapped)
    v = at(speed)
    accel = np.gradient(v, time)
    xy = at(position.real) + 1j * at(position.imag)
    yaw = course - slip_rad * np.sin(along / 40.0)
    columns = {
        "session_time_s": 100.0 + time,
        "lap_number": lap,
        "lap_dist_m": along - lap * track.length_m,
        "lap_dist_frac": along / track.length_m - lap,
        "speed_mps": v,
        "velocity_x_mps": v * np.cos(course - yaw),
        "velocity_y_mps": v * np.sin(course - yaw),
        "yaw_rad": np.angle(np.exp(1j * (yaw + 0.7))),
        "yaw_rate_radps": np.gradient(yaw, time),
        "steer_rad": 35.0 * at(track.curvature_1pm) * (1.0 + (v / 27.0) ** 2),
        "throttle_frac": np.where(accel < -0.5, 0.0, np.where((accel > 0.3) | (v > 0.98 * top_mps), 1.0, 0.5)),
        "brake_frac": np.where(accel < -2.0, 0.8, 0.0),
        "track_surface": np.full(len(time), 3.0),
        "lat_deg": 47.0 + xy.imag / 111_170.9,  # metres per degree on the WGS 84 ellipsoid at 47 degrees north
        "lon_deg": 8.0 + xy.real / 76_057.6,
    }
    if only is not None:
        columns = {name: column for name, column in columns.items() if name in only}
    session = SessionInfo("test", track_id=track_id, track_length_stated_m=track.length_m)
    assert lap_s > 0.0
    traces = trace_laps(recording_from_columns(Path("made-up.ibt"), session, columns), None, track.length_m)
    return traces[-laps - 1 : -1]


BASE = frozenset(
    {"session_time_s", "lap_number", "lap_dist_m", "lap_dist_frac", "speed_mps", "throttle_frac", "brake_frac", "track_surface"}
)
CIRCUIT = track_of(
    [(60.0, 110.0), (45.0, -70.0), (90.0, 95.0), (30.0, 120.0), (35.0, -60.0), (120.0, 75.0), (50.0, 90.0)],
    [350.0, 200.0, 260.0, 420.0, 90.0, 300.0, 250.0, 300.0],
)


def mirrored(track: Track) -> Track:
    """The same track with left and right exchanged."""
    arcs = tuple(Arc(arc.start_m, arc.end_m, -arc.curvature_1pm) for arc in track.arcs)
    return Track(track.length_m, arcs, track.station_m, -track.curvature_1pm)
