from __future__ import annotations

import multiprocessing
import os
import time

import pytest

from coach.errors import BadInput
from coach.exam.parallel import default_jobs, work_through


def squared(number: int) -> int:
    return number * number


def refuse(number: int) -> int:
    if number == 2:
        raise BadInput("two is refused.")
    return number


def process_of(_: int) -> int:
    return os.getpid()


def test_results_come_in_the_order_of_the_work_from_any_number_of_processes() -> None:
    assert work_through(squared, [3, 1, 2], 1, "test") == work_through(squared, [3, 1, 2], 2, "test") == [9, 1, 4]


def test_one_job_stays_in_this_process() -> None:
    assert set(work_through(process_of, [1, 2], 1, "test")) == {os.getpid()}


def test_an_error_in_a_process_is_raised_here_and_no_process_is_left() -> None:
    with pytest.raises(BadInput, match="two is refused"):
        work_through(refuse, list(range(6)), 2, "test")
    until = time.monotonic() + 10.0  # the pool's own thread may have waited for a process and not yet have noted its end
    while multiprocessing.active_children() and time.monotonic() < until:
        time.sleep(0.01)
    assert not multiprocessing.active_children()


def test_there_is_at_least_one_job() -> None:
    assert default_jobs() >= 1
