"""Choosing another reference lap: by rule, by file or from the service, in the pits or outside the car only."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from coach.errors import RacingCoachError
from coach.session import same_drive
from coach.telemetry.recording import SessionInfo
from overlay.chosen import Chosen
from overlay.pipeline import Pipeline
from overlay.service_seat import ServiceSeat
from overlay.settings.model import Reference
from overlay.settings_window.items import ReferenceChoice
from overlay.store.record import file_of

RULES = {
    "own_best": "your best lap",
    "service": "the lap chosen in the service",
    "session_best": "your best lap of this session",
    "potential": "the potential lap",
    "file": "a file",
}
LAPS_OFFERED = 50
NOT_NOW = "the reference can be changed in the pits or outside the car"


class References:
    """What there is to choose from, what is chosen, and choosing. `on_found`, in any thread: own laps have come.

    The lap desk may have to be started before it answers, so it is asked in a thread of its own, one question at a time.
    """

    def __init__(
        self, chosen: Chosen, pipeline: Pipeline, service: ServiceSeat, tell: Callable[[str], None], on_found: Callable[[], None]
    ) -> None:
        self._chosen, self._pipeline, self._service, self._tell, self._on_found = chosen, pipeline, service, tell, on_found
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="laps-offered")
        self._looking: Future[None] | None = None
        self._own: tuple[SessionInfo, tuple[ReferenceChoice, ...]] | None = None  # as they were last found

    def offered(self) -> tuple[ReferenceChoice, ...]:
        """The rules, own laps as far as they were found, the service's, then the file in use."""
        reference = self._chosen.current.reference
        rules = [
            ReferenceChoice(f"rule:{rule}", f"{name[:1].upper()}{name[1:]}", "for every car and track", float("nan"))
            for rule, name in RULES.items()
            if rule != "file" and rule in self.rules(reference)
        ]
        info, desk = self._pipeline.session.info, self._service.desk
        laps = list(self._own[1]) if self._own is not None and info is not None and same_drive(self._own[0], info) else []
        if desk is not None:
            laps.extend(desk.offers)
        if reference.rule == "file" and all(lap.lap_id != reference.lap for lap in laps):
            laps.append(ReferenceChoice(reference.lap, Path(reference.lap).name, "files", float("nan")))
        return (*rules, *laps)

    def rules(self, now: Reference) -> tuple[str, ...]:
        """Those to choose from where this is chosen: a file only where one is named, the service only where one is set, and what is in use."""
        has = {"file": bool(now.lap), "service": self._service.desk is not None}
        return tuple(rule for rule in RULES if rule == now.rule or has.get(rule, True))

    def why_not_now(self) -> str:
        """Why no other can be taken, or nothing."""
        return "" if self._pipeline.session.may_change_reference else NOT_NOW

    def chosen(self) -> str:
        """The lap or rule in use."""
        reference, info, desk = self._chosen.current.reference, self._pipeline.session.info, self._service.desk
        shelved = self._service.shelf.chosen_for(info) if reference.rule == "service" and info is not None else None
        if shelved is not None and desk is not None and any(offer.lap_id == f"service:{shelved.lap_id}" for offer in desk.offers):
            return f"service:{shelved.lap_id}"
        return reference.lap if reference.rule == "file" else f"rule:{reference.rule}"

    def look_for_more(self) -> None:
        """Ask for the driver's own laps and the service's in this car on this track; they come later."""
        info, desk = self._pipeline.session.info, self._service.desk
        if info is None:
            return
        if desk is not None:
            desk.look_for_references(info)
        self._looking = self._beside.submit(self._find_own, info)
        self._looking.add_done_callback(self._tell_found)

    def _tell_found(self, looked: Future[None]) -> None:
        if not looked.cancelled():
            with suppress(RuntimeError):  # Qt may be gone already
                self._on_found()

    def look_into(self, path: str, told: Callable[[str], None]) -> None:
        """Whether a file has a lap that could be taken now: told, in any thread, why not, or nothing."""
        info = self._pipeline.session.info

        def look() -> None:
            try:
                self._pipeline.desk.look_into(path, info)
            except RacingCoachError as error:
                fault = str(error)
            else:
                fault = ""
            with suppress(RuntimeError):  # the window is gone
                told(fault)

        if self._pipeline.session.may_change_reference:
            self._beside.submit(look)
        else:
            told(NOT_NOW)

    @property
    def is_looking(self) -> bool:
        """Own laps have not come yet."""
        return self._looking is not None and not self._looking.done()

    def close(self) -> None:
        """Ask no more."""
        self._beside.shutdown(wait=False, cancel_futures=True)

    def take(self, lap_id: str) -> str:
        """Another one, by rule or file; why not, or nothing."""
        if not self._pipeline.session.may_change_reference:
            return NOT_NOW
        kind, _, rule = lap_id.partition(":")
        if kind == "service" and self._service.desk is not None:
            self._service.desk.choose(rule)
            return self._chosen.change("reference", {"rule": "service", "lap": ""})
        if kind == "rule" and rule in RULES:
            return self._chosen.change("reference", {"rule": rule, "lap": ""})
        return self._chosen.change("reference", {"rule": "file", "lap": lap_id})

    def take_next(self) -> None:
        """The hotkey: the next rule."""
        if not self._pipeline.session.may_change_reference:
            self._tell(f"{NOT_NOW.capitalize()}.")
            return
        now = self._chosen.current.reference
        rules = self.rules(now)
        rule = rules[(rules.index(now.rule) + 1) % len(rules)] if now.rule in rules else rules[0]
        self._tell(
            self._chosen.change("reference.rule", rule) or f"Reference: {RULES[rule]}. What is said follows it from the next lap on."
        )

    def service_changed(self) -> None:
        """The service's references are here: the chosen one may be another now."""
        if self._chosen.current.reference.rule == "service" and self._pipeline.session.may_change_reference:
            self._pipeline.find_reference()

    def _find_own(self, info: SessionInfo) -> None:
        try:
            found = self._pipeline.desk.own_laps(info, LAPS_OFFERED)
        except RacingCoachError as error:
            self._tell(str(error))
            return
        folder = self._pipeline.lap_folder
        choices = [
            ReferenceChoice(
                str(file_of(folder, lap.id)), f"Lap {lap.number}", "own laps", lap.lap_time_s or float("nan"), _saved_on(lap.saved_at)
            )
            for lap in found
        ]
        self._own = info, tuple(choices)


def _saved_on(saved_at: str) -> str:
    """The day of `20261128T163300Z`, as people write it."""
    return f"your lap of {saved_at[:4]}-{saved_at[4:6]}-{saved_at[6:8]}" if saved_at else ""
