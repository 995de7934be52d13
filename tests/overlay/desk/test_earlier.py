"""What a new outing knows of the ones before: laps of the store, in the desk's own process or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from coach.compare.comparison import ReferenceKind
from coach.cues.topic import LapSeen
from overlay.desk import references
from overlay.desk.desk import LapDesk
from overlay.store.store import LapStore
from tests.overlay.desk.test_beside import SETTINGS, Beside, laps, outing, wait_until

pytestmark = pytest.mark.xdist_group("desk")
TODAY = replace(outing(), key="4567abcd")


@pytest.fixture
def driven(tmp_path: Path) -> Path:
    """A store with four laps of the day before."""
    desk = LapDesk(tmp_path)
    for lap in laps()[:4]:
        finished = desk.finish(outing(), lap)
        assert finished.content is not None
        desk.save(finished.content, outing().key)
    desk.close()
    return tmp_path


def first_lap(folder: Path, recalled: int = SETTINGS.laps_recalled) -> tuple[LapSeen, ...]:
    """What the first lap of today is seen with."""
    desk = LapDesk(folder)
    try:
        return desk.finish(replace(TODAY, settings=replace(SETTINGS, laps_recalled=recalled)), laps()[4]).report.seen[
            ReferenceKind.POTENTIAL
        ]
    finally:
        desk.close()


def test_the_first_lap_of_an_outing_stands_with_those_of_the_one_before(driven: Path) -> None:
    assert [lap.number for lap in first_lap(driven)] == [-4, -3, -2, -1, 5]


def test_as_many_as_the_settings_say_the_newest_ones(driven: Path) -> None:
    assert [lap.number for lap in first_lap(driven, 2)] == [-2, -1, 5]
    assert [lap.number for lap in first_lap(driven, 0)] == [5]


def test_laps_of_longer_ago_are_forgotten(driven: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "KEPT_IN_MIND", -references.KEPT_IN_MIND)
    assert [lap.number for lap in first_lap(driven)] == [5]


def test_a_damaged_lap_of_the_store_costs_itself_alone(driven: Path) -> None:
    store = LapStore(driven)
    newest, *_ = references.earlier_laps(outing().info, store, TODAY.key, 9)
    store.close()
    content = store.path_of(newest.id).read_bytes()
    store.path_of(newest.id).write_bytes(content[: len(content) // 2])
    assert [lap.number for lap in first_lap(driven)] == [-3, -2, -1, 5]


def test_this_outings_own_laps_are_not_earlier_ones_also_after_the_process_was_killed(tmp_path: Path) -> None:
    lot = Beside(tmp_path)
    for lap in laps()[:2]:
        lot.analyst.add(lap)
    wait_until(lambda: lot.recorder.unsaved == 0)
    lot.kill()
    assert [lap.number for lap in lot.analyst.add(laps()[2]).seen[ReferenceKind.POTENTIAL]] == [1, 2, 3]
    lot.close()
