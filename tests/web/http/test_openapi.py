"""The description is made from routes and models, and follows OpenAPI 3.1."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from web.errors import NotFound
from web.http.openapi import description, operation


class Query(BaseModel):
    after: str = Field("", description="where to go on")
    limit: int = Field(50, ge=1, le=200)


class Corner(BaseModel):
    name: str


class Lap(BaseModel):
    id: UUID
    corners: list[Corner]


class Change(BaseModel):
    visibility: str


@operation(answer=Lap, query=Query, refusals=(NotFound,))
async def lap(request: Request) -> Response:
    """One lap.

    With its corners.
    """
    return Response()


@operation(body=Change, status=204)
async def change(request: Request) -> Response:
    """Change one lap."""
    return Response()


@operation(answer="application/vnd.apache.parquet")
async def file(request: Request) -> Response:
    """The lap's file."""
    return Response()


def made() -> dict[str, Any]:
    inner = Route("/api/v1/laps/{id:uuid}/file", file, name="file")
    routes = [
        Route("/api/v1/laps/{id:uuid}", lap, name="lap"),
        Route("/api/v1/laps/{id:uuid}", change, methods=["PATCH"], name="change"),
        Mount("", routes=[inner]),
        Route("/laps", lap, name="page"),
    ]
    return description(routes, "https://coach.test")


def test_methods_of_one_address_stand_together() -> None:
    paths = made()["paths"]
    assert set(paths) == {"/api/v1/laps/{id}", "/api/v1/laps/{id}/file"}
    assert set(paths["/api/v1/laps/{id}"]) == {"get", "patch"}


def test_parameters_come_from_the_path_and_the_query_model() -> None:
    one = made()["paths"]["/api/v1/laps/{id}"]["get"]
    where = {parameter["name"]: parameter for parameter in one["parameters"]}
    assert where["id"] == {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    assert where["limit"]["schema"]["maximum"] == 200
    assert not where["limit"]["required"]
    assert where["after"]["description"] == "where to go on"
    assert (one["summary"], one["description"]) == ("One lap.", "With its corners.")


def test_models_are_described_once_and_referred_to() -> None:
    document = made()
    answer = document["paths"]["/api/v1/laps/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/Lap"}
    assert document["components"]["schemas"]["Lap"]["properties"]["corners"]["items"] == {"$ref": "#/components/schemas/Corner"}
    body = document["paths"]["/api/v1/laps/{id}"]["patch"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Change"}


def test_refusals_are_problems() -> None:
    answers = made()["paths"]["/api/v1/laps/{id}"]["get"]["responses"]
    for status in ("404", "default"):
        assert answers[status]["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_every_reference_leads_somewhere() -> None:
    import json
    import re

    document = made()
    for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)):
        assert name in document["components"]["schemas"]


def test_a_parser_of_others_accepts_it() -> None:
    import schemathesis

    schema = schemathesis.openapi.from_dict(made())
    assert len(list(schema.get_all_operations())) == 3
