"""Where the next page of a lap list begins, as text in an address: the last row's sort value and id."""

from __future__ import annotations

import math
import uuid
from datetime import datetime
from typing import Any

from web.errors import NotFound
from web.laps.repository import Place


def cursor_of(row: Any, *, fastest_first: bool = False) -> str:
    """The text for the page after this lap or drive."""
    value = repr(row.lap_time_s) if fastest_first else row.driven_at.isoformat()
    return f"{value}_{row.id}"


def place_of(cursor: str | None, *, fastest_first: bool = False) -> Place | None:
    """The place a text stands for; None without one. NotFound: it is no such text."""
    if not cursor:
        return None
    value, _, row_id = cursor.rpartition("_")
    try:
        place = Place(float(value) if fastest_first else datetime.fromisoformat(value), uuid.UUID(row_id))
    except ValueError:
        raise NotFound("This page of the list is not there. Begin at the first one.") from None
    if (isinstance(place.value, float) and not math.isfinite(place.value)) or (
        isinstance(place.value, datetime) and place.value.tzinfo is None
    ):
        raise NotFound("This page of the list is not there. Begin at the first one.")
    return place
