"""The service's place in the overlay with its Qt thread: signing in, the switch turned from the other thread, an end without a hang."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from coach.demo import DemoTruth
from coach.telemetry.sources import open_recording
from overlay.chosen import Chosen
from overlay.service_desk import ServiceDesk
from overlay.settings.file import SettingsFile
from overlay.store.store import LapStore
from overlay.sync.shelf import Shelf
from overlay.sync.status import Mode
from tests.web.sync.conftest import Site
from web.laps.reading import read_file


@pytest.fixture
def chosen(tmp_path: Path) -> Chosen:
    path = tmp_path / "settings.toml"
    path.write_text("[service]\npoll_s = 0.3\n", encoding="utf-8")
    return Chosen(SettingsFile(path))


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def desk(
    site: Site, chosen: Chosen, tmp_path: Path, told: list[str], qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ServiceDesk]:
    monkeypatch.setenv("RACING_COACH_HOME", str(tmp_path / "home"))
    store = LapStore(tmp_path / "store")
    chosen.laps = store
    made = ServiceDesk(site.origin, chosen, tmp_path / "store", Shelf(tmp_path / "references"), lambda: False, told.append)
    made.start()
    yield made
    began = time.monotonic()
    made.stop()
    assert time.monotonic() - began < 5.0
    store.close()


def until(qapp: QApplication, condition: Callable[[], bool], patience_s: float = 40.0) -> None:
    """Let Qt's thread work until it is so."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        qapp.processEvents()
        time.sleep(0.02)


def sign_in(desk: ServiceDesk, site: Site, qapp: QApplication) -> None:
    desk.begin_sign_in()
    until(qapp, lambda: desk.code is not None)
    assert desk.code is not None
    site.confirm(site.ann, desk.code.user_code)
    until(qapp, lambda: desk.service.seems_signed_in and desk.code is None)


def test_signed_in_the_overlay_follows_the_site_and_takes_its_references(
    desk: ServiceDesk, site: Site, chosen: Chosen, qapp: QApplication, told: list[str]
) -> None:
    sign_in(desk, site, qapp)
    until(qapp, lambda: chosen.for_all.sharing.consent)  # Ann shares
    assert chosen.for_all.sharing.from_sequence == 1  # laps from now on, none of before
    until(qapp, lambda: chosen.for_all.reference.rule == "service")
    until(qapp, lambda: any("no keyring" in text for text in told))  # told in its own time
    site.share(site.ann, given=False)
    until(qapp, lambda: not chosen.for_all.sharing.consent, 5.0)
    assert desk.sync.site_consent is not None
    assert "training" in desk.sync.site_consent.text or "lap" in desk.sync.site_consent.text
    desk.sync.shown = desk.sync.site_consent.text
    assert chosen.consent(given=True) == ""
    desk.sync.wake()
    until(qapp, lambda: site.ann.get("/api/v1/consent").json()["share_telemetry"] is True, 5.0)
    desk.sign_out()
    until(qapp, lambda: desk.sync.status.mode is Mode.SIGNED_OUT)
    assert not desk.service.is_signed_in


def test_laps_that_were_driven_before_stay_here_and_references_are_offered(
    desk: ServiceDesk, site: Site, chosen: Chosen, qapp: QApplication, demo: tuple[Path, DemoTruth]
) -> None:
    session = open_recording(demo[0]).session
    lap = read_file(demo[0], "demo.ibt").laps[1].content()
    assert isinstance(chosen.laps, LapStore)
    chosen.laps.save(lap)
    assert site.ben.post("/api/v1/laps", params={"name": "lap.parquet"}, content=lap).status_code == 202
    theirs = site.laps(site.ben, 1)[0]
    form = {"name": "Ben's", "visibility": "public", "licence": "CC0-1.0"}
    assert site.ben.post(f"/laps/{theirs['id']}/reference", data=form).status_code == 303
    sign_in(desk, site, qapp)
    until(qapp, lambda: desk.sync.status.mode is Mode.UP_TO_DATE)
    assert desk.sync.status.sent == 0
    desk.look_for_references(session)
    until(qapp, lambda: bool(desk.offers))
    assert (desk.offers[0].name, desk.offers[0].source) == ("Ben's", "service")
    assert "match" in desk.offers[0].conditions
    desk.choose(theirs["id"])
    until(qapp, lambda: desk.sync.shelf.chosen_for(session) is not None)


def test_ending_while_a_code_is_waited_for(desk: ServiceDesk, qapp: QApplication) -> None:
    desk.begin_sign_in()
    until(qapp, lambda: desk.code is not None)
