"""Records to columns: the one expensive step of reading every variable of a disk file.

All columns lie in one block of memory, because the system hands out one large block far faster than hundreds of small ones;
those of one type are the rows of one matrix in it. Records are copied a stretch at a time: one that stays in the processor's
cache while all its variables are picked out, so that a large file passes through memory once.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, pairwise
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt

from coach.telemetry.ibt_layout import ITEM_BYTES, Variable

_BLOCK_RECORDS = 256  # about 256 kB, which stay in the cache while they are picked apart: measured best of 16 ... 1024
_ALIGN = 64  # bytes of a cache line


def _signature(size: int) -> Any:
    """The types of `_gather` for words of `size` bytes. Words may start at any byte: an array whose stride is one byte."""
    word, count = nb.from_dtype(np.dtype(f"u{size}")), nb.uint64
    source = nb.types.Array(word, 1, "A", readonly=True, aligned=size == 1)
    return nb.void(source, count, count, count, nb.types.Array(count, 1, "C"), nb.types.Array(word, 2, "A"))


@nb.njit([_signature(size) for size in sorted(set(ITEM_BYTES))], cache=True)
def _gather(source: Any, begin: Any, end: Any, record_bytes: Any, offsets: Any, target: Any) -> None:  # pragma: no cover
    """target[w, i] = the word at byte offsets[w] of record i, for records begin <= i < end.

    Every index is unsigned: numba would otherwise test each for "counted from the end", which halves the speed.
    """
    for w in range(np.uint64(offsets.size)):
        at = offsets[w]
        row = target[w]
        for i in range(begin, end):
            row[i] = source[at + i * record_bytes]


@nb.njit([nb.uint64(nb.types.Array(nb.uint8, 1, "C", readonly=True), nb.uint64, nb.uint64)], cache=True)
def _fetch(raw: Any, begin: Any, end: Any) -> Any:  # pragma: no cover
    """Read one byte of each cache line in order, which memory serves twice as fast as the leaps of `_gather`; their sum."""
    total = np.uint64(0)
    while begin < end:
        total += np.uint64(raw[begin])
        begin += np.uint64(_ALIGN)
    return total


def copy_columns(records: npt.NDArray[np.void], variables: Iterable[Variable]) -> dict[str, npt.NDArray[Any]]:
    """Each variable as a contiguous aligned copy of shape (n_records,) or (n_records, n_items).

    `records` is the structured array of shape (n_records,) that the variables describe, contiguous.
    """
    wanted, n = list(variables), len(records)
    groups = _by_shape(wanted)
    ends = list(accumulate((_padded(n * group[0].nbytes) * len(group) for group in groups), initial=0))
    memory = np.empty(ends[-1], np.uint8)
    columns: dict[str, npt.NDArray[Any]] = dict.fromkeys((variable.name for variable in wanted), memory)  # for their order
    jobs = []
    for group, (start, end) in zip(groups, pairwise(ends), strict=True):
        first = group[0]
        rows = memory[start:end].reshape(len(group), -1)[:, : n * first.nbytes].view(first.dtype)
        if first.n_items > 1:
            columns[first.name] = rows.reshape(n, first.n_items)
            rows = columns[first.name].T
        else:
            columns.update(zip((variable.name for variable in group), rows, strict=True))
        jobs.append((group, rows))
    _fill(records, jobs)
    return columns


def copy_columns_plainly(records: npt.NDArray[np.void], variables: Iterable[Variable]) -> dict[str, npt.NDArray[Any]]:
    """The same in plain numpy, one variable after the other: what `copy_columns` is tested against."""
    return {variable.name: np.array(records[variable.name], order="C") for variable in variables}


def _by_shape(variables: list[Variable]) -> list[list[Variable]]:
    """Scalars of one type together, each array by itself."""
    scalars: dict[int, list[Variable]] = {}
    for variable in variables:
        if variable.n_items == 1:
            scalars.setdefault(variable.code, []).append(variable)
    return [*scalars.values(), *([variable] for variable in variables if variable.n_items > 1)]


def _fill(records: npt.NDArray[np.void], groups: list[tuple[list[Variable], npt.NDArray[Any]]]) -> None:
    """Copy the records into the groups' matrices of shape (n_words, n_records)."""
    raw, record_bytes = records.view(np.uint8), np.uint64(records.dtype.itemsize)
    jobs = []
    for group, rows in groups:
        size = ITEM_BYTES[group[0].code]
        offsets = np.array([variable.offset + item * size for variable in group for item in range(variable.n_items)], np.uint64)
        source: npt.NDArray[Any] = np.ndarray((max(raw.size - size + 1, 0),), f"u{size}", raw.data, strides=(1,))
        jobs.append((source, offsets, rows.view(f"u{size}")))
    for first in range(0, len(records), _BLOCK_RECORDS):
        begin, end = np.uint64(first), np.uint64(min(first + _BLOCK_RECORDS, len(records)))
        _fetch(raw, begin * record_bytes, end * record_bytes)
        for source, offsets, rows in jobs:
            _gather(source, begin, end, record_bytes, offsets, rows)


def _padded(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN
