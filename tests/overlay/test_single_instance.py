from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from coach.errors import BadInput
from coach.file_lock import FileLock
from overlay.single_instance import only_instance

_HOLDER = """
import sys, time
from pathlib import Path
from overlay.single_instance import only_instance
lock = only_instance(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "overlay.lock"


def held_elsewhere(path):
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.stdout.close()
    return holder


def test_a_second_overlay_is_told_which_one_runs(path):
    holder = held_elsewhere(path)
    try:
        with pytest.raises(BadInput, match=rf"already running \(process {holder.pid}\): use that one, or close it first"):
            only_instance(path)
    finally:
        holder.terminate()
        holder.wait()
    only_instance(path).release()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_the_lock_of_a_killed_overlay_is_taken_over(path):
    holder = held_elsewhere(path)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert path.read_text() == str(holder.pid)

    lock = only_instance(path)
    assert lock.signed_by() == os.getpid()
    lock.release()


def test_a_lock_file_full_of_nonsense_locks_nothing(path):
    path.parent.mkdir()
    path.write_bytes(b"\xff" * 1000)
    only_instance(path).release()


def test_a_lock_is_also_between_threads_of_one_process(path):
    one, two = FileLock(path), FileLock(path)
    assert one.acquire()
    assert not two.acquire(timeout_s=0.02)
    one.release()
    assert two.acquire()
    two.release()
