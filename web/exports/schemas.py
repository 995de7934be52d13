"""What the form sends and the API says about training exports."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from web.http.forms import Form
from web.models.exports import TrainingExport

Quality = Literal["clean", "any"]


class ExportForm(Form):
    """Which laps."""

    car: str = Field("", max_length=120)
    track: str = Field("", max_length=360)
    quality: Quality = "clean"
    simulated: bool = False
    consent_version: str = Field("", max_length=20)


class ExportState(BaseModel):
    """An export, how far it is, and which of its laps may no longer be used."""

    id: uuid.UUID
    state: Literal["building", "done", "failed"]
    created_at: datetime
    finished_at: datetime | None
    car_key: str = Field(description="empty: any")
    track_key: str = Field(description="empty: any")
    quality: Quality
    simulated: bool = Field(description="whether laps of a simulator of ours are in it, marked as such")
    consent_version: str = Field(description="empty: any")
    laps_total: int
    laps_written: int
    laps_left_out: int
    size_bytes: int
    withdrawn: list[str] = Field(
        description="pseudonyms of laps to be removed from every copy: withdrawn or deleted by their drivers since"
    )

    @classmethod
    def of(cls, export: TrainingExport, withdrawn: list[str]) -> ExportState:
        """From its row and the list of the withdrawn."""
        own = {name: getattr(export, name) for name in cls.model_fields if name != "withdrawn"}
        return cls(withdrawn=withdrawn, **own)
