"""The settings as pages of the window, made from their own rules: name, meaning, limits and choices stand in `overlay.settings.model`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, fields, replace
from typing import Any

from coach.errors import BadInput
from overlay.settings.change import NotAllowed, changed, has_own, without_own
from overlay.settings.change import for_car as as_in_car
from overlay.settings.model import Place, Reference, Settings
from overlay.settings.rules import Rule, rule_of
from overlay.settings_window.items import Item, Kind, Page, Value
from overlay.voice.offered import OfferedVoice
from overlay.widgets import PANELS

CONSENT = "sharing.consent"
RULE = "reference.rule"
ENGINE, VOICE = "voice.engine", "voice.name"
BEST = "The engine's best"
NOTES = {
    "Hotkeys": "They work while the simulator has the keyboard.",
    "Wheel buttons": "Click, then press the button on the wheel; or write, for example, Button 5, or Button 5 of Fanatec.",
    "Sharing": "Nothing is sent before you switch this on, and only laps saved from then on.",
    "Overlay": "Where the widgets stand is kept for every monitor.",
}
WIDGETS = {f"layout.{panel.name}.visible": f"Widget: {panel.title}" for panel in PANELS}
# Page by page the groups and single settings on it; what is not here is in the file only.
PAGES = {
    "Coach": ("enabled", "coaching.style", "coaching.sensitivity", "coaching.braking_tones", RULE),
    "Voice": ("voice",),
    "Overlay": ("display", *WIDGETS),
    "Hotkeys": ("hotkeys",),
    "Wheel buttons": ("buttons",),
    "Service": ("service.url", "service.send_on_track", "service.max_kb_per_s"),
    "Sharing": (CONSENT,),
    "Lap store": ("store.folder", "store.limit_mb"),
}


LABELS = {
    "enabled": "Coach",
    RULE: "Reference",
    "voice.name": "Voice",
    "voice.output_delay_ms": "Output delay",
    "store.limit_mb": "Size limit",
    "sharing.consent": "Send my laps",
    "service.url": "Address",
    "service.send_on_track": "Send while driving",
    "service.max_kb_per_s": "Most of the line",
    **WIDGETS,
}


class SettingsPages:
    """A `SettingsPort`. `read` gives the present settings, `write` keeps changed ones and applies them.

    `consent` gives or withdraws it properly, with its day, the laps it covers and the service's text that was shown, and says what went
    wrong. `choices` adds what only the machine knows: screens, sound devices; `voices` those of the engine in these settings, as far as
    it is known. `driven`: id and name of the car, empty while none is known. `agreed_to`: the service's text about sharing, once it is known.
    `rules`: those of the reference that can be chosen where this one is; `why_no_other`: why the reference cannot be changed now.
    """

    def __init__(
        self,
        read: Callable[[], Settings],
        write: Callable[[Settings], None],
        consent: Callable[[bool, str], str],
        choices: dict[str, tuple[str, ...]] | None = None,
        driven: Callable[[], tuple[str, str]] = lambda: ("", ""),
        agreed_to: Callable[[], str] = str,
        voices: Callable[[Settings], Sequence[OfferedVoice]] = lambda _: (),
        rules: Callable[[Reference], Sequence[str]] = lambda _: (),
        why_no_other: Callable[[], str] = str,
    ) -> None:
        self._read, self._write, self._consent, self._driven = read, write, consent, driven
        self._choices = choices or {}
        self._agreed_to, self._voices = agreed_to, voices
        self._rules, self._why_no_other = rules, why_no_other
        self._shown = ""  # the service's text as the window has it: what `pages` answers is on the page at once

    def car(self) -> str:
        """Name of the car."""
        return self._driven()[1]

    def pages(self, *, for_car: bool = False) -> tuple[Page, ...]:
        """All pages with the present values."""
        settings, self._shown = self._read(), self._agreed_to()
        return tuple(
            Page(title, tuple(item for path in paths for item in self._items(settings, path, for_car=for_car)), self._note(title))
            for title, paths in PAGES.items()
        )

    def change(self, path: str, value: Value, *, for_car: bool = False) -> str:
        """Change and keep one; returns what is wrong with the value, or nothing."""
        if path == CONSENT:
            return self._consent(bool(value), self._shown)
        if path == RULE and (why := self._why_no_other()):
            return why
        try:
            new = changed(self._read(), path, value, self._driven()[0] if for_car else "")
            new = _with_its_voice(self._read(), new) if path == ENGINE else new
            self._write(new)
        except NotAllowed as error:
            return error.why
        except BadInput as error:
            return str(error)
        return ""

    def forget(self, path: str) -> str:
        """As in all cars again."""
        if path == RULE and (why := self._why_no_other()):
            return why
        try:
            new = without_own(self._read(), path, self._driven()[0])
            self._write(without_own(new, VOICE, self._driven()[0]) if path == ENGINE else new)
        except BadInput as error:
            return str(error)
        return ""

    def _note(self, title: str) -> str:
        """What stands on top; where sharing is switched on, the service's own text that it agrees to."""
        text = self._shown if title == "Sharing" else ""
        return NOTES.get(title, "") + (f"\n\n{text}" if text else "")

    def _items(self, settings: Settings, path: str, *, for_car: bool) -> list[Item]:
        if path in WIDGETS:  # a table of places, no group of settings
            return [self._item(next(one for one in fields(Place) if one.name == "visible"), path, settings, for_car=for_car)]
        group, _, name = path.partition(".")
        field = next(field for field in fields(settings) if field.name == group)
        if rule_of(field) is not None:
            return [self._item(field, group, settings, for_car=for_car)]
        below = [one for one in fields(getattr(settings, group)) if name in {"", one.name}]
        return [self._item(one, f"{group}.{one.name}", settings, for_car=for_car) for one in below]

    def _voices_to_choose(self, settings: Settings) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names and words; the one that is set is always among them."""
        offered = {"": BEST, **{one.name: one.words for one in self._voices(settings)}}
        offered.setdefault(settings.voice.name, settings.voice.name)
        return tuple(offered), tuple(offered.values())

    def _item(self, field: Field[Any], path: str, settings: Settings, *, for_car: bool) -> Item:
        rule, (car_id, car) = rule_of(field), self._driven()
        assert rule is not None
        in_car, own = _value(as_in_car(settings, car_id), path), has_own(settings, path, car_id)
        value = in_car if for_car else _value(settings, path)
        choices: tuple[str, ...] = rule.choices or self._choices.get(path, ())
        words: tuple[str, ...] = ()
        if path == RULE:
            choices = tuple(self._rules((as_in_car(settings, car_id) if for_car else settings).reference)) or choices
        if path == VOICE:
            choices, words = self._voices_to_choose(as_in_car(settings, car_id) if for_car else settings)
        label = LABELS.get(path) or field.name.replace("_", " ").capitalize()
        unit = "" if rule.unit in {"0 to 1", "factor"} else rule.unit
        fixed = for_car and not rule.can_vary_by_car
        item = Item(
            path,
            label,
            _kind(path, value, choices),
            value,
            _meaning(rule),
            unit,
            rule.low,
            rule.high,
            choices,
            words,
            own=own and for_car,
            fixed=fixed,
        )
        note = ""
        if fixed:
            note = "The same in all cars."
        elif own:
            note = "This car's own value." if for_car else f"{car or 'This car'} has its own: {item.text_of(in_car)}."
        return replace(item, note=note)


def _with_its_voice(before: Settings, after: Settings) -> Settings:
    """Where another engine speaks, in all cars or in some, it begins with its best voice: none has a voice of another one's name."""
    for car_id in ("", *after.profiles):
        was, now = as_in_car(before, car_id).voice, as_in_car(after, car_id).voice
        if now.engine == was.engine or not now.name:
            continue
        has_engine = not car_id or has_own(after, ENGINE, car_id)
        after = changed(after, VOICE, "", car_id) if has_engine else without_own(after, VOICE, car_id)
    return after


def _value(settings: Settings, path: str) -> Any:
    """What a setting is set to."""
    found: Any = settings
    for part in path.split("."):
        found = found.get(part, Place()) if isinstance(found, Mapping) else getattr(found, part)
    return found


def _kind(path: str, value: object, choices: tuple[str, ...]) -> Kind:
    if isinstance(value, bool):
        return Kind.SWITCH
    if isinstance(value, int):
        return Kind.WHOLE
    if isinstance(value, float):
        return Kind.NUMBER
    if choices:
        return Kind.CHOICE
    return {"hotkeys": Kind.KEYS, "buttons": Kind.BUTTON}.get(path.split(".", maxsplit=1)[0], Kind.TEXT)


def _meaning(rule: Rule) -> str:
    meaning = rule.meaning.replace("`", "")  # marks of the documentation
    return meaning[:1].upper() + meaning[1:]
