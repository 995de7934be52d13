"""Files that stand beside the packages: `templates/`, `migrations/`, `docs/`. In a checkout at its top, installed under `share/racing-coach/`."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from web.errors import NotFound

_LANDMARKS = {"templates": "base.html", "migrations": "env.py", "docs": "architecture.md"}


@cache
def folder(name: str) -> Path:
    """One of those folders; NotFound: this installation does not have it."""
    landmark = _LANDMARKS[name]
    in_checkout = Path(__file__).parents[1] / name
    if (in_checkout / landmark).exists():
        return in_checkout
    try:
        found = next((place for place in files("racing-coach") or [] if place.match(f"share/racing-coach/{name}/{landmark}")), None)
    except PackageNotFoundError:
        found = None
    if found is None:
        raise NotFound(f"The folder {name} was not installed here.")
    return Path(str(found.locate())).resolve().parent
