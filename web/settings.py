"""Every setting of the service, from the environment; `docs/service-settings.md` is made from this file.

Secrets are SecretStr, so that neither a log line nor a traceback shows them. In production a missing or weak secret is refused;
on one machine a strong one is made and kept in the data folder.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections import Counter
from contextlib import suppress
from enum import StrEnum
from math import log2
from pathlib import Path
from typing import Annotated, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from coach.files import make_folder
from web.errors import CannotStart

PREFIX = "RACING_COACH_"
MIN_SECRET_BYTES = 32  # as long as the keys that are derived from it
MIN_SECRET_ENTROPY_BITS = 96.0  # Shannon entropy of its characters times its length; 32 random hex digits have about 115

OWASP_ARGON2_KIB, OWASP_ARGON2_PASSES = 19_456, 2  # OWASP Password Storage Cheat Sheet: the least for Argon2id


class Environment(StrEnum):
    """Where the service runs."""

    LOCAL = "local"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How log lines look."""

    CONSOLE = "console"
    JSON = "json"


def default_data_folder() -> Path:
    """Where one machine keeps everything unless it is told otherwise. Root's own folder is closed to the database's account."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "racing-coach-service"
    if os.geteuid() == 0:
        return Path("/var/lib/racing-coach-service")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "racing-coach-service"


def _plain_name(name: str) -> AliasChoices:
    """A variable that has no prefix because other programs call it so, too."""
    return AliasChoices(name.lower(), name)


class OpenIdProvider(BaseModel):
    """Somebody else who knows who people are."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern="^[a-z0-9-]{1,40}$")  # in addresses and in the database: never change it
    title: str = Field(max_length=60)  # on the button
    issuer: str
    client_id: str
    client_secret: SecretStr


Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """The service's settings. Order and texts are those of the page."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, populate_by_name=True, hide_input_in_errors=True)

    # Where and what
    environment: Environment = Field(
        Environment.LOCAL,
        description="`production` refuses to start with a missing or weak secret, without https, or with mail that goes to a folder.",
    )
    data: Path = Field(
        default_factory=default_data_folder, description="Folder of everything that one machine keeps: database, lap files, mail, secret."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field(
        "",
        description="Address under which people reach the site, for links in mail and for the check of where a form came from. Default: `http://HOST:PORT`.",
    )
    trusted_proxies: Names = Field(
        (), description="Addresses of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, separated by commas."
    )
    secret: SecretStr = Field(
        SecretStr(""),
        description="Key of signatures and pseudonyms: 32 random bytes or more, such as `openssl rand -base64 48` prints. On one machine it is made and kept in the data folder.",
    )

    # Database and files
    database_url: SecretStr = Field(
        SecretStr(""),
        validation_alias=_plain_name("DATABASE_URL"),
        description="PostgreSQL 17 or newer, as `postgresql://user:password@host/name`. Empty: the embedded server in the data folder.",
    )
    database_connections: int = Field(10, ge=2, le=200, description="Connections to the database that one process keeps at most.")
    s3_bucket: str = Field("", validation_alias=_plain_name("S3_BUCKET"), description="Bucket for lap files. Empty: the data folder.")
    s3_endpoint: str = Field("", validation_alias=_plain_name("S3_ENDPOINT"), description="Address of an S3 server that is not Amazon's.")
    s3_region: str = Field("us-east-1", validation_alias=_plain_name("S3_REGION"), description="Region of the bucket.")
    s3_access_key_id: SecretStr = Field(
        SecretStr(""), validation_alias=_plain_name("S3_ACCESS_KEY_ID"), description="Key id. Empty: what the machine's role gives."
    )
    s3_secret_access_key: SecretStr = Field(SecretStr(""), validation_alias=_plain_name("S3_SECRET_ACCESS_KEY"), description="Secret key.")

    # Work behind the pages
    worker: bool = Field(default=True, description="Whether `serve` runs jobs, too; `--no-worker` switches it off.")
    job_concurrency: int = Field(2, ge=2, le=64, description="Jobs that one worker runs at a time.")
    failed_jobs_days: int = Field(
        7,
        ge=1,
        le=7,
        description="Days that a job that was given up is kept to look into: a mail in it has an address and a text. The privacy policy allows 7.",
    )

    # Mail
    smtp_host: str = Field("", description="Mail server. Empty: mail is written to the folder `mail` in the data folder.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: str = Field("starttls", pattern="^(starttls|tls|none)$", description="`starttls`, `tls` or `none`.")
    smtp_username: str = Field("", description="User at the mail server; empty: none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password there.")
    mail_from: str = Field("Racing Coach <racing-coach@localhost>", description="Sender of mail.")

    # Accounts
    operator: str = Field(
        "The host of this service", max_length=200, description="Who runs the service, as the privacy policy and the terms name them."
    )
    contact: str = Field(
        "the person who gave you this address",
        max_length=200,
        description="Where people write about their data: an e-mail address or a page.",
    )
    registration: bool = Field(default=True, description="Whether anybody may register; `false` leaves it to accounts that exist.")
    argon2_memory_kib: int = Field(
        65_536,
        ge=8,
        description="Memory of one password hash in KiB (RFC 9106: 65536 with 3 passes). Production refuses less than OWASP's minimum of 19456.",
    )
    argon2_passes: int = Field(3, ge=1, description="Passes of one password hash; production refuses fewer than 2.")
    argon2_lanes: int = Field(4, ge=1, description="Lanes of one password hash.")
    discord_client_id: str = Field("", description="Client id of an application at Discord; empty: no sign-in with Discord.")
    discord_client_secret: SecretStr = Field(SecretStr(""), description="Its secret.")
    discord_url: str = Field("https://discord.com", description="Where Discord is; tests put a stand-in here.")
    oidc_providers: tuple[OpenIdProvider, ...] = Field(
        (),
        description='OpenID providers as JSON: `[{"name": "league", "title": "Our league", "issuer": "https://id.example.org", "client_id": "...", "client_secret": "..."}]`.',
    )

    # Protection
    max_body_kb: int = Field(256, ge=16, description="Largest request body of routes that take no files, in kB.")
    requests_per_minute: int = Field(
        600,
        ge=1,
        description="Requests that one address may make per minute, static files not counted; counted by each process for itself, so with two it is twice as many.",
    )
    cors_origins: Names = Field((), description="Origins of other sites whose scripts may call `/api`, separated by commas. Empty: none.")
    metrics_token: SecretStr = Field(SecretStr(""), description="Bearer token for `/metrics`. Empty: the page is not there.")

    # Laps
    max_upload_mb: int = Field(200, ge=1, le=4000, description="Largest file that may be sent, in MB; an hour of iRacing is about 200.")
    max_files_at_once: int = Field(20, ge=1, le=200, description="Files that one form may send.")
    max_unpacked_mb: int = Field(1000, ge=1, le=8000, description="What a packed file may become, in MB.")
    quota_mb: int = Field(5000, ge=1, description="What the lap files of one account may take, in MB; a lap has about 0.1.")

    # What is written down
    log_format: LogFormat = Field(LogFormat.CONSOLE, description="`console` for people, `json` for machines.")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="`debug`, `info`, `warning` or `error`.")

    @field_validator("trusted_proxies", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and (not value.startswith(("http://", "https://")) or value.count("/") != 2):
            raise ValueError("give scheme and host only, such as https://laps.example.org")
        return value

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.secret.get_secret_value() and (fault := weakness(self.secret.get_secret_value())):
            raise ValueError(f"{PREFIX}SECRET {fault}")
        if self.environment is Environment.PRODUCTION:
            if not self.secret.get_secret_value():
                raise ValueError(f"{PREFIX}SECRET must be set in production")
            if not self.public_url.startswith("https://"):
                raise ValueError(f"{PREFIX}PUBLIC_URL must be set in production and begin with https://")
            if self.argon2_memory_kib < OWASP_ARGON2_KIB or self.argon2_passes < OWASP_ARGON2_PASSES:
                raise ValueError(
                    f"{PREFIX}ARGON2_MEMORY_KIB or {PREFIX}ARGON2_PASSES is too low for production: hashes would be cheap to try out"
                )
            if not self.smtp_host:
                raise ValueError(f"{PREFIX}SMTP_HOST must be set in production: people could not confirm their address")
            if self.metrics_token.get_secret_value() and (fault := weakness(self.metrics_token.get_secret_value())):
                raise ValueError(f"{PREFIX}METRICS_TOKEN {fault}")
        return self

    @property
    def embedded(self) -> bool:
        """Whether the database is our own server in the data folder."""
        return not self.database_url.get_secret_value()

    @property
    def origin(self) -> str:
        """Scheme and host of the site, as browsers name it."""
        return self.public_url or f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def https(self) -> bool:
        """Whether browsers reach the site encrypted; then cookies are `Secure` and `__Host-`."""
        return self.origin.startswith("https://")


def weakness(secret: str) -> str:
    """Why a secret is too weak, or nothing. Length and variety only: what a person made up and repeated fails, too."""
    if len(secret.encode()) < MIN_SECRET_BYTES:
        return f"has fewer than {MIN_SECRET_BYTES} bytes"
    counts = Counter(secret)
    bits = -sum(count * log2(count / len(secret)) for count in counts.values())
    if bits < MIN_SECRET_ENTROPY_BITS or "change" in secret.lower() or "secret" in secret.lower():
        return "is easy to guess: take what `openssl rand -base64 48` prints"
    return ""


def load_settings(**given: object) -> Settings:
    """Settings from the environment, those given by name on top; a secret is made for one machine. CannotStart names what is wrong."""
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        name = place.upper() if place.lower() == "database_url" or place.startswith("s3_") else f"{PREFIX}{place.upper()}"
        said = first["msg"].removeprefix("Value error, ")
        raise CannotStart(f"{name if place else 'Settings'}: {said}.") from None
    if settings.secret.get_secret_value():
        return settings
    return settings.model_copy(update={"secret": SecretStr(_kept_secret(settings.data / "secret"))})


def _kept_secret(path: Path) -> str:
    """The secret of this data folder, made once; readable by its owner only, and whole for whoever reads it."""
    make_folder(path.parent)
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
            with suppress(FileExistsError):  # another process was first: its secret counts
                os.link(fresh, path)
            fresh.unlink()
        except OSError as error:
            raise CannotStart(f"The data folder {path.parent} cannot be written: {error.strerror}.") from error
    return path.read_text(encoding="ascii").strip()
