"""What a lap file in the store says about its lap, for the index."""

from __future__ import annotations

import math
from pathlib import Path

from coach.errors import UnreadableFile
from coach.laps.lap import LapKind
from coach.telemetry.lap_file import LapHead, read_lap_head
from overlay.store.record import KEEP, NAME, LapRecord


def record_of(path: Path, known: LapHead | None = None) -> LapRecord:
    """What a lap file in the store says; its head is read unless known. UnreadableFile: it is none, or gone."""
    head = known or read_lap_head(path)
    session, lap, match = head.session, head.lap, NAME.fullmatch(path.stem)
    try:
        size_bytes = path.stat().st_size
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened: {error.strerror}.") from error
    return LapRecord(
        id=path.stem,
        sequence=int(match["sequence"]) if match else 0,
        saved_at=match["saved_at"] if match else "",
        session=match["session"] if match else "",
        source=session.source,
        simulator=session.simulator,
        car_id=session.car_id,
        car_name=session.car_name,
        track_id=session.track_id,
        track_name=session.track_name,
        track_config=session.track_config,
        track_length_m=_known(lap.track_length_m),
        session_type=session.session_type,
        number=lap.number,
        kind=lap.kind,
        lap_time_s=_known(lap.end_s - lap.start_s),
        official_lap_time_s=_known(lap.official_lap_time_s),
        clean=lap.kind == LapKind.TIMED and not lap.reasons,
        reasons=", ".join(lap.reasons),
        simulated=session.simulated,
        driver=head.provenance.driver,
        visibility=head.provenance.visibility,
        kept=path.with_suffix(KEEP).exists(),
        size_bytes=size_bytes,
    )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
