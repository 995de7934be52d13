"""What the lap desk writes down of a lap that it cannot analyze."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coach.compare.study import open_drive
from coach.laps.lap import Reason
from coach.laps.lap_files import lap_in
from coach.telemetry.lap_file import lap_file_of
from coach.telemetry.recording import Recording, recording_from_columns
from overlay.desk.desk import LapDesk
from overlay.settings.model import Reference
from tests.overlay.desk.test_beside import laps, outing

pytestmark = pytest.mark.xdist_group("desk")


def without_speed(lap: Recording) -> Recording:
    columns = {name: lap.column(name) for name in lap.available} | {"speed_mps": np.full(lap.n_ticks, np.nan)}
    return recording_from_columns(lap.path, lap.session, columns)


def elsewhere(lap: Recording) -> Recording:
    columns = {name: lap.column(name) for name in lap.available}
    return recording_from_columns(lap.path, replace(lap.session, track_id="elsewhere"), columns)


@pytest.mark.parametrize(("spoil", "reasons"), [(without_speed, (Reason.IMPLAUSIBLE,)), (elsewhere, ())])
def test_a_lap_that_cannot_be_analyzed_is_written_down(
    tmp_path: Path, spoil: Callable[[Recording], Recording], reasons: tuple[Reason, ...]
) -> None:
    """Every lap is kept; what cannot be analyzed by itself either must not be the best lap that later ones are measured against."""
    desk = LapDesk(tmp_path)
    desk.finish(outing(), laps()[0])
    driven = spoil(laps()[1])
    finished = desk.finish(outing(), driven)
    assert finished.report.lap is None
    assert finished.report.note
    assert finished.content is not None
    kept = lap_in(lap_file_of(finished.content, "kept"))
    assert kept.reasons == reasons
    assert kept.lap_time_s == pytest.approx(open_drive(driven).timed[-1].lap_time_s)
    assert desk.save(finished.content).clean == (not reasons)
    desk.close()


def test_where_no_lap_was_driven_none_is_written_down(tmp_path: Path) -> None:
    desk, lap = LapDesk(tmp_path), laps()[0]
    columns = {name: lap.column(name)[: lap.n_ticks // 2] for name in lap.available}
    finished = desk.finish(outing(), recording_from_columns(lap.path, lap.session, columns))
    assert (finished.content, finished.fault) == (None, "")
    desk.close()


@pytest.mark.parametrize(
    ("rule", "says"), [("session_best", "your best clean lap of this session, lap "), ("potential", "the potential lap")]
)
def test_a_rule_chosen_in_the_pits_is_the_deltas_at_once_where_laps_give_it(tmp_path: Path, rule: str, says: str) -> None:
    desk, today = LapDesk(tmp_path), outing()
    assert desk.refer(today, Reference(rule)) is None
    desk.refer(today, Reference())
    times = [desk.finish(today, lap).report.lap.lap_time_s for lap in laps()[:2]]
    known = desk.refer(today, Reference(rule))
    assert known is not None
    assert known.running is not None
    assert known.rule.startswith(says)
    if rule == "session_best":
        assert known.running.lap_time_s == pytest.approx(min(times))
    desk.close()
