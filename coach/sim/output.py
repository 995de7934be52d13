"""A drive as files: a disk file as iRacing writes it (.ibt), or lap files. Every one of them is marked as simulated.

The mark is `simulated` in the session of a lap file, and the section `RacingCoach: Simulated: 1` in the session text of a disk
file or live image; the ids of car and track are none of iRacing's either, so that no program takes the laps for driven ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.arrays import FloatArray
from coach.errors import BadInput
from coach.files import make_folder
from coach.laps.crossings import find_laps
from coach.laps.lap import LapKind
from coach.laps.lap_files import save_lap
from coach.sim.car import Car
from coach.sim.circuit import Circuit
from coach.sim.session_text import LapTimes, session_text
from coach.telemetry.channels import BY_NAME, Channel, Where
from coach.telemetry.ibt_writer import column_of, write_ibt
from coach.telemetry.lap_file import Provenance
from coach.telemetry.recording import Recording, SessionInfo, recording_from_columns
from coach.version import VERSION

START_DATE = 1_735_689_600  # 2025-01-01 in Unix time: a date from the clock would make every file another one
SECTORS_FRAC = (0.0, 1.0 / 3.0, 2.0 / 3.0)
LICENCE = "simulated, no rights claimed"


@dataclass(frozen=True, slots=True)
class Made:
    """A drive ready to be written: the recording as a file shows it, and what its session text needs beside."""

    recording: Recording  # without live-only channels
    circuit: Circuit
    lap_times_s: LapTimes  # (lap, time) of the timed laps, in order

    def begins_as(self, other: Made, rows: int) -> bool:
        """The same way in the same time over the first rows."""
        columns = (one.recording.column for one in (self, other))
        mine, theirs = ([column(name)[:rows] for name in ("session_time_s", "lap_dist_m")] for column in columns)
        return all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))

    def text(self, laps_done: int | None = None) -> str:
        """Session text when that many timed laps are official; None: at the end."""
        done = self.lap_times_s if laps_done is None else self.lap_times_s[:laps_done]
        place = self.circuit
        return session_text(
            self.recording.session,
            done,
            turns=len(place.corners),
            latitude_deg=place.latitude_deg,
            longitude_deg=place.longitude_deg,
        )


def made_from(columns: Mapping[str, FloatArray], lap_times_s: LapTimes, circuit: Circuit, car: Car, driver: str) -> Made:
    """The columns of a drive as a recording that says it is simulated."""
    on_disk = {name: column for name, column in columns.items() if BY_NAME[name].where is not Where.LIVE}
    session = SessionInfo(
        source="ibt",
        simulator="racing-coach",
        simulator_build=f"racing-coach {VERSION}",
        car_id=f"racing-coach {car.id}",
        car_name=car.name.replace("(approximation)", "(simulated approximation)"),
        track_id=f"{circuit.id} {mark_of(circuit)}",
        track_name=circuit.name,
        track_length_stated_m=round(circuit.length_m, -1),
        session_type="Offline Testing",
        sector_starts_frac=SECTORS_FRAC,
        redline_rpm=car.redline_rpm,
        fuel_max_l=car.fuel_max_l,
        gear_count=len(car.params.gears),
        track_north_rad=circuit.north_rad,
        player_name=f"Simulated {driver}",
        simulated=True,
    )
    return Made(recording_from_columns(Path(f"{circuit.id}-{car.id}-{driver}"), session, on_disk), circuit, lap_times_s)


def mark_of(circuit: Circuit) -> str:
    """What the circuit's name says of itself: (approximation) or (generated)."""
    return "(generated)" if "(generated)" in circuit.name else "(approximation)"


def check_out(path: Path) -> None:
    """BadInput when the name of an output is none that can be written: before an hour of driving, not after it."""
    if path.suffix.lower() not in {"", ".ibt", ".parquet"} and not path.is_dir():
        raise BadInput(f"--out {path}: name an .ibt file, a .parquet file or a folder for lap files.")
    if path.suffix.lower() in {".ibt", ".parquet"} and path.is_dir():
        raise BadInput(f"--out {path} is a folder: name a file inside it.")
    folder = path.parent if path.suffix.lower() in {".ibt", ".parquet"} else path
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"--out {path}: {folder} is a file, not a folder.")


def write_drive(path: Path, made: Made) -> list[Path]:
    """Write the drive as the name asks: one disk file, or one lap file per timed lap. Returns what was written.

    `NAME.parquet` gives NAME-lap1.parquet and so on beside it; a folder gets the files named by circuit, car and driver.
    """
    if path.suffix.lower() == ".ibt":
        write_disk_file(path, made)
        return [path]
    folder, stem = (path.parent, path.stem) if path.suffix.lower() == ".parquet" else (path, made.recording.path.name)
    return _write_lap_files(folder, stem, made)


def write_disk_file(path: Path, made: Made) -> None:
    """Write an .ibt: disk-only channels in, live-only ones out, official lap times in channels and text."""
    recording = made.recording
    columns = {channel.iracing: column_of(channel, recording.column(channel.name)) for channel in _channels(recording)}
    write_ibt(path, columns, made.text(), tick_rate=60, start_date=START_DATE, lap_count=len(made.lap_times_s))


def _channels(recording: Recording) -> list[Channel]:
    return [BY_NAME[name] for name in sorted(recording.available)]


def _write_lap_files(folder: Path, stem: str, made: Made) -> list[Path]:
    make_folder(folder)
    laps = [lap for lap in find_laps(made.recording) if lap.kind is LapKind.TIMED]
    paths = [folder / f"{stem}-lap{lap.number}.parquet" for lap in laps]
    provenance = Provenance(driver=made.recording.session.player_name, licence=LICENCE)
    for path, lap in zip(paths, laps, strict=True):
        save_lap(path, made.recording, lap, track_length_m=made.circuit.length_m, provenance=provenance)
    return paths
