"""What happens on the way and is nobody's cause: traffic, flags, spins, contacts, lost samples.

Each is an order along the track or a change of the recording; physics does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coach.arrays import FloatArray
from coach.sim import driver as order
from coach.sim.circuit import Circuit
from coach.sim.orders import Base
from coach.sim.plan import Event, Trouble

HELD_UP_FRAC, YELLOW_FRAC = 0.82, 0.65  # of the usual speed behind a slower car, under yellow
AHEAD_M = 12.0  # gap to the car that holds one up
KICK, KICK_M = 0.9, 25.0  # rear brake that spins any car, and for how long it acts
PUSH_M = 5.0


class Troubles:
    """The troubles of one drive."""

    def __init__(self, events: tuple[Event, ...], circuit: Circuit) -> None:
        self._events, self._circuit = events, circuit

    def _of(self, lap: int, *kinds: Trouble) -> list[Event]:
        return [event for event in self._events if event.lap == lap and event.kind in kinds]

    def speed_caps(self, lap: int, base: Base) -> FloatArray | None:
        """Highest share of the usual speed, (n,), where someone or a flag holds the driver up; None: nowhere."""
        held = self._of(lap, Trouble.TRAFFIC, Trouble.YELLOW)
        if not held:
            return None
        share = np.ones(base.offset_m.size)
        for event in held:
            zone = self._zone(event, event.size, share.size)
            share[zone] = HELD_UP_FRAC if event.kind is Trouble.TRAFFIC else YELLOW_FRAC
        return share

    def _zone(self, event: Event, length_m: float, n: int) -> FloatArray:
        step = self._circuit.step_m
        return np.arange(round(event.station_m / step), round((event.station_m + length_m) / step)) % n  # type: ignore[return-value]

    def lay_over(self, rows: FloatArray, lap: int) -> None:
        """Kick the rear out, push the car aside."""
        for event in self._of(lap, Trouble.SPIN):
            zone = self._zone(event, KICK_M, rows.shape[0])
            rows[zone, order.HANDBRAKE] = KICK
            rows[zone, order.STEER_NOISE] += 0.8
        for event in self._of(lap, Trouble.CONTACT):
            rows[self._zone(event, PUSH_M, rows.shape[0]), order.PUSH] = event.size / PUSH_M

    def channels(self, station_m: FloatArray, lap: FloatArray) -> Mapping[str, FloatArray]:
        """By tick: yellow and contact (0 or 1), ahead (m, 0: nobody)."""
        found = {name: np.zeros(station_m.size) for name in ("yellow", "contact", "ahead")}
        for event in self._events:
            inside = (lap == event.lap) & (station_m >= event.station_m)
            if event.kind is Trouble.YELLOW:
                found["yellow"][inside & (station_m < event.station_m + event.size)] = 1.0
            if event.kind is Trouble.TRAFFIC:
                found["ahead"][inside & (station_m < event.station_m + event.size)] = AHEAD_M
            if event.kind is Trouble.CONTACT:
                found["contact"][inside & (station_m < event.station_m + PUSH_M + 10.0)] = 1.0
        return found

    def drop_ticks(self, columns: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """The recording without the samples that were lost."""
        keep = np.ones(columns["lap_number"].size, dtype=bool)
        for event in self._events:
            if event.kind is Trouble.DROPPED_TICKS:
                here = np.flatnonzero((columns["lap_number"] == event.lap) & (columns["lap_dist_m"] >= event.station_m))
                keep[here[: round(event.size)]] = False
        return {name: column[keep] for name, column in columns.items()}
