"""What happens on the way and is nobody's cause: traffic, flags, spins, contacts, lost samples.

Each is an order along the track or a change of the recording; physics does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
PIT_MPS = 60.0 / 3.6  # usual pit speed limit
RESET_S = 1.0  # in the stall before driving on
SLOWING_MPS2 = 6.0  # towards the pit lane: anybody's braking


@dataclass(frozen=True, slots=True)
class Stop:
    """The lap is broken here: the car then stands in the stall. moves: it was put there (tow, reset) and did not drive there."""

    station_m: float
    stall_m: float
    seconds: float
    moves: bool
    tows: bool


class Troubles:
    """The troubles of one drive."""

    def __init__(self, events: tuple[Event, ...], circuit: Circuit) -> None:
        self._events, self._circuit = events, circuit
        length = circuit.length_m
        self.exit_m = circuit.pit_exit_m if circuit.pit_exit_m < 0.5 * length else 100.0
        self.entry_m = circuit.pit_entry_m if circuit.pit_entry_m > 0.5 * length else length - 100.0
        self.stall_m = max(0.3 * self.exit_m, 5.0)
        pits = {event.lap for event in events if event.kind is Trouble.PIT_STOP}
        moved = {event.lap for event in events if event.kind in (Trouble.TOW, Trouble.RESET)}
        self.untimed = frozenset(pits | {lap + 1 for lap in pits} | moved)

    def stops(self, lap: int) -> list[Stop]:
        """Where this lap is broken, in order of station."""
        found = [Stop(self.stall_m, self.stall_m, event.size, moves=False, tows=False) for event in self._of(lap - 1, Trouble.PIT_STOP)]
        for event in self._of(lap, Trouble.TOW, Trouble.RESET):
            tows = event.kind is Trouble.TOW
            found.append(Stop(event.station_m, self.stall_m, event.size if tows else RESET_S, moves=True, tows=tows))
        return sorted(found, key=lambda stop: stop.station_m)[:1]

    def lanes(self, lap: int) -> tuple[bool, bool]:
        """(begins in the pit lane, ends in the pit lane)."""
        return bool(self._of(lap - 1, Trouble.PIT_STOP)), bool(self._of(lap, Trouble.PIT_STOP))

    def _of(self, lap: int, *kinds: Trouble) -> list[Event]:
        return [event for event in self._events if event.lap == lap and event.kind in kinds]

    def speed_caps(self, lap: int, base: Base) -> FloatArray | None:
        """Highest share of the usual speed, (n,), where someone or a flag holds the driver up; None: nowhere."""
        held = self._of(lap, Trouble.TRAFFIC, Trouble.YELLOW)
        pits = self._of(lap, Trouble.PIT_STOP)
        if not held and not pits:
            return None
        share = np.ones(base.offset_m.size)
        if pits:
            before = self.entry_m - np.arange(share.size) * self._circuit.step_m
            slow = np.sqrt(PIT_MPS**2 + 2.0 * SLOWING_MPS2 * np.maximum(before, 0.0))
            share = np.minimum(share, slow / float(base.limits.v_mps[-1]))  # of the top speed: nobody is faster
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
