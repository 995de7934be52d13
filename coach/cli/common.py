"""What several sub-commands share: opening files, finding laps, printing JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coach.errors import BadInput
from coach.laps.lap import Lap

SCHEMA = 1  # of every --json output; docs/cli.md says what changes it


def split_reference(text: str) -> tuple[Path, int | None]:
    """`FILE` or `FILE#N` as path and lap number. A file whose name really ends in #N wins over the short form."""
    path, mark, number = text.rpartition("#")
    if not mark or Path(text).exists():
        return Path(text), None
    if not number.lstrip("-").isdigit():
        raise BadInput(f"--reference {text}: after # a lap number is expected, as in {path}#5.")
    return Path(path), int(number)


def check_seed(seed: int) -> None:
    """BadInput for what no generator of random numbers takes."""
    if seed < 0:
        raise BadInput(f"--seed {seed}: a seed is 0 or more.")


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document on stdout; NaN and infinity become null, because JSON has neither."""
    print(json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:
    """The value in JSON's own types, floats rounded to 0.1 mm / 0.1 ms, NaN as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def counts(lap: Lap) -> str:
    """Whether a lap counts, in words."""
    return "clean" if lap.clean else ", ".join(reason.value for reason in lap.reasons) or lap.kind.value
