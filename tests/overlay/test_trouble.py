"""What may go wrong around a session while it is driven: it goes on, one clear notice, nothing lost.

Each trouble has its test; where it is not here: the simulator killed in a corner and started with another car, two overlays, corrupt
settings, the sound unplugged (test_app.py), a corrupt model (voice/test_voice.py), a file that is no reference (test_live_session.py).
"""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.drive import drive as drive_simulated
from coach.sim.live import LiveDrive
from coach.sim.output import Made, made_from, write_drive
from coach.sim.plan import Plan
from coach.sim.skill import load_skill
from coach.telemetry.frame import INDEX, Frame
from coach.telemetry.sources.iracing_live import LiveEvent
from overlay.demo_drive import demo_session
from overlay.headless import followed
from overlay.state import Mode
from overlay.store.index import Wanted
from tests.overlay.running_app import RunningApp, kill, simulator, wait_until
from tests.overlay.store.disks import fill_up, small_disk
from tests.overlay.test_live_session import Driven, lines
from tests.overlay.virtual_screen import Screen, virtual_screen

LAPS = 4
MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def made() -> Made:
    return demo_session(LAPS, 1)


def laps_counted(driven: Driven) -> int:
    return sum(event["event"] == "lap" and event["state"] in {"clean", "best"} for event in lines(driven))


def test_disk_full_in_the_middle_of_a_session(made: Made, tmp_path: Path) -> None:
    image = tmp_path / "memory.bin"
    with small_disk(tmp_path, 16 * MEBIBYTE) as disk, LiveDrive(made, image) as live:
        driven = Driven(disk)
        for frame in driven.feed(followed(live, image)):
            ballast = disk / f"ballast-{frame['lap_number']:.0f}"
            if frame["lap_number"] >= 2.0 and not ballast.exists():  # each lap anew: a file that was being written gave its room back
                driven.settle()
                fill_up(ballast)
        driven.settle()
        driven.session.save_summary()
        assert len(driven.session._kept.notes.laps) == LAPS, "the session went on"
        troubles = [
            notice for notice in driven.notices if "disk" in notice.lower() or "cannot be written" in notice or "could not" in notice
        ]
        assert sum("The session log" in notice for notice in troubles) == 1
        assert sum("summary" in notice for notice in troubles) == 1
        assert len(driven.notices) == len(set(driven.notices)), "each is said once"
        assert not [notice for notice in driven.notices if "fault" in notice]
        for ballast in disk.glob("ballast-*"):
            ballast.unlink()
        driven.close()
        (_, _, why_not), (_, summary, _) = driven.ended
        assert "summary.html could not be written" in why_not, "it is shown all the same"
        assert summary.exists(), "once there is room again it is saved"
        assert laps_counted(driven) >= LAPS - 1, "no line of the log is lost"
        again = Driven(disk)
        assert len(again.store.laps(Wanted(simulated=True))) == LAPS, "no lap is lost"
        again.close()


def test_reference_of_another_car_is_left_aside(made: Made, tmp_path: Path) -> None:
    circuit, car = load_circuit("lime-rock"), load_car("gt4")
    run = drive_simulated(circuit, car, Plan(skill=load_skill("intermediate")), 2, 1)
    write_drive(tmp_path / "gt4.ibt", made_from(run.columns, run.lap_times_s, circuit, car, "intermediate"))
    driven, image = Driven(tmp_path, (str(tmp_path / "gt4.ibt"),)), tmp_path / "memory.bin"
    with LiveDrive(made, image) as live:
        for _ in driven.feed(followed(live, image)):
            pass
    driven.settle()
    report = driven.session._coach.state.report
    assert report is not None
    assert report.rule.startswith("your best clean lap"), "the driver's own laps are used"
    driven.close()
    (told,) = [notice for notice in driven.notices if "The reference lap cannot be used" in notice]
    assert "another car or track" in told
    assert laps_counted(driven) >= LAPS - 1


@pytest.mark.parametrize("by_s", [600.0, -600.0])
def test_session_clock_jumps(made: Made, tmp_path: Path, by_s: float) -> None:
    driven, image = Driven(tmp_path), tmp_path / "memory.bin"

    def jumping(events: Iterator[LiveEvent]) -> Iterator[LiveEvent]:
        for event in events:
            if isinstance(event, Frame) and event["lap_number"] >= 2.0:
                values = event.values.copy()
                values[INDEX["session_time_s"]] += by_s
                yield Frame(event.tick, values)
            else:
                yield event

    with LiveDrive(made, image) as live:
        for _ in driven.feed(jumping(followed(live, image))):
            pass
    driven.settle()
    assert driven.session.snapshot.status.mode is not Mode.WAITING_CAR
    driven.close()
    times = [lap.lap_time_s for lap in driven.ended[-1][0].laps]
    assert len(times) >= LAPS - 2
    assert all(50.0 < time_s < 80.0 for time_s in times), "no lap holds the jump"
    assert not [notice for notice in driven.notices if "fault" in notice]


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    if not shutil.which("Xvfb") or not shutil.which("picom"):
        pytest.skip("needs xvfb and picom: `make setup-tests`")
    with virtual_screen() as made_screen:
        yield made_screen


@pytest.mark.xdist_group("overlay_app")
def test_suspended_and_resumed(screen: Screen, tmp_path: Path) -> None:
    """First the overlay alone, as a machine that is too busy; then both, as a machine that sleeps."""
    image = tmp_path / "memory.bin"
    app = RunningApp(screen, tmp_path, "--image", str(image))
    driven = simulator(image)
    try:
        wait_until(lambda: len(app.windows()) >= 5, lambda: app.told)
        app.process.send_signal(signal.SIGSTOP)
        time.sleep(3.0)
        app.process.send_signal(signal.SIGCONT)
        app.wait_for("ticks of the simulator were missed")
        for process in (app.process, driven):
            process.send_signal(signal.SIGSTOP)
        time.sleep(3.0)
        for process in (driven, app.process):
            process.send_signal(signal.SIGCONT)
        time.sleep(2.0)
        wait_until(lambda: len(app.windows()) >= 5, lambda: app.told)
    finally:
        kill(driven)
        told = app.end()
    assert app.process.returncode == 0, told
    assert "fault of ours" not in told
    assert told.count("ticks of the simulator were missed") == 1, told
    assert len(list((tmp_path / "data" / "sessions").iterdir())) == 1, "it is the same session"
