from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coach.laps.lap import Reason
from coach.laps.resample import trace_lap
from tests.recordings import COMPLETE_LAPS, RECORDINGS, needs_recordings
from web.laps.integrity import Finding, Kind, findings_of
from web.laps.reading import ReadFile, ReadLap, read_file


def findings(read: ReadLap) -> dict[Kind, str]:
    found: tuple[Finding, ...] = findings_of(read, trace_lap(read.recording, read.lap, read.track_length_m))
    return {finding.kind: finding.says for finding in found}


@needs_recordings
@pytest.mark.parametrize("name", COMPLETE_LAPS)
def test_clean_real_laps_have_nothing_against_their_data(name: str) -> None:
    assert [findings(read) for read in read_file(RECORDINGS / name, name).laps if read.lap.clean and findings(read)] == []


def test_a_made_up_lap_says_so(session_read: ReadFile) -> None:
    assert findings(session_read.laps[1]) == {Kind.SIMULATED: "Made by the proving ground: simulated, not driven."}


def stretched(read: ReadLap, tmp_path: Path, by: float) -> ReadLap:
    """The lap with a clock that runs faster: its speed no longer covers its distance."""
    columns = {name: read.recording.column(name).copy() for name in read.recording.available}
    columns["session_time_s"] *= by
    path = tmp_path / "forged.parquet"
    forged = replace(read.recording, loader=columns.get, _cache={})
    lap = replace(read.lap, start_s=read.lap.start_s * by, end_s=read.lap.end_s * by)
    path.write_bytes(replace(read, recording=forged, lap=lap).content())
    return read_file(path, "forged.parquet").laps[0]


def test_a_faster_clock_does_not_close_the_distance(session_read: ReadFile, tmp_path: Path) -> None:
    assert "of the track's length" in findings(stretched(session_read.laps[1], tmp_path, 0.9))[Kind.DISTANCE]


def test_a_claimed_time_that_the_samples_deny_is_found(session_read: ReadFile, tmp_path: Path) -> None:
    read = session_read.laps[1]
    path = tmp_path / "lap.parquet"
    path.write_bytes(replace(read, lap=replace(read.lap, end_s=read.lap.end_s - 2.0)).content())
    assert "The file claims" in findings(read_file(path, "lap").laps[0])[Kind.CLAIM]


def test_a_lap_called_clean_that_is_not_is_found(session_read: ReadFile, tmp_path: Path) -> None:
    read = session_read.laps[1]
    columns = {name: read.recording.column(name).copy() for name in read.recording.available}
    middle = (read.lap.first + read.lap.last) // 2
    columns["track_surface"][middle : middle + 60] = 0.0
    path = tmp_path / "lap.parquet"
    path.write_bytes(
        replace(read, recording=replace(read.recording, loader=columns.get, _cache={}), lap=replace(read.lap, reasons=())).content()
    )
    found = read_file(path, "lap").laps[0]
    assert Reason.OFF_TRACK in found.lap.reasons
    assert "off-track" in findings(found)[Kind.CLAIM]


def test_sectors_must_sum_to_the_simulators_own_time(session_read: ReadFile) -> None:
    read = session_read.laps[1]
    session = replace(read.recording.session, sector_starts_frac=(0.0, 0.3, 0.7))
    sound = replace(read, recording=replace(read.recording, session=session))
    assert Kind.SECTORS not in findings(sound)
    wrong = replace(sound, lap=replace(sound.lap, official_lap_time_s=sound.lap.lap_time_s + 0.4))
    assert "The sectors sum to" in findings(wrong)[Kind.SECTORS]


def test_a_sector_driven_in_no_time_is_found_although_the_whole_lap_closes(session_read: ReadFile) -> None:
    """Time taken from one sector and given to another."""
    read = session_read.laps[1]
    session = replace(read.recording.session, sector_starts_frac=(0.0, 0.5))
    columns = {name: read.recording.column(name).copy() for name in read.recording.available}
    here = slice(read.lap.first, read.lap.last)
    inside = columns["session_time_s"][here] - read.lap.start_s
    share = inside / read.lap.lap_time_s
    columns["session_time_s"][here] = read.lap.start_s + read.lap.lap_time_s * np.where(share < 0.5, 0.8 * share, 0.4 + 1.2 * (share - 0.5))
    forged = replace(read, recording=replace(read.recording, session=session, loader=columns.get, _cache={}))
    assert "Sector" in findings(forged)[Kind.SECTORS]
