"""The laps with known mistakes of another simulator (see its README): which exist, and what is known about them.

Every folder with a manifest under the othersim folder is a set, so further sets of the same kind are judged without a change here.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.recordings import OTHERSIM

SINGLE_FILE = "session_one_each.npz"  # one mistake per lap, clean laps between, no noise
BASE_FILE = "base.npz"  # two clean laps: the external reference


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of known kind and place. Stations in metres; `loss_s` on the whole lap, against the clean laps."""

    set_name: str
    file: str
    lap: int
    kind: str
    corner: str
    start_m: float
    apex_m: float
    loss_s: float
    sector_start_m: float  # the manifest's sector of the corner: from before its braking point to the same place of the next
    sector_end_m: float


def set_names() -> tuple[str, ...]:
    """Names of the sets that are there."""
    return tuple(sorted(path.parent.name for path in OTHERSIM.glob("*/manifest.json")))


@cache
def manifest(set_name: str) -> dict[str, Any]:
    """What is known about a set."""
    loaded: dict[str, Any] = json.loads((OTHERSIM / set_name / "manifest.json").read_text())
    return loaded


def single_mistakes(set_name: str) -> tuple[Mistake, ...]:
    """The laps of the one-mistake session."""
    return tuple(
        Mistake(
            set_name,
            SINGLE_FILE,
            one["lap"],
            one["kind"],
            one["corner"],
            one["s_start"],
            one["s_apex"],
            one["loss_lap"],
            *_sector(set_name, one),
        )
        for one in manifest(set_name)["session_one_each"]["mistakes"]
    )


def typical_clean_lap(set_name: str) -> int:
    """Number of the clean lap of the one-mistake session that is nearest to their mean."""
    return int(manifest(set_name)["session_one_each"]["most_typical_clean_lap"])


def clean_laps(set_name: str) -> tuple[int, ...]:
    """Numbers of the clean laps of the one-mistake session."""
    return tuple(manifest(set_name)["session_one_each"]["clean_laps"])


def habits(set_name: str) -> tuple[Mistake, ...]:
    """Habits of the noisy drivers; `lap` is 0: they are on most of the file's laps. Loss as of the habit alone, without noise."""
    return tuple(
        Mistake(
            set_name,
            one["file"],
            0,
            habit["kind"],
            habit["corner"],
            habit["isolated"]["s_start"],
            habit["isolated"]["s_apex"],
            habit["isolated"]["loss_lap"],
            *_sector(set_name, habit),
        )
        for one in manifest(set_name)["human"]
        for habit in one["habits"]
    )


def _sector(set_name: str, one: dict[str, Any]) -> tuple[float, float]:
    """Start and end of the sector; an end beyond the line counts on from the track's length."""
    known = manifest(set_name)
    corner = known["corners"][one["corner_index"]]
    start, end = corner["sector_start"], corner["sector_end"]
    return start, end if end > start else end + known["length"]


def habit_files(set_name: str) -> tuple[str, ...]:
    """Files of drivers with habits."""
    return tuple(one["file"] for one in manifest(set_name)["human"] if one["habits"])


@cache
def _to_ibt() -> ModuleType:
    spec = importlib.util.spec_from_file_location("othersim_to_ibt", OTHERSIM / "to_ibt.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="othersim"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def ibt_path(set_name: str, file: str) -> Path:
    """The file in iRacing's format, written once per test session into a temporary folder."""
    path = _folder() / f"{set_name}_{Path(file).stem}.ibt"
    data, meta = _to_ibt().load(str(OTHERSIM / set_name / file))
    _to_ibt().write(str(path), data, meta)
    return path
