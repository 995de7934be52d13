from __future__ import annotations

import re

import pytest

from web.consent.texts import Kind, Text, current, of_version, versions

# The words that people have agreed to. A failure here means that a published text was edited: make a new version instead.
PUBLISHED = {
    (Kind.TERMS, "2026-11-28"): "0a0e7638acef6499ba313c159c54732c3faea7fa583b44dce5e70fbcfc5c8840",
    (Kind.PRIVACY, "2026-11-28"): "f50f9a6fa74211ed7b8a346384d1ab2af82b088d63619672294ddadcabf51c10",
    (Kind.TELEMETRY, "2026-11-28"): "65edb803ad433d42b990aceb4310b78730b9b54e0844a7f03c3a35a1dae546e7",
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
    assert current(Kind.PRIVACY).html("A", "b").count("<tr>") == 9


def test_raw_html_in_a_text_stays_text() -> None:
    assert "<b>" not in Text(Kind.TERMS, "2000-01-01", "<b>bold</b>").html("A", "b")
