"""The file sources: each turns one kind of file into a Recording; this module finds the one that fits.

A source module calls `register` when imported. Files are told apart by content first, by name only when the content says
nothing, so that a damaged recording still gets its own source's explanation.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from coach.errors import UnknownFormat, UnreadableFile
from coach.files import check_readable, read_head
from coach.telemetry.recording import Recording

_BUILT_IN = ("ibt", "lap_file", "garage61", "streamed_csv", "ocypode")
_ARCHIVES = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "rar",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One importer. `sniff(head, path)` sees the first 64 KiB of the content, already decompressed when gzip."""

    name: str
    description: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes, Path], bool]
    read: Callable[[Path, bool], Recording]


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Make a source known; a second one of the same name replaces the first."""
    _sources[source.name] = source


def known_sources() -> tuple[Source, ...]:
    """Every source, in the order in which they are asked."""
    return tuple(_sources_in_turn())


def open_recording(path: str | Path, *, keep_player_name: bool = False) -> Recording:
    """The recording in a file of any known format.

    UnreadableFile: missing, empty, a folder, damaged. UnknownFormat: no source recognises it. Raises nothing else.
    """
    path = Path(path)
    check_readable(path)
    head = read_head(path)
    _refuse_archive(path, head)
    source = _source_for(path, head)
    return source.read(path, keep_player_name)


def _source_for(path: Path, head: bytes) -> Source:
    by_content = next((source for source in _sources_in_turn() if source.sniff(head, path)), None)
    if by_content is not None:
        return by_content
    sources = known_sources()
    by_name = [source for source in sources if path.name.lower().endswith(source.suffixes)]
    if len(by_name) == 1:  # it cannot be read, but this source can say why
        return by_name[0]
    known = "; ".join(f"{source.description} ({', '.join(source.suffixes)})" for source in sources)
    raise UnknownFormat(f"{path} is in no format this program knows. Known are: {known}.")


def _refuse_archive(path: Path, head: bytes) -> None:
    kind = next((kind for magic, kind in _ARCHIVES.items() if head.startswith(magic)), None)
    if kind is not None:
        raise UnreadableFile(f"{path} is a {kind} archive: unpack it and name the recording inside.")


def _sources_in_turn() -> Iterator[Source]:
    """Sources, each module imported only when its turn comes: an .ibt never pays for the import of pyarrow."""
    seen: set[str] = set()
    for name in _BUILT_IN:
        importlib.import_module(f"{__name__}.{name}")
        for source in [source for source in _sources.values() if source.name not in seen]:
            seen.add(source.name)
            yield source
