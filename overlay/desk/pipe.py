"""Messages through a pipe between two processes of ours, which trust each other: a length, then a pickle."""

from __future__ import annotations

import pickle
from typing import IO, Any

_LENGTH_BYTES = 8


def send(stream: IO[bytes], message: Any) -> None:
    """Write a message whole. OSError: nobody reads."""
    content = pickle.dumps(message, protocol=5)
    stream.write(len(content).to_bytes(_LENGTH_BYTES, "little"))
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """The next message. EOFError: the other end has closed the pipe, or died within a message."""
    length = int.from_bytes(_exactly(stream, _LENGTH_BYTES), "little")
    return pickle.loads(_exactly(stream, length))  # noqa: S301  from our own process, through a pipe that nobody else has


def _exactly(stream: IO[bytes], count: int) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise EOFError("the pipe has ended")
    return content
