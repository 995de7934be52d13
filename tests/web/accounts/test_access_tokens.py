from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from web.accounts.access_tokens import LIFETIME, AccessTokens
from web.accounts.keys import derive_key

SECRET = "a secret for the tests alone, long enough"
USER, GRANT = uuid4(), uuid4()


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(SECRET, "https://coach.example")


def encoded(part: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def test_a_token_says_who_may_do_what_under_which_grant(tokens: AccessTokens) -> None:
    claims = tokens.read(tokens.issue(USER, GRANT, ["laps:write", "laps:read"]))
    assert claims is not None
    assert (claims.user_id, claims.grant_id, claims.scopes) == (USER, GRANT, {"laps:read", "laps:write"})


def test_a_token_ends_after_its_lifetime_and_the_clock_skew(tokens: AccessTokens) -> None:
    def issued(ago: timedelta) -> str:
        return tokens.issue(USER, GRANT, ["laps:read"], datetime.now(UTC) - ago)

    assert tokens.read(issued(LIFETIME + timedelta(seconds=20))) is not None
    assert tokens.read(issued(LIFETIME + timedelta(seconds=40))) is None


def test_a_token_from_a_clock_that_is_a_little_ahead_is_good_and_one_far_ahead_is_not(tokens: AccessTokens) -> None:
    assert tokens.read(tokens.issue(USER, GRANT, [], datetime.now(UTC) + timedelta(seconds=20))) is not None
    assert tokens.read(tokens.issue(USER, GRANT, [], datetime.now(UTC) + timedelta(minutes=5))) is None


def test_a_token_of_another_service_or_key_is_refused(tokens: AccessTokens) -> None:
    assert tokens.read(AccessTokens(SECRET, "https://other.example").issue(USER, GRANT, [])) is None
    assert tokens.read(AccessTokens(SECRET + "!", "https://coach.example").issue(USER, GRANT, [])) is None


def test_forged_and_broken_tokens_are_refused(tokens: AccessTokens) -> None:
    good = tokens.issue(USER, GRANT, ["laps:read"])
    header, payload, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    unsigned = f"{encoded({'alg': 'none', 'typ': 'at+jwt'})}.{payload}."
    widened = f"{header}.{encoded({**claims, 'scope': 'admin'})}.{signature}"
    for forged in ("", "x", "a.b.c", "..", good[:-4], unsigned, widened, f"{good}.x", good.replace(".", ":"), "\u2603" * 40):
        assert tokens.read(forged) is None


@pytest.mark.parametrize(
    ("header", "change"),
    [
        ({"alg": "HS256"}, {}),
        ({"alg": "HS256", "typ": "JWT"}, {}),
        ({"alg": "HS256", "typ": "at+jwt"}, {"aud": "something-else"}),
        ({"alg": "HS256", "typ": "at+jwt"}, {"sub": "not a uuid"}),
        ({"alg": "HS256", "typ": "at+jwt"}, {"exp": None}),
        ({"alg": "HS256", "typ": "at+jwt"}, {"grant": 7}),
    ],
)
def test_tokens_signed_with_our_key_for_another_use_are_refused(
    tokens: AccessTokens, header: dict[str, str], change: dict[str, object]
) -> None:
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": "https://coach.example",
        "aud": "racing-coach-api",
        "sub": str(USER),
        "grant": str(GRANT),
        "scope": "",
        "iat": now,
        "exp": now + 60,
    }
    merged = {key: value for key, value in {**claims, **change}.items() if value is not None}
    key = OctKey.import_key(derive_key(SECRET, "access token"))
    good = {"alg": "HS256", "typ": "at+jwt"}
    assert tokens.read(jwt.encode(good, claims, key, algorithms=["HS256"])) is not None
    assert tokens.read(jwt.encode(header, merged, key, algorithms=["HS256"])) is None


def test_each_purpose_has_its_own_key() -> None:
    assert derive_key(SECRET, "access token") != derive_key(SECRET, "second factor")
