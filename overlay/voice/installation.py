"""Installing the neural voice while the program runs: when the driver asks for it, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from coach.errors import RacingCoachError
from overlay.voice.install import install
from overlay.voice.model import FILES, ModelFile, is_installed


class _Cancelled(Exception):
    """The driver does not want it now; what has come stays for the next time."""


class Installation:
    """At most one at a time; used from one thread. `done` is called in the installation's own once the voice is there."""

    def __init__(self, folder: Path, done: Callable[[], None], files: Sequence[ModelFile] = FILES) -> None:
        self._folder, self._done, self._files = folder, done, files
        self._size = sum(file.size for file in files)
        self._given_up = threading.Event()  # of the run under way; each has its own
        self._given_up.set()
        self._bytes = 0
        self.fault = ""

    @property
    def is_complete(self) -> bool:
        """Whether the voice is there."""
        return is_installed(self._folder)

    @property
    def share(self) -> float | None:
        """How much of it is there, 0 to 1; None: nothing is under way."""
        return None if self._given_up.is_set() else self._bytes / self._size

    def begin(self) -> None:
        """Bring it here; one that was broken off goes on where it stopped."""
        if self.share is None:
            self.fault, self._bytes, self._given_up = "", 0, threading.Event()
            threading.Thread(target=self._run, args=(self._given_up,), name="neural-voice", daemon=True).start()

    def cancel(self) -> None:
        """Stop at the next piece."""
        self._given_up.set()

    def _run(self, given_up: threading.Event) -> None:
        def got(count: int) -> None:
            if given_up.is_set():
                raise _Cancelled
            self._bytes = count

        try:
            install(self._folder, files=self._files, got=got)
        except _Cancelled:
            pass
        except RacingCoachError as error:
            if not given_up.is_set():  # what a run says that was given up is no fault of the next one
                self.fault = str(error)
        else:
            given_up.set()  # it is over before anybody is told
            self._done()
        finally:
            given_up.set()
