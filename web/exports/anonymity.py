"""A stored lap -> the same lap without anything that tells whose it is.

Pseudonyms are keyed hashes; the key belongs to one export and is forgotten with its last lap, so that the pseudonyms of two exports
cannot be joined. What a lap *is* stays: whoever holds two exports with the same lap can tell by its samples that it is the same.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from uuid import UUID

import numpy as np

from coach.errors import BadInput
from coach.telemetry.lap_file import LapFacts, Provenance, lap_file_content, read_lap_file
from coach.telemetry.recording import SessionInfo, recording_from_columns

_BITS = 128  # two of a million laps get the same pseudonym once in 10^26 exports
# Clocks that run through a whole session: where they start would tie laps of different drivers of one session together.
_CLOCKS = ("session_time_s", "session_tick")
_SHORTEST = 3  # a name of one or two letters is found in any car's


class NamesItsDriver(BadInput):
    """A text of the file holds something that names its driver: somebody put it where the name of a car or track belongs."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """What stands for people, drives and laps in one export."""

    key: bytes

    @staticmethod
    def new_key() -> bytes:
        """For one export."""
        return secrets.token_bytes(32)

    def of(self, kind: str, row: UUID) -> str:
        """Pseudonym of a row of this kind, as hex."""
        return hmac.new(self.key, kind.encode() + row.bytes, hashlib.sha256).hexdigest()[: _BITS // 4]


def anonymised(content: bytes, driver: str, licence: str, names: Iterable[str]) -> tuple[bytes, SessionInfo]:
    """The lap file written anew under the driver's pseudonym, and what it says of its session.

    `names`: what would name the driver; NamesItsDriver when one of them is found in a text of the file. UnreadableFile: it is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="racing-coach-") as folder:
        path = Path(folder) / "lap.parquet"
        path.write_bytes(content)
        file = read_lap_file(path)
    session = replace(file.recording.session, player_name="", notes=(), official_lap_times_s=())
    _refuse_names(session, names)
    columns = {name: file.recording.column(name) for name in file.recording.available}
    begin_s = float(columns["session_time_s"][0])
    for name in _CLOCKS:
        if name in columns:
            columns[name] = columns[name] - np.nan_to_num(columns[name][0])
    lap: LapFacts = replace(file.lap, start_s=file.lap.start_s - begin_s, end_s=file.lap.end_s - begin_s)
    recording = recording_from_columns(path, session, columns)
    return lap_file_content(recording, slice(None), lap, Provenance(driver, licence, "private")), session


def _refuse_names(session: SessionInfo, names: Iterable[str]) -> None:
    texts = [value for value in asdict(session).values() if isinstance(value, str)]
    for name in names:
        named = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        if len(name) >= _SHORTEST and any(named.search(text) for text in texts):
            raise NamesItsDriver("A text of this lap holds its driver's name, address or number.")
