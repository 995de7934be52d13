"""The session text (YAML) of a simulated drive, with what overlays ask for: track, weather, results, the one driver, sectors.

Every text carries the section `RacingCoach: Simulated: 1`, and the car, the build and the driver say it as well, so that even a
program that does not know the section shows what it is looking at.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite

from coach.telemetry.recording import SessionInfo

PLAYER_INDEX = 0
SHIFT_LIGHTS = {"First": 0.85, "Shift": 0.95, "Last": 0.97, "Blink": 0.99}  # of the red line; about where real cars have them
FUEL_KGPL = 0.75  # as iRacing states for petrol

LapTimes = Sequence[tuple[int, float]]


def session_text(
    info: SessionInfo, laps_done: LapTimes = (), *, turns: int = 0, latitude_deg: float = 0.0, longitude_deg: float = 0.0
) -> str:
    """The text as it stands once `laps_done` (lap number, time in s) are official; NaN and empty facts are left out."""
    sections = [
        ("WeekendInfo", _weekend(info, turns, latitude_deg, longitude_deg)),
        ("SessionInfo", _sessions(info, laps_done)),
        ("DriverInfo", _driver(info, laps_done)),
        ("SplitTimeInfo", _sectors(info)),
        ("RacingCoach", [" Simulated: 1", f" Simulator: {quoted(info.simulator_build)}"]),
    ]
    return "---\n" + "".join(f"{name}:\n" + "\n".join(lines) + "\n\n" for name, lines in sections) + "...\n"


def quoted(text: str) -> str:
    """A text that every YAML reader gives back as it is."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _weekend(info: SessionInfo, turns: int, latitude_deg: float, longitude_deg: float) -> list[str]:
    return [
        " Encoding: UTF8",
        f" TrackName: {quoted(info.track_id)}",
        " TrackID: 0",
        *_known(" TrackLength: {:.2f} km", info.track_length_stated_m / 1000.0),
        f" TrackDisplayName: {quoted(info.track_name)}",
        f" TrackDisplayShortName: {quoted(info.track_name)}",
        f" TrackConfigName: {quoted(info.track_config)}",
        f" TrackLatitude: {latitude_deg:.6f} m",  # iRacing writes degrees and calls them m
        f" TrackLongitude: {longitude_deg:.6f} m",
        *_known(" TrackNorthOffset: {:.4f} rad", info.track_north_rad),
        f" TrackNumTurns: {turns}",
        " TrackType: road course",
        " EventType: Test",
        " Category: Road",
        " SimMode: full",
        " TeamRacing: 0",
        " NumCarClasses: 1",
        " NumCarTypes: 1",
        f" BuildVersion: {quoted(info.simulator_build)}",
    ]


def _sessions(info: SessionInfo, laps: LapTimes) -> list[str]:
    best = min(laps, key=lambda lap: lap[1], default=(0, -1.0))
    return [
        " CurrentSessionNum: 0",
        " Sessions:",
        " - SessionNum: 0",
        "   SessionLaps: unlimited",
        "   SessionTime: unlimited",
        f"   SessionType: {quoted(info.session_type)}",
        "   SessionName: TESTING",
        "   ResultsPositions:",
        *(_position(laps, best) if laps else []),
        "   ResultsFastestLap:",
        f"   - CarIdx: {PLAYER_INDEX if laps else 255}",
        f"     FastestLap: {best[0]}",
        f"     FastestTime: {best[1]:.4f}",
        f"   ResultsLapsComplete: {laps[-1][0] if laps else -1}",
        "   ResultsOfficial: 0",
    ]


def _position(laps: LapTimes, best: tuple[int, float]) -> list[str]:
    number, time_s = laps[-1]
    return [
        "   - Position: 1",
        "     ClassPosition: 0",
        f"     CarIdx: {PLAYER_INDEX}",
        f"     Lap: {number}",
        f"     Time: {best[1]:.4f}",
        f"     FastestLap: {best[0]}",
        f"     FastestTime: {best[1]:.4f}",
        f"     LastTime: {time_s:.4f}",
        f"     LapsComplete: {number}",
        "     Incidents: 0",
        "     ReasonOutId: 0",
        "     ReasonOutStr: Running",
    ]


def _driver(info: SessionInfo, laps: LapTimes) -> list[str]:
    expected = min((time_s for _, time_s in laps), default=90.0)
    lights = [
        f" DriverCarSL{name}RPM: {share * info.redline_rpm:.3f}" for name, share in SHIFT_LIGHTS.items() if isfinite(info.redline_rpm)
    ]
    return [
        f" DriverCarIdx: {PLAYER_INDEX}",
        " DriverUserID: 0",
        " PaceCarIdx: -1",
        *_known(" DriverCarRedLine: {:.3f}", info.redline_rpm),
        f" DriverCarFuelKgPerLtr: {FUEL_KGPL:.3f}",
        *_known(" DriverCarFuelMaxLtr: {:.3f}", info.fuel_max_l),
        " DriverCarMaxFuelPct: 1.000",
        f" DriverCarGearNumForward: {info.gear_count}",
        *lights,
        f" DriverCarEstLapTime: {expected:.4f}",
        " DriverIncidentCount: 0",
        " Drivers:",
        f" - CarIdx: {PLAYER_INDEX}",
        f"   UserName: {quoted(info.player_name)}",
        "   UserID: 0",
        f"   TeamName: {quoted(info.player_name)}",
        '   CarNumber: "1"',
        "   CarNumberRaw: 1",
        f"   CarPath: {quoted(info.car_id)}",
        "   CarClassID: 0",
        "   CarID: 0",
        "   CarIsPaceCar: 0",
        "   CarIsAI: 1",
        f"   CarScreenName: {quoted(info.car_name)}",
        f"   CarScreenNameShort: {quoted(info.car_name)}",
        f"   CarClassEstLapTime: {expected:.4f}",
        "   IRating: 0",
        "   LicString: R 0.01",
        "   IsSpectator: 0",
        "   CurDriverIncidentCount: 0",
    ]


def _sectors(info: SessionInfo) -> list[str]:
    rows = ((f" - SectorNum: {i}", f"   SectorStartPct: {start:.6f}") for i, start in enumerate(info.sector_starts_frac))
    return [" Sectors:", *(line for row in rows for line in row)]


def _known(line: str, value: float) -> list[str]:
    return [line.format(value)] if isfinite(value) else []
