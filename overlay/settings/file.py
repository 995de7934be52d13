"""The settings file: read whatever it holds, written whole or not at all.

A file that is no TOML is kept aside under the time and the defaults are used; a newer version's keys stay in it; an older
version's are moved to their new places. Nothing of this stops the program: it is told in `notices`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import tomli_w

from coach.files import make_folder, write_text
from overlay.folders import config_folder
from overlay.settings.change import Reading, Table, merged, settings_from, tables_of
from overlay.settings.model import Settings

VERSION = 1
MAX_BYTES = 4 << 20
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

    def load(self) -> Loaded:
        """What the file says, over the defaults."""
        loaded = self._load()
        self._unknown, self._written_version = loaded.unknown, loaded.version
        return loaded

    def save(self, settings: Settings) -> None:
        """Write what differs from the defaults, and what was not known when it was read."""
        tables = {"version": self._written_version, **merged(self._unknown, tables_of(settings))}
        make_folder(self.path.parent)
        write_text(
            self.path,
            "# Racing Coach settings; docs/settings.md lists all of them. What is not here has its default.\n" + tomli_w.dumps(tables),
        )

    def _load(self) -> Loaded:
        try:
            if self.path.stat().st_size > MAX_BYTES:
                return self._set_aside(f"it holds more than {MAX_BYTES:,} bytes")
            raw = tomllib.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Loaded(Settings(), (), {}, self._version)
        except OSError as error:
            return Loaded(Settings(), (f"{self.path} cannot be read ({error.strerror}): the defaults are used.",), {}, self._version)
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
        """Keep the unusable file under another name. When even that fails it stays, and the next save would replace it."""
        stamp = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S%fZ")
        aside = self.path.with_name(f"{self.path.stem}.unreadable-{stamp}{self.path.suffix}")
        kept = "it could not be set aside"
        with suppress(OSError):
            self.path.rename(aside)
            kept = f"it is kept as {aside.name}"
        return Loaded(Settings(), (f"{self.path} cannot be used ({why}): {kept}, and the defaults are used.",), {}, self._version)


def _names(unknown: Table, where: str = "") -> list[str]:
    """Full names of what is not known; a table that is not known at all counts once."""
    found = []
    for key, value in unknown.items():
        known_group = isinstance(value, Mapping) and (where or key in Settings.__slots__)
        found += _names(dict(value), f"{where}{key}.") if known_group else [f"{where}{key}"]
    return found
