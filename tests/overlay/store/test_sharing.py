from __future__ import annotations

from datetime import date

import pytest

from coach.errors import CannotWrite
from overlay.desk.port import DeskBusy
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings, Sharing
from overlay.store.sharing import give_consent, shares_from, withdraw_consent
from tests.overlay.store.laps import content

TODAY = date(2026, 11, 28)


class Kept:
    """Settings in memory and in a file."""

    def __init__(self, file):
        self.file, self.settings = file, Settings()

    def read(self):
        return self.settings

    def use(self, settings):
        self.settings = settings

    def keep(self, settings):
        self.file.save(settings)
        self.settings = settings


@pytest.fixture
def kept(tmp_path):
    return Kept(SettingsFile(tmp_path / "settings.toml"))


def test_consent_covers_laps_from_then_on_until_it_is_withdrawn(store, kept):
    store.save(content(1))
    assert shares_from(Settings()) is None
    give_consent(kept.read, kept.keep, store, TODAY)
    lap = store.save(content(2))
    store.offer_to_service()

    given = kept.settings
    assert kept.file.load().settings.sharing == given.sharing == Sharing(consent=True, date="2026-11-28", from_sequence=2)
    give_consent(kept.read, kept.keep, store, TODAY)
    assert kept.settings is given
    assert shares_from(given) == 2
    assert store.spool.waiting() == {lap.id}

    withdraw_consent(kept.read, kept.use, kept.keep, store)
    assert kept.file.load().settings.sharing == kept.settings.sharing == Sharing()
    assert store.spool.entries() == ()
    assert store.offer_to_service() == 0


@pytest.mark.parametrize("busy", [False, True])
def test_consent_that_cannot_be_written_down_is_not_given(store, kept, monkeypatch, *, busy):
    """Whether or not the store can still be told; a lap that is saved after that empties the spool."""
    follow = store.follow

    def refuse_off(*, consent, from_sequence=0):
        if not consent:
            raise DeskBusy("please try again")
        follow(consent=consent, from_sequence=from_sequence)

    if busy:
        monkeypatch.setattr(store, "follow", refuse_off)
    kept.file.path.mkdir()
    with pytest.raises(CannotWrite):
        give_consent(kept.read, kept.keep, store, TODAY)
    assert kept.settings.sharing == Sharing()
    monkeypatch.undo()
    if busy:
        store.save(content(2))
        store.tidy(shares_from(kept.settings), 0)
    assert store.spool.shares_from() is None
    assert store.spool.entries() == ()


def test_consent_is_not_on_the_disk_before_the_store_has_heard_of_it(store, kept, monkeypatch):
    """Else it would be given from the next start on where it could not be taken back, although the driver was told that it is not."""
    on_disk = []

    def refuse(**_):
        on_disk.append(kept.file.load().settings.sharing.consent)
        raise DeskBusy("please try again")

    monkeypatch.setattr(store, "follow", refuse)
    with pytest.raises(DeskBusy):
        give_consent(kept.read, kept.keep, store, TODAY)
    assert on_disk == [False]
    assert kept.file.load().settings.sharing == kept.settings.sharing == Sharing()


def test_withdrawing_counts_in_this_run_even_when_the_settings_cannot_be_written(store, kept):
    """The next lap would have been sent, and those before it again."""
    give_consent(kept.read, kept.keep, store, TODAY)
    store.save(content(2))
    store.tidy(shares_from(kept.settings), 0)
    kept.file.path.unlink()
    kept.file.path.mkdir()
    with pytest.raises(CannotWrite, match=r"Nothing is sent until the overlay is closed; .* on again"):
        withdraw_consent(kept.read, kept.use, kept.keep, store)
    assert store.spool.entries() == ()
    store.save(content(3))
    store.tidy(shares_from(kept.settings), 0)
    assert store.spool.entries() == ()
