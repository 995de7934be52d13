"""Faults, conditions and troubles as a person writes them: `brake_early@T3:12m@L4`, `fuel=40l`, `tow@L5:T3:20s`.

What is not known is refused with what there is. A fault without a lap acts on every timed lap but the first two, so that the
same file holds clean laps to compare with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, radians

from coach.compare.cause import NOT_THE_DRIVER, Cause
from coach.errors import BadInput
from coach.sim.circuit import Circuit
from coach.sim.plan import FAULT_KINDS, Conditions, Event, Fault, Trouble

CLEAN_LAPS = 2  # left without faults at the start of a drive, unless a fault names its laps
_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([^\d\s.+-]*)")
_UNIT_WORDS = {"gear": "gears", "g": "gears", "": ""}


@dataclass(frozen=True, slots=True)
class FaultOrder:
    """One `--fault`: what, where, how much, and the laps on which it is made. Size in the cause's unit (`FAULT_KINDS`)."""

    text: str
    cause: Cause
    corner: int
    size: float
    laps: tuple[int, ...]

    @property
    def unit(self) -> str:
        """Of `size`."""
        return FAULT_KINDS[self.cause].unit

    def on_laps(self) -> tuple[Fault, ...]:
        """The mistakes of single laps."""
        return tuple(Fault(self.cause, self.corner, self.size, lap) for lap in self.laps)


@dataclass(frozen=True, slots=True)
class ConditionKind:
    """How a condition is written: the field of `Conditions`, its unit, what one unit is in that field, its limits as written."""

    field: str
    unit: str
    scale: float
    least: float
    most: float
    meaning: str
    cause: Cause | None = None  # what the engine calls the time it costs


CONDITION_KINDS: Mapping[str, ConditionKind] = {
    "fuel": ConditionKind("fuel_l", "l", 1.0, 1.0, 200.0, "fuel at the start (usual: half a tank)", Cause.POWER),
    "drag": ConditionKind(
        "drag_frac", "%", 0.01, 30.0, 150.0, "air drag, of the usual; less than 100 % in another car's draft", Cause.POWER
    ),
    "power": ConditionKind("power_frac", "%", 0.01, 30.0, 150.0, "engine power, of the usual", Cause.POWER),
    "grip": ConditionKind("grip_frac", "%", 0.01, 30.0, 120.0, "grip everywhere, of the usual", Cause.GRIP),
    "track_temp": ConditionKind("track_temp_c", "C", 1.0, -10.0, 70.0, "track temperature (usual: 30)", Cause.GRIP),
    "air_temp": ConditionKind("air_temp_c", "C", 1.0, -20.0, 50.0, "air temperature (usual: 22)", Cause.POWER),
    "wetness": ConditionKind("wetness", "%", 0.01, 0.0, 100.0, "0 dry, 100 standing water", Cause.GRIP),
    "wind": ConditionKind("wind_speed_mps", "m/s", 1.0, 0.0, 30.0, "wind speed", Cause.POWER),
    "wind_dir": ConditionKind("wind_dir_rad", "deg", radians(1.0), 0.0, 360.0, "where the wind comes from, clockwise from north"),
}

TROUBLE_SIZES: Mapping[Trouble, tuple[str, float, str]] = {  # unit, usual size, meaning
    Trouble.TRAFFIC: ("m", 200.0, "held up by a slower car for this length"),
    Trouble.YELLOW: ("m", 400.0, "yellow flag for this length"),
    Trouble.SPIN: ("", 0.0, "the rear is kicked out"),
    Trouble.CONTACT: ("m/s", 1.5, "pushed sideways by another car"),
    Trouble.TOW: ("s", 20.0, "towed to the pit stall, which takes this long"),
    Trouble.PIT_STOP: ("s", 8.0, "through the pit lane at the end of the lap, standing this long"),
    Trouble.RESET: ("", 0.0, "back in the stall at once"),
    Trouble.DROPPED_TICKS: ("ticks", 2.0, "the recording misses this many samples"),
}

NOT_DRIVEN = frozenset({Trouble.TOW, Trouble.PIT_STOP, Trouble.RESET})  # planned; `drive` does not act on them, so they are refused


def parse_fault(text: str, circuit: Circuit, laps: int) -> FaultOrder:
    """`CAUSE@Tn[:SIZE][@Ln|@Ln-m|@all]` for a drive of timed laps 1..laps. BadInput says what is wrong and lists what exists."""
    head, *rest = text.split("@")
    cause = _cause(head.strip(), text)
    if not 1 <= len(rest) <= 2:
        raise BadInput(f"--fault {text}: write {head.strip()}@T3:{_typical(cause)}, with @L4 behind it for one lap.")
    place, _, size = rest[0].partition(":")
    kind = FAULT_KINDS[cause]
    amount = kind.typical if not size else _quantity(size, kind.unit, f"--fault {text}")
    if not amount > 0.0:
        raise BadInput(f"--fault {text}: the size must be above 0 {kind.unit}; the cause says in which direction.")
    chosen = _laps(rest[1] if len(rest) == 2 else "", laps, f"--fault {text}")
    return FaultOrder(text, cause, _corner(place, circuit, f"--fault {text}"), amount, chosen)


def parse_faults(texts: Iterable[str], circuit: Circuit, laps: int) -> tuple[FaultOrder, ...]:
    """Several; the same mistake at one corner on one lap cannot be made twice."""
    orders = tuple(parse_fault(text, circuit, laps) for text in texts)
    seen: dict[tuple[Cause, int, int], str] = {}
    for order in orders:
        for lap in order.laps:
            other = seen.setdefault((order.cause, order.corner, lap), order.text)
            if other is not order.text:
                raise BadInput(f"--fault {order.text} and --fault {other} are the same mistake on lap {lap}: give it once.")
    return orders


def parse_conditions(texts: Iterable[str]) -> Conditions:
    """`NAME=VALUE` each, as `CONDITION_KINDS` lists them."""
    conditions = Conditions()
    for text in texts:
        name, equals, value = text.partition("=")
        kind = CONDITION_KINDS.get(name.strip())
        if kind is None or not equals:
            raise BadInput(f"--condition {text}: there is no such condition; there are: {condition_list()}.")
        amount = _quantity(value, kind.unit, f"--condition {text}")
        if not kind.least <= amount <= kind.most:
            raise BadInput(f"--condition {text}: expected {kind.least:g} to {kind.most:g} {kind.unit}.")
        conditions = replace(conditions, **{kind.field: amount * kind.scale})
    return conditions


def parse_event(text: str, circuit: Circuit, laps: int) -> Event:
    """`TROUBLE@Ln:PLACE[:SIZE]`; PLACE is a corner (T3: where it starts) or a station (1200m)."""
    head, _, rest = text.partition("@")
    parts = [part.strip() for part in rest.split(":")]
    if head.strip() not in set(Trouble) - NOT_DRIVEN:
        raise BadInput(f"--event {text}: there is no {head.strip()!r}; there are: {', '.join(trouble_kinds())}.")
    kind = Trouble(head.strip())
    if not 2 <= len(parts) <= 3:
        raise BadInput(
            f"--event {text}: write {kind}@L5:T3, or {kind}@L5:1200m, with :{trouble_size(kind) or 'SIZE'} behind it if it has a size."
        )
    lap = _laps(parts[0], laps, f"--event {text}")
    if len(lap) != 1:
        raise BadInput(f"--event {text}: an event happens on one lap, as in {kind}@L5:T3.")
    unit, usual, _ = TROUBLE_SIZES[kind]
    if len(parts) == 3 and not unit:
        raise BadInput(f"--event {text}: {kind} has no size.")
    size = _quantity(parts[2], unit, f"--event {text}") if len(parts) == 3 else usual
    return Event(kind, lap[0], _station(parts[1], circuit, f"--event {text}"), size)


def condition_list() -> str:
    """All conditions with their units, on one line."""
    return ", ".join(f"{name} ({kind.unit})" for name, kind in CONDITION_KINDS.items())


def cause_list() -> str:
    """All causes that can be injected with their units, on one line."""
    return ", ".join(f"{cause} ({kind.unit})" for cause, kind in FAULT_KINDS.items())


def trouble_kinds() -> tuple[Trouble, ...]:
    """The troubles that can be asked for."""
    return tuple(kind for kind in Trouble if kind not in NOT_DRIVEN)


def trouble_size(kind: Trouble) -> str:
    """The usual size of a trouble with its unit; empty when it has none."""
    unit, usual, _ = TROUBLE_SIZES[kind]
    return f"{usual:g}{unit}" if unit else ""


def changed_conditions(conditions: Conditions) -> tuple[str, ...]:
    """Names of the conditions that are not as usual."""
    usual = Conditions()
    return tuple(name for name, kind in CONDITION_KINDS.items() if getattr(conditions, kind.field) != getattr(usual, kind.field))


def _cause(word: str, text: str) -> Cause:
    if word in set(Cause) and Cause(word) in FAULT_KINDS:
        return Cause(word)
    if word in set(NOT_THE_DRIVER) and word != Cause.UNEXPLAINED:
        raise BadInput(f"--fault {text}: {word} is nobody's mistake; use --condition with one of: {condition_list()}.")
    raise BadInput(f"--fault {text}: there is no cause {word!r} to inject; there are: {cause_list()}.")


def _typical(cause: Cause) -> str:
    return f"{FAULT_KINDS[cause].typical:g}{FAULT_KINDS[cause].unit}"


def _corner(word: str, circuit: Circuit, where: str) -> int:
    digits = word.strip().removeprefix("T").removeprefix("t")
    numbers = [corner.number for corner in circuit.corners]
    if not digits.isdecimal() or int(digits) not in numbers:
        listed = ", ".join(f"T{corner.number} {corner.name}" for corner in circuit.corners)
        raise BadInput(f"{where}: {circuit.name} has no corner {word.strip()!r}; it has: {listed}.")
    return int(digits)


def _station(word: str, circuit: Circuit, where: str) -> float:
    if word[:1] in {"T", "t"}:
        number = _corner(word, circuit, where)
        return next(corner.start_m for corner in circuit.corners if corner.number == number)
    station = _quantity(word, "m", where)
    if not 0.0 <= station < circuit.length_m:
        raise BadInput(f"{where}: a lap of {circuit.name} goes from 0 to {circuit.length_m:.0f} m.")
    return station


def _quantity(word: str, unit: str, where: str) -> float:
    """The number of a quantity whose unit is the one expected, or left out."""
    match = _QUANTITY.fullmatch(word.strip())
    written = _UNIT_WORDS.get(match[2], match[2]) if match else ""
    if match is None or written not in {"", unit} or not isfinite(float(match[1])):
        raise BadInput(f"{where}: {word.strip()!r} is no size in {unit or 'numbers'}.")
    return float(match[1])


def _laps(word: str, laps: int, where: str) -> tuple[int, ...]:
    """The laps meant: none named are all but the first CLEAN_LAPS."""
    text = word.strip()
    if not text:
        if laps <= CLEAN_LAPS:
            raise BadInput(
                f"{where}: the first {CLEAN_LAPS} laps stay clean; ask for --laps {CLEAN_LAPS + 1} or more, or name laps: @L1, @all."
            )
        return tuple(range(CLEAN_LAPS + 1, laps + 1))
    if text == "all":
        return tuple(range(1, laps + 1))
    chosen = _span(text)
    if not chosen or chosen[0] < 1 or chosen[-1] > laps:
        raise BadInput(f"{where}: {text!r} is no lap of this drive; write L1 to L{laps}, a span as in L3-{max(laps, 4)}, or all.")
    return tuple(chosen)


def _span(text: str) -> Sequence[int]:
    match = re.fullmatch(r"[Ll](\d{1,6})(?:-[Ll]?(\d{1,6}))?", text)
    return range(int(match[1]), int(match[2] or match[1]) + 1) if match else range(0)
