"""Reference laps from the service, kept on the driver's disk: what was chosen in the site is used on the next run, with or without a network."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.files import make_folder, write_bytes, write_text
from coach.telemetry.recording import SessionInfo
from overlay.sync.errors import Refused

if TYPE_CHECKING:  # it loads the HTTP library, which an overlay without a service does not need
    from overlay.sync.service import Service

CHOSEN = "chosen in the service: "  # begins the rule of such a reference, wherever it is shown
_MAGIC = b"PAR1"  # begins and ends a lap file; what is between is judged by who opens it, beside the overlay
_NOT_IN_NAMES = re.compile(r"[^\w .-]+")


@dataclass(frozen=True, slots=True)
class Shelved:
    """A chosen reference whose lap file is on this machine."""

    lap_id: str
    name: str
    driver: str
    mine: bool
    licence: str
    simulator: str
    car: str
    track: str
    config: str
    simulated: bool
    lap_time_s: float
    tag: str  # changes when the file on the service does
    stored: str  # the file's name in the folder

    @property
    def says(self) -> str:
        """As it is shown: who drove it and what it is called."""
        return self.name if self.mine else f"{self.name} of {self.driver}"

    def fits(self, info: SessionInfo) -> bool:
        """Whether it is of this car on this track."""
        return (self.simulator, self.car, self.track, self.config, self.simulated) == subject_of(info)


def subject_of(info: SessionInfo) -> tuple[str, str, str, str, bool]:
    """What the service tells laps apart by: simulator, car, track, configuration, simulated."""
    return info.simulator, info.car_id or info.car_name, info.track_id or info.track_name, info.track_config, info.simulated


class Shelf:
    """One folder. Reading needs no network; `fetch` brings it up to date."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = folder / "chosen.json"

    def all(self) -> tuple[Shelved, ...]:
        """Everything on the shelf; an index that cannot be read is made again by the next fetch."""
        try:
            return tuple(Shelved(**entry) for entry in json.loads(self._index.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return ()

    def chosen_for(self, info: SessionInfo) -> Shelved | None:
        """The reference chosen for this car on this track, if its file is there."""
        return next((one for one in self.all() if one.fits(info) and self.path_of(one).exists()), None)

    def path_of(self, one: Shelved) -> Path:
        """Its lap file."""
        return self.folder / one.stored

    def fetch(self, service: Service) -> tuple[Shelved, ...]:
        """Take over what is chosen in the site; what is new. A file that cannot be used is left out, and the old one stays chosen no more."""
        before = {one.lap_id: one for one in self.all()}
        now: list[Shelved] = []
        for choice in service.chosen_references():
            offer = choice["reference"]
            with suppress(Refused, NoLapFile):
                now.append(self._fetched(service, offer, before.get(offer["lap_id"])))
        if tuple(now) != tuple(before.values()):
            make_folder(self.folder)
            write_text(self._index, json.dumps([asdict(one) for one in now], indent=1))
            self._sweep({one.stored for one in now})
        return tuple(one for one in now if before.get(one.lap_id) != one)

    def clear(self) -> None:
        """Another account: nothing of the old one's choices stays."""
        self._index.unlink(missing_ok=True)
        self._sweep(set())

    def _fetched(self, service: Service, offer: dict[str, Any], old: Shelved | None) -> Shelved:
        if old is not None and old.tag == offer["file_tag"] and self.path_of(old).exists():
            return _shelved(offer, old.stored)
        content, stored = service.file(offer["file"]), _file_name(offer)
        if not content.startswith(_MAGIC) or not content.endswith(_MAGIC):
            raise NoLapFile
        make_folder(self.folder)
        write_bytes(self.folder / stored, content)
        return _shelved(offer, stored)

    def _sweep(self, keep: set[str]) -> None:
        for path in self.folder.glob("*.parquet"):
            if path.name not in keep:
                with suppress(OSError):  # Windows: it is being read; the next time
                    path.unlink()


class NoLapFile(Exception):
    """What came is no lap file."""


def _shelved(offer: dict[str, Any], stored: str) -> Shelved:
    return Shelved(
        lap_id=offer["lap_id"],
        name=offer["name"],
        driver=offer["driver"],
        mine=offer["mine"],
        licence=offer["licence"] or "",
        simulator=offer["simulator"],
        car=offer["car"],
        track=offer["track"],
        config=offer["config"],
        simulated=offer["simulated"],
        lap_time_s=offer["lap_time_s"],
        tag=offer["file_tag"],
        stored=stored,
    )


def _file_name(offer: dict[str, Any]) -> str:
    """A name for people, told apart by the lap's id; nothing of it can leave the folder."""
    words = _NOT_IN_NAMES.sub("", f"{offer['name']} {offer['driver']}").strip(" .")[:60] or "reference"
    return f"{words} {re.sub('[^0-9a-f-]', '', offer['lap_id'])}.parquet"
