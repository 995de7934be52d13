"""The page of the service's settings, made from the settings themselves: `python -m web.settings_page` writes it."""

from __future__ import annotations

import inspect
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from coach.files import write_text
from web.settings import PREFIX, Settings

PAGE = Path(__file__).parents[1] / "docs" / "service-settings.md"
_HEAD = """# Settings of the service

<!-- Made by `python -m web.settings_page` from web/settings.py: change it there. -->

`racing-coach serve` and `racing-coach worker` read them from the environment; `--data`, `--host`, `--port` and `--no-worker` override four of them. A value that cannot be used is named, and nothing starts. Values marked *secret* are never written anywhere.

On one machine nothing needs to be set. For people on the Internet:

    RACING_COACH_ENVIRONMENT=production
    RACING_COACH_PUBLIC_URL=https://laps.example.org
    RACING_COACH_SECRET=...                # openssl rand -base64 48
    RACING_COACH_SMTP_HOST=mail.example.org

"""
_TABLE = "| variable | default | meaning |\n|---|---|---|\n"


def settings_page() -> str:
    """The whole page as Markdown; headings are the comments above the groups of settings."""
    page = _HEAD
    for heading, names in _groups():
        page += f"## {heading}\n\n{_TABLE}" + "".join(_row(name, Settings.model_fields[name]) for name in names) + "\n"
    return page.rstrip() + "\n"


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a setting."""
    alias = field.validation_alias
    return str(alias.choices[-1]) if isinstance(alias, AliasChoices) else PREFIX + name.upper()


def _groups() -> list[tuple[str, list[str]]]:
    groups: list[tuple[str, list[str]]] = []
    for line in inspect.getsource(Settings).splitlines():
        text = line.removeprefix("    ")
        name = text.partition(":")[0]
        if text.startswith("# "):
            groups.append((text[2:], []))
        elif name in Settings.model_fields and groups:
            groups[-1][1].append(name)
    return groups


def _row(name: str, field: FieldInfo) -> str:
    secret = " *Secret.*" if field.annotation is SecretStr else ""
    return f"| `{variable(name, field)}` | {_default(field)} | {(field.description or '').replace('|', chr(92) + '|')}{secret} |\n"


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "the system's folder for data"
    value: Any = field.default
    if isinstance(value, SecretStr) or value in {"", ()}:
        return "-"
    return f"`{value.value if isinstance(value, Enum) else str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    write_text(PAGE, settings_page())
