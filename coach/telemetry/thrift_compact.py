"""Records in Thrift's compact protocol, as Parquet writes its footer and its page headers; the fields wanted, the rest skipped.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md. It allocates nothing that the bytes do not fill.
ValueError: no such record, or what readers may take differently: a wanted field twice or of another kind, a number too large for its
kind, of which Thrift's own reader keeps the lower bits. IndexError: it is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
_DEPTH = 16
_NUMBER_BITS = 16  # of a field's number, one of them its sign
_Item = TypeVar("_Item")


class CompactReader:
    """Reads on from `at`."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self.at = 0

    def struct(self, wanted: Mapping[int, tuple[int, Callable[[], Any]]]) -> dict[int, Any]:
        """The wanted fields that are there: number -> kind, and what reads the value."""
        found: dict[int, Any] = {}
        for number, kind in self._fields():
            if number not in wanted:
                self._skip(kind, 0)
                continue
            expected, read = wanted[number]
            if kind != expected or number in found:
                raise ValueError(f"field {number} of a record is not what it should be")
            found[number] = read()
        return found

    def items(self, kind: int, read: Callable[[], _Item], most: int) -> list[_Item]:
        """A list whose elements are of that kind, `most` at most."""
        count, found = self._list_head()
        if count > most or (count and found != kind):
            raise ValueError("a list in a record holds more, or something else, than it should")
        return [read() for _ in range(count)]

    def i32(self) -> int:
        """A number of 32 bits."""
        return self._integer(32)

    def i64(self) -> int:
        """A number of 64 bits."""
        return self._integer(64)

    def _integer(self, bits: int) -> int:
        """A zigzag number that fits."""
        value = self._varint()
        if value >> bits:
            raise ValueError(f"a record holds a number that is none of {bits} bits")
        return (value >> 1) ^ -(value & 1)

    def _fields(self) -> Iterator[tuple[int, int]]:
        number = 0
        while kind := (first := self._byte()) & 15:
            number = number + (first >> 4) if first >> 4 else self._integer(_NUMBER_BITS)
            if number >> _NUMBER_BITS - 1 > 0:
                raise ValueError("a record has a field of too high a number")
            yield number, kind

    def _list_head(self) -> tuple[int, int]:
        first = self._byte()
        return (first >> 4 if first >> 4 < 15 else self._varint()), first & 15

    def _skip(self, kind: int, depth: int) -> None:
        if depth > _DEPTH:
            raise ValueError("a record is nested too deeply")
        if I16 <= kind <= I64:
            self._varint()
        elif kind == STRUCT:
            for _, inner in self._fields():
                self._skip(inner, depth + 1)
        elif kind == BINARY:
            length = self._varint()  # moves on by itself
            self.at += length
        elif kind in {LIST, SET}:
            count, element = self._list_head()
            for _ in range(count):
                self._skip_element(element, depth + 1)
        elif kind == MAP:
            count = self._varint()
            kinds = self._byte() if count else 0
            for _ in range(count):
                self._skip_element(kinds >> 4, depth + 1)
                self._skip_element(kinds & 15, depth + 1)
        elif kind in {BYTE, DOUBLE}:
            self.at += 1 if kind == BYTE else 8
        elif kind not in {TRUE, FALSE}:  # as fields these are their own values
            raise ValueError("a record holds a field of no known kind")

    def _skip_element(self, kind: int, depth: int) -> None:
        """One of a list, where a truth value has a byte of its own."""
        if self.at > len(self._data):
            raise IndexError("a record is cut short")
        self._skip(BYTE if kind in {TRUE, FALSE} else kind, depth)

    def _byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise ValueError("a record holds a number without an end")
