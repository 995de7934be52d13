"""What forms and programs send about accounts."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, EmailStr, Field

from web.http.forms import Form

# Letters may be of any script; marks that turn the direction of text or hide in it would let one name look like another.
UNSEEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
DIRECTION_MARKS = set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def _seen(text: str) -> str:
    """The text without what cannot be seen, blanks joined."""
    kept = "".join(" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", text))
    kept = "".join(letter for letter in kept if unicodedata.category(letter) not in UNSEEN and letter not in DIRECTION_MARKS)
    kept = " ".join(kept.split())
    if not kept:
        raise ValueError("Write something that can be read.")
    return kept


def _lowered(email: str) -> str:
    return email.lower()


Email = Annotated[EmailStr, Field(max_length=320), AfterValidator(_lowered)]
Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_seen)]
Secret = Annotated[str, Field(min_length=1, max_length=1000)]  # what somebody typed as password or code; judged elsewhere
Token = Annotated[str, Field(min_length=1, max_length=200)]


class Registration(Form):
    """The form of the page Register. The versions are those of the texts that the page showed."""

    email: Email
    name: Name
    password: Secret
    terms_version: str = Field(max_length=20)
    telemetry_version: str = Field(max_length=20)
    share_telemetry: bool = False


class Confirmation(Form):
    """The link of the registration mail, and the password chosen then: it is the mailbox's owner who registered."""

    token: Token
    password: Secret


class SignIn(Form):
    """E-mail address and password."""

    email: Email
    password: Secret
    next: str = Field("", max_length=2000)


class SecondStep(Form):
    """Six digits or a recovery code."""

    token: Token
    code: str = Field(min_length=1, max_length=40)
    next: str = Field("", max_length=2000)


class EmailOnly(Form):
    """Where to send a link."""

    email: Email


class ResetPassword(Form):
    """A new password with the link that allows it."""

    token: Token
    password: Secret


class ChangePassword(Form):
    """A new password; the old one where there is one."""

    current_password: str = Field("", max_length=1000)
    password: Secret


class ChangeEmail(Form):
    """Another address."""

    email: Email
    current_password: str = Field("", max_length=1000)


class ChangeName(Form):
    """Another name."""

    name: Name


class Proof(Form):
    """The password, asked again before something that cannot be undone."""

    current_password: str = Field("", max_length=1000)


class NewFactor(Proof):
    """The first code of a new authenticator, and the password: a browser left open must not lock its owner out."""

    code: str = Field(min_length=1, max_length=40)


class ProviderSignUp(Form):
    """What is asked of somebody who comes through a provider for the first time."""

    token: Token
    name: Name
    terms_version: str = Field(max_length=20)
    telemetry_version: str = Field(max_length=20)
    share_telemetry: bool = False


class FirstAdmin(Form):
    """The first administrator, made with the link that the service prints."""

    token: Token
    email: Email
    name: Name
    password: Secret


class DeviceDecision(Form):
    """Whether the program with this code may."""

    code: str = Field(max_length=40)
    decision: str = Field(pattern="^(allow|deny)$")
