"""What the application hands from one part to another, in this process; its windows and trouble have tests of their own."""

from __future__ import annotations

import pytest

from overlay.app import App

pytestmark = pytest.mark.xdist_group("overlay_app")


def test_chosen_references_are_kept_by_the_store(app: App) -> None:
    asked = app.recorder._also_keep
    assert set(asked()) == set()
    assert app.chosen.change("reference", {"rule": "file", "lap": str(app.lap_folder / "laps" / "one.parquet")}) == ""
    assert set(asked()) == {"one"}
