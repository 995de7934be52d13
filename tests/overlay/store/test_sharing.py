from __future__ import annotations

import re
from datetime import date

import pytest

from coach.errors import CannotWrite
from overlay.desk.port import DeskBusy
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings, Sharing
from overlay.store.sharing import give_consent, shares_from, withdraw_consent
from overlay.store.store import LapStore
from tests.overlay.store.disks import fill_up, small_disk
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

    assert withdraw_consent(kept.read, kept.use, kept.keep, store) == ""
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
    told = withdraw_consent(kept.read, kept.use, kept.keep, store)
    assert re.search(r"Nothing is sent until the overlay is closed; .* on again", told)
    assert store.spool.entries() == ()
    store.save(content(3))
    store.tidy(shares_from(kept.settings), 0)
    assert store.spool.entries() == ()


def test_withdrawing_counts_on_a_full_disk_and_what_waited_goes_once_there_is_room(tmp_path, kept):
    """It changed nothing: the next lap would have been sent, and those before it again."""
    with small_disk(tmp_path, 1 << 20) as folder:
        store = LapStore(folder)
        give_consent(kept.read, kept.keep, store, TODAY)
        waits = store.save(content(2))
        store.tidy(shares_from(kept.settings), 0)
        fill_up(folder / "ballast")

        told = withdraw_consent(kept.read, kept.use, kept.keep, store)
        assert "Nothing is sent any more" in told
        assert "spool.sqlite could not be written: the disk is full. Make room" in told
        assert kept.file.load().settings.sharing == kept.settings.sharing == Sharing()
        with pytest.raises(CannotWrite):
            store.tidy(shares_from(kept.settings), 0)
        assert store.spool.waiting() == {waits.id}
        with pytest.raises(CannotWrite):  # else what was withdrawn would go with it
            give_consent(kept.read, kept.keep, store, TODAY)
        assert kept.settings.sharing == Sharing()

        (folder / "ballast").unlink()
        store.save(content(3))
        store.tidy(shares_from(kept.settings), 0)
        assert store.spool.entries() == ()
        assert store.spool.shares_from() is None
        store.close()


def test_withdrawing_counts_while_the_store_is_busy_and_the_settings_cannot_be_written(store, kept, monkeypatch):
    give_consent(kept.read, kept.keep, store, TODAY)
    kept.file.path.unlink()
    kept.file.path.mkdir()

    def busy(**_):
        assert kept.settings.sharing == Sharing()  # it counts before anybody is waited for
        raise DeskBusy("please try again")

    monkeypatch.setattr(store, "follow", busy)
    told = withdraw_consent(kept.read, kept.use, kept.keep, store)
    assert "could not be removed yet" in told
    assert "on again at the next start" in told
    assert "please try again" not in told  # the switch is off: there is nothing to try
    assert kept.settings.sharing == Sharing()


def test_laps_of_a_withdrawn_consent_do_not_go_with_the_next_one(store, kept, monkeypatch):
    """Where the spool could not be emptied between the two."""
    give_consent(kept.read, kept.keep, store, TODAY)
    store.save(content(2))
    store.tidy(shares_from(kept.settings), 0)
    with monkeypatch.context() as patch:
        patch.setattr(store, "follow", _refuse)
        assert withdraw_consent(kept.read, kept.use, kept.keep, store)
    assert len(store.spool.waiting()) == 1

    give_consent(kept.read, kept.keep, store, TODAY)
    assert store.spool.entries() == ()
    lap = store.save(content(3))
    store.tidy(shares_from(kept.settings), 0)
    assert store.spool.waiting() == {lap.id}


def _refuse(**_):
    raise CannotWrite("the disk is full.")
