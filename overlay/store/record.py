"""What the store knows of a lap, all of it read from the lap file and its name.

A name is `00000012_20261128T163300Z_mx5_lime-rock_lap4_1a2b3c4d.parquet`: the store's running number, which gives the order; the
wall clock, which is only a label, because clocks jump; car, track and lap for people; the session. A `.keep` file beside a lap
says that it must not be pruned.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coach.errors import UnreadableFile
from coach.laps.lap import LapKind
from coach.telemetry.lap_file import LapHead, read_lap_head

SUFFIX, KEEP = ".parquet", ".keep"
_NAME = re.compile(r"(?P<sequence>\d{8,})_(?P<saved_at>\d{8}T\d{6}Z)_.*_(?P<session>[0-9a-f]{8})")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class LapRecord:
    """One lap of the store. None: the file does not say."""

    id: str  # the file's name without its ending
    sequence: int  # the store's running number; 0: a file that was put there by hand
    saved_at: str  # wall clock in UTC as 20261128T163300Z, a label only; ""
    session: str  # the same for laps of one drive; ""
    source: str
    simulator: str
    car_id: str
    car_name: str
    track_id: str
    track_name: str
    track_config: str
    track_length_m: float | None
    session_type: str
    number: int
    kind: str
    lap_time_s: float | None
    official_lap_time_s: float | None
    clean: bool
    reasons: str  # joined by ", "
    simulated: bool  # made by a simulator of ours, never to be taken for a driven lap
    driver: str
    visibility: str
    kept: bool
    size_bytes: int

    @property
    def combination(self) -> tuple[str, str, str, str, bool]:
        """Laps of one combination may be compared: simulator, car, track, configuration, driven or simulated."""
        return (self.simulator, self.car_id, self.track_id, self.track_config, self.simulated)


def name_of(head: LapHead, sequence: int, saved_at: datetime, session: str) -> str:
    """The id of a new lap."""
    car, track = _slug(head.session.car_id), _slug(head.session.track_id)
    return f"{sequence:08d}_{saved_at:%Y%m%dT%H%M%SZ}_{car}_{track}_lap{head.lap.number}_{session}"


def sequence_of(name: str) -> int:
    """The running number in a file's name or an id; 0 when it has none."""
    match = _NAME.match(name)
    return int(match["sequence"]) if match else 0


def record_of(path: Path, known: LapHead | None = None) -> LapRecord:
    """What a lap file in the store says; its head is read unless known. UnreadableFile: it is none, or gone."""
    head = known or read_lap_head(path)
    session, lap, match = head.session, head.lap, _NAME.fullmatch(path.stem)
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


def _slug(text: str) -> str:
    return _NOT_IN_NAMES.sub("-", text.casefold()).strip("-")[:32] or "unknown"
