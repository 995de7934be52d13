"""Messages through a pipe between two processes of ours, which trust each other.

A message is a count of arrays, a pickle and those arrays; before the pickle and each array stands its length. Large arrays go beside the
pickle, from where they lie to where they are used: within it, a lap would be in memory three times, and the heap would keep the room.
"""

from __future__ import annotations

import pickle
import struct
from io import BufferedReader
from typing import IO, Any, cast

_LENGTH = struct.Struct("<q")
_BESIDE_BYTES = 1 << 14  # smaller ones are not worth a part of their own


def send(stream: IO[bytes], message: Any) -> None:
    """Write a message whole. OSError: nobody reads."""
    beside: list[memoryview] = []

    def stays_within(buffer: pickle.PickleBuffer) -> bool:
        array = buffer.raw()
        if array.nbytes >= _BESIDE_BYTES:
            beside.append(array)
        return array.nbytes < _BESIDE_BYTES

    content = pickle.dumps(message, protocol=5, buffer_callback=stays_within)
    stream.write(_LENGTH.pack(len(beside)))
    parts: list[bytes | memoryview] = [content, *beside]
    for part in parts:
        stream.write(_LENGTH.pack(len(part)))
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """The next message. EOFError: the other end has closed the pipe, or died within a message."""
    reader = cast("BufferedReader", stream)
    count = _number(reader)
    content = _part(reader)
    return pickle.loads(content, buffers=[_part(reader) for _ in range(count)])  # noqa: S301  from our own process, through a pipe that nobody else has


def _number(reader: BufferedReader) -> int:
    content = reader.read(_LENGTH.size)
    if len(content) < _LENGTH.size:
        raise EOFError("the pipe has ended")
    return int(_LENGTH.unpack(content)[0])


def _part(reader: BufferedReader) -> bytearray:
    part = bytearray(_number(reader))
    if reader.readinto(part) < len(part):
        raise EOFError("the pipe has ended")
    return part
