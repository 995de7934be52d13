"""The channel table: the one place that names every channel.

Adapters rename, convert and clamp by this table; resampling interpolates by it; lap files quantise by it; `docs/channels.md`
is generated from it. A simulator's own names never appear after the adapter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a channel behaves between two samples; it decides the interpolation rule."""

    CONTINUOUS = "continuous"  # linear between samples
    ANGLE = "angle"  # linear on the unwrapped angle (rad), wrapped to (-pi, pi] again
    STEP = "step"  # holds its value until the next sample: gear, surface, counters
    FLAG = "flag"  # 0 or 1, holds
    BITS = "bits"  # bit field, holds


class Where(StrEnum):
    """Where iRacing gives the channel."""

    BOTH = "both"
    LIVE = "live"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel: its meaning here and where it comes from.

    `step` is the quantisation step of the lap file, in `unit`; 0 means whole numbers are kept as they are.
    `clamp` are the limits the adapter enforces, in `unit` (iRacing's pedals stray by 1e-7).
    """

    name: str
    iracing: str
    unit: str
    kind: Kind
    where: Where
    step: float
    meaning: str
    sign: str = ""
    clamp: tuple[float, float] | None = None
    source: str = "pyirsdk vars.txt"


_MEASURED = "measured on real files"
_C, _A, _S, _F, _B = Kind.CONTINUOUS, Kind.ANGLE, Kind.STEP, Kind.FLAG, Kind.BITS
_BOTH, _LIVE, _DISK = Where.BOTH, Where.LIVE, Where.DISK
_UNIT = (0.0, 1.0)

CHANNELS: tuple[Channel, ...] = (
    # time and place
    Channel("session_time_s", "SessionTime", "s", _C, _BOTH, 1e-5, "seconds since the session began; the only clock"),
    Channel("session_tick", "SessionTick", "", _S, _BOTH, 0, "simulator update number"),
    Channel("session_num", "SessionNum", "", _S, _BOTH, 0, "which session of the event (practice, qualifying, race)"),
    Channel(
        "session_state",
        "SessionState",
        "",
        _S,
        _BOTH,
        0,
        "0 invalid, 1 get in car, 2 warm-up, 3 parade, 4 racing, 5 checkered, 6 cool down",
    ),
    Channel(
        "session_flags",
        "SessionFlags",
        "",
        _B,
        _BOTH,
        0,
        "flag bits: 0x4 green, 0x8 yellow, 0x100 yellow waving, 0x4000 caution, 0x8000 caution waving",
    ),
    Channel("lap_number", "Lap", "", _S, _BOTH, 0, "laps started; it lies on resets and tows"),
    Channel("lap_completed", "LapCompleted", "", _S, _BOTH, 0, "laps completed"),
    Channel(
        "lap_dist_m",
        "LapDist",
        "m",
        _C,
        _BOTH,
        1e-3,
        "station: position along the track's line from start/finish",
        "+ along the track",
        source=_MEASURED,
    ),
    Channel(
        "lap_dist_frac",
        "LapDistPct",
        "",
        _C,
        _BOTH,
        1e-7,
        "station / track length, a fraction despite its iRacing name",
        "0..1",
        source=_MEASURED,
    ),
    Channel("lap_current_time_s", "LapCurrentLapTime", "s", _C, _BOTH, 1e-4, "running lap time; switches 5-30 ticks after the line"),
    Channel("lap_last_time_s", "LapLastLapTime", "s", _S, _BOTH, 1e-4, "official time of the lap before; -1 when it did not count"),
    Channel("lap_best_time_s", "LapBestLapTime", "s", _S, _BOTH, 1e-4, "official best lap time of the session"),
    Channel(
        "delta_to_best_s",
        "LapDeltaToBestLap",
        "s",
        _C,
        _BOTH,
        1e-4,
        "iRacing's own delta, about one tick late",
        "+ slower",
        source=_MEASURED,
    ),
    Channel("delta_to_best_ok", "LapDeltaToBestLap_OK", "", _F, _BOTH, 0, "iRacing's own delta is valid"),
    # motion, body axes
    Channel("speed_mps", "Speed", "m/s", _C, _BOTH, 1e-3, "speed over ground", ">= 0"),
    Channel("velocity_x_mps", "VelocityX", "m/s", _C, _BOTH, 1e-3, "velocity along the car", "+ forward", source=_MEASURED),
    Channel("velocity_y_mps", "VelocityY", "m/s", _C, _BOTH, 1e-3, "velocity across the car", "+ left", source=_MEASURED),
    Channel("velocity_z_mps", "VelocityZ", "m/s", _C, _BOTH, 1e-3, "velocity normal to the car's floor", "+ up"),
    Channel(
        "long_accel_mps2",
        "LongAccel",
        "m/s2",
        _C,
        _BOTH,
        1e-3,
        "acceleration along the car, gravity included",
        "+ forward",
        source=_MEASURED,
    ),
    Channel(
        "lat_accel_mps2", "LatAccel", "m/s2", _C, _BOTH, 1e-3, "acceleration across the car, gravity included", "+ left", source=_MEASURED
    ),
    Channel("vert_accel_mps2", "VertAccel", "m/s2", _C, _BOTH, 1e-3, "acceleration normal to the floor, gravity included", "+ up"),
    Channel("yaw_rate_radps", "YawRate", "rad/s", _C, _BOTH, 1e-5, "rotation about the vertical", "+ left", source=_MEASURED),
    Channel("pitch_rate_radps", "PitchRate", "rad/s", _C, _BOTH, 1e-5, "rotation about the lateral axis"),
    Channel("roll_rate_radps", "RollRate", "rad/s", _C, _BOTH, 1e-5, "rotation about the longitudinal axis"),
    Channel("yaw_rad", "Yaw", "rad", _A, _BOTH, 1e-5, "orientation, counter-clockwise from above", "+ left", source=_MEASURED),
    Channel("yaw_north_rad", "YawNorth", "rad", _A, _BOTH, 1e-5, "orientation relative to north"),
    Channel("pitch_rad", "Pitch", "rad", _A, _BOTH, 1e-5, "pitch orientation"),
    Channel("roll_rad", "Roll", "rad", _A, _BOTH, 1e-5, "roll orientation"),
    # the driver's hands and feet
    Channel("steer_rad", "SteeringWheelAngle", "rad", _C, _BOTH, 1e-4, "steering angle at the hand wheel", "+ left", source=_MEASURED),
    Channel("steer_max_rad", "SteeringWheelAngleMax", "rad", _S, _BOTH, 1e-3, "full lock of the hand wheel"),
    Channel("steer_torque_nm", "SteeringWheelTorque", "N m", _C, _BOTH, 1e-2, "torque on the steering shaft"),
    Channel("throttle_frac", "Throttle", "", _C, _BOTH, 1e-4, "throttle body, after aids and blips", "0..1", _UNIT),
    Channel("throttle_raw_frac", "ThrottleRaw", "", _C, _BOTH, 1e-4, "throttle pedal", "0..1", _UNIT),
    Channel("brake_frac", "Brake", "", _C, _BOTH, 1e-4, "brake after the force curve", "0..1", _UNIT),
    Channel("brake_raw_frac", "BrakeRaw", "", _C, _BOTH, 1e-4, "brake pedal", "0..1", _UNIT),
    Channel("clutch_frac", "Clutch", "", _C, _BOTH, 1e-4, "1 engaged, 0 pedal down", "0..1", _UNIT),
    Channel("gear", "Gear", "", _S, _BOTH, 0, "-1 reverse, 0 neutral, 1..n"),
    Channel("rpm", "RPM", "rev/min", _C, _BOTH, 1e-1, "engine speed"),
    Channel("abs_active", "BrakeABSactive", "", _F, _BOTH, 0, "ABS is reducing brake pressure (car or driving aid)"),
    Channel("abs_cut_frac", "BrakeABScutPct", "", _C, _DISK, 1e-3, "share of brake force taken away by ABS", "0..1", _UNIT),
    # wheels: disk only
    Channel("wheel_speed_lf_mps", "LFspeed", "m/s", _C, _DISK, 1e-3, "left front wheel speed"),
    Channel("wheel_speed_rf_mps", "RFspeed", "m/s", _C, _DISK, 1e-3, "right front wheel speed"),
    Channel("wheel_speed_lr_mps", "LRspeed", "m/s", _C, _DISK, 1e-3, "left rear wheel speed"),
    Channel("wheel_speed_rr_mps", "RRspeed", "m/s", _C, _DISK, 1e-3, "right rear wheel speed"),
    # where on earth: disk only
    Channel("lat_deg", "Lat", "deg", _C, _DISK, 1e-8, "latitude; 0 while not in the world"),
    Channel("lon_deg", "Lon", "deg", _C, _DISK, 1e-8, "longitude; 0 while not in the world"),
    Channel("alt_m", "Alt", "m", _C, _DISK, 1e-3, "altitude"),
    # what counts against a lap
    Channel(
        "track_surface",
        "PlayerTrackSurface",
        "",
        _S,
        _BOTH,
        0,
        "-1 not in world, 0 off track, 1 pit stall, 2 approaching pits, 3 on track",
        source=_MEASURED,
    ),
    Channel("track_surface_material", "PlayerTrackSurfaceMaterial", "", _S, _BOTH, 0, "material under the car (11-14 kerbs, 15-18 grass)"),
    Channel("on_pit_road", "OnPitRoad", "", _F, _BOTH, 0, "between the pit cones"),
    Channel("is_on_track", "IsOnTrack", "", _F, _BOTH, 0, "car physics running with the driver in the car"),
    Channel(
        "incident_count",
        "PlayerCarMyIncidentCount",
        "",
        _S,
        _BOTH,
        0,
        "incident points; rises about 0.6 s after the event",
        source=_MEASURED,
    ),
    Channel("tow_time_s", "PlayerCarTowTime", "s", _S, _BOTH, 1e-2, "> 0 while being towed"),
    Channel(
        "car_left_right", "CarLeftRight", "", _S, _LIVE, 0, "spotter: 0 off, 1 clear, 2 left, 3 right, 4 both, 5 two left, 6 two right"
    ),
    Channel("dist_ahead_m", "CarDistAhead", "m", _C, _BOTH, 1e-1, "distance to the car ahead; very large when none"),
    Channel("dist_behind_m", "CarDistBehind", "m", _C, _BOTH, 1e-1, "distance to the car behind; very large when none"),
    Channel("is_replay", "IsReplayPlaying", "", _F, _LIVE, 0, "the simulator shows a replay"),
    Channel("is_in_garage", "IsInGarage", "", _F, _LIVE, 0, "the car is in the garage"),
    # conditions
    Channel("fuel_l", "FuelLevel", "l", _C, _BOTH, 1e-3, "fuel in the tank"),
    Channel("track_temp_c", "TrackTempCrew", "C", _C, _BOTH, 1e-2, "track temperature as the crew measures it"),
    Channel("air_temp_c", "AirTemp", "C", _C, _BOTH, 1e-2, "air temperature"),
    Channel("air_density_kgpm3", "AirDensity", "kg/m3", _C, _BOTH, 1e-4, "air density"),
    Channel("track_wetness", "TrackWetness", "", _S, _BOTH, 0, "0 unknown, 1 dry ... 7 extremely wet"),
    Channel("wind_speed_mps", "WindVel", "m/s", _C, _BOTH, 1e-2, "wind speed"),
    Channel("wind_dir_rad", "WindDir", "rad", _A, _BOTH, 1e-3, "direction the wind comes from"),
)

# What iRacing writes as unit where it is not ours: other spellings, "%" for its fractions, names for its enumerations.
_SPELLED = {"m/s2": "m/s^2", "kg/m3": "kg/m^3", "rev/min": "revs/min", "N m": "N*m"}
_IRACING_UNITS = {
    **dict.fromkeys(("LapDistPct", "Throttle", "ThrottleRaw", "Brake", "BrakeRaw", "Clutch", "BrakeABScutPct"), "%"),
    "SessionState": "irsdk_SessionState",
    "SessionFlags": "irsdk_Flags",
    "PlayerTrackSurface": "irsdk_TrkLoc",
    "PlayerTrackSurfaceMaterial": "irsdk_TrkSurf",
    "TrackWetness": "irsdk_TrackWetness",
    "CarLeftRight": "irsdk_CarLeftRight",
}


def iracing_unit(channel: Channel) -> str:
    """The unit that iRacing itself states for a channel, wrong ones included ("%" for a fraction)."""
    return _IRACING_UNITS.get(channel.iracing, _SPELLED.get(channel.unit, channel.unit))


BY_NAME: dict[str, Channel] = {channel.name: channel for channel in CHANNELS}
BY_IRACING: dict[str, Channel] = {channel.iracing: channel for channel in CHANNELS}
LIVE_CHANNELS: tuple[Channel, ...] = tuple(channel for channel in CHANNELS if channel.where is not Where.DISK)
WHEEL_SPEEDS: tuple[str, ...] = ("wheel_speed_lf_mps", "wheel_speed_rf_mps", "wheel_speed_lr_mps", "wheel_speed_rr_mps")
