"""Accounts and what signs them in. A user exists once their e-mail address is verified, never before."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified, now


class User(Identified, Base):
    """A driver, or an administrator."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(320), unique=True)  # lower-cased
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str | None] = mapped_column(String(300))  # None: signs in through a provider only
    is_admin: Mapped[bool] = mapped_column(default=False)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)  # since the last one that worked
    locked_until: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # encrypted
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in takes a code as well."""
        return self.totp_confirmed_at is not None


class Identity(Identified, Base):
    """An account at a sign-in provider that opens an account here."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("provider", "subject"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(255))


class RecoveryCode(Identified, Base):
    """Stands in for the second factor once."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)


class BrowserSession(Identified, Base):
    """A browser that is signed in, since its user last proved who they are. The browser holds the token, this row its hash."""

    __tablename__ = "browser_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    browser: Mapped[str] = mapped_column(String(120))  # so that its owner recognises it: "Firefox on Windows"
    seen_at: Mapped[datetime] = mapped_column(default=now)


class Grant(Identified, Base):
    """What a program may do for a user until one of them ends it. Its refresh token changes at every use."""

    __tablename__ = "grants"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    client: Mapped[str] = mapped_column(String(80))  # "Racing Coach overlay on SIM-PC"
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    used_at: Mapped[datetime] = mapped_column(default=now)
    refresh_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    previous_refresh_hash: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    refreshed_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]


class DeviceSignIn(Identified, Base):
    """A program that waits for its user to confirm it in a browser (RFC 8628)."""

    __tablename__ = "device_sign_ins"

    device_code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_code: Mapped[str] = mapped_column(String(8), unique=True)
    client: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    interval_s: Mapped[int]
    polled_at: Mapped[datetime | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))  # who decided
    approved: Mapped[bool | None]  # None: not decided yet


class OneTimeToken(Identified, Base):
    """A link in a mail, or one step of signing in: good once, for one purpose, for a while. Using it deletes it."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (Index("ix_one_time_tokens_user_purpose", "user_id", "purpose"),)

    purpose: Mapped[str] = mapped_column(String(40))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class PendingRegistration(Identified, Base):
    """Somebody who wrote down an e-mail address but has not shown yet that it is theirs."""

    __tablename__ = "pending_registrations"

    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # None until the mail goes out
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(300))
    consents: Mapped[dict[str, Any]] = mapped_column(JSONB)  # kind -> version and whether given: what the form showed
    expires_at: Mapped[datetime] = mapped_column(index=True)
