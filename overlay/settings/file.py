"""The settings file: read whatever it holds, written whole or not at all.

A file that is no TOML is kept aside under the time and the defaults are used; a newer version's keys stay in it; an older
version's are moved to their new places. A file that the system does not let us read is never written over: nobody knows what it
holds. Nothing of this stops the program: it is told in `notices`.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import tomli_w

from coach.errors import CannotWrite
from coach.files import make_folder, write_text
from overlay.folders import config_folder
from overlay.settings.change import Reading, Table, merged, settings_from, tables_of
from overlay.settings.model import Settings

VERSION = 1
MAX_BYTES = 4 << 20
TRIES, TRY_EVERY_S = 6, 0.2  # a virus scanner or a synchronised folder holds a file for a moment
# From version n to n + 1: takes the tables, gives the tables.
MIGRATIONS: Mapping[int, Callable[[Table], Table]] = {}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, what is to be told to the driver, and what the file holds that this version does not know."""

    settings: Settings
    notices: tuple[str, ...]
    unknown: Table
    version: int = VERSION


class SettingsFile:
    """One file. `load` never raises; `save` raises CannotWrite and leaves the old file."""

    def __init__(
        self, path: Path | None = None, migrations: Mapping[int, Callable[[Table], Table]] = MIGRATIONS, version: int = VERSION
    ) -> None:
        self.path = path or config_folder() / "settings.toml"
        self._migrations = migrations
        self._version = version
        self._unknown: Table = {}
        self._written_version = version
        self.is_untouchable = False  # it holds what we could neither read nor put aside

    def load(self) -> Loaded:
        """What the file says, over the defaults."""
        self.is_untouchable = False
        try:
            loaded = self._load(self._read())
        except OSError as error:
            loaded = self._defaults(f"{self.path} cannot be read ({error.strerror}): {self._left_alone()}")
        self._unknown, self._written_version = loaded.unknown, loaded.version
        return loaded

    def save(self, settings: Settings) -> None:
        """Write what differs from the defaults, and what was not known when it was read. CannotWrite: also when it could not be read."""
        if self.is_untouchable:
            raise CannotWrite(
                f"{self.path} could not be read and is not written over: nothing was saved. Start again; if it stays so, rename the file."
            )
        tables = {"version": self._written_version, **merged(self._unknown, tables_of(settings))}
        make_folder(self.path.parent)
        write_text(
            self.path,
            "# Racing Coach settings; docs/settings.md lists all of them. What is not here has its default.\n" + tomli_w.dumps(tables),
        )

    def _read(self) -> bytes | None:
        """What the file holds, or as much of it as shows that it is none of ours; None: there is none. OSError: it was held all the time."""
        for _ in range(TRIES - 1):
            with suppress(OSError):
                return self._read_once()
            time.sleep(TRY_EVERY_S)
        return self._read_once()

    def _read_once(self) -> bytes | None:
        try:
            with self.path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return None

    def _load(self, content: bytes | None) -> Loaded:
        if content is None:
            return self._defaults()
        if len(content) > MAX_BYTES:
            return self._set_aside(f"it holds more than {MAX_BYTES:,} bytes")
        try:
            raw = tomllib.loads(content.decode("utf-8"))
        except (ValueError, RecursionError) as error:  # no TOML, or no UTF-8
            return self._set_aside(str(error).rstrip("."))
        version = raw.pop("version", 1)
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            return self._set_aside(f"its version is {version!r}")
        for older in range(version, self._version):
            raw = self._migrations[older](raw)
        reading = Reading()
        settings = settings_from(raw, reading)
        return Loaded(settings, self._notices(reading, version), reading.unknown, max(version, self._version))

    def _notices(self, reading: Reading, version: int) -> tuple[str, ...]:
        told = [f"{self.path.name}: {fault}." for fault in reading.faults]
        if version > self._version:
            told.append(f"{self.path.name} is of a newer version ({version}; this program knows {self._version}): what it knows is used.")
        unknown = _names(reading.unknown)
        if unknown:
            told.append(f"{self.path.name}: not known and kept as they are: {', '.join(unknown)}.")
        return tuple(told)

    def _set_aside(self, why: str) -> Loaded:
        """Keep the unusable file under another name; when even that fails it stays as it is."""
        stamp = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S%fZ")
        aside = self.path.with_name(f"{self.path.stem}.unreadable-{stamp}{self.path.suffix}")
        try:
            self.path.rename(aside)
            then = f"it is kept as {aside.name}, and the defaults are used."
        except OSError:
            then = self._left_alone()
        return self._defaults(f"{self.path} cannot be used ({why}): {then}")

    def _left_alone(self) -> str:
        """Write nothing over the file; what is to be said of it."""
        self.is_untouchable = True
        return "it is left as it is, the defaults are used, and no change is saved until it could be read at a start."

    def _defaults(self, *notices: str) -> Loaded:
        return Loaded(Settings(), notices, {}, self._version)


def _names(unknown: Table, where: str = "") -> list[str]:
    """Full names of what is not known; a table that is not known at all counts once."""
    found = []
    for key, value in unknown.items():
        known_group = isinstance(value, Mapping) and (where or key in Settings.__slots__)
        found += _names(dict(value), f"{where}{key}.") if known_group else [f"{where}{key}"]
    return found
