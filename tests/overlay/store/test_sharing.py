from __future__ import annotations

from datetime import date

import pytest

from coach.errors import CannotWrite
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings, Sharing
from overlay.store.sharing import give_consent, shares_from, withdraw_consent
from tests.overlay.store.laps import content

TODAY = date(2026, 11, 28)


@pytest.fixture
def file(tmp_path):
    return SettingsFile(tmp_path / "settings.toml")


def test_consent_covers_laps_from_then_on_until_it_is_withdrawn(store, file):
    store.save(content(1))
    assert shares_from(Settings()) is None
    settings = give_consent(Settings(), file, store, TODAY)
    lap = store.save(content(2))
    store.offer_to_service()

    assert file.load().settings.sharing == Sharing(consent=True, date="2026-11-28", from_sequence=2)
    assert give_consent(settings, file, store, TODAY) is settings
    assert shares_from(settings) == 2
    assert store.spool.waiting() == {lap.id}

    settings = withdraw_consent(settings, file, store)
    assert file.load().settings.sharing == settings.sharing == Sharing()
    assert store.spool.entries() == ()
    assert store.offer_to_service() == 0


def test_consent_that_cannot_be_written_down_is_not_given(store, file):
    file.path.mkdir()
    with pytest.raises(CannotWrite):
        give_consent(Settings(), file, store, TODAY)
    assert store.spool.shares_from() is None


def test_withdrawing_empties_the_spool_even_when_the_settings_cannot_be_written(store, file):
    settings = give_consent(Settings(), file, store, TODAY)
    store.save(content(2))
    store.offer_to_service()
    file.path.unlink()
    file.path.mkdir()
    with pytest.raises(CannotWrite):
        withdraw_consent(settings, file, store)
    assert store.spool.entries() == ()
