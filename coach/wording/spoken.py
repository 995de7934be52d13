"""Words for the ear: short, always the same for the same thing, numbers as people say them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from coach.compare.cause import Cause
from coach.wording import catalogue, clock, length_unit

# 1:02.3, and 48.3 where no unit follows. No other number of ours stands alone with a tenth.
LAP_TIME = re.compile(r"\b(?:(\d\d?):([0-5]\d\.\d)\b|([1-5]\d\.\d)\b(?! \w))")

STEPS = (5, 10, 20, 30, 40, 50)  # hundredths of a second
MORE = 5  # beyond the largest step by this: more than it


def trigger(cause: Cause, figures: Mapping[str, float] | None = None) -> str:
    """At most three words, other ones for a few causes where much is asked for."""
    entry = catalogue()["spoken"][cause.value]
    return str(entry["much"] if "much" in entry and _is_much(entry, figures or {}) else entry["trigger"])


def short_cue(cause: Cause, figures: Mapping[str, float] | None = None) -> str:
    """The trigger alone, as a sentence."""
    return _sentence(trigger(cause, figures))


def full_cue(corner_name: str, cause: Cause, figures: Mapping[str, float], *, to_try: bool = False) -> str:
    """The corner, the trigger and, where it is known and large enough, the amount."""
    remark, entry = catalogue()["remark"], catalogue()["spoken"][cause.value]
    words = {"corner": corner_name, "trigger": trigger(cause, figures)}
    if to_try:
        words["trigger"] = entry["try"] if "try" in entry else remark["try"].format(**words)
        return _sentence(remark["cue"].format(**words))
    if "much" not in entry and _is_much(entry, figures):
        return _sentence(remark["cue_amount"].format(**words, amount=_distance(figures[entry["figure"]])))
    return _sentence(remark["cue"].format(**words))


def _distance(metres: float) -> str:
    """In the unit in use, in steps that a driver can place."""
    unit = length_unit()
    return str(catalogue()["length"][unit.name].format(value=unit.step * round(metres * unit.per_m / unit.step)))


def _is_much(entry: Mapping[str, Any], figures: Mapping[str, float]) -> bool:
    """Whether a cause's figure is known, and large enough to be spoken of."""
    return bool(figures.get(entry.get("figure", ""), math.nan) >= entry.get("least", math.inf))


def best_lap(lap_time_s: float) -> tuple[str, str]:
    """Praise of a personal best: with its time, and what a short straight has room for."""
    remark = catalogue()["remark"]
    return str(remark["best_lap"].format(time=clock(lap_time_s, 1))), str(remark["best_lap_alone"])


def effect(corner_name: str, gained_s: float, interval_s: tuple[float, float]) -> str:
    """What a topic has brought, by the 95 % interval of the gain: better, worse, or nothing that stands above the noise."""
    low, high = interval_s
    word = "effect" if low > 0.0 else "effect_worse" if high < 0.0 else "effect_none"
    return str(catalogue()["remark"][word].format(corner=corner_name, amount=spoken_seconds(abs(gained_s))))


def calls() -> tuple[str, ...]:
    """Everything that may be called right after a corner: no voice has the time to render it then."""
    return tuple(str(text) for text in catalogue()["reactive"].values())


def call(kind: str) -> str:
    """What has just happened to the car. KeyError: a kind of detection that has no call."""
    return str(catalogue()["reactive"][kind])


def progress(gained_s: float) -> str:
    """What a passage of a topic's corner was better by, in s, or slower when negative, in the steps of the bank."""
    way, amount = ("better" if gained_s > 0.0 else "slower"), 100.0 * abs(gained_s)
    nearest = min(STEPS, key=lambda step: abs(step - amount))
    return call(f"{way}_more" if amount - STEPS[-1] > MORE else f"{way}_{nearest}")


def spoken_seconds(seconds: float) -> str:
    """A small time as drivers say it: seven hundredths, two tenths, a second, 1.3 seconds."""
    remark, hundredths, tenths = catalogue()["remark"], round(seconds * 100), round(seconds * 10)
    if hundredths == 0:
        return str(remark["hundredths_none"])
    if hundredths < 10:
        return str(remark["hundredths_one"] if hundredths == 1 else remark["hundredths_many"].format(n=_below_hundred(hundredths)))
    if tenths == 10:
        return str(remark["second_one"])
    if tenths > 10:
        return str(remark["seconds"].format(n=f"{seconds:.1f}"))
    return str(remark["tenths_one"] if tenths == 1 else remark["tenths_many"].format(n=_below_hundred(tenths)))


def aloud(text: str) -> str:
    """A text as it is read out: lap times (1:02.3, 48.3) in the words that drivers use; voices read the rest by themselves."""
    return LAP_TIME.sub(lambda found: spoken_time(60.0 * int(found[1] or 0) + float(found[2] or found[3])), text)


def spoken_time(lap_time_s: float) -> str:
    """A lap time to a tenth as it is said on a pit radio: one, twenty-three point four; one, oh two point three; fifty-nine point one."""
    number, tenths = catalogue()["number"], round(lap_time_s * 10)
    minutes, seconds = divmod(tenths // 10, 60)
    point = number["point"].format(tenth=_below_hundred(tenths % 10))
    if not minutes:
        return f"{_below_hundred(seconds)} {point}"
    after = (
        number["none"] if not seconds else number["single"].format(n=_below_hundred(seconds)) if seconds < 10 else _below_hundred(seconds)
    )
    return f"{_below_hundred(minutes)}, {after} {point}"


def _below_hundred(n: int) -> str:
    """A whole number in words."""
    number = catalogue()["number"]
    if n < len(number["small"]):
        return str(number["small"][n])
    tens, ones = divmod(n, 10)
    word = str(number["tens"][tens - 2])
    return str(number["both"].format(tens=word, ones=number["small"][ones])) if ones else word


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
