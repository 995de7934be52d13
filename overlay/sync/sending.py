"""Sends laps from the spool, one after another. A lap counts as sent only when the service has said that it keeps it.

It keeps first and reads later, so it is asked afterwards what became of each: what it cannot use the driver is told once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from coach.errors import Unreachable
from overlay.store.record import SUFFIX
from overlay.store.spool import Lease, Spool
from overlay.sync.errors import Refused, SignedOut
from overlay.sync.service import Service

CHUNK = 16 << 10
ASKED_AT_ONCE = 50
RENEW_S = 60.0  # of a lease of ten minutes
_FULL = 507, 413  # the account's room on the service is used up, or the file is too large


class Outcome(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    NOTHING = "nothing"
    REFUSED = "refused"
    STOPPED = "stopped"


class Stopped(Exception):
    """Sending must not go on now."""


class Laps(Protocol):
    """Where laps wait: the lap store itself, or an `Outbox` of it."""

    spool: Spool

    def path_of(self, lap_id: str) -> Path:
        """The file of a lap."""


class Sender:
    """`may_send` is asked before each piece: it may be false at once (on track, switched off). `most_bytes_per_s` 0: no limit."""

    def __init__(self, store: Laps, service: Service, may_send: Callable[[], bool], most_bytes_per_s: Callable[[], float]) -> None:
        self._store, self._service, self._may_send, self._most = store, service, may_send, most_bytes_per_s
        self.why = ""  # the last refusal

    def send_next(self) -> Outcome:
        """Send the next lap that is due. Unreachable, SignedOut: it waits; nothing is lost and nothing counts against it."""
        if not self._may_send():
            return Outcome.STOPPED
        lease = self._store.spool.lease(time.time())
        if lease is None:
            return Outcome.NOTHING
        try:
            content = self._store.path_of(lease.lap_id).read_bytes()
        except OSError as error:
            self._store.spool.give_up(lease, f"its file cannot be read: {error.strerror}")
            return Outcome.REFUSED
        try:
            kept = self._service.send_lap(f"{lease.lap_id}{SUFFIX}", len(content), self._pieces(content, lease))
        except Stopped:
            self._store.spool.release(lease)
            return Outcome.STOPPED
        except Refused as error:
            self.why = str(error)
            self._store.spool.failed(lease, self.why, time.time(), refused=True)
            return Outcome.REFUSED
        except (Unreachable, SignedOut):
            self._store.spool.release(lease)
            raise
        self._store.spool.done(lease, "" if kept.is_read else kept.number)
        return Outcome.SENT

    def ask_what_became(self) -> Iterator[str]:
        """A sentence for each lap that the service has and cannot use. Unreachable, SignedOut: the rest is asked next time."""
        for lap_id, number in self._store.spool.unread(ASKED_AT_ONCE):
            try:
                kept = self._service.became(number)
            except Refused:  # deleted there with its account
                self._store.spool.was_read(lap_id)
                continue
            if kept.is_read:
                self._store.spool.was_read(lap_id, kept.refused)
            if kept.refused:
                self.why = f"The service cannot use lap {lap_id}: {kept.refused.rstrip('.')}. It stays on this machine."
                yield self.why

    def _pieces(self, content: bytes, lease: Lease) -> Iterator[bytes]:
        began = renewed = time.monotonic()
        for start in range(0, len(content), CHUNK):
            ahead_s = 0.0
            while True:  # a slow line is waited for in short steps, so that "stop" is heard
                if not self._may_send():
                    raise Stopped
                now = time.monotonic()
                if now - renewed > RENEW_S or start == 0:
                    renewed = now
                    if not self._store.spool.renew(lease, time.time()):
                        raise Stopped  # consent was withdrawn: the spool is empty
                most = self._most()
                ahead_s = start / most - (now - began) if most > 0.0 else 0.0
                if ahead_s <= 0.0:
                    break
                time.sleep(min(ahead_s, 0.25))
            yield content[start : start + CHUNK]
