"""What the tests of the driver's side share."""

from __future__ import annotations

import pytest

from overlay.store.spool import Spool
from overlay.store.store import LapStore


@pytest.fixture(autouse=True)
def close_what_was_opened(monkeypatch):
    """Stores and spools that a test leaves open; Python 3.13 warns of each."""
    opened = []
    for kind in (LapStore, Spool):

        def tracked(self, *given, _init=kind.__init__):
            _init(self, *given)
            opened.append(self)

        monkeypatch.setattr(kind, "__init__", tracked)
    yield
    for each in opened:
        each.close()
