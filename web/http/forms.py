"""Forms: what a browser sent, as a pydantic model, or as sentences beside the fields it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from web.errors import NotProcessable

Model = TypeVar("Model", bound=BaseModel)

MENDED = "Please look at the marked fields."
SENTENCES = {
    "missing": "This is needed.",
    "string_too_short": "This is needed.",
    "string_too_long": "At most {max_length} characters.",
    "string_pattern_mismatch": "This is not one of the choices.",
    "bool_parsing": "This is not one of the choices.",
}


class Form(BaseModel):
    """Fields a form does not have are left out rather than refused: browsers' add-ons put some in."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


async def read_form(request: Request, model: type[Model]) -> Model:
    """The form as `model`; NotProcessable says by field what is wrong with it."""
    return validated(await sent(request), model)


async def sent(request: Request) -> dict[str, str]:
    """The text fields of the form as they came; read as often as one likes. Files are no part of these forms."""
    form = await request.form(max_files=0, max_fields=50)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def validated(data: Mapping[str, Any], model: type[Model]) -> Model:
    """Any mapping as `model`; NotProcessable says by field what is wrong with it."""
    if any("\x00" in value for value in data.values() if isinstance(value, str)):  # PostgreSQL cannot keep it in a text
        raise NotProcessable("A character that cannot be typed came along. Please type it again.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise NotProcessable(MENDED, {".".join(map(str, fault["loc"])): _sentence(fault) for fault in faults}) from None


def _sentence(fault: ErrorDetails) -> str:
    """What is wrong, in words for people rather than for programmers."""
    if fault["type"] == "value_error":
        said = fault["msg"].removeprefix("Value error, ")
        return "This is not an e-mail address: name@example.org" if "email address" in said else said
    return SENTENCES.get(fault["type"], "This cannot be used.").format(**fault.get("ctx", {}))
