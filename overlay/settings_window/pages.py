"""The settings as pages of the window, made from their own rules: name, meaning, limits and choices stand in `overlay.settings.model`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any

from coach.errors import BadInput
from overlay.settings.change import changed
from overlay.settings.model import Settings
from overlay.settings.rules import Rule, rule_of
from overlay.settings_window.items import Item, Kind, Page, Value

CONSENT = "sharing.consent"
NOTES = {
    "Hotkeys": "They work while the simulator has the keyboard.",
    "Wheel buttons": "For example Button 5, or Button 5 of Fanatec.",
    "Sharing": "Nothing is sent before you switch this on, and only laps saved from then on.",
    "Overlay": "Where the widgets stand is kept for every monitor.",
}
# Page by page the groups and single settings on it; what is not here is in the file only.
PAGES = {
    "Coach": ("enabled", "coaching.style", "coaching.sensitivity", "coaching.braking_tones", "reference.rule"),
    "Voice": ("voice",),
    "Overlay": ("display",),
    "Hotkeys": ("hotkeys",),
    "Wheel buttons": ("buttons",),
    "Sharing": (CONSENT,),
    "Lap store": ("store.folder", "store.limit_mb"),
}


LABELS = {
    "enabled": "Coach",
    "reference.rule": "Reference",
    "voice.name": "Voice",
    "voice.output_delay_ms": "Output delay",
    "store.limit_mb": "Size limit",
    "sharing.consent": "Send my laps",
}


class SettingsPages:
    """A `SettingsPort`. `read` gives the present settings, `write` keeps changed ones and applies them.

    `consent` gives or withdraws it properly, with its day and the laps it covers, and says what went wrong. `choices` adds what only
    the machine knows: sound devices, voices.
    """

    def __init__(
        self,
        read: Callable[[], Settings],
        write: Callable[[Settings], None],
        consent: Callable[[bool], str],
        choices: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._read, self._write, self._consent = read, write, consent
        self._choices = choices or {}

    def pages(self) -> tuple[Page, ...]:
        """All pages with the present values."""
        settings = self._read()
        return tuple(
            Page(title, tuple(item for path in paths for item in self._items(settings, path)), NOTES.get(title, ""))
            for title, paths in PAGES.items()
        )

    def change(self, path: str, value: Value) -> str:
        """Change and keep one; returns what is wrong with the value, or nothing."""
        if path == CONSENT:
            return self._consent(bool(value))
        try:
            self._write(changed(self._read(), path, value))
        except BadInput as error:
            return str(error)
        return ""

    def _items(self, settings: Settings, path: str) -> list[Item]:
        group, _, name = path.partition(".")
        if name:
            record = getattr(settings, group)
            return [self._item(field, f"{group}.{field.name}", record) for field in fields(record) if field.name == name]
        field = next(field for field in fields(settings) if field.name == group)
        if rule_of(field) is not None:
            return [self._item(field, group, settings)]
        record = getattr(settings, group)
        return [self._item(field, f"{group}.{field.name}", record) for field in fields(record)]

    def _item(self, field: Field[Any], path: str, record: object) -> Item:
        rule, value = rule_of(field), getattr(record, field.name)
        assert rule is not None
        choices = rule.choices or self._choices.get(path, ())
        label = LABELS.get(path) or field.name.replace("_", " ").capitalize()
        unit = "" if rule.unit in {"0 to 1", "factor"} else rule.unit
        return Item(path, label, _kind(path, value, choices), value, _meaning(rule), unit, rule.low, rule.high, choices)


def _kind(path: str, value: object, choices: tuple[str, ...]) -> Kind:
    if isinstance(value, bool):
        return Kind.SWITCH
    if isinstance(value, int):
        return Kind.WHOLE
    if isinstance(value, float):
        return Kind.NUMBER
    if choices:
        return Kind.CHOICE
    return Kind.KEYS if path.startswith("hotkeys.") else Kind.TEXT


def _meaning(rule: Rule) -> str:
    return rule.meaning[:1].upper() + rule.meaning[1:]
