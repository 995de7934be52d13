"""A mark: a measured figure with its interval beside the threshold it must meet. Tables and documents of marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from coach.arrays import FloatArray
from coach.exam.statistics import cluster_bootstrap, mean, wilson

NAN = float(np.nan)


class Status(StrEnum):
    """What a mark says."""

    PASS = "PASS"  # noqa: S105 - the word of a school report
    FAIL = "FAIL"
    REPORTED = "-"  # stands beside the marks, has no threshold
    EMPTY = "no case"
    LATER = "later"  # its place in the table; filled by later work


class Unit(StrEnum):
    """How a value is shown. Values themselves are fractions, seconds or plain figures."""

    SHARE = "share"
    LAP_SHARE = "lap share"  # of a lap time, where hundredths of a percent count
    TIME = "s"
    PER_TEN = "per 10 laps"
    RATIO = "ratio"


# Factor, digits and sign of what is shown.
SHOWN = {
    Unit.SHARE: (100.0, 1, "%"),
    Unit.LAP_SHARE: (100.0, 2, "%"),
    Unit.TIME: (1000.0, 1, "ms"),
    Unit.PER_TEN: (1.0, 2, "/10 laps"),
    Unit.RATIO: (1.0, 2, "x"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the table. `threshold` NaN: reported without one. `at_least`: the value must reach it; else it must not exceed it."""

    part: str
    name: str
    value: float
    interval: tuple[float, float]
    n: int
    unit: Unit
    threshold: float = NAN
    at_least: bool = True
    later: bool = False

    @property
    def status(self) -> Status:
        """By the value itself; the interval says how sure that is."""
        if self.later:
            return Status.LATER
        if self.n == 0 or not np.isfinite(self.value):
            return Status.EMPTY
        if not np.isfinite(self.threshold):
            return Status.REPORTED
        met = self.value >= self.threshold if self.at_least else self.value <= self.threshold
        return Status.PASS if met else Status.FAIL


def share_mark(part: str, name: str, right: Sequence[bool], at_least: float = NAN) -> Mark:
    """Share of right answers with Wilson's interval."""
    n, good = len(right), sum(right)
    return Mark(part, name, good / n if n else NAN, wilson(good, n), n, Unit.SHARE, at_least)


def value_mark(
    part: str,
    name: str,
    values: Sequence[float],
    clusters: Sequence[str],
    unit: Unit,
    statistic: Callable[[FloatArray], float] = mean,
    at_most: float = NAN,
) -> Mark:
    """A statistic of values with its cluster-bootstrap interval."""
    if not values:
        return Mark(part, name, NAN, (NAN, NAN), 0, unit, at_most, at_least=False)
    interval = cluster_bootstrap(values, clusters, statistic)
    return Mark(part, name, statistic(np.asarray(values, dtype=np.float64)), interval, len(values), unit, at_most, at_least=False)


def later_mark(part: str, name: str) -> Mark:
    """A place in the table for later work."""
    return Mark(part, name, NAN, (NAN, NAN), 0, Unit.SHARE, later=True)


@dataclass(frozen=True, slots=True)
class Section:
    """Marks that belong together: from one simulator, in one table."""

    title: str
    marks: tuple[Mark, ...]

    def __getitem__(self, name: str) -> Mark:
        """The mark by its name."""
        return next(mark for mark in self.marks if mark.name == name)


def passed(sections: Sequence[Section]) -> bool:
    """Whether every mark with a threshold passes; one without cases does not."""
    return all(mark.status is Status.PASS for section in sections for mark in section.marks if np.isfinite(mark.threshold))


def row_of(mark: Mark) -> tuple[str, str, str, str, str, str, str]:
    """Part, name, value, interval, cases, threshold, status: as shown."""
    sign = ">=" if mark.at_least else "<="
    wanted = f"{sign} {_shown(mark.threshold, mark.unit)}" if np.isfinite(mark.threshold) else ""
    low, high = mark.interval
    interval = f"{_figure(low, mark.unit)} .. {_figure(high, mark.unit)}" if mark.n and np.isfinite(low) and np.isfinite(high) else ""
    value = _shown(mark.value, mark.unit) if mark.n else ""
    return mark.part, mark.name, value, interval, str(mark.n) if mark.n else "", wanted, mark.status.value


def _figure(value: float, unit: Unit) -> str:
    factor, digits, _ = SHOWN[unit]
    return f"{factor * value:.{digits}f}" if np.isfinite(value) else ""


def _shown(value: float, unit: Unit) -> str:
    return f"{_figure(value, unit)} {SHOWN[unit][2]}" if np.isfinite(value) else ""


HEADER = ("part", "mark", "value", "95 % interval", "n", "wanted", "result")


def table_text(sections: Sequence[Section]) -> str:
    """The table for a terminal."""
    rows = [row_of(mark) for section in sections for mark in section.marks]
    widths = [max(len(row[i]) for row in [HEADER, *rows]) for i in range(len(HEADER))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(text.ljust(width) if i < 2 else text.rjust(width) for i, (text, width) in enumerate(zip(row, widths, strict=True)))

    parts = [f"{section.title}\n{line(HEADER)}\n" + "\n".join(line(row_of(mark)) for mark in section.marks) for section in sections]
    return "\n\n".join(parts)


def table_markdown(sections: Sequence[Section]) -> str:
    """The same as Markdown."""
    head = f"| {' | '.join(HEADER)} |\n|---|---|---:|---:|---:|---:|---|"
    parts = [
        f"### {section.title}\n\n{head}\n" + "\n".join(f"| {' | '.join(row_of(mark))} |" for mark in section.marks) for section in sections
    ]
    return "\n\n".join(parts) + "\n"


def marks_document(sections: Sequence[Section]) -> list[Mapping[str, Any]]:
    """The sections for JSON; shares 0..1, times in s."""
    return [{"title": section.title, "marks": [_mark(mark) for mark in section.marks]} for section in sections]


def _mark(mark: Mark) -> Mapping[str, Any]:
    return {
        "part": mark.part,
        "name": mark.name,
        "value": mark.value,
        "interval": list(mark.interval),
        "n": mark.n,
        "unit": mark.unit.value,
        "threshold": mark.threshold,
        "at_least": mark.at_least,
        "result": {Status.REPORTED: "reported"}.get(mark.status, mark.status.value),
    }
