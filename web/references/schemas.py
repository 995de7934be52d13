"""What forms and the API say about references; the same models make the API's documentation."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Literal, cast

from pydantic import AfterValidator, BaseModel, Field

from web.references.licences import Licence
from web.references.matching import Conditions, Match
from web.references.repository import Subject
from web.references.service import Chosen, Offered, file_tag

Visibility = Literal["private", "link", "public"]


def _printable(text: str) -> str:
    cleaned = "".join(letter for letter in text if letter.isprintable()).strip()
    if not cleaned:
        raise ValueError("This is needed.")
    return cleaned


Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_printable)]


class MarkedLap(BaseModel):
    """A lap to be marked as a reference."""

    lap_id: uuid.UUID
    name: Name
    licence: Licence = Licence.PERSONAL
    visibility: Visibility = Field("private", description="of the lap itself: its page opens with it")


class MarkForm(BaseModel):
    """The form that marks a lap."""

    name: Name
    licence: Licence
    visibility: Visibility
    choose: bool = False


class ReferenceChange(BaseModel):
    """What may change; what is left out stays."""

    name: Name | None = None
    licence: Licence | None = None
    visibility: Visibility | None = None


class Choice(BaseModel):
    """The lap to be measured against."""

    lap_id: uuid.UUID


class SubjectQuery(BaseModel):
    """One car on one track, as the simulator names them."""

    simulator: str = Field("iracing", max_length=120)
    car: str = Field(max_length=120)
    track: str = Field(max_length=240)
    config: str = Field("", max_length=120)
    simulated: bool = False

    def subject(self) -> Subject:
        """As laps are filed."""
        return Subject(self.simulator, f"{self.track}|{self.config}", self.car, self.simulated)


class ChosenQuery(BaseModel):
    """One car on one track; without them, all that you have chosen."""

    simulator: str = Field("iracing", max_length=120)
    car: str = Field("", max_length=120, description="the simulator's id")
    track: str = Field("", max_length=240, description="the simulator's id")
    config: str = Field("", max_length=120)
    simulated: bool = False

    def subject(self) -> Subject | None:
        """As laps are filed; None: neither car nor track is named."""
        if not self.car and not self.track:
            return None
        return Subject(self.simulator, f"{self.track}|{self.config}", self.car, self.simulated)


class ClosestQuery(ChosenQuery):
    """The same, with what is known of the driver now; what is left out is taken from their laps here."""

    lap_time_s: float | None = Field(None, gt=0, lt=36_000, description="your best")
    track_temp_c: float | None = Field(None, ge=-50, le=100)
    wetness: float | None = Field(None, ge=0, le=1)
    fuel_l: float | None = Field(None, ge=0, le=500)

    def over(self, known: Conditions) -> Conditions:
        """What was said, else what is known."""
        values = {name: getattr(self, name) for name in Conditions.__slots__}
        return Conditions(**{name: value if value is not None else getattr(known, name) for name, value in values.items()})


class FactorAnswer(BaseModel):
    """One part of a match score."""

    name: str
    value: float
    says: str


class MatchAnswer(BaseModel):
    """How well a lap suits the driver: the product of the factors, each between 0 and 1."""

    score: float
    factors: list[FactorAnswer]

    @classmethod
    def of(cls, one: Match) -> MatchAnswer:
        """Rounded for people."""
        return cls(
            score=round(one.score, 3), factors=[FactorAnswer(name=f.name, value=round(f.value, 3), says=f.says) for f in one.factors]
        )


class Offer(BaseModel):
    """A lap to be measured against."""

    reference_id: uuid.UUID | None = Field(description="null: an unmarked lap of your own")
    lap_id: uuid.UUID
    name: str
    driver: str
    mine: bool
    licence: Licence | None
    licence_url: str
    visibility: Visibility
    simulator: str
    car: str = Field(description="the simulator's id")
    car_name: str
    track: str = Field(description="the simulator's id")
    config: str
    track_name: str
    simulated: bool
    lap_time_s: float
    clean: bool
    driven_at: datetime
    track_temp_c: float | None
    wetness: float | None
    fuel_l: float | None
    size_bytes: int
    file: str = Field(description="where the lap file is")
    file_tag: str = Field(description="changes when the file does, its licence included: no need to fetch it before")
    match: MatchAnswer | None = None

    @classmethod
    def of(cls, one: Offered, viewer: uuid.UUID | None) -> Offer:
        """From its rows."""
        lap, mark = one.lap, one.mark
        combination = lap.combination
        track, _, config = combination.track.track_key.partition("|")
        licence = Licence(mark.licence) if mark is not None else None
        return cls(
            reference_id=mark.id if mark is not None else None,
            lap_id=lap.id,
            name=mark.name if mark is not None else "Your lap" if lap.user_id == viewer else f"A lap of {one.driver}",
            driver=one.driver,
            mine=lap.user_id == viewer,
            licence=licence,
            licence_url=licence.address if licence is not None else "",
            visibility=cast("Visibility", lap.visibility),
            simulator=combination.track.simulator,
            car=combination.car_key,
            car_name=combination.car_name,
            track=track,
            config=config,
            track_name=combination.track.name,
            simulated=combination.track.simulated,
            lap_time_s=lap.lap_time_s,
            clean=lap.clean,
            driven_at=lap.driven_at,
            track_temp_c=lap.track_temp_c,
            wetness=lap.wetness,
            fuel_l=lap.fuel_l,
            size_bytes=lap.size_bytes,
            file=f"/api/v1/references/{mark.id}/file" if mark is not None else f"/api/v1/laps/{lap.id}/file",
            file_tag=file_tag(one),
            match=MatchAnswer.of(one.suits) if one.suits is not None else None,
        )


class OfferList(BaseModel):
    """References, the best match first where a car and track were named."""

    references: list[Offer]


class ChosenAnswer(BaseModel):
    """What you are measured against with one car on one track."""

    rule: Literal["chosen", "default"]
    reference: Offer | None
    says: str

    @classmethod
    def of(cls, one: Chosen, viewer: uuid.UUID) -> ChosenAnswer:
        """From what was found."""
        return cls.model_validate(
            {"rule": one.rule, "reference": Offer.of(one.offered, viewer) if one.offered is not None else None, "says": one.says}
        )


class ChosenList(BaseModel):
    """Every choice you have made."""

    chosen: list[ChosenAnswer]
