"""The service's place in the overlay: the thread that keeps both in step, signing in and out beside it, and what windows show of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

from coach.errors import RacingCoachError
from coach.telemetry.recording import SessionInfo
from overlay.chosen import Chosen
from overlay.folders import config_folder
from overlay.settings_window.items import ReferenceChoice
from overlay.sync.memory import Memory
from overlay.sync.outbox import Outbox
from overlay.sync.service import Code, Service
from overlay.sync.shelf import Shelf, subject_of
from overlay.sync.sign_in import program_name, wait_for_driver
from overlay.sync.sync import Sync
from overlay.sync.tokens import Tokens

NAMES = ("simulator", "car", "track", "config", "simulated")


class ServiceDesk(QObject):
    """One per address. Made in Qt's thread, where `turn` and `take_rule` have their effect."""

    turn = Signal(bool, object)
    signed_in = Signal()
    references_changed = Signal()

    def __init__(
        self, address: str, chosen: Chosen, laps: Path, shelf: Shelf, on_track: Callable[[], bool], tell: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._chosen, self._tell = chosen, tell
        self._qt = threading.get_ident()
        self._tokens = Tokens(config_folder(), address)
        self.service = Service(address, self._tokens)
        self._outbox = Outbox(laps)
        self.sync = Sync(
            self.service,
            self._outbox,
            shelf,
            Memory(config_folder() / "service.json", address),
            self,
            lambda: chosen.for_all.service,
            on_track=on_track,
            tell=tell,
            on_new=self.references_changed.emit,
        )
        self.code: Code | None = None
        self.fault = ""
        self.offers: tuple[ReferenceChoice, ...] = ()
        self._cancelled = threading.Event()
        self._beside: list[threading.Thread] = []
        self.turn.connect(self._turn, Qt.ConnectionType.BlockingQueuedConnection)
        self.signed_in.connect(self._take_rule)

    def start(self) -> None:
        """Begin."""
        self.sync.start()

    def stop(self) -> None:
        """End; calls of the other threads into this one are answered until they are over."""
        self._cancelled.set()
        self.sync.stop()
        while not self.sync.is_over or any(thread.is_alive() for thread in self._beside):
            QCoreApplication.processEvents()
            threading.Event().wait(0.02)
        self.service.close()
        self._outbox.close()

    # The overlay's switch, for Sync

    def given(self) -> bool:
        """Whether the driver lets laps be sent."""
        return self._chosen.for_all.sharing.consent

    def change(self, *, given: bool) -> str:
        """Turn it because the site's was turned; from any thread."""
        if threading.get_ident() == self._qt:
            return self._chosen.consent(given)
        answer: list[str] = []
        self.turn.emit(given, answer)
        return answer[0] if answer else "the overlay is ending"

    # For windows

    def begin_sign_in(self) -> None:
        """Ask for a code and wait for the driver, beside."""
        self._cancelled.clear()
        self.fault = ""
        self._run("sign-in", self._sign_in)

    def cancel_sign_in(self) -> None:
        """The driver has changed their mind."""
        self._cancelled.set()

    def sign_out(self) -> None:
        """End the access, beside."""

        def work() -> None:
            self.fault = self.sync.sign_out()

        self._run("sign-out", work)

    def look_for_references(self, info: SessionInfo) -> None:
        """Ask which references there are for this car and track, the closest first; `references_changed` tells when they are known."""

        def work() -> None:
            if not self.service.is_signed_in:
                return
            asked = dict(zip(NAMES, (str(part).lower() if isinstance(part, bool) else part for part in subject_of(info)), strict=True))
            self.offers = tuple(_choice(offer) for offer in self.service.closest_references(asked))
            self.references_changed.emit()

        self._run("references", work)

    def choose(self, lap_id: str) -> None:
        """Choose a reference, as in the site, and bring its file here."""

        def work() -> None:
            self.service.choose_reference(lap_id)
            self.sync.shelf.fetch(self.service)
            self.references_changed.emit()

        self._run("choose", work)

    def _sign_in(self) -> None:
        try:
            self.code = self.service.start_sign_in(program_name())
            account = wait_for_driver(self.service, self.code, lambda seconds: not self._cancelled.wait(seconds))
        finally:
            self.code = None
        if account is not None:
            self.sync.connected(account)
            self.signed_in.emit()
            if self._tokens.notice:
                self._tell(self._tokens.notice)

    def _run(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except RacingCoachError as error:
                self.fault = str(error)
                self._tell(self.fault)

        self._beside = [thread for thread in self._beside if thread.is_alive()]
        if all(thread.name != name for thread in self._beside):
            self._beside.append(threading.Thread(target=guarded, name=name, daemon=True))
            self._beside[-1].start()

    @Slot(bool, object)
    def _turn(self, given: bool, answer: list[str]) -> None:
        answer.append(self._chosen.consent(given))

    @Slot()
    def _take_rule(self) -> None:
        """Whoever signs in wants what they choose in the site; without a choice there it is their best lap as before."""
        if self._chosen.for_all.reference.rule == "own_best":
            self._chosen.change("reference.rule", "service")


def _choice(offer: dict[str, object]) -> ReferenceChoice:
    match = offer.get("match")
    says = "your own" if offer["mine"] else str(offer["driver"])
    if isinstance(match, dict):
        reasons = "; ".join(f"{factor['name']}: {factor['says']}" for factor in match["factors"] if factor["value"] < 1.0)
        says = f"{says}, match {match['score']:.0%}" + (f" ({reasons})" if reasons else "")
    return ReferenceChoice(f"service:{offer['lap_id']}", str(offer["name"]), "service", float(str(offer["lap_time_s"])), says)
