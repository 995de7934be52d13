"""Where our files live on the driver's machine, by the rules of their system. `RACING_COACH_HOME` puts all of them in one folder."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_NAME = "racing-coach"


def config_folder() -> Path:
    """Settings."""
    return _under("config", platformdirs.user_config_path(_NAME, appauthor=False, roaming=True))


def data_folder() -> Path:
    """Laps, maps, voices: what took time to make and must not be lost."""
    return _under("data", platformdirs.user_data_path(_NAME, appauthor=False))


def references_folder() -> Path:
    """Reference laps from the service."""
    return data_folder() / "references"


def cache_folder() -> Path:
    """What can be made again."""
    return _under("cache", platformdirs.user_cache_path(_NAME, appauthor=False))


def _under(part: str, usual: Path) -> Path:
    home = os.environ.get("RACING_COACH_HOME", "")
    return Path(home).expanduser() / part if home else usual
