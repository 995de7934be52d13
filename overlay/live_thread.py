"""The thread that reads the simulator and runs the engine. Other threads hand it what they want done; nothing that fails here is silent."""

from __future__ import annotations

import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable

from coach.telemetry.sources.iracing_live import IracingLive, LiveEvent, stream

FAULTS_ENDURED = 20  # of the same kind one after another: then nothing works any more
END_S = 5.0
STOPPED_LOOKS_S = 0.1  # for what is asked of a thread that reads no more


class LiveThread:
    """From `start` to `stop`. `handle` gets every event of the source; `on_fault` one sentence about a fault of ours, the first time it happens."""

    def __init__(self, source: IracingLive, handle: Callable[[LiveEvent], None], on_fault: Callable[[str], None]) -> None:
        self._source, self._handle, self._on_fault = source, handle, on_fault
        self._wanted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._told: set[str] = set()
        self._in_a_row = 0
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def post(self, work: Callable[[], None]) -> None:
        """Have this done in the live thread, between two events: within a tick, a tenth of a second without a simulator."""
        self._wanted.put(work)

    def stop(self) -> None:
        """Do what was posted, end, and wait for it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(END_S)

    def _run(self) -> None:
        try:
            for event in stream(self._source, self._stopped):
                self._safely(lambda event=event: self._handle(event))  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 - the driver must hear of it, whatever it is
            self._tell(error, "The coach has stopped: restart it, please.")
            self._in_a_row = 0
            while not self._stopped():  # the session is still saved, and this notice shown
                time.sleep(STOPPED_LOOKS_S)

    def _stopped(self) -> bool:
        while not self._wanted.empty():  # nobody else takes from it
            self._safely(self._wanted.get_nowait())
        return self._stop.is_set()

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self._in_a_row += 1
            if self._in_a_row >= FAULTS_ENDURED:
                raise
            self._tell(error, "The coach goes on.")
        else:
            self._in_a_row = 0

    def _tell(self, error: Exception, then: str) -> None:
        text = f"A fault of ours: {type(error).__name__}: {error}. {then}"
        if text not in self._told:
            self._told.add(text)
            traceback.print_exception(error, file=sys.stderr)
            self._on_fault(text)
