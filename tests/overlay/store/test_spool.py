from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from coach.errors import CannotWrite
from overlay.store.spool import FIRST_WAIT_S, LEASE_S, LONGEST_WAIT_S, REFUSALS, Spool
from tests.overlay.store.disks import small_disk

NOW = 1.8e9


@pytest.fixture
def spool(tmp_path):
    made = Spool(tmp_path / "spool.sqlite")
    made.follow(consent=True)
    yield made
    made.close()


def states(spool: Spool) -> dict[str, str]:
    return {entry.lap_id: entry.state for entry in spool.entries()}


def test_laps_go_in_the_order_they_came_and_once(spool):
    assert spool.add(["a", "b", "a"]) == 2
    assert spool.add(["b"]) == 0

    for lap_id in ("a", "b"):
        lease = spool.lease(NOW)
        assert lease.lap_id == lap_id
        spool.done(lease)
    assert spool.lease(NOW) is None
    assert spool.add(["a"]) == 0
    assert states(spool) == {"a": "sent", "b": "sent"}


def test_without_consent_nothing_enters_and_no_file_is_made(tmp_path):
    spool = Spool(tmp_path / "spool.sqlite")
    spool.follow(consent=False)
    assert (spool.shares_from(), spool.entries(), spool.counts(), spool.waiting()) == (None, (), {}, frozenset())
    assert list(tmp_path.iterdir()) == []
    assert spool.add(["a"]) == 0
    assert spool.entries() == ()


def test_withdrawn_consent_empties_everything_also_what_is_being_sent(spool):
    spool.add(["a", "b", "c"])
    spool.done(spool.lease(NOW))
    lease = spool.lease(NOW)
    spool.follow(consent=False)

    assert spool.entries() == ()
    assert spool.add(["d"]) == 0
    assert not spool.renew(lease, NOW)
    spool.done(lease)
    spool.failed(lease, "late", NOW, refused=True)
    assert spool.entries() == ()
    spool.follow(consent=True, from_sequence=9)
    assert spool.shares_from() == 9


def test_a_lease_is_for_one_and_ends(spool):
    spool.add(["a"])
    first = spool.lease(NOW)
    assert spool.lease(NOW + LEASE_S - 1) is None
    second = spool.lease(NOW + LEASE_S)
    assert second.lap_id == "a"
    assert not spool.renew(first, NOW + LEASE_S)
    spool.failed(first, "late", NOW + LEASE_S, refused=True)  # says nothing any more
    assert spool.entries()[0].refusals == 0
    assert spool.renew(second, NOW + 2 * LEASE_S - 1)
    assert spool.lease(NOW + 2 * LEASE_S) is None
    spool.done(first)  # but the service has it, whoever says so
    assert states(spool) == {"a": "sent"}


def test_waits_double_up_to_a_limit(spool):
    spool.add(["a"])
    now = NOW
    for failure in range(20):
        lease = spool.lease(now)
        spool.failed(lease, "no network", now, refused=False)
        longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**failure)
        assert spool.lease(now + 0.5 * longest - 1) is None
        now += longest
    assert spool.entries()[0].reason == "no network"


def test_weeks_without_a_network_make_no_lap_dead(spool):
    spool.add(["a"])
    now, tries = NOW, 0
    while now < NOW + 6 * 7 * 86_400.0:
        lease = spool.lease(now)
        if lease:
            tries += 1
            spool.failed(lease, "no network", now, refused=False)
        now += 3600.0
    assert 6 * 7 * 4 <= tries <= 6 * 7 * 12
    spool.network_is_back()
    spool.done(spool.lease(now))
    assert states(spool) == {"a": "sent"}


def test_what_is_refused_too_often_is_dead_with_its_reason_and_can_be_revived(spool):
    spool.add(["a", "b"])
    now = NOW
    for _ in range(REFUSALS):
        now += LONGEST_WAIT_S
        lease = spool.lease(now)
        while lease.lap_id != "a":
            spool.done(lease)
            lease = spool.lease(now)
        spool.failed(lease, "422: no such car", now, refused=True)
    assert (states(spool)["a"], spool.entries()[0].reason) == ("dead", "422: no such car")
    assert spool.lease(now + 10 * LONGEST_WAIT_S) is None
    assert "a" not in spool.waiting()
    assert spool.revive() == 1
    assert spool.lease(now).lap_id == "a"


def test_one_lap_that_fails_does_not_hold_up_the_others(spool):
    spool.add(["a", "b"])
    spool.failed(spool.lease(NOW), "refused", NOW, refused=True)
    assert spool.lease(NOW).lap_id == "b"


def test_a_file_that_is_gone_is_given_up(spool):
    spool.add(["a"])
    spool.give_up(spool.lease(NOW), "the lap file is gone")
    assert spool.counts() == {"dead": 1}


@pytest.mark.parametrize("jump_s", [-10 * 365 * 86_400.0, 10 * 365 * 86_400.0])
def test_a_clock_that_jumps_never_stops_the_spool(spool, jump_s):
    spool.add(["a", "b"])
    spool.failed(spool.lease(NOW), "no network", NOW, refused=False)
    spool.lease(NOW)  # taken by a program that is killed
    now = NOW + jump_s
    assert {spool.lease(now).lap_id, spool.lease(now).lap_id} == {"a", "b"}
    assert spool.lease(now) is None


def test_a_damaged_file_is_kept_aside_and_said(tmp_path):
    path = tmp_path / "spool.sqlite"
    path.write_bytes(b"no database" * 1000)
    spool = Spool(path)
    spool.follow(consent=True, from_sequence=3)
    spool.add(["a"])

    assert spool.waiting() == {"a"}
    aside = next(tmp_path.glob("spool.unreadable-*.sqlite"))
    assert aside.read_bytes().startswith(b"no database")
    (notice,) = spool.take_notices()
    assert aside.name in notice
    assert spool.take_notices() == []


def test_a_spool_whose_first_transaction_was_cut_is_simply_made(tmp_path):
    path = tmp_path / "spool.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    spool = Spool(path)
    spool.follow(consent=True)
    assert spool.add(["a"]) == 1
    assert spool.take_notices() == []


def worked(folder: Path, name: str, live_s: float) -> list[str]:
    """Lines of a worker that was killed after `live_s` seconds of work."""
    worker = subprocess.Popen([sys.executable, "-m", "tests.overlay.store.spool_worker", str(folder), name], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline().startswith(b"ready")
    time.sleep(live_s)
    worker.send_signal(signal.SIGKILL)
    raw = worker.stdout.read()
    worker.stdout.close()
    worker.wait()
    assert worker.returncode == -signal.SIGKILL, "the worker ended by itself"
    return raw.decode().split("\n")[:-1]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_was_acknowledged_survives_kill_9_at_any_point(tmp_path):
    """Rounds of a worker that is killed at a random moment; every acknowledged word must be kept, nothing may come twice."""
    chance = random.Random(7)
    promised: dict[str, str] = {}
    end, rounds = time.monotonic() + 12.0, 0

    def shown() -> bool:
        words = list(promised.values())
        return words.count("sent") >= 20 and words.count("dead") >= 5

    while time.monotonic() < end or not shown():  # a busy machine needs longer; pytest's own limit ends it
        lines = worked(tmp_path, f"r{rounds}", chance.uniform(0.0, 0.25))
        for line in lines:
            word, lap_id = line.split()
            promised[lap_id] = word
        rounds += 1
        spool = Spool(tmp_path / "spool.sqlite")
        found = states(spool)
        spool.close()
        assert spool.take_notices() == []
        for lap_id, word in promised.items():
            # The worker may have gone further than its last line says, with the lap it spoke of or one it had leased meanwhile.
            allowed = {"added": {"waiting", "leased", "sent", "dead"}, "failed": {"waiting", "leased", "sent", "dead"}}
            assert found[lap_id] in allowed.get(word, {word}), (lap_id, word)
    assert rounds > 1

    spool = Spool(tmp_path / "spool.sqlite")
    left = spool.waiting()
    leased = set()
    while lease := spool.lease(2e9):
        leased.add(lease.lap_id)
        spool.done(lease)
    spool.close()
    assert leased == left, "something that waits can never be sent"


def test_a_full_disk_refuses_and_loses_nothing(tmp_path):
    with small_disk(tmp_path, 256 * 1024) as folder:
        spool = Spool(folder / "spool.sqlite")
        spool.follow(consent=True)
        kept: list[int] = []

        def fill():
            for number in range(20_000):
                spool.add([f"lap-{number:06d}-with-a-name-of-ordinary-length_mx5_lime-rock_lap{number}"])
                kept.append(number)

        with pytest.raises(CannotWrite, match="full"):
            fill()
        assert kept
        assert len(spool.waiting()) == len(kept)
        spool.close()
        again = Spool(folder / "spool.sqlite")
        assert len(again.waiting()) == len(kept)
        assert again.take_notices() == []
        again.close()


class SpoolMachine(RuleBasedStateMachine):
    """The spool beside a dictionary that does the same."""

    def __init__(self):
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.spool = Spool(Path(self.folder.name) / "spool.sqlite")
        self.consent = True
        self.spool.follow(consent=True)
        self.model: dict[str, str] = {}
        self.leases = []
        self.now = NOW

    def teardown(self):
        self.spool.close()
        self.folder.cleanup()

    @rule(lap_id=st.sampled_from("abcd"))
    def add(self, lap_id):
        new = self.consent and lap_id not in self.model
        assert self.spool.add([lap_id]) == int(new)
        if new:
            self.model[lap_id] = "waiting"

    @rule(forward_s=st.sampled_from([0.0, 60.0, LONGEST_WAIT_S]))
    def lease(self, forward_s):
        self.now += forward_s
        lease = self.spool.lease(self.now)
        if lease is not None:
            assert self.model[lease.lap_id] in {"waiting", "leased"}
            self.model[lease.lap_id] = "leased"
            self.leases.append(lease)
        elif forward_s == LONGEST_WAIT_S:
            assert not {"waiting", "leased"} & set(self.model.values())

    @rule(data=st.data(), word=st.sampled_from(["done", "refused", "silent"]))
    def answer(self, data, word):
        if not self.leases:
            return
        lease = data.draw(st.sampled_from(self.leases))
        newest = [other for other in self.leases if other.lap_id == lease.lap_id][-1] is lease
        if word == "done":
            self.spool.done(lease)
            if lease.lap_id in self.model:
                self.model[lease.lap_id] = "sent"
        else:
            self.spool.failed(lease, "no", self.now, refused=word == "refused")
            if newest and self.model.get(lease.lap_id) == "leased":
                refusals = next(entry.refusals for entry in self.spool.entries() if entry.lap_id == lease.lap_id)
                self.model[lease.lap_id] = "dead" if refusals >= REFUSALS else "waiting"

    @rule(consent=st.sampled_from([True, True, False]))
    def follow(self, consent):
        self.consent = consent
        self.spool.follow(consent=consent)
        if not consent:
            self.model.clear()
            self.leases.clear()

    @rule()
    def restart(self):
        self.spool.close()

    @invariant()
    def agrees(self):
        assert states(self.spool) == self.model


TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_what_the_service_has_is_asked_for_until_it_has_said_what_became_of_it(spool):
    spool.add(["one", "two", "three"])
    for number in ("1", "2", ""):
        spool.done(spool.lease(NOW), number)
    assert spool.unread(10) == (("one", "1"), ("two", "2"))
    assert spool.unread(1) == (("one", "1"),)
    spool.was_read("one")
    spool.was_read("two", "damaged")
    assert spool.unread(10) == ()
    assert [(entry.state, entry.reason) for entry in spool.entries()] == [("sent", ""), ("dead", "damaged"), ("sent", "")]
    spool.follow(consent=False)
    spool.was_read("one")
    assert spool.unread(10) == ()
