"""A whole coached demo without a screen, once: the real source, engine, voice, widgets and store; what it leaves is looked at."""

from __future__ import annotations

import json
import re
import wave
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtGui import QImage

from coach.cues.settings import settings_for
from coach.demo import DemoTruth
from coach.live.analyst import Analyst
from coach.telemetry.recording import SessionInfo
from coach.telemetry.sources import open_recording
from overlay.demo_drive import demo_session
from overlay.headless import Written, run_headless
from overlay.headless_demo import _analyst, headless_demo
from overlay.service_link import ServiceLink
from overlay.store.index import Wanted
from overlay.store.store import LapStore
from overlay.voice.notice import Level
from overlay.voice.settings import VoiceSettings
from overlay.voices import TAPE_HZ

LAPS = 7
OTHER_SETTINGS = 'version = 1\nenabled = false\n[voice]\nengine = "text"\n'  # a demonstration is the same whatever is set: all below holds


@dataclass(frozen=True)
class Run:
    written: Written
    events: list[dict[str, Any]]
    sound: npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, qapp: object) -> Run:
    out = tmp_path_factory.mktemp("session")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RACING_COACH_HOME", str(out / "home"))
        (out / "home" / "config").mkdir(parents=True)
        (out / "home" / "config" / "settings.toml").write_text(OTHER_SETTINGS, encoding="utf-8")
        written = headless_demo(out, settings_for(), (), LAPS, 1, alone=False)
    events = [json.loads(line) for line in written.log.read_text(encoding="utf-8").splitlines()]
    with wave.open(str(written.sound)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (TAPE_HZ, 1, 2)
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32767.0
    return Run(written, events, sound)


def spoken(run: Run) -> list[dict[str, Any]]:
    return [event for event in run.events if event["event"] == "cue" and event["state"] in {"spoken", "shortened"}]


def test_every_lap_is_coached_and_logged(run: Run) -> None:
    laps = [event for event in run.events if event["event"] == "lap"]
    assert len(laps) == run.written.laps == LAPS
    assert run.written.notices == ()


def test_cues_are_spoken_and_each_has_an_end(run: Run) -> None:
    cues = spoken(run)
    assert cues
    assert run.written.cues == len(cues)
    planned = Counter((event["corner"], event["cause"]) for event in run.events if event["event"] == "cue" and event["state"] == "planned")
    assert all((cue["corner"], cue["cause"]) in planned for cue in cues)
    dropped = [event for event in run.events if event["event"] == "cue" and event["state"] == "dropped"]
    assert all(event["reason"] for event in dropped)


def test_tape_sounds_where_the_log_says_and_nowhere_else(run: Run) -> None:
    """The tape begins with the first tick; the log's clock is the session's."""
    begin_s = run.events[0]["t_s"]
    loud = np.abs(run.sound) > 1e-3
    onset_s = [cue["t_s"] for cue in spoken(run)]
    rises = np.flatnonzero(np.diff(loud.astype(int)) == 1) / TAPE_HZ
    first_tick_s = onset_s[0] - rises[0]  # of the tape
    assert abs(first_tick_s - begin_s) < 5.0
    silent = np.ones(loud.size, dtype=bool)
    for cue in spoken(run):
        first = int((cue["t_s"] - first_tick_s) * TAPE_HZ)
        window = slice(first - TAPE_HZ // 20, first + int((cue["spoken_s"] + 0.1) * TAPE_HZ))
        assert loud[first : first + int(0.06 * TAPE_HZ)].any(), cue
        silent[window] = False
    assert not loud[silent].any()


def test_every_cue_was_decided_by_the_length_it_sounds(run: Run) -> None:
    """What the log says is its clip's length, not an estimate: measured again here on the tape."""
    loud_s = np.flatnonzero(np.abs(run.sound) > 1e-3) / TAPE_HZ
    first_tick_s = spoken(run)[0]["t_s"] - loud_s[0]
    for cue in spoken(run):
        begins_s = cue["t_s"] - first_tick_s
        heard_s = loud_s[(loud_s > begins_s - 0.05) & (loud_s < begins_s + cue["spoken_s"] + settings_for().gap_s)]
        assert heard_s[-1] - begins_s == pytest.approx(cue["spoken_s"], abs=0.05), cue


def test_laps_are_in_the_store_and_marked_as_simulated(run: Run) -> None:
    store = LapStore(run.written.log.parent / "laps")
    laps = store.laps(Wanted(simulated=True))
    assert len(laps) == LAPS
    assert store.laps() == ()  # none is taken for a driven one
    assert open_recording(store.path_of(laps[0].id)).session.car_id == "racing-coach mx5"


def test_summary_names_laps_topics_and_cues(run: Run) -> None:
    page = run.written.summary.read_text(encoding="utf-8")
    assert "Lime Rock" in page
    topics = {event["corner"] for event in run.events if event["event"] == "topic"}
    assert topics
    for cue in spoken(run):
        assert cue["text"].split(".")[0] in page


def test_the_driver_does_what_he_is_told(run: Run) -> None:
    """Up to the first cue he drives as if nobody spoke; his laps after it are faster than they would have been."""
    told = next(cue["lap"] for cue in spoken(run) if cue["corner"])
    alone = dict(demo_session(LAPS, 1).lap_times_s)
    driven = {lap.number: lap.lap_time_s for lap in LapStore(run.written.log.parent / "laps").laps(Wanted(simulated=True))}
    assert len(driven) == LAPS
    for lap in range(1, told):
        assert driven[lap] == pytest.approx(alone[lap], abs=1e-3)
    assert sum(alone[lap] - driven[lap] for lap in range(told, LAPS + 1)) > 0.1


def test_summary_promises_as_many_things_as_it_lists(run: Run) -> None:
    page = run.written.summary.read_text(encoding="utf-8")
    count, things = re.search(r"<h2>(\w+) things? for next time</h2>\s*<div class=\"panel\"><ol class=\"next\">(.*?)</ol>", page).groups()
    assert ("One", "Two", "Three").index(count) + 1 == things.count("<li>")


def test_pictures_show_each_cue_once_and_a_whole_lap(run: Run) -> None:
    cues = {(cue["corner"], cue["text"]) for cue in spoken(run)}
    kinds = Counter(path.stem.split("-")[1] for path in run.written.pictures)
    assert kinds == {"cue": len(cues), "lap": 1}
    for path in run.written.pictures:
        image = QImage(str(path))
        assert (image.width(), image.height()) == (1920, 1080)
        assert len({image.pixel(x, y) for x in range(0, 1920, 20) for y in range(0, 1080, 20)}) > 20


def test_a_second_run_into_a_folder_is_told_by_its_own_files_alone(tmp_path: Path, qapp: object) -> None:
    others = [tmp_path / name for name in ("7-notes.png", "10-cue.png", "cue.png", "laps/lap.parquet", "track.jsonl")]
    old = [tmp_path / name for name in ("session.jsonl", "spoken.wav", "summary.html", "1-cue.png", "6-lap.png")]
    for path in (*others, *old):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"of the run before")
    run_headless(iter(()), tmp_path, settings_for(), lambda: Analyst(settings_for()), VoiceSettings(level=Level.TEXT))
    assert [path for path in old if path.exists()] == [tmp_path / "session.jsonl"]
    assert old[0].read_bytes() == b""
    assert all(path.read_bytes() == b"of the run before" for path in others)


def test_the_memory_image_is_gone(run: Run) -> None:
    assert not list(Path(run.written.log.parent).glob("live-memory*"))


class Site:
    """A service on which a reference is chosen."""

    def chosen_reference(self, info: SessionInfo) -> NoReturn:
        raise AssertionError("asked for")


def test_a_demo_without_a_reference_asks_the_service_for_none() -> None:
    analyst = _analyst(settings_for(), SessionInfo("live"), (), cast("ServiceLink", Site()), alone=True)
    assert analyst().given == ()


def test_a_reference_that_cannot_be_used_is_told(tmp_path: Path, demo: tuple[Path, DemoTruth]) -> None:
    """Its file is of another track, which is known once a lap is driven."""
    written = headless_demo(tmp_path, settings_for(), (str(demo[0]),), 1, 1, alone=False)
    (notice,) = written.notices
    assert notice.startswith("The reference lap cannot be used: ")
    assert demo[0].name in notice
