"""Small disk files for tests: every kind of variable, written by the project's own writer."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from coach.telemetry.ibt_layout import VarType
from coach.telemetry.ibt_writer import IbtColumn, write_ibt

SESSION = """---
WeekendInfo:
 TrackName: tsukuba 1kouter
 TrackLength: 0.68 km
 BuildVersion: 2025.01.08.01

SessionInfo:
 Sessions:
 - SessionNum: 0
   SessionType: Practice
 - SessionNum: 1
   SessionType: Race

DriverInfo:
 DriverCarIdx: 3
 DriverUserID: 77
 Drivers:
 - CarIdx: 0
   UserName: Somebody Else
   UserID: 12
   CarPath: other
 - CarIdx: 3
   UserName: The Player
   UserID: 77
   CarPath: formulavee
   CarScreenName: Formula Vee

...
"""
NUM_VARS_AT, VARIABLES_AT, NUM_BUF_AT, BUF_LEN_AT, DATA_AT, COUNT_AT = 24, 28, 32, 36, 52, 140


def columns(n: int = 50, *, rate_hz: float = 60.0, seed: int = 0) -> dict[str, IbtColumn]:
    """Odd sizes first, so that nothing after them is aligned."""
    rng = np.random.default_rng(seed)
    return {
        "OnPitRoad": IbtColumn(VarType.BOOL, rng.random(n) < 0.5, "", "a flag"),
        "SessionTime": IbtColumn(VarType.DOUBLE, 100 + np.arange(n) / rate_hz, "s", "Seconds since session start"),
        "Letter": IbtColumn(VarType.CHAR, np.array([b"a", b"\0"], "S1")[rng.integers(0, 2, n)], "", "a character"),
        "Gear": IbtColumn(VarType.INT, rng.integers(-1, 7, n), "", "a number"),
        "SessionFlags": IbtColumn(VarType.BITS, rng.integers(0, 1 << 32, n), "irsdk_Flags", "a bit field"),
        "Throttle": IbtColumn(VarType.FLOAT, rng.uniform(-1e-7, 1 + 1e-6, n), "%", "a pedal that strays"),
        "Speed": IbtColumn(VarType.FLOAT, rng.uniform(0, 60, n), "m/s", "a speed"),
        "LatAccel_ST": IbtColumn(VarType.FLOAT, rng.normal(size=(n, 6)), "m/s^2", "six samples a tick", as_time=True),
        "SessionNum": IbtColumn(VarType.INT, np.ones(n, int), "", "which session"),
        "Marks": IbtColumn(VarType.BOOL, rng.random((n, 3)) < 0.5, "", "an array of flags"),
    }


def write(path: Path, n: int = 50, session: str = SESSION, **kwargs: float) -> Path:
    """A valid file of `n` records."""
    write_ibt(path, columns(n, **kwargs), session)
    return path


def patched(path: Path, at: int, *numbers: int) -> Path:
    """The same file with int32 written over from byte `at`."""
    data = bytearray(path.read_bytes())
    struct.pack_into(f"<{len(numbers)}i", data, at, *numbers)
    path.write_bytes(data)
    return path
