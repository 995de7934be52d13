"""The service for a run without a screen: sign in by a printed code, take the chosen reference, send the laps afterwards."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

import segno

from coach.compare.study import Drive, open_drive
from coach.telemetry.recording import SessionInfo
from coach.telemetry.sources import open_recording
from overlay.folders import config_folder, references_folder
from overlay.settings.file import SettingsFile
from overlay.settings.model import Service as ServiceSettings
from overlay.settings.service_address import service_address
from overlay.store.store import LapStore
from overlay.sync.errors import SignedOut
from overlay.sync.memory import Memory
from overlay.sync.service import Account, Code, Service
from overlay.sync.shelf import CHOSEN, Shelf, Shelved
from overlay.sync.sign_in import program_name, wait_for_driver
from overlay.sync.status import Mode
from overlay.sync.sync import Sync
from overlay.sync.tokens import Tokens

TRIES = 5  # of a service that cannot be reached, before the laps are left waiting


class AsTheSite:
    """A demonstration has no switch of its own: it sends what the account's switch in the site allows."""

    def __init__(self, store: LapStore) -> None:
        self._store = store
        self._given = False

    def given(self) -> bool:
        """As the site said last."""
        return self._given

    def change(self, *, given: bool) -> str:
        """Follow the site."""
        self._store.spool.follow(consent=given)
        self._given = given
        return ""


class ServiceLink:
    """One service for one run. `say` prints a line."""

    def __init__(self, address: str, say: Callable[[str], None] = print) -> None:
        self.address = service_address(address)
        self._say = say
        self._tokens = Tokens(config_folder(), self.address)
        self.service = Service(self.address, self._tokens)
        self.shelf = Shelf(references_folder())
        self._settings: ServiceSettings = SettingsFile().load().settings.service

    def close(self) -> None:
        """Let go of connections."""
        self.service.close()

    def sign_in(self) -> Account:
        """The account of the last run, or the one that confirms a code now. Unreachable, Refused: why not."""
        try:
            account = self.service.account()
        except SignedOut:
            code = self.service.start_sign_in(program_name())
            self._show(code)
            found = wait_for_driver(self.service, code, _slept)
            assert found is not None  # nobody gives up here but by Ctrl-C
            account = found
        if self._tokens.notice:
            self._say(f"Note: {self._tokens.notice}")
        self._say(f"Signed in to {self.address} as {account.name}.")
        return account

    def chosen_reference(self, info: SessionInfo) -> tuple[Shelved, Drive] | None:
        """The reference chosen in the site for this car on this track."""
        self.shelf.fetch(self.service)
        found = self.shelf.chosen_for(info)
        if found is None:
            return None
        self._say(f"Reference {CHOSEN}{found.says}.")
        return found, open_drive(open_recording(self.shelf.path_of(found)))

    def send_laps(self, folder: Path) -> int:
        """Send what the store in a folder holds, simulated laps with their mark; how many were taken. What could not go stays there."""
        store = LapStore(folder)
        try:
            sync = Sync(
                self.service,
                store,
                self.shelf,
                Memory(folder / "service.json", self.address),
                AsTheSite(store),
                lambda: self._settings,
                tell=self._say,
                offer=lambda: store.offer_to_service(simulated=True),
            )
            for _ in range(TRIES):
                wait_s = sync.step()
                if sync.status.mode not in {Mode.OFFLINE, Mode.TROUBLE}:
                    break
                self._say(sync.status.line)
                time.sleep(wait_s)
            self._told(sync)
            return sync.status.sent
        finally:
            store.close()

    def _told(self, sync: Sync) -> None:
        status = sync.status
        if status.mode is Mode.NOT_SHARING:
            self._say(f"No lap was sent: sharing is off for this account. Switch it on at {self.address}/privacy and run again.")
        elif status.waiting:
            self._say(f"{status.waiting} laps still wait ({status.says or status.mode.value}): run again with the same --out.")
        if status.sent:
            self._say(f"{status.sent} laps sent: {self.address}/sessions")
        if status.dead or sync.why_refused:
            self._say(f"The service refused laps: {sync.why_refused}")

    def _show(self, code: Code) -> None:
        self._say(f"To sign in, open {code.page} and type the code {code.user_code}")
        self._say(f"or open {code.page_with_code}")
        if sys.stdout.isatty():
            drawn = io.StringIO()
            segno.make(code.page_with_code, error="m").terminal(drawn, compact=True)
            self._say(drawn.getvalue())
        self._say("Waiting for you to confirm it in the browser ...")


def _slept(seconds: float) -> bool:
    time.sleep(seconds)
    return True
