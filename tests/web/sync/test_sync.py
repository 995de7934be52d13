"""The overlay's client beside a real service: switches that agree, laps that arrive once, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from coach.demo import DemoTruth
from coach.errors import Unreachable
from coach.telemetry.sources import open_recording
from overlay.settings.model import Service as ServiceSettings
from overlay.store.store import LapStore
from overlay.sync.errors import Refused
from overlay.sync.memory import Memory
from overlay.sync.service import Account, Service
from overlay.sync.shelf import Shelf
from overlay.sync.sign_in import program_name, wait_for_driver
from overlay.sync.status import Mode
from overlay.sync.sync import Sync
from overlay.sync.tokens import Tokens
from tests.overlay.sync.test_tokens import Ring
from tests.web.sync.conftest import Site, wait_for
from web.laps.reading import ReadFile, read_file


class Switch:
    """The overlay's switch, in memory, with the spool it empties."""

    def __init__(self, store: LapStore, *, on: bool = False) -> None:
        self.store, self.on = store, on
        store.spool.follow(consent=on)

    def given(self) -> bool:
        return self.on

    def change(self, *, given: bool) -> str:
        self.on = given
        self.store.spool.follow(consent=given)
        return ""


@dataclass
class Client:
    """One overlay without a window."""

    site: Site
    folder: Path
    service: Service
    store: LapStore
    switch: Switch
    sync: Sync
    settings: ServiceSettings
    told: list[str]
    on_track: bool = False

    def sign_in(self, driver: str = "ann") -> Account:
        code = self.service.start_sign_in(program_name())
        self.site.confirm(getattr(self.site, driver), code.user_code)
        account = wait_for_driver(self.service, replace(code, interval_s=0.1), lambda s: time.sleep(s) or True)
        assert account is not None
        self.sync.connected(account)
        return account

    def agree(self) -> None:
        """The driver turns the switch with the service's text beside it."""
        assert self.sync.site_consent is not None
        self.sync.shown = self.sync.site_consent.text
        self.switch.change(given=True)


def client_of(site: Site, folder: Path, *, on: bool = False) -> Client:
    store = LapStore(folder / "store")
    service = Service(site.origin, Tokens(folder, site.origin, Ring()))
    told: list[str] = []
    switch = Switch(store, on=on)
    made: list[Client] = []
    sync = Sync(
        service, store, Shelf(folder / "references"), Memory(folder / "memory.json", site.origin), switch, lambda: made[0].settings,
        on_track=lambda: made[0].on_track, tell=told.append, offer=lambda: store.offer_to_service(simulated=True),
    )  # fmt: skip
    made.append(
        Client(site, folder, service, store, switch, sync, ServiceSettings(poll_s=0.3, retry_first_s=0.2, retry_longest_s=1.0), told)
    )
    return made[0]


@pytest.fixture
def make_client(site: Site, tmp_path: Path) -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def make(*, on: bool = False) -> Client:
        made.append(client_of(site, tmp_path / "overlay", on=on))
        return made[-1]

    yield make
    for one in made:
        one.sync.stop()
        wait_for(lambda one=one: one.sync.is_over or None)
        one.service.close()
        one.store.close()


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()


@pytest.fixture(scope="session")
def driven(demo: tuple[Path, DemoTruth]) -> ReadFile:
    return read_file(demo[0], "demo.ibt")


@pytest.fixture
def laps(client: Client, driven: ReadFile) -> list[str]:
    """Four laps in the store, some 0.1 MB each."""
    return [client.store.save(lap.content()).id for lap in driven.laps[:4]]


class TestOneSwitch:
    def test_the_sites_answer_counts_at_first_and_every_turn_counts_afterwards(self, client: Client) -> None:
        client.sign_in()
        client.sync.step()
        assert client.switch.on  # Ann shares
        client.site.share(client.site.ann, given=False)
        client.sync.step()
        assert not client.switch.on
        client.agree()
        client.sync.step()
        assert client.site.ann.get("/api/v1/consent").json()["share_telemetry"] is True
        client.switch.change(given=False)
        client.sync.step()
        assert client.site.ann.get("/api/v1/consent").json()["share_telemetry"] is False

    def test_a_yes_that_was_given_before_the_text_was_read_does_not_count(self, make_client: Callable[..., Client]) -> None:
        client = make_client(on=True)
        client.sign_in("ben")  # who does not share
        client.sync.step()
        assert not client.switch.on
        assert client.site.ben.get("/api/v1/consent").json()["share_telemetry"] is False

    @pytest.mark.parametrize("shown", ["", "an older text"])
    def test_a_yes_beside_no_text_or_another_one_does_not_count(self, client: Client, shown: str) -> None:
        client.sign_in("ben")
        client.sync.step()  # from here on the program knows the text
        client.sync.shown = shown
        client.switch.change(given=True)
        client.sync.step()
        assert not client.switch.on
        assert "read on the page" in client.told[-1]

    def test_consent_off_in_the_site_stops_the_lap_that_is_under_way(self, client: Client, laps: list[str]) -> None:
        """The issue's minute: here the poll is 0.3 s, and a lap takes 4 s to send."""
        client.settings = replace(client.settings, max_kb_per_s=25)
        client.sign_in()
        client.sync.start()
        wait_for(lambda: True if client.store.spool.counts().get("leased") else None)
        began = time.monotonic()
        client.site.share(client.site.ann, given=False)
        wait_for(lambda: True if not client.switch.on else None)
        stopped_s = time.monotonic() - began
        assert stopped_s < client.settings.poll_s + 1.5
        assert client.store.spool.counts() == {}
        time.sleep(2.0)
        assert client.sync.status.mode is Mode.NOT_SHARING
        assert client.sync.status.sent == 0
        assert client.site.laps(client.site.ann) == []

    def test_off_in_the_site_is_off_here_also_where_the_spool_cannot_be_emptied(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.sign_in()
        client.sync.step()
        assert client.switch.on  # Ann shares

        def turned(*, given: bool) -> str:
            client.switch.on = given
            return "What was waiting could not be removed yet."

        monkeypatch.setattr(client.switch, "change", turned)
        client.site.share(client.site.ann, given=False)
        client.sync.step()
        client.sync.step()
        (said,) = (told for told in client.told if " off " in told)
        assert said == "Sending laps is off in the site: it is off here, too. What was waiting could not be removed yet."
        assert client.sync.memory.now.agreed is False

    def test_the_overlays_own_switch_stops_it_at_once(self, client: Client, laps: list[str]) -> None:
        client.settings = replace(client.settings, max_kb_per_s=25)
        client.sign_in()
        client.sync.start()
        wait_for(lambda: True if client.store.spool.counts().get("leased") else None)
        client.switch.change(given=False)
        client.sync.wake()
        wait_for(lambda: True if client.sync.status.mode is Mode.NOT_SHARING else None, 5.0)
        assert client.sync.status.sent == 0


class TestLaps:
    def test_each_lap_arrives_once_with_its_mark(self, client: Client, laps: list[str]) -> None:
        client.sign_in()
        client.sync.step()
        assert client.sync.status.mode is Mode.UP_TO_DATE
        assert client.store.spool.counts() == {"sent": 4}
        there = client.site.laps(client.site.ann, 4)
        assert len(there) == 4
        assert all(lap["simulated"] for lap in there)
        assert len({lap["drive_id"] for lap in there}) == 1  # one session

    def test_an_answer_that_was_lost_makes_no_second_lap(self, client: Client, laps: list[str]) -> None:
        client.sign_in()
        client.sync.step()
        from sqlalchemy import update

        from overlay.store.spool_file import EntryRow

        with client.store.spool._file.transaction() as connection:
            connection.execute(update(EntryRow).values(state="waiting", due_s=0.0))
        client.sync.step()
        assert client.store.spool.counts() == {"sent": 4}
        assert len(client.site.laps(client.site.ann, 4)) == 4

    def test_nothing_goes_while_the_car_is_on_track_unless_allowed(self, client: Client, laps: list[str]) -> None:
        client.on_track = True
        client.sign_in()
        client.sync.step()
        assert (client.sync.status.mode, client.sync.status.waiting) == (Mode.ON_TRACK, 4)
        client.settings = replace(client.settings, send_on_track=True)
        client.sync.step()
        assert client.sync.status.waiting == 0

    def test_bandwidth_cap_is_kept(self, client: Client, laps: list[str]) -> None:
        client.settings = replace(client.settings, max_kb_per_s=200)
        size = sum(client.store.path_of(lap).stat().st_size for lap in laps)
        client.sign_in()
        began = time.monotonic()
        client.sync.step()
        # Each lap's first piece goes at once.
        assert time.monotonic() - began > (size - 4 * (16 << 10)) / 200_000 * 0.9

    def test_offline_laps_wait_and_go_when_the_network_is_back(self, client: Client, laps: list[str]) -> None:
        client.sign_in()
        client.sync.step()
        lost = client.store.save(open_and_again(client, laps[0]))
        assert lost.id not in laps
        good = client.service._client

        def gone(*_: object, **__: object) -> None:
            import httpx

            raise httpx.ConnectError("no route")

        client.service._client = type("Gone", (), {"request": staticmethod(gone), "close": staticmethod(lambda: None)})()
        waits = [client.sync.step() for _ in range(4)]
        assert client.sync.status.mode is Mode.OFFLINE
        assert all(0.5 * limit <= wait <= limit for wait, limit in zip(waits, (0.2, 0.4, 0.8, 1.0), strict=True))
        client.service._client = good
        client.sync.step()
        assert client.sync.status.mode is Mode.UP_TO_DATE
        assert client.store.spool.counts() == {"sent": 5}

    def test_a_lap_that_the_service_cannot_use_is_kept_and_its_driver_told_once(self, client: Client, laps: list[str]) -> None:
        """The service keeps first and reads later: a damaged file is no reason for the overlay to send it again and again."""
        client.store.path_of(laps[0]).write_bytes(b"PAR1 no lap")
        client.sign_in()
        client.sync.step()
        assert client.store.spool.counts() == {"sent": 4}
        assert len(client.site.laps(client.site.ann, 3)) == 3
        wait_for(lambda: client.sync.step() and (client.store.spool.unread(10) == () or None))
        assert client.store.spool.counts() == {"sent": 3, "dead": 1}
        said = [line for line in client.told if "cannot use" in line]
        assert len(said) == 1
        assert laps[0] in said[0]
        assert "is no readable lap file" in said[0]
        assert said[0].endswith("It stays on this machine.")
        assert "1 refused" in client.sync.status.line
        assert client.store.path_of(laps[0]).read_bytes() == b"PAR1 no lap"
        client.sync.step()
        assert [line for line in client.told if "cannot use" in line] == said
        assert client.store.spool.counts() == {"sent": 3, "dead": 1}

    def test_what_became_of_a_lap_is_asked_by_the_next_run_too(self, client: Client, laps: list[str]) -> None:
        client.store.path_of(laps[0]).write_bytes(b"PAR1 no lap")
        client.sign_in()
        client.sync.step()
        wait_for(lambda: True if len(client.site.laps(client.site.ann)) == 3 else None)
        client.store.spool.close()  # as when the program ends
        assert len(client.store.spool.unread(10)) == 4
        wait_for(lambda: client.sync.step() and (client.store.spool.unread(10) == () or None))
        assert sum("cannot use" in line for line in client.told) == 1

    def test_a_damaged_list_of_what_waits_is_said_to_the_driver(self, client: Client) -> None:
        spool = client.folder / "store" / "spool.sqlite"
        spool.parent.mkdir(parents=True)
        spool.write_bytes(b"no database" * 1000)
        client.sync.step()
        client.sync.step()
        assert [text for text in client.told if "was damaged" in text] == [
            f"The list of laps that wait for the service was damaged: it is kept as {next(spool.parent.glob('*unreadable*')).name} and made again."
        ]

    def test_a_lap_deleted_meanwhile_is_given_up(self, client: Client, laps: list[str]) -> None:
        client.sign_in()
        client.switch.change(given=True)
        client.store.offer_to_service(simulated=True)
        client.store.path_of(laps[1]).unlink()
        client.sync.step()
        assert client.store.spool.counts() == {"sent": 3, "dead": 1}

    def test_killed_while_sending_nothing_is_lost_and_nothing_is_there_twice(
        self, make_client: Callable[..., Client], site: Site, tmp_path: Path, driven: ReadFile
    ) -> None:
        folder = tmp_path / "overlay"
        folder.mkdir()
        store = LapStore(folder / "store")
        for lap in driven.laps[:4]:
            store.save(lap.content())
        store.close()
        client = make_client()
        client.sign_in()
        access = client.service._access
        for _ in range(3):  # killed at three moments
            process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder), site.origin, access], cwd=Path(__file__).parents[3])
            wait_for(lambda: True if client.store.spool.counts().get("leased") else None)
            time.sleep(0.15)
            process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
            process.wait()
        from sqlalchemy import update

        from overlay.store.spool_file import EntryRow

        with client.store.spool._file.transaction() as connection:  # ten minutes later the lease has ended
            connection.execute(update(EntryRow).where(EntryRow.state == "leased").values(due_s=0.0))
        client.switch.on = True
        client.sync.step()
        assert client.store.spool.counts() == {"sent": 4}
        assert len(site.laps(site.ann, 4)) == 4


KILLED = """
import sys
from pathlib import Path
from overlay.store.store import LapStore
from overlay.sync.sending import Outcome, Sender
from overlay.sync.service import Service
from overlay.sync.tokens import Tokens
from tests.overlay.sync.test_tokens import Ring
folder, origin, access = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
store = LapStore(folder / "store")
service = Service(origin, Tokens(folder, origin, Ring()))
service._access = access
store.spool.follow(consent=True)
store.offer_to_service(simulated=True)
sender = Sender(store, service, lambda: True, lambda: 60_000.0)
while sender.send_next() is not Outcome.NOTHING:
    pass
"""


class TestAccount:
    def test_denied_in_the_browser(self, client: Client) -> None:
        code = client.service.start_sign_in(program_name())
        client.site.confirm(client.site.ann, code.user_code, "deny")
        with pytest.raises(Refused, match="denied"):
            wait_for_driver(client.service, replace(code, interval_s=0.1), lambda s: time.sleep(s) or True)

    def test_giving_up_leaves_nothing(self, client: Client) -> None:
        code = client.service.start_sign_in(program_name())
        assert wait_for_driver(client.service, code, lambda _: False) is None
        assert not client.service.is_signed_in

    def test_access_ended_in_the_site_is_said_once_and_laps_wait_for_the_same_account(self, client: Client, laps: list[str]) -> None:
        client.on_track = True
        client.sign_in()
        client.sync.step()
        end_all_programs(client)
        client.on_track = False
        client.sync.step()
        client.sync.step()
        assert (client.sync.status.mode, client.sync.status.waiting) == (Mode.SIGNED_OUT, 4)
        assert len([text for text in client.told if "ended" in text]) == 1
        client.sign_in()
        client.sync.step()
        assert client.store.spool.counts() == {"sent": 4}

    def test_sign_out_ends_the_access_there_and_here(self, client: Client) -> None:
        client.sign_in()
        client.sync.step()
        access = client.service._access
        assert client.sync.sign_out() == ""
        assert not client.service.is_signed_in
        client.service._access = access
        answer = client.service._client.get("/api/v1/me", headers={"Authorization": f"Bearer {access}"})
        assert answer.status_code == 401

    def test_another_account_gets_nothing_of_the_first_one(self, client: Client, laps: list[str]) -> None:
        client.on_track = True
        client.sign_in()
        client.sync.step()
        assert client.sync.status.waiting == 4
        client.on_track = False
        client.sign_in("ben")
        assert client.store.spool.counts() == {}
        assert not client.switch.on
        client.sync.step()
        assert client.site.laps(client.site.ben) == []

    def test_an_expired_access_token_is_renewed_on_the_way(self, client: Client, laps: list[str]) -> None:
        client.sign_in()
        client.service._access = "expired"
        client.sync.step()
        client.sync.step()
        assert client.store.spool.counts() == {"sent": 4}

    def test_two_threads_renew_once(self, client: Client) -> None:
        client.sign_in()
        client.service._access = "expired"
        failed: list[BaseException] = []

        def ask() -> None:
            try:
                client.service.account()
            except BaseException as error:  # noqa: BLE001
                failed.append(error)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []


class TestReferences:
    def test_a_choice_in_the_site_is_on_the_shelf_and_works_without_a_network(
        self, client: Client, laps: list[str], demo: tuple[Path, DemoTruth]
    ) -> None:
        client.sign_in()
        client.sync.step()
        best = min(client.site.laps(client.site.ann, 4), key=lambda lap: lap["lap_time_s"])
        form = {"name": "../../my: best?", "visibility": "private", "licence": "personal", "choose": "true"}
        assert client.site.ann.post(f"/laps/{best['id']}/reference", data=form).status_code == 303
        client.sync.step()
        client.service.close()
        shelf = Shelf(client.folder / "references")
        found = shelf.chosen_for(open_recording(demo[0]).session)
        assert found is not None
        assert (found.name, found.mine, found.licence) == ("../../my: best?", True, "personal")
        assert shelf.path_of(found).parent == shelf.folder
        assert open_recording(shelf.path_of(found)).session.simulated

    def test_taking_the_choice_back_clears_the_shelf(self, client: Client, laps: list[str], demo: tuple[Path, DemoTruth]) -> None:
        client.sign_in()
        client.sync.step()
        best = client.site.laps(client.site.ann, 4)[0]
        client.service.choose_reference(best["id"])
        client.sync.step()
        assert len(list((client.folder / "references").glob("*.parquet"))) == 1
        combination = best["combination_id"]
        client.site.ann.post(f"/references/of/{combination}/choose", data={"lap_id": ""})
        client.sync.step()
        assert client.sync.shelf.all() == ()
        assert list((client.folder / "references").glob("*.parquet")) == []

    def test_an_index_that_is_damaged_is_made_again(self, client: Client, laps: list[str]) -> None:
        client.sign_in()
        client.sync.step()
        client.service.choose_reference(client.site.laps(client.site.ann, 4)[0]["id"])
        client.sync.step()
        (client.folder / "references" / "chosen.json").write_text("{")
        assert client.sync.shelf.all() == ()
        client.sync.step()
        assert len(client.sync.shelf.all()) == 1


def test_a_service_that_is_not_there_says_so(tmp_path: Path) -> None:
    service = Service("http://127.0.0.1:9", Tokens(tmp_path, "http://127.0.0.1:9", Ring()))
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9 cannot be reached"):
        service.start_sign_in("x")
    service.close()


def open_and_again(client: Client, lap_id: str) -> bytes:
    """A lap's file with other bytes, so that it is no lap the service knows."""
    from tests.overlay.store.laps import content

    assert client.store.path_of(lap_id).exists()
    return content(9, simulated=True)


def end_all_programs(client: Client) -> None:
    """As the page Account does."""
    page = client.site.ann.get("/account").text
    import re

    found = re.findall(r'action="([^"]*programs?[^"]*)"', page)
    assert found, page[:4000]
    answer = client.site.ann.post(found[0])
    assert answer.status_code < 400, answer.text
