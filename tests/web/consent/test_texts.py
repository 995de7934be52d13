from __future__ import annotations

import re
from datetime import timedelta

import pytest

from web import audit
from web.accounts import browsers, programs, registration
from web.accounts.one_time import Purpose
from web.accounts.throttle import Deed
from web.consent.texts import Kind, Text, current, of_version, versions
from web.models.base import Base
from web.settings import Settings

# The words that people have agreed to. A failure here means that a published text was edited: make a new version instead.
PUBLISHED = {
    (Kind.TERMS, "2026-11-28"): "0a0e7638acef6499ba313c159c54732c3faea7fa583b44dce5e70fbcfc5c8840",
    (Kind.PRIVACY, "2026-11-28"): "f50f9a6fa74211ed7b8a346384d1ab2af82b088d63619672294ddadcabf51c10",
    (Kind.TELEMETRY, "2026-11-28"): "65edb803ad433d42b990aceb4310b78730b9b54e0844a7f03c3a35a1dae546e7",
    (Kind.PRIVACY, "2026-11-29"): "3ae097a5d14dbdbfd58717511b064074d98d4220a4dab3418cf4b2f2c7e7e18c",
    (Kind.TELEMETRY, "2026-11-29"): "6fe5d3f3fe267ee65ae1700fbdcb9e61a817cda6eb8ad68aa2ab99fff795c5a5",
}


@pytest.mark.parametrize("kind", Kind)
def test_every_text_has_a_dated_version_that_can_be_found_again(kind: Kind) -> None:
    text = current(kind)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", text.version)
    assert of_version(kind, text.version) is text
    assert of_version(kind, "1999-01-01") is None
    assert [one.version for one in versions(kind)] == sorted((one.version for one in versions(kind)), reverse=True)


@pytest.mark.parametrize("kind", Kind)
def test_a_published_text_is_never_edited(kind: Kind) -> None:
    for text in versions(kind):
        assert PUBLISHED[kind, text.version] == text.sha256.hex()


@pytest.mark.parametrize("kind", [Kind.TERMS, Kind.PRIVACY])
def test_drafts_say_that_they_await_legal_review(kind: Kind) -> None:
    assert "Draft for legal review" in current(kind).markdown


def test_the_telemetry_text_says_what_why_who_and_how_long() -> None:
    for question in ("**What:**", "**Why:**", "**Who:**", "**How long:**"):
        assert question in current(Kind.TELEMETRY).markdown


@pytest.mark.parametrize("kind", Kind)
def test_nothing_is_left_to_fill_in(kind: Kind) -> None:
    html = current(kind).html("Liga *Süd* <script>", "help_me@example.org")
    assert "{{" not in html
    assert "Liga *Süd* &lt;script&gt;" in html
    if kind is not Kind.TELEMETRY:
        assert "help_me@example.org" in html


def test_the_policy_s_table_is_a_table() -> None:
    assert current(Kind.PRIVACY).html("A", "b").count("<tr>") == 15


# Where the policy speaks of what each table holds about people; None: it holds nothing about anybody.
IN_THE_POLICY = {
    "users": "E-mail address, name you chose",
    "identities": "accounts at sign-in providers",
    "recovery_codes": "hashes of recovery codes",
    "browser_sessions": "Browsers and programs that are signed in",
    "grants": "Browsers and programs that are signed in",
    "device_sign_ins": "a program that asks to be let in",
    "one_time_tokens": "a link to a new address or password",
    "pending_registrations": "a registration that you have not confirmed",
    "consent_records": "What you agreed to: which text, which version, when, from where",
    "audit_events": "Events of your account",
    "uploads": "The list of uploads: a file's name, size and fingerprint, when it came, what became of it",
    "tracks": "your map of the track",
    "combinations": "Laps: telemetry of the car, car, track",
    "drives": "Laps: telemetry of the car, car, track",
    "laps": "Laps: telemetry of the car, car, track",
    "lap_comparisons": "results of the analysis",
    "reference_laps": "laps that you marked, with name and licence",
    "chosen_references": "those that you chose to be measured against",
    "training_exports": "training files under a pseudonym",
    "exported_laps": "which of your laps is which there",
    "job_runs": None,
}


def test_the_policy_speaks_of_every_table() -> None:
    assert set(IN_THE_POLICY) == set(Base.metadata.tables)
    for words in filter(None, IN_THE_POLICY.values()):
        assert words in current(Kind.PRIVACY).markdown


def test_the_policy_says_how_long_the_program_keeps_things() -> None:
    policy = current(Kind.PRIVACY).markdown
    days = Settings.model_fields["failed_jobs_days"]
    assert (
        f"list of undelivered mail | to deliver it, and to find out why it could not be | contract, Art. 6 (1) b | until it is delivered; undelivered mail {days.default} days"
        in policy
    )
    assert [limit.le for limit in days.metadata if hasattr(limit, "le")] == [days.default]  # no host may keep it longer
    assert f"browsers {browsers.IDLE.days} days after the last use, programs {programs.UNUSED.days} days" in policy
    assert registration.LIFETIME == max(one.lifetime for one in Purpose if one is not Purpose.FIRST_ADMIN) == timedelta(hours=24)
    assert Purpose.FIRST_ADMIN.lifetime == timedelta(days=7)
    assert "24 hours at most, a link for the first administrator a week" in policy
    assert (audit.KEPT.days, "| one year;" in policy) == (365, True)
    assert max(limit.get_expiry() for deed in Deed for limit in (deed.value.per_account, deed.value.per_address)) == 3600
    assert "in memory | to slow down attacks | legitimate interest in security, Art. 6 (1) f | an hour |" in policy


def test_raw_html_in_a_text_stays_text() -> None:
    assert "<b>" not in Text(Kind.TERMS, "2000-01-01", "<b>bold</b>").html("A", "b")
