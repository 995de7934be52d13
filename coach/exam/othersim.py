"""Laps with known mistakes of another simulator, where its folder is there: a coach that is right only in our own world is not right.

A set is a folder with a manifest; its numpy archives are read as recordings. Nothing here knows the names of sets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.choose import Choice
from coach.compare.compare import compare_each, compare_lap, together
from coach.compare.comparison import ReferenceKind
from coach.compare.study import Drive, open_drive, prepare
from coach.errors import UnreadableFile
from coach.exam.answers import OTHERSIM_ANSWERS
from coach.exam.judge_causes import KnownMistake, judge_at, judge_lap
from coach.exam.papers import CauseAnswer, Form, Paper
from coach.telemetry.recording import Recording, SessionInfo, recording_from_columns

STEERING_RATIO = 13.0  # hand wheel over road wheel, as the set's README states
TICK_HZ = 60.0
G_MPS2 = 9.80665
COPIED = {  # the archive's own names for channels that need no conversion; axes and signs are ours (README)
    "lap_dist_m": "lap_dist", "velocity_x_mps": "vx", "velocity_y_mps": "vy", "yaw_rate_radps": "yaw_rate",
    "pitch_rad": "pitch", "roll_rad": "roll", "lat_accel_mps2": "ay", "long_accel_mps2": "ax", "gear": "gear", "rpm": "rpm",
    "fuel_l": "fuel", "lap_number": "lap", "throttle_raw_frac": "throttle", "brake_raw_frac": "brake", "brake_frac": "brake",
}  # fmt: skip


def set_folders(folder: Path) -> tuple[Path, ...]:
    """The sets that are there; none when the folder is not."""
    return tuple(sorted(path.parent for path in folder.glob("*/manifest.json")))


def examine_set(folder: Path) -> Paper:
    """All single mistakes of a set over one lap, and its habits over seven. UnreadableFile: a set that is not whole."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return Paper(answers=(*_singles(folder, manifest), *_habits(folder, manifest)))
    except (OSError, KeyError, ValueError) as error:
        raise UnreadableFile(f"{folder} is no whole set of laps with known mistakes ({error!r}): leave it out with --othersim.") from error


def _singles(folder: Path, manifest: Mapping[str, Any]) -> list[CauseAnswer]:
    session = manifest["session_one_each"]
    drive = _drive(folder / session["file"])
    study = prepare([drive])
    laps = {lap.number: study.lap(drive, lap) for lap in drive.timed}
    scatter = study.scatter([laps[number] for number in session["clean_laps"] if number in laps])
    reference = laps[session["most_typical_clean_lap"]]
    return [
        judge_lap(
            f"othersim {folder.name}",
            _mistake(manifest, one, Form.SINGLE, one["lap"], one["loss_lap"]),
            compare_lap(study, laps[one["lap"]], [reference], ReferenceKind.OWN, scatter),
        )
        for one in session["mistakes"]
        if one["lap"] in laps
    ]


def _habits(folder: Path, manifest: Mapping[str, Any]) -> list[CauseAnswer]:
    """Habits over all laps of a noisy driver against the fastest lap of the baseline run: an external reference."""
    answers = []
    for human in manifest["human"]:
        if human["habits"]:
            drive, base = _drive(folder / human["file"]), _drive(folder / "base.npz")
            study = prepare([drive, base])
            fast = min(base.timed, key=lambda lap: lap.lap_time_s)
            choice = Choice(
                tuple(study.lap(drive, lap) for lap in drive.timed), (study.lap(base, fast),), ReferenceKind.EXTERNAL, "the baseline run"
            )
            said = together(compare_each(study, choice))
            for habit in human["habits"]:
                mistake = _mistake(manifest, habit, Form.SEVEN, 0, habit["isolated"]["loss_lap"])
                answers.append(judge_at(f"othersim {folder.name} {Path(human['file']).stem}", mistake, said))
    return answers


def _mistake(manifest: Mapping[str, Any], one: Mapping[str, Any], form: Form, lap: int, loss_s: float) -> KnownMistake:
    """The corner is the manifest's sector: from before its braking point to the same place of the next corner."""
    corner = manifest["corners"][one["corner_index"]]
    start, end = corner["sector_start"], corner["sector_end"]
    size = next((float(value) for value in one["params"].values() if isinstance(value, int | float)), np.nan)
    end = end if end > start else end + manifest["length"]
    return KnownMistake(form, one["kind"], one["corner"], size, lap, start, end, end, loss_s, OTHERSIM_ANSWERS[one["kind"]])


def _drive(path: Path) -> Drive:
    return open_drive(read_archive(path))


def read_archive(path: Path) -> Recording:
    """An archive as a recording with the live channels and, as on disk, the wheel speeds."""
    with np.load(path, allow_pickle=False) as archive:
        meta = json.loads(str(archive["meta"]))
        raw = {name: np.asarray(archive[name], dtype=np.float64) for name in archive.files if name != "meta"}
    length_m = float(meta["track_length"])
    session = SessionInfo(
        source="othersim",
        simulator="torcs",
        car_id=meta["car"],
        track_id=meta["track"],
        track_length_stated_m=length_m,
        tick_rate_hz=TICK_HZ,
        simulated=True,
    )
    return recording_from_columns(path, session, _columns(raw, length_m))


def _columns(raw: Mapping[str, FloatArray], length_m: float) -> dict[str, FloatArray]:
    n = len(raw["lap_dist"])
    columns = {ours: raw[theirs] for ours, theirs in COPIED.items()}
    columns |= {
        f"wheel_speed_{ours}_mps": raw[f"wheel_speed_{theirs}"] for ours, theirs in zip(WHEELS, ("fl", "fr", "rl", "rr"), strict=True)
    }
    vertical = raw["vz"] if "vz" in raw else np.gradient(raw["Z"]) * TICK_HZ
    return columns | {
        "session_time_s": np.arange(n) / TICK_HZ,
        "lap_dist_frac": raw["lap_dist"] / length_m,
        "speed_mps": np.sqrt(raw["vx"] ** 2 + raw["vy"] ** 2 + vertical**2),
        "velocity_z_mps": vertical,
        "yaw_rad": (raw["yaw"] + np.pi) % (2.0 * np.pi) - np.pi,
        "vert_accel_mps2": G_MPS2 + raw.get("az", np.zeros(n)),
        "steer_rad": STEERING_RATIO * raw["steer_road"],
        "throttle_frac": np.clip(raw.get("throttle_engine", raw["throttle"]), 0.0, 1.0),
        "clutch_frac": 1.0 - raw["clutch"],
        "track_surface": np.where(_off_track(raw), 0.0, 3.0),
        "on_pit_road": np.zeros(n),
    }


WHEELS = ("lf", "rf", "lr", "rr")


def _off_track(raw: Mapping[str, FloatArray]) -> BoolArray:
    """The car's centre beyond the edge of the road, or all four wheels on the run-off (zones 2 and 3), as the set's own writer has it."""
    beyond: Sequence[BoolArray] = [np.isin(raw[f"surf_zone_{wheel}"], (2.0, 3.0)) for wheel in ("fl", "fr", "rl", "rr")]
    return np.asarray((np.abs(raw["to_middle"]) > raw["track_width"] / 2.0) | (np.sum(beyond, axis=0) >= 4))
