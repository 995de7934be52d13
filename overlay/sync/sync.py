"""Keeps overlay and service in step, in a thread of its own: one switch for sharing, laps on their way, chosen references at hand.

Nothing is sent before the service has said, less than two polls ago, that it may be; each piece of a lap asks again.
"""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Callable
from typing import Protocol

from coach.errors import RacingCoachError, Unreachable
from overlay.settings.model import Service as ServiceSettings
from overlay.sync.agreement import Follows, follows
from overlay.sync.errors import Busy, Refused, SignedOut
from overlay.sync.memory import Memory, Remembered
from overlay.sync.sending import Laps, Outcome, Sender
from overlay.sync.service import Account, Service, SiteConsent
from overlay.sync.shelf import Shelf
from overlay.sync.status import Mode, Status


class Sharing(Protocol):
    """The overlay's switch. Both calls have their effect before they return."""

    def given(self) -> bool:
        """Whether laps may be sent, as the overlay says."""

    def change(self, *, given: bool) -> str:
        """Turn the switch because the site's was turned; "" or what went wrong. Off it is in any case."""


class Sync:
    """One per program. All callbacks come from its thread, but during `step` and `connected`, from the caller's."""

    def __init__(
        self,
        service: Service,
        store: Laps,
        shelf: Shelf,
        memory: Memory,
        sharing: Sharing,
        settings: Callable[[], ServiceSettings],
        *,
        on_track: Callable[[], bool] = lambda: False,
        tell: Callable[[str], None] = lambda _: None,
        offer: Callable[[], int] = lambda: 0,
        on_new: Callable[[], None] = lambda: None,
    ) -> None:
        self.service, self.store, self.shelf, self.memory = service, store, shelf, memory
        self._sharing, self._settings, self._on_track, self._tell, self._offer = sharing, settings, on_track, tell, offer
        self._on_new = on_new
        self._sender = Sender(store, service, self._may_send, lambda: settings().max_kb_per_s * 1000.0)
        self._site: SiteConsent | None = None
        self.shown = ""  # the service's text beside the overlay's switch when the driver last turned it in this run
        self._polled_s = -1e9  # on the monotonic clock
        self._failures = 0
        self._sent = 0
        self._told_out = False
        self._stop, self._wake = threading.Event(), threading.Event()
        self._one = threading.RLock()  # signing in or out and a step do not mix
        self._thread: threading.Thread | None = None
        self.status = Status(account=memory.now.name)

    @property
    def why_refused(self) -> str:
        """What the service said against the last lap that it did not take."""
        return self._sender.why

    @property
    def site_consent(self) -> SiteConsent | None:
        """What the site's switch said last; None: not asked yet."""
        return self._site

    def start(self) -> None:
        """Begin to work beside."""
        self._thread = threading.Thread(target=self._work, name="sync", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something has changed: look now."""
        self._wake.set()

    def stop(self) -> None:
        """End soon; whoever waits for it may have to go on answering the other thread meanwhile (`is_over`)."""
        self._stop.set()
        self._wake.set()

    @property
    def is_over(self) -> bool:
        """Whether the thread has ended."""
        return self._thread is None or not self._thread.is_alive()

    def connected(self, account: Account) -> None:
        """An account was signed in. Another one than before: laps and choices of the old one are none of its business."""
        with self._one:
            before = self.memory.now
            if before.user_id and before.user_id != account.user_id:
                if self._sharing.given():
                    self._sharing.change(given=False)
                self.store.spool.follow(consent=False)
                self.shelf.clear()
                before = Remembered()
            self.memory.keep(Remembered(account.user_id, account.name, before.agreed))
            self._failures, self._polled_s, self._told_out = 0, -1e9, False
        self.wake()

    def sign_out(self) -> str:
        """End the access; "" or why the service could not be told. Laps that wait go on waiting for the same account."""
        with self._one:
            try:
                self.service.sign_out()
            except RacingCoachError as error:
                return f"Signed out here. The service does not know it yet: {error} End the access on its page Account, too."
            finally:
                self._site = None
                self._told_out = True
                self._say(Mode.SIGNED_OUT)
        return ""

    def step(self) -> float:
        """Ask, agree, send what is due; how long to wait until the next step, in seconds."""
        with self._one:
            settings = self._settings()
            try:
                if not self.service.is_signed_in:
                    raise SignedOut("")  # noqa: TRY301 - the same answer as when the service says so
                self._poll()
                mode = self._send_all()
            except SignedOut as error:
                self._out(str(error))
                return settings.poll_s
            except Unreachable as error:
                self._failures += 1
                wait_s = min(settings.retry_longest_s, settings.retry_first_s * 2.0 ** min(self._failures - 1, 20))
                wait_s *= random.uniform(0.5, 1.0)  # noqa: S311  so that all drivers do not come back in the same second
                self._say(Mode.OFFLINE, f"{error} Laps wait here until it can.")
                return max(wait_s, error.after_s) if isinstance(error, Busy) else wait_s
            except RacingCoachError as error:
                self._say(Mode.TROUBLE, str(error))
                return settings.poll_s
            self._say(mode, self._sender.why)
            return settings.poll_s

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                wait_s = self.step()
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the sending of laps
                traceback.print_exc()
                self._say(Mode.TROUBLE, f"A fault of ours: {type(error).__name__}: {error}.")
                wait_s = self._settings().retry_longest_s
            self._wake.wait(wait_s)
            self._wake.clear()

    def _poll(self) -> None:
        """Both switches to one answer, and the chosen references to this machine."""
        site = self.service.consent()
        if self._failures:
            self._failures = 0
            self.store.spool.network_is_back()
        self._agree(site)
        self._polled_s = time.monotonic()
        for refusal in self._sender.ask_what_became():
            self._tell(refusal)
        try:
            new = self.shelf.fetch(self.service)
        except Refused as error:
            self._tell(f"Reference laps of the service cannot be fetched: {error}")
        else:
            for one in new:
                self._tell(f"Reference from the service: {one.says}.")
            if new:
                self._on_new()

    def _agree(self, site: SiteConsent) -> None:
        remembered, self._site = self.memory.now, site
        what = follows(self._sharing.given(), site.given, remembered.agreed)
        if what is Follows.SITE_ON and self.shown != site.text:  # known to the program is not read by the driver
            self._tell("Sending laps stays off: read on the page Sharing what you agree to, then switch it on again.")
            self._sharing.change(given=False)
            return
        if what in {Follows.OVERLAY_ON, Follows.OVERLAY_OFF}:
            given = what is Follows.OVERLAY_ON
            self._site = SiteConsent(given and site.given, site.current_version, site.text)
            fault = self._sharing.change(given=given)
            if self._sharing.given() is not given:
                self._tell(f"Sharing could not be switched {'on' if given else 'off'} here: {fault}")
                return
            where = "in the site" if remembered.agreed is not None else "for your account on the service"
            self._tell(f"Sending laps is {'on' if given else 'off'} {where}: it is {'on' if given else 'off'} here, too. {fault}".rstrip())
        elif what in {Follows.SITE_ON, Follows.SITE_OFF}:
            try:
                site = self._site = self.service.change_consent(given=what is Follows.SITE_ON, version=site.current_version)
            except Refused as error:
                self._tell(f"Sending laps could not be switched on: {error}")
                self._sharing.change(given=False)
                return
        self.memory.keep(Remembered(remembered.user_id, remembered.name, site.given))

    def _send_all(self) -> Mode:
        if self._sharing.given():
            self._offer()
        while True:
            outcome = self._sender.send_next()
            if outcome is Outcome.SENT:
                self._sent += 1
                self._say(Mode.SENDING)
            elif outcome is Outcome.NOTHING:
                return Mode.UP_TO_DATE
            elif outcome is Outcome.STOPPED:
                return Mode.ON_TRACK if self._is_agreed() else Mode.NOT_SHARING

    def _may_send(self) -> bool:
        """Asked before each lap and each piece of one; asks the service again when that was too long ago."""
        if self._stop.is_set() or not self._is_agreed():
            return False
        if self._on_track() and not self._settings().send_on_track:
            return False
        if time.monotonic() - self._polled_s > self._settings().poll_s:
            self._agree(self.service.consent())
            self._polled_s = time.monotonic()
            return self._is_agreed()
        return True

    def _is_agreed(self) -> bool:
        return self._site is not None and self._site.given and self._sharing.given()

    def _out(self, why: str) -> None:
        self._site = None
        if why and not self._told_out:
            self._tell(why)
        self._told_out = True
        self._say(Mode.SIGNED_OUT, why)

    def _say(self, mode: Mode, says: str = "") -> None:
        try:
            counts = self.store.spool.counts()
            for notice in self.store.spool.take_notices():
                self._tell(notice)
        except RacingCoachError as error:
            counts, says = {}, str(error)
        waiting = counts.get("waiting", 0) + counts.get("leased", 0)
        self.status = Status(mode, self.memory.now.name, waiting, self._sent, counts.get("dead", 0), says)
