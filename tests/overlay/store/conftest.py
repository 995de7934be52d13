"""What the tests of the lap store share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from overlay.store.store import LapStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LapStore]:
    """An empty one."""
    made = LapStore(tmp_path / "store")
    yield made
    made.close()
