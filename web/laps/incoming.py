"""What may come in at all: looked at before the engine interprets a byte. It parses nothing."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coach.errors import UnreadableFile
from coach.files import GZIP_MAGIC, check_readable
from web.errors import TooLarge

# Recorded telemetry text unpacks 3- to 7-fold (the CSVs we have); deflate reaches 1032-fold. A hundred is far from both.
MOST_RATIO = 100
CHUNK_BYTES = 1 << 20
_STORE_NAME = re.compile(r"\d{8,}_(?P<at>\d{8}T\d{6}Z)_.*_(?P<session>[0-9a-f]{8})$")  # of the overlay's lap store (docs/store.md)
_STARTED = re.compile(r"(?P<at>\d{4}-\d{2}-\d{2} \d{2}-\d{2}-\d{2})")  # in iRacing's own file names, local time of the driver
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # control characters, and those that turn text around


@dataclass(frozen=True, slots=True)
class NamedBy:
    """What a file's name says: the session its lap belongs to ("" when it does not say), and when it was driven."""

    session: str
    driven_at: datetime | None


def said_by_name(name: str, now: datetime) -> NamedBy:
    """Only labels: clocks jump, and names can be anything. A time in the future is taken for `now`."""
    stem = name.removesuffix(".gz").rsplit(".", 1)[0]
    stored = _STORE_NAME.match(stem)
    if stored:
        return NamedBy(stored["session"], _time(stored["at"], "%Y%m%dT%H%M%SZ", now))
    started = _STARTED.search(stem)
    return NamedBy("", _time(started["at"], "%Y-%m-%d %H-%M-%S", now) if started else None)


def _time(text: str, form: str, now: datetime) -> datetime | None:
    try:
        return min(datetime.strptime(text, form).replace(tzinfo=UTC), now)
    except ValueError:
        return None


def plain_name(name: str) -> str:
    """A file's name as it is shown and stored: without its folders, control characters and excess."""
    return clipped(name.replace("\\", "/").rsplit("/", 1)[-1], 200) or "recording"


def clipped(text: str, most: int) -> str:
    """Free text from a file: no control characters (PostgreSQL refuses NUL), at most so long."""
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8")).strip()[:most]


def check_unpacked(path: Path, most_bytes: int) -> None:
    """Unpack a gzip file once, keeping nothing. TooLarge: it becomes more than `most_bytes`, or is packed beyond any telemetry."""
    packed = check_readable(path)
    with path.open("rb") as stream:
        if stream.read(2) != GZIP_MAGIC:
            return
        stream.seek(0)
        inflate = None
        unpacked = 0
        try:
            while chunk := stream.read(CHUNK_BYTES):
                while chunk:
                    if inflate is None:  # gzip files may be joined, with zeros between them
                        chunk = chunk.lstrip(b"\x00")
                        if not chunk:
                            break
                        inflate = zlib.decompressobj(wbits=31)
                    unpacked += len(inflate.decompress(chunk, CHUNK_BYTES))
                    _check(unpacked, packed, most_bytes)
                    chunk = inflate.unconsumed_tail
                    if inflate.eof:
                        chunk, inflate = inflate.unused_data, None
        except zlib.error as error:
            raise UnreadableFile(f"{path} is damaged: it cannot be unpacked ({error}).") from error


def _check(unpacked: int, packed: int, most_bytes: int) -> None:
    if unpacked > most_bytes:
        raise TooLarge(f"This file unpacks to more than {most_bytes >> 20} MB: cut the recording into shorter ones.")
    if unpacked > CHUNK_BYTES and unpacked > MOST_RATIO * packed:
        raise TooLarge(f"This file unpacks to more than {MOST_RATIO} times its size; no telemetry does.")
