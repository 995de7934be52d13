"""What the API says about laps; the same models make its documentation."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from web.models.laps import Lap, Upload

Visibility = Literal["private", "link", "public"]


class UploadState(BaseModel):
    """A file that was sent. It is kept from `waiting` on: nothing is lost when the connection ends there."""

    id: uuid.UUID
    name: str
    state: Literal["waiting", "done", "refused"]
    says: str = Field(description="why it was refused, or what was repaired while reading; for people")
    laps_new: int
    laps_known: int = Field(description="laps that you had already")
    incomplete: int = Field(description="laps that were left out because they are incomplete")

    @classmethod
    def of(cls, upload: Upload) -> UploadState:
        """From its row."""
        return cls.model_validate(upload, from_attributes=True)


class Finding(BaseModel):
    """One thing that speaks against a lap's data."""

    kind: Literal["simulated", "distance", "sectors", "impossible", "claim"]
    says: str


class LapSummary(BaseModel):
    """A lap without its samples."""

    id: uuid.UUID
    drive_id: uuid.UUID
    combination_id: uuid.UUID = Field(
        description="laps of one combination (car, track and configuration, driven or simulated) may be compared"
    )
    car: str
    track: str
    simulated: bool
    number: int
    lap_time_s: float
    official_lap_time_s: float | None
    clean: bool
    reasons: list[str] = Field(description="why it does not count; empty: clean, or incomplete data only")
    findings: list[Finding]
    sound: bool = Field(description="nothing speaks against its data, a simulator's mark aside")
    driven_at: datetime
    visibility: Visibility
    content_hash: str = Field(description="SHA-256 of what was driven: the same lap has the same hash in every file format")
    size_bytes: int

    @classmethod
    def of(cls, lap: Lap) -> LapSummary:
        """From its row, which must have come with its combination and track."""
        combination = lap.combination
        own = {name: getattr(lap, name) for name in cls.model_fields if name not in {"car", "track", "simulated"}}
        return cls(car=combination.car_name, track=combination.track.name, simulated=combination.track.simulated, **own)


class LapPage(BaseModel):
    """Some laps, and where the next ones begin."""

    laps: list[LapSummary]
    next: str | None = Field(description="give it as `after` to get the next ones; null: there are no more")


class LapQuery(BaseModel):
    """Which laps."""

    combination: uuid.UUID | None = None
    clean: bool = False
    sort: Literal["newest", "fastest"] = Field("newest", description="`fastest` needs a combination")
    after: str = Field("", max_length=120)
    limit: int = Field(50, ge=1, le=200)


class UploadQuery(BaseModel):
    """How a file is called; the name may say when its laps were driven (docs/laps.md)."""

    name: str = "recording"


class ComparisonQuery(BaseModel):
    """What a lap is laid beside."""

    against: str | None = Field(
        None, description="a lap's id, or `potential`; left out: the driver's best lap where you may see it, else the potential lap"
    )


class LapChange(BaseModel):
    """What the owner may change of a lap."""

    visibility: Visibility


class ComparisonAnswer(BaseModel):
    """A lap beside a reference: the `compare` document of the command line (docs/cli.md)."""

    lap_id: uuid.UUID
    reference_id: uuid.UUID | None = Field(description="null: the potential lap")
    comparison: dict[str, Any] | None = Field(description="null: the engine could not compare these laps")
    says: str
