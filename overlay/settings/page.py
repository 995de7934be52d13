"""The settings page of the documentation, made from the dataclasses: `python -m overlay.settings.page` writes it."""

from __future__ import annotations

from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any

from coach.files import write_text
from overlay.settings.model import Place, Settings
from overlay.settings.rules import Rule, rule_of

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
_HEAD = """# Settings

<!-- Made by `python -m overlay.settings.page` from overlay/settings/model.py: change it there. -->

`settings.toml` in the system's folder for configuration: `%APPDATA%\\racing-coach` on Windows, `~/.config/racing-coach` on Linux; with the environment variable `RACING_COACH_HOME`, `config` in that folder. The settings window writes it; it may be edited by hand while the program is closed. Only what differs from the default is in it.

A file that is no TOML is kept beside it under the time, the defaults are used, and the overlay says so. One that another program holds (a virus scanner, a synchronised folder) is tried again for a second; after that the defaults are used until the overlay is closed, and no change is saved over it. A change that cannot be saved, there or on a full disk, counts until the overlay is closed, which says so once, and is tried again with the next change and at the end. A value that cannot be used is named and the default taken; a key that is not known is named and kept. `version` is 1: it counts up when a setting moves, and older files are brought along.

    version = 1

    [voice]
    volume = 0.6

    [layout.delta_bar]
    monitor = "DP-1"
    x = 860

    [profiles.mx5.display]   # only in this car
    font_scale = 1.2

**Profiles.** `[profiles.CAR]`, with the simulator's id of the car, overrides any setting marked *per car* as soon as that car is driven. Consent, devices, folders and hotkeys are the same in all cars.

**Keys and buttons.** A combination is one of A to Z, 0 to 9, F1 to F24, Num0 to Num9, Space, Tab, Enter, Escape, Pause, ScrollLock, Insert, Delete, Home, End, PageUp, PageDown, Left, Up, Right, Down, after Ctrl, Shift, Alt or Win, as in `Ctrl+Shift+L`; F, Num, Pause and ScrollLock may stand alone. They work while another program has the keyboard, on Windows and on X11; what another program has taken is said. A button is `Button 5` of any controller, or `Button 5 of Fanatec`, a part of the device's name; the settings window writes the one that you press. Windows tells no names here: there it is `Button 5 of Controller 1`, and buttons beyond 32 are not seen.

"""
_TABLE = "| setting | default | unit or choices | per car | meaning |\n|---|---|---|---|---|\n"


def settings_page() -> str:
    """The whole page as Markdown."""
    page = _HEAD + "## General\n\n" + _TABLE + _rows(Settings(), "", fields(Settings))
    for item in fields(Settings):
        group = getattr(Settings(), item.name)
        if is_dataclass(group):
            page += f"\n## `[{item.name}]`\n\n{type(group).__doc__}\n\n{_TABLE}" + _rows(group, f"{item.name}.", fields(group))
    return page + f"\n## `[layout.WIDGET]`\n\n{Place.__doc__}\n\n{_TABLE}" + _rows(Place(), "layout.WIDGET.", fields(Place))


def _rows(group: Any, where: str, items: tuple[Field[Any], ...]) -> str:
    return "".join(_row(where + item.name, getattr(group, item.name), rule) for item in items if (rule := rule_of(item)) is not None)


def _row(name: str, default: Any, rule: Rule) -> str:
    shown = {True: "true", False: "false"}.get(default) if isinstance(default, bool) else "{}" if default == {} else _plain(default)
    limits = " or ".join(f"`{choice}`" for choice in rule.choices) if rule.choices else rule.expected or rule.unit or "-"
    return f"| `{name}` | `{shown}` | {limits} | {'yes' if rule.can_vary_by_car and name != 'profiles' else 'no'} | {rule.meaning} |\n"


def _plain(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


if __name__ == "__main__":
    write_text(PAGE, settings_page())
