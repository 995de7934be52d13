"""What a request asks: ids, bodies and addresses that are none are refused in one way."""

from __future__ import annotations

import uuid

import pytest
from starlette.requests import Request
from starlette.types import Message

from web.errors import NotFound, NotProcessable
from web.http.asked import address_of, id_in, json_object


def request(body: bytes = b"", client: tuple[str, int] | None = None, **path: str) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "headers": [], "path_params": path, "client": client}, receive)


def test_id_in_the_address() -> None:
    one = uuid.uuid4()
    assert id_in(request(id=str(one))) == one
    assert id_in(request(lap=one.hex), "lap") == one
    for text in ("", "7", f"{one}x"):
        with pytest.raises(NotFound):
            id_in(request(id=text))


async def test_json_object() -> None:
    assert await json_object(request(b'{"visibility": "link"}')) == {"visibility": "link"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"[1]", b'"text"', b"null"])
async def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(NotProcessable):
        await json_object(request(body))


def test_address_is_the_clients() -> None:
    assert address_of(request(client=("2001:db8::1", 5))) == "2001:db8::1"
    assert address_of(request()) is None
