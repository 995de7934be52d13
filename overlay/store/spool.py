"""The spool: which laps must go to the service, kept through crashes, a full disk and weeks without a network.

A lap is `waiting`, then `leased` to the one that sends it, then `sent`; it is `dead`, with the reason, when the service refused it
too often, or has it and could not use it. No network is no refusal: it never makes a lap dead. What was sent is remembered, so that
nothing is offered twice, and by which number the service knows it until that has said what became of it.
There are entries only of the consent that counts; withdrawing it empties the spool in the same transaction, and so does giving another.

It holds ids, no laps, and sends nothing: the service's client takes a lease, sends the file, and says how it went. `now_s` is the
wall clock in seconds, because waiting outlasts the program; a clock that jumps makes a lap go early, never wait for ever.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Update, and_, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from overlay.store.spool_file import ConsentRow, EntryRow, SpoolFile

FIRST_WAIT_S, LONGEST_WAIT_S = 30.0, 6 * 3600.0  # doubled after every failure
LEASE_S = 600.0  # a lap of 0.2 MB takes this long at 3 kbit/s
WAITING = frozenset({"waiting", "leased"})  # states of laps that still have to go
REFUSALS = 10  # more than a day of refusals at these waits


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send one lap until the lease ends."""

    lap_id: str
    token: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One lap in the spool. `state`: waiting, leased, sent or dead; `reason`: why it last failed."""

    lap_id: str
    state: str
    refusals: int
    reason: str


class Spool:
    """One SQLite file. Nothing is made before the first call. Several threads and processes may use it. CannotWrite: the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._file = SpoolFile(path)

    def take_notices(self) -> list[str]:
        """What happened to the file itself, for the driver; each once."""
        return self._file.take_notices()

    def follow(self, *, consent: bool, from_sequence: int = 0) -> None:
        """Take over the driver's consent as the settings have it. Without it, or with another one, the spool is emptied at once."""
        if not consent and not self._file.exists:
            return
        with self._file.transaction() as connection:
            if connection.scalar(select(ConsentRow.from_sequence)) == (from_sequence if consent else None):
                return
            connection.execute(delete(ConsentRow))
            connection.execute(delete(EntryRow))  # also where the end of an earlier consent could not be written here
            if consent:
                connection.execute(insert(ConsentRow).values(id=1, from_sequence=from_sequence))

    def shares_from(self) -> int | None:
        """The running number of the first lap that may be sent; None: no consent."""
        if not self._file.exists:
            return None
        with self._file.transaction() as connection:
            return connection.scalar(select(ConsentRow.from_sequence))

    def add(self, lap_ids: Sequence[str]) -> int:
        """Let laps wait, in this order; how many were not known before. Without consent: none."""
        if not lap_ids:
            return 0
        with self._file.transaction() as connection:
            if connection.scalar(select(ConsentRow.from_sequence)) is None:
                return 0
            known = set(connection.scalars(select(EntryRow.lap_id)))
            new = [lap_id for lap_id in dict.fromkeys(lap_ids) if lap_id not in known]
            if new:
                connection.execute(insert(EntryRow), [{"lap_id": lap_id} for lap_id in new])
            return len(new)

    def lease(self, now_s: float) -> Lease | None:
        """The next lap to send; None: nothing is due. A lease that ended without an answer is given out again."""
        due = or_(
            and_(EntryRow.state == "waiting", _is_due(now_s, LONGEST_WAIT_S)),
            and_(EntryRow.state == "leased", _is_due(now_s, LEASE_S)),
        )
        with self._file.transaction() as connection:
            lap_id = connection.scalar(select(EntryRow.lap_id).where(due).order_by(EntryRow.due_s, EntryRow.position).limit(1))
            if lap_id is None:
                return None
            lease = Lease(lap_id, secrets.token_hex(8))
            connection.execute(_of(lap_id).values(state="leased", token=lease.token, due_s=now_s + LEASE_S))
            return lease

    def renew(self, lease: Lease, now_s: float) -> bool:
        """Whether the lap may still be sent, with the lease's time begun anew. False: consent was withdrawn, or another has it."""
        with self._file.transaction() as connection:
            return connection.execute(_held(lease).values(due_s=now_s + LEASE_S)).rowcount == 1

    def done(self, lease: Lease, number: str = "") -> None:
        """The service has the lap, whoever holds the lease by now. `number`: under which it can be asked; "": it has read it already."""
        with self._file.transaction() as connection:
            connection.execute(_of(lease.lap_id).values(state="sent", token=number, reason=""))

    def unread(self, most: int) -> tuple[tuple[str, str], ...]:
        """Laps that the service has and had not read when it was last asked, the oldest first: ids, and its numbers for them."""
        if not self._file.exists:
            return ()
        with self._file.transaction() as connection:
            query = select(EntryRow.lap_id, EntryRow.token).where(EntryRow.state == "sent", EntryRow.token != "")
            return tuple((lap_id, number) for lap_id, number in connection.execute(query.order_by(EntryRow.position).limit(most)))

    def was_read(self, lap_id: str, refused: str = "") -> None:
        """The service has read a lap, or says why it cannot use it: then it is not sent again by itself."""
        with self._file.transaction() as connection:
            values = {"state": "dead", "reason": refused, "token": ""} if refused else {"token": ""}
            connection.execute(_of(lap_id).where(EntryRow.state == "sent").values(values))

    def failed(self, lease: Lease, reason: str, now_s: float, *, refused: bool) -> None:
        """It did not work. `refused`: the service answered and did not take it; otherwise nobody answered. A lost lease says nothing."""
        with self._file.transaction() as connection:
            query = select(EntryRow.refusals, EntryRow.failures).where(EntryRow.lap_id == lease.lap_id, EntryRow.token == lease.token)
            row = connection.execute(query).one_or_none()
            if row is None:
                return
            refusals, failures = row.refusals + refused, row.failures + 1
            wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures - 1, 20))
            wait_s *= random.uniform(0.5, 1.0)  # noqa: S311  so that all drivers do not come back in the same second
            state = "dead" if refusals >= REFUSALS else "waiting"
            values = {"state": state, "refusals": refusals, "failures": failures, "reason": reason, "due_s": now_s + wait_s, "token": ""}
            connection.execute(_held(lease).values(values))

    def release(self, lease: Lease) -> None:
        """It was not tried, or nobody answered: it waits as before, and nothing counts against it."""
        with self._file.transaction() as connection:
            connection.execute(_held(lease).values(state="waiting", due_s=0.0, token=""))

    def give_up(self, lease: Lease, reason: str) -> None:
        """It can never work (the file is gone, say)."""
        with self._file.transaction() as connection:
            connection.execute(_held(lease).values(state="dead", reason=reason, token=""))

    def network_is_back(self) -> None:
        """Let everything that waits go now."""
        with self._file.transaction() as connection:
            connection.execute(update(EntryRow).where(EntryRow.state == "waiting").values(due_s=0.0, failures=0))

    def revive(self) -> int:
        """Let dead laps wait again (the driver or a new version asks); how many."""
        with self._file.transaction() as connection:
            values = {"state": "waiting", "refusals": 0, "failures": 0, "due_s": 0.0}
            return connection.execute(update(EntryRow).where(EntryRow.state == "dead").values(values)).rowcount

    def waiting(self) -> frozenset[str]:
        """Laps that still have to go, those being sent among them."""
        return frozenset(entry.lap_id for entry in self.entries() if entry.state in WAITING)

    def counts(self) -> dict[str, int]:
        """How many laps are in each state."""
        if not self._file.exists:
            return {}
        with self._file.transaction() as connection:
            rows = connection.execute(select(EntryRow.state, func.count()).group_by(EntryRow.state))
            return {state: count for state, count in rows}  # noqa: C416  dict() of rows has no type

    def entries(self) -> tuple[Entry, ...]:
        """All of it, in the order it came."""
        if not self._file.exists:
            return ()
        with self._file.transaction() as connection:
            query = select(EntryRow.lap_id, EntryRow.state, EntryRow.refusals, EntryRow.reason).order_by(EntryRow.position)
            return tuple(Entry(*row) for row in connection.execute(query))

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        self._file.close()


def _is_due(now_s: float, longest_s: float) -> ColumnElement[bool]:
    """Its time has come, or lies further ahead than any wait: then the clock was set back."""
    return or_(EntryRow.due_s <= now_s, EntryRow.due_s > now_s + longest_s)


def _of(lap_id: str) -> Update:
    return update(EntryRow).where(EntryRow.lap_id == lap_id)


def _held(lease: Lease) -> Update:
    return update(EntryRow).where(EntryRow.lap_id == lease.lap_id, EntryRow.token == lease.token, EntryRow.state == "leased")
