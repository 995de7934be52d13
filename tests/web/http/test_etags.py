"""Entity tags."""

from __future__ import annotations

from starlette.requests import Request

from web.http.etags import etag_of, not_modified, tagged


def asking(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "headers": raw})


def test_same_content_is_not_sent_again() -> None:
    first = tagged(asking(), {"lap": 1})
    again = tagged(asking(if_none_match=first.headers["etag"]), {"lap": 1})
    changed = tagged(asking(if_none_match=first.headers["etag"]), {"lap": 2})
    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert again.body == b""


def test_proxy_that_weakened_the_tag_is_understood() -> None:
    tag = etag_of("lap", 1)
    assert not_modified(asking(if_none_match=f'"other", W/{tag}'), tag) is not None
