"""The settings as pages of the settings window, made from what they say about themselves."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

from overlay.chosen import Chosen
from overlay.settings.model import Place, Settings
from overlay.settings.rules import Rule, rule_of
from overlay.settings_window.items import Item, Kind, Page, Value
from overlay.widgets import PANELS

PAGES = {
    "coaching": "Coaching",
    "voice": "Voice",
    "reference": "Reference",
    "display": "Overlay",
    "hotkeys": "Hotkeys",
    "buttons": "Wheel buttons",
    "sharing": "Sharing",
    "store": "Laps on this machine",
}
NOTES = {
    "sharing": "Nothing leaves this machine unless you switch this on; switched off again, what still waits is forgotten.",
    "buttons": "Write Button 5, or Button 5 of Fanatec where several controllers are plugged in.",
}
HIDDEN = {"sharing.date", "sharing.from_sequence"}  # kept by the program
LABELS = {"enabled": "Coach", "consent": "Share laps", "limit_mb": "Limit", "w": "width"}
UNLIMITED = 1e9


class SettingPages:
    """The settings window's port."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen

    def pages(self) -> tuple[Page, ...]:
        """All pages with the present values."""
        settings = self._chosen.current
        return tuple(Page(title, tuple(_items(settings, name)), NOTES.get(name, "")) for name, title in PAGES.items())

    def change(self, path: str, value: Value) -> str:
        """Change and keep one."""
        return self._chosen.change(path, value)


def _items(settings: Settings, group: str) -> list[Item]:
    made = [_item("enabled", settings.enabled, _rule(Settings, "enabled"))] if group == "coaching" else []
    values = getattr(settings, group)
    for field in fields(values):
        path, rule, value = f"{group}.{field.name}", rule_of(field), getattr(values, field.name)
        if rule is not None and path not in HIDDEN and isinstance(value, (bool, int, float, str)):
            made.append(_item(path, value, rule))
    if group == "display":
        for panel in PANELS:
            visible = settings.layout.get(panel.name, Place()).visible
            made.append(Item(f"layout.{panel.name}.visible", panel.title, Kind.SWITCH, visible, "show this widget"))
    return made


def _item(path: str, value: Any, rule: Rule) -> Item:
    name = path.rpartition(".")[2]
    label = LABELS.get(name, name.replace("_", " ").capitalize())
    low, high = (rule.low, rule.high) if math.isfinite(rule.low) else (0.0, 1.0)
    unit = "" if rule.unit == "0 to 1" else rule.unit
    return Item(path, label, _kind(path, value, rule), value, rule.meaning, unit, low, min(high, UNLIMITED), rule.choices)


def _kind(path: str, value: Any, rule: Rule) -> Kind:
    if rule.choices:
        return Kind.CHOICE
    if isinstance(value, bool):
        return Kind.SWITCH
    if isinstance(value, int):
        return Kind.WHOLE
    if isinstance(value, float):
        return Kind.NUMBER
    return Kind.KEYS if path.startswith("hotkeys.") else Kind.TEXT


def _rule(kind: type[Settings], name: str) -> Rule:
    rule = next(rule_of(field) for field in fields(kind) if field.name == name)
    assert rule is not None
    return rule
