"""What one setting is: its meaning, unit and limits, beside its default in the dataclass that holds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar, cast

from coach.errors import BadInput

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Rule:
    """Of one setting. `check` raises BadInput on a text that says nothing useful."""

    meaning: str
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    check: Callable[[str], object] | None = None
    can_vary_by_car: bool = True

    @property
    def expected(self) -> str:
        """What is allowed, in words; empty when anything is."""
        if self.choices:
            return " or ".join(f'"{choice}"' for choice in self.choices)
        unit = f" {self.unit}" if self.unit and self.unit != "0 to 1" else ""
        if math.isfinite(self.low) and math.isfinite(self.high):
            return f"{self.low:g} to {self.high:g}{unit}"
        return f"{self.low:g}{unit} or more" if math.isfinite(self.low) else ""


def setting(default: _Value, meaning: str, unit: str = "", **limits: Any) -> _Value:
    """A field of a settings dataclass: its default and its rule."""
    made: _Value = field(default=default, metadata={"rule": Rule(meaning, unit, **limits)})
    return made


def table(meaning: str) -> Any:
    """A field that holds a table of the driver's own keys, empty by default."""
    return field(default_factory=dict, metadata={"rule": Rule(meaning)})


def rule_of(item: Field[Any]) -> Rule | None:
    """The rule of a field; None: it is a group of settings."""
    return cast("Rule | None", item.metadata.get("rule"))


def range_of(group: type[Any], name: str) -> tuple[float, float]:
    """The least and the largest value of a number in a group of settings."""
    rule = next(rule for item in fields(group) if item.name == name and (rule := rule_of(item)) is not None)
    return rule.low, rule.high


def fault_of(value: Any, default: Any, rule: Rule) -> str:
    """What is wrong with a value for this setting, as the end of a sentence; empty when nothing is."""
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else f"is {said(value)}, expected true or false"
    if isinstance(default, str):
        return _text_fault(value, rule)
    whole = isinstance(default, int)
    fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not fits or not math.isfinite(value) or not rule.low <= value <= rule.high:
        kind = "a whole number" if whole else "a number"
        return f"is {said(value)}, expected {kind}" + (f", {rule.expected}" if rule.expected else "")
    return ""


def _text_fault(value: Any, rule: Rule) -> str:
    if not isinstance(value, str) or (rule.choices and value not in rule.choices):
        return f"is {said(value)}, expected {rule.expected or 'a text'}"
    if value and rule.check is not None:
        try:
            rule.check(value)
        except BadInput as error:
            return f"cannot be used: {str(error).rstrip('.')}"
    return ""


def said(value: Any) -> str:
    """A value as the file would show it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return "a table" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else str(value)
