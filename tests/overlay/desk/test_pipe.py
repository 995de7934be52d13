from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from overlay.desk.pipe import receive, send

LARGE = np.arange(1 << 20, dtype=np.float64).reshape(2, -1)
MESSAGE = ("finish", {"large": LARGE, "part": LARGE[1], "every other": LARGE[0, ::2], "small": np.arange(3), "content": b"lap"}, None)


def sent(*messages: object) -> bytes:
    stream = io.BytesIO()
    for message in messages:
        send(stream, message)
    return stream.getvalue()


def heard(content: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(content))


def test_messages_arrive_as_they_were_sent_one_after_another() -> None:
    stream = heard(sent(MESSAGE, "next"))
    name, arrays, nothing = receive(stream)
    assert (name, arrays["content"], nothing) == ("finish", b"lap", None)
    for key in ("large", "part", "every other", "small"):
        np.testing.assert_array_equal(arrays[key], MESSAGE[1][key])
    arrays["large"][0, 0] = -1.0  # as if it had been pickled
    assert receive(stream) == "next"
    with pytest.raises(EOFError):
        receive(stream)


def test_a_message_that_was_cut_anywhere_is_the_end_of_the_pipe() -> None:
    whole = sent(MESSAGE)
    for length in (1, 8, 12, 16, 100, len(whole) // 2, len(whole) - 1):
        with pytest.raises(EOFError):
            receive(heard(whole[:length]))


def test_large_arrays_are_in_memory_once_at_either_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    tracemalloc.start()
    try:
        with path.open("wb") as stream:
            send(stream, LARGE)
        sending = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        with path.open("rb") as stream:
            received = receive(stream)
        receiving = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(received, LARGE)
    assert sending < 0.1 * LARGE.nbytes
    assert receiving < 1.1 * LARGE.nbytes
