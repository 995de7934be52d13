"""Settings: from the environment, refused by name, secrets strong and never shown."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from web.errors import CannotStart
from web.settings import Settings, load_settings, weakness
from web.settings_page import PAGE, settings_page, variable

GOOD = "q8Zr2VdK0nXwT5sYb7LfGc3HjPm9Ua1EoI6"
PRODUCTION = {
    "RACING_COACH_ENVIRONMENT": "production",
    "RACING_COACH_PUBLIC_URL": "https://laps.example.org",
    "RACING_COACH_SECRET": GOOD,
    "RACING_COACH_SMTP_HOST": "mail.example.org",
}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("production")
def test_production_starts_when_all_is_set() -> None:
    settings = load_settings()
    assert settings.https
    assert settings.origin == "https://laps.example.org"


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("missing", ["RACING_COACH_PUBLIC_URL", "RACING_COACH_SECRET", "RACING_COACH_SMTP_HOST"])
def test_production_refuses_to_start_without(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(CannotStart, match=missing):
        load_settings()


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(("name", "value"), [("RACING_COACH_ARGON2_MEMORY_KIB", "64"), ("RACING_COACH_ARGON2_PASSES", "1")])
def test_production_refuses_password_hashes_that_are_cheap_to_try_out(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CannotStart, match="ARGON2"):
        load_settings()


def test_providers_come_from_one_variable_and_hide_their_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = '[{"name": "league", "title": "Our league", "issuer": "https://id.example.org", "client_id": "x", "client_secret": "hidden"}]'
    monkeypatch.setenv("RACING_COACH_OIDC_PROVIDERS", entry)
    settings = load_settings()
    assert settings.oidc_providers[0].title == "Our league"
    assert "hidden" not in repr(settings)
    monkeypatch.setenv("RACING_COACH_OIDC_PROVIDERS", entry.replace("league", "Our League!", 1))
    with pytest.raises(CannotStart):
        load_settings()


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    "secret",
    ["short", "changeme-changeme-changeme-changeme-changeme", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "secret-" * 8, "12" * 20],
)
def test_weak_secret_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("RACING_COACH_SECRET", secret)
    with pytest.raises(CannotStart) as refused:
        load_settings()
    assert "RACING_COACH_SECRET" in str(refused.value)
    assert secret not in str(refused.value)


def test_random_secrets_of_the_usual_kinds_are_strong() -> None:
    import base64
    import os

    for _ in range(200):
        assert not weakness(base64.b64encode(os.urandom(48)).decode())
        assert not weakness(os.urandom(32).hex())


def test_one_machine_makes_a_secret_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    first, again = load_settings(data=tmp_path), load_settings(data=tmp_path)
    assert first.secret.get_secret_value() == again.secret.get_secret_value()
    assert not weakness(first.secret.get_secret_value())
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_secrets_show_in_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:hunter2@host/laps")
    settings = load_settings(data=tmp_path)
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RACING_COACH_PORT", "http"),
        ("RACING_COACH_PUBLIC_URL", "laps.example.org"),
        ("RACING_COACH_PUBLIC_URL", "https://laps.example.org/path"),
        ("RACING_COACH_SMTP_SECURITY", "maybe"),
    ],
)
def test_value_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CannotStart, match=name):
        load_settings()


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RACING_COACH_CORS_ORIGINS", "https://a.test, https://b.test")
    assert load_settings(data=tmp_path).cors_origins == ("https://a.test", "https://b.test")


def test_page_is_up_to_date_and_has_every_setting() -> None:
    page = settings_page()
    assert PAGE.read_text(encoding="utf-8") == page, "run `make docs`"
    for name, field in Settings.model_fields.items():
        assert f"| `{variable(name, field)}` |" in page
        assert field.description
