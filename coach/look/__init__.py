"""The look shared by report, overlay and site: `tokens.toml`, read as plain values. It draws nothing."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def tokens() -> dict[str, Any]:
    """The tokens by section: dark, light, type, space."""
    return tomllib.loads(resources.files(__name__).joinpath("tokens.toml").read_text(encoding="utf-8"))


def css_variables() -> str:
    """The tokens as CSS custom properties: dark by default, light where the reader's system asks for it."""
    look = tokens()
    dark, light = (_properties(look[theme]) for theme in ("dark", "light"))
    sizes = _properties(
        {key.replace("_px", ""): f"{value}px" if key.endswith("_px") else value for key, value in {**look["type"], **look["space"]}.items()}
    )
    return f":root {{ color-scheme: dark light; {dark} {sizes} }}\n@media (prefers-color-scheme: light) {{ :root {{ {light} }} }}\n"


def _properties(values: dict[str, Any]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in values.items())
