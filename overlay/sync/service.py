"""The service's API as the overlay uses it: one method per question, errors in words, access tokens renewed on the way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from coach.errors import Unreachable
from coach.file_lock import FileLock
from overlay.sync.errors import Busy, Refused, SignedOut
from overlay.sync.tokens import Tokens

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = "laps:read laps:write references:read references:write consent profile"
TIMEOUT_S = 15.0  # with a poll every 30 s at most, the two switches agree within a minute even when one answer is lost
LOCK_S = 30.0
OUT = "Sign in to the service first."
ENDED = "The service has ended this program's access (signed out there, or the account is gone). Sign in again; no lap is lost."


@dataclass(frozen=True, slots=True)
class Code:
    """What the driver confirms in a browser. `page_with_code` is for a QR code."""

    device_code: str
    user_code: str
    page: str
    page_with_code: str
    expires_in_s: float
    interval_s: float


@dataclass(frozen=True, slots=True)
class Account:
    """Whose laps these are."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class SiteConsent:
    """What the site's switch says; `current_version` and `text` are what a yes would be given to."""

    given: bool
    current_version: str
    text: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A lap file that the service has. `number`: to ask for it while `is_read` is false; `refused`: why it cannot be used, or ""."""

    number: str
    is_read: bool
    refused: str


class Service:
    """One service, one account. May be used from several threads. Every call: Unreachable, SignedOut, Refused."""

    def __init__(self, address: str, tokens: Tokens, *, timeout_s: float = TIMEOUT_S, transport: httpx.BaseTransport | None = None) -> None:
        self.address, self.tokens = address, tokens
        self._client = httpx.Client(
            base_url=address,
            timeout=timeout_s,
            transport=transport,
            headers={"User-Agent": "racing-coach-overlay", "Accept": "application/json"},
        )
        self._access = ""
        self.seems_signed_in = tokens.load() is not None  # as of the last look: a window asks often, a keyring answers slowly
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[str, Any]] = {}  # address -> ETag and document of the last answer

    @property
    def is_signed_in(self) -> bool:
        """Whether there is a token; the service may have ended it meanwhile."""
        self.seems_signed_in = self.tokens.load() is not None
        return self.seems_signed_in

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    # Signing in

    def start_sign_in(self, client_name: str) -> Code:
        """Ask for a code to show."""
        got = self._open("POST", "/api/v1/auth/device", data={"client_name": client_name, "scope": SCOPES}).json()
        return Code(
            got["device_code"],
            got["user_code"],
            got["verification_uri"],
            got["verification_uri_complete"],
            got["expires_in"],
            got["interval"],
        )

    def poll_sign_in(self, code: Code) -> str:
        """Whether it was confirmed: "" when this program is signed in now, else the answer of RFC 8628 (`authorization_pending`, ...)."""
        answer = self._send("POST", "/api/v1/auth/token", data={"grant_type": DEVICE_GRANT, "device_code": code.device_code})
        if answer.status_code == 400:
            return str(_document(answer).get("error", "invalid_grant"))
        self._take_tokens(_good(answer))
        return ""

    def sign_out(self) -> None:
        """End the access on the service, where it can be reached, and on this machine in any case."""
        token = self.tokens.load()
        self.tokens.forget()
        self.seems_signed_in = False
        self._access = ""
        self._seen.clear()
        if token is not None:
            self._open("POST", "/api/v1/auth/revoke", data={"token": token})

    def account(self) -> Account:
        """Whose account this is."""
        got = self._ask("GET", "/api/v1/me").json()
        return Account(got["id"], got["name"])

    # Sharing

    def consent(self) -> SiteConsent:
        """What the site's switch says now."""
        return _consent(self._asked("/api/v1/consent"))

    def change_consent(self, *, given: bool, version: str) -> SiteConsent:
        """Turn the site's switch. Refused 409: the text has changed since `version`."""
        return _consent(self._ask("PUT", "/api/v1/consent", json={"share_telemetry": given, "version": version}).json())

    # Laps

    def send_lap(self, name: str, size_bytes: int, body: Iterator[bytes]) -> Kept:
        """Send one lap file. When this returns the service has it on its disk; the same file again is no second lap."""
        self._access = self._access or self._renewed(self._access)  # before the body runs: it can be sent only once
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size_bytes)}
        return _kept(self._ask("POST", "/api/v1/laps", params={"name": name}, content=body, headers=headers).json())

    def became(self, number: str) -> Kept:
        """What became of a lap file that was sent. Refused 404: the account there knows nothing of it."""
        return _kept(self._ask("GET", f"/api/v1/uploads/{number}").json())

    # References

    def chosen_references(self) -> list[dict[str, Any]]:
        """Every choice that the driver has made in the site."""
        return list(self._asked("/api/v1/references/chosen")["chosen"])

    def closest_references(self, subject: dict[str, str]) -> list[dict[str, Any]]:
        """References for one car on one track, the best match first."""
        return list(self._ask("GET", "/api/v1/references", params=subject).json()["references"])

    def choose_reference(self, lap_id: str) -> None:
        """Choose it, as on the site."""
        self._ask("PUT", "/api/v1/references/chosen", json={"lap_id": lap_id})

    def file(self, path: str) -> bytes:
        """A lap file."""
        if not path.startswith("/api/v1/"):
            raise Refused(f"The service names a file outside its API: {path}", 400)
        return self._ask("GET", path).content

    # How

    def _asked(self, path: str) -> Any:
        """A document that seldom changes: where the service says it has not, the one from before."""
        tag, document = self._seen.get(path, ("", None))
        answer = self._ask("GET", path, headers={"If-None-Match": tag} if tag else {})
        if answer.status_code != 304:
            document = answer.json()
            self._seen[path] = (answer.headers.get("ETag", ""), document)
        return document

    def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """With the access token; once more with a new one where the service does not take it and nothing of a body is lost."""
        access = self._access or self._renewed("")
        headers = given.pop("headers", {})
        answer = self._send(method, path, headers={**headers, "Authorization": f"Bearer {access}"}, **given)
        if answer.status_code == 401:
            access = self._renewed(access)
            if "content" in given:
                raise Busy("The sign-in was renewed while a lap was being sent.", 0.0)
            answer = self._send(method, path, headers={**headers, "Authorization": f"Bearer {access}"}, **given)
        if answer.status_code == 401:
            raise SignedOut(ENDED)
        return _good(answer)

    def _renewed(self, old: str) -> str:
        """Another access token than `old`, by the refresh token; one at a time, among processes, too: each use replaces it."""
        with self._lock:
            if self._access and self._access != old:
                return self._access
            self._access = ""
            lock = FileLock(self.tokens.path.with_suffix(".lock"))
            if not lock.acquire(LOCK_S):
                raise Busy("Another overlay is renewing the sign-in.", 5.0)
            try:
                token = self.tokens.load()
                if token is None:
                    raise SignedOut(OUT)
                answer = self._send("POST", "/api/v1/auth/token", data={"grant_type": "refresh_token", "refresh_token": token})
                if answer.status_code == 400:
                    self.tokens.forget()
                    self.seems_signed_in = False
                    raise SignedOut(ENDED)
                self._take_tokens(_good(answer))
            finally:
                lock.release()
            return self._access

    def _take_tokens(self, answer: httpx.Response) -> None:
        got = answer.json()
        self.tokens.keep(got["refresh_token"])
        self.seems_signed_in = True
        self._access = str(got["access_token"])

    def _open(self, method: str, path: str, **given: Any) -> httpx.Response:
        return _good(self._send(method, path, **given))

    def _send(self, method: str, path: str, **given: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **given)
        except httpx.HTTPError as error:
            host = urlsplit(self.address).netloc
            raise Unreachable(f"{host} cannot be reached ({type(error).__name__}: {error}).") from error


def _consent(got: dict[str, Any]) -> SiteConsent:
    return SiteConsent(bool(got["share_telemetry"]), str(got["current_version"]), str(got["text"]))


def _kept(got: dict[str, Any]) -> Kept:
    state = got["state"]
    return Kept(str(got["id"]), state != "waiting", (str(got["says"]) or "it does not say why") if state == "refused" else "")


def _good(answer: httpx.Response) -> httpx.Response:
    """The answer, or what it says against it."""
    status = answer.status_code
    if status < 400 or status == 401:
        if status >= 300 and status not in {304, 401}:
            raise Unreachable(f"{answer.request.url.host} points elsewhere ({status}): check the service's address.")
        return answer
    says = str(_document(answer).get("detail") or _document(answer).get("title") or f"the service answered {status}")
    if status == 429 or status >= 500:
        raise Busy(says, _after_s(answer))
    raise Refused(says, status)


def _after_s(answer: httpx.Response) -> float:
    try:
        return min(3600.0, max(0.0, float(answer.headers.get("Retry-After", "0"))))
    except ValueError:
        return 0.0


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        got = json.loads(answer.content)
    except ValueError:
        return {}
    return got if isinstance(got, dict) else {}
