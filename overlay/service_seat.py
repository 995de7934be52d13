"""The seat of the service in the overlay: taken while an address is set, empty otherwise and in a demonstration, whose laps stay here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from overlay.chosen import Chosen
from overlay.folders import references_folder
from overlay.pipeline import Pipeline
from overlay.settings.model import Settings
from overlay.settings.service_address import service_address
from overlay.sync.shelf import Shelf

if TYPE_CHECKING:
    from overlay.service_desk import ServiceDesk


class ServiceSeat:
    """`desk` is who sits there now. `references_changed`, a slot of Qt's thread, is told when the service's references are here."""

    def __init__(
        self, chosen: Chosen, pipeline: Pipeline, tell: Callable[[str], None], references_changed: Callable[[], None], *, in_demo: bool
    ) -> None:
        self._chosen, self._pipeline, self._tell, self._references_changed, self._in_demo = (
            chosen,
            pipeline,
            tell,
            references_changed,
            in_demo,
        )
        self.shelf = Shelf(references_folder())
        self.desk: ServiceDesk | None = None

    def open(self) -> None:
        """Begin with the address that is set, if one is and nobody has begun yet."""
        address = self._chosen.for_all.service.url
        if address and not self._in_demo and self.desk is None:
            from overlay.service_desk import ServiceDesk  # noqa: PLC0415 - HTTP and keyring are loaded only for those who have a service

            session = self._pipeline.session
            self.desk = ServiceDesk(
                service_address(address), self._chosen, self._pipeline.lap_folder, self.shelf, lambda: session.on_track, self._tell
            )
            self.desk.references_changed.connect(self._references_changed)
            self.desk.start()

    def close(self) -> None:
        """End."""
        gone, self.desk = self.desk, None  # first: while it ends, Qt's events go on, among them another change of the address
        if gone is not None:
            gone.stop()

    def use(self, before: Settings, after: Settings) -> None:
        """The settings have changed."""
        if before.sharing != after.sharing and self.desk is not None:
            self.desk.sync.wake()
        if before.service.url != after.service.url:
            self.close()
            self.open()

    def turn_sharing(self, given: bool, shown: str) -> str:
        """The driver turned the switch with this text of the service beside it; what went wrong, or nothing."""
        if self.desk is not None:
            self.desk.sync.shown = shown
        return self._chosen.consent(given)

    def consent_text(self) -> str:
        """The service's text about sharing; empty until it was read."""
        site = self.desk.sync.site_consent if self.desk is not None else None
        return site.text if site is not None else ""
