"""A recording as plain CSV: our channels, one row per tick, units in the header; missing values are empty cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log10
from pathlib import Path

import numpy as np

from coach.arrays import FloatArray
from coach.files import atomic_writer
from coach.telemetry.channels import BY_NAME, CHANNELS
from coach.telemetry.recording import Recording

_BLOCK = 4096  # rows formatted at a time, so that memory stays flat over hours


def write_csv(path: Path, recording: Recording, rows: slice = slice(None)) -> None:
    """Write all channels of these rows, each with the digits of its quantisation step. CannotWrite: the disk refuses."""
    names = [channel.name for channel in CHANNELS if recording.has(channel.name)]
    header = ",".join(f"{name} [{BY_NAME[name].unit}]" if BY_NAME[name].unit else name for name in names)
    columns = [recording.column(name)[rows] for name in names]
    with atomic_writer(path) as file:
        file.write(header.encode() + b"\r\n")
        for block in csv_rows(columns, [digits_of(name) for name in names]):
            file.write(block)


def digits_of(name: str) -> int:
    """Digits behind the point that a channel is worth: those of its step, none for whole numbers."""
    step = BY_NAME[name].step
    return max(0, round(-log10(step))) if step else 0


def csv_rows(columns: Sequence[FloatArray], digits: Sequence[int], *, quote: str = "") -> Iterator[bytes]:
    """Rows of CSV text in blocks; columns share one length, NaN is an empty cell."""
    pattern = ",".join(f"{quote}%.{count}f{quote}" for count in digits) + "\r\n"
    for start in range(0, len(columns[0]), _BLOCK):
        block = np.stack([column[start : start + _BLOCK] for column in columns], axis=1)
        block[~np.isfinite(block)] = np.nan
        text = "".join(pattern % tuple(row) for row in block.tolist())
        yield text.replace("nan", "").encode()  # numbers have no letters
