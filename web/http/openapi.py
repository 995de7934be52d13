"""The API's description, OpenAPI 3.1, from the routes and from the same pydantic models that validate.

`@operation(answer=LapPage, query=LapQuery)` above an endpoint under /api says what it takes and gives; a test finds those that
say nothing. Its docstring is the summary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from starlette.routing import BaseRoute, Mount, Route

from web.errors import ServiceError

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_PARAMETER = re.compile(r"{(\w+)(?::(\w+))?}")
_CONVERTERS = {"int": {"type": "integer"}, "uuid": {"type": "string", "format": "uuid"}, "float": {"type": "number"}}
_SCHEMAS = "#/components/schemas/{model}"
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `detail` is a sentence for people, `request_id` the number to name when asking about it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": {"type": "string"}, "detail": {"type": "string"}}},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What an endpoint takes and gives. A model, or the media type of something that is no JSON."""

    answer: type[BaseModel] | str | None = None
    status: int = 200
    query: type[BaseModel] | None = None
    body: type[BaseModel] | str | None = None
    body_type: str = "application/json"  # how `body` comes when it is a model
    refusals: tuple[type[ServiceError], ...] = ()


def operation(
    *,
    answer: type[BaseModel] | str | None = None,
    status: int = 200,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | str | None = None,
    body_type: str = "application/json",
    refusals: tuple[type[ServiceError], ...] = (),
) -> Callable[[Endpoint], Endpoint]:
    """Say what an endpoint takes and gives."""

    def describe(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["operation"] = Operation(answer, status, query, body, body_type, refusals)
        return endpoint

    return describe


def api_routes(routes: Iterable[BaseRoute]) -> list[Route]:
    """Routes under /api."""
    flat = [inner for route in routes for inner in (route.routes if isinstance(route, Mount) else [route])]
    return [route for route in flat if isinstance(route, Route) and route.path.startswith("/api/")]


def description(routes: Iterable[BaseRoute], origin: str) -> dict[str, Any]:
    """The whole document."""
    found = [(route, made) for route in api_routes(routes) if (made := getattr(route.endpoint, "operation", None))]
    schemas = _Schemas([made for _, made in found])
    paths: dict[str, dict[str, Any]] = {}
    for route, made in found:
        at = paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})
        for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
            at[method.lower()] = _operation(route, made, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Racing Coach",
            "version": "1",
            "description": "Laps, references and consent, for programs. Dates are ISO 8601 with their zone; units are in the names.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": origin}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.components, "Problem": _PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


class _Schemas:
    """The models' schemas, each once, by mode: what we accept is validation, what we give is serialization."""

    def __init__(self, operations: list[Operation]) -> None:
        wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
        for made in operations:
            for model, mode in ((made.answer, "serialization"), (made.body, "validation"), (made.query, "validation")):
                if isinstance(model, type):
                    wanted[model, mode] = None  # type: ignore[index]
        self._refs, definitions = models_json_schema(list(wanted), ref_template=_SCHEMAS)
        self.components: dict[str, Any] = definitions.get("$defs", {})

    def of(self, model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
        """A reference to it."""
        return dict(self._refs[model, mode])

    def whole(self, model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
        """The schema itself."""
        reference: str = self.of(model, mode)["$ref"]
        return dict(self.components[reference.rpartition("/")[2]])


def _operation(route: Route, made: Operation, schemas: _Schemas) -> dict[str, Any]:
    summary, _, rest = (route.endpoint.__doc__ or "").strip().partition("\n")
    said: dict[str, Any] = {
        "operationId": route.name,
        "summary": summary.strip(),
        "parameters": [*_in_path(route.path), *(_in_query(schemas.whole(made.query, "validation")) if made.query else [])],
        "responses": {str(made.status): _answer(made, schemas), **_refusals(made), "default": _problem("Any other refusal or fault.")},
    }
    if rest.strip():
        said["description"] = " ".join(rest.split())
    if made.body is not None:
        content = {made.body: {}} if isinstance(made.body, str) else {made.body_type: {"schema": schemas.of(made.body, "validation")}}
        said["requestBody"] = {"required": True, "content": content}
    scope = getattr(getattr(route, "audience", None), "scope", None)
    if scope is not None:
        said["security"] = [{"bearer": []}]
        said["description"] = f"{said.get('description', '')} Needs the scope `{scope}`.".strip()
    return said


def _in_path(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _CONVERTERS.get(converter, {"type": "string"})}
        for name, converter in _PARAMETER.findall(path)
    ]


def _in_query(schema: dict[str, Any]) -> list[dict[str, Any]]:
    needed = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in needed,
            "schema": field,
            **({"description": field["description"]} if "description" in field else {}),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _answer(made: Operation, schemas: _Schemas) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(made.status).phrase}
    if isinstance(made.answer, str):
        answer["content"] = {made.answer: {}}
    elif made.answer is not None:
        answer["content"] = {"application/json": {"schema": schemas.of(made.answer, "serialization")}}
    return answer


def _refusals(made: Operation) -> dict[str, Any]:
    return {str(kind.status): _problem(str(kind.__doc__).splitlines()[0]) for kind in made.refusals}


def _problem(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/problem+json": {"schema": {"$ref": _SCHEMAS.format(model="Problem")}}}}
