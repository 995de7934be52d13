"""Whatever is sent: refused with a sentence, or read; never another error, in the reader or in the form. A small set here, a large one as `slow`."""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from coach.errors import BadInput
from tests.recordings import RECORDINGS, needs_recordings
from tests.web.conftest import running
from tests.web.laps.drivers import browser, register, run_jobs
from tests.web.laps.test_pages import count
from web.database import Database
from web.errors import ServiceError
from web.laps.reading import ReadFile
from web.laps.service import _read

# Damaged clocks and speeds of 1e100 overflow here and there; what comes of it must be refused, or be no lap.
absurd_numbers = pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")
MOST_UNPACKED = 50 << 20
KINDS = ("ibt", "lap file", "csv", "csv.gz", "jsonl", "nothing")
# Numbers that mean something, as text and as the simulator's doubles and floats.
WORDS = [
    *(b"0", b"9", b"-1", b".", b"nan", b"1e308", b"-1e-308", b"9" * 30, b",", b'"', b"\n", b"{", b"null", b"\xef\xbb\xbf"),
    *(struct.pack(form, number) for form in ("<d", "<f") for number in (0.0, -1.0, math.nan, math.inf, 1e30, -1e-30)),
    *(struct.pack("<i", number) for number in (0, 1, -1, 2**31 - 1, -(2**31))),
]
_NUMBERS = st.integers(0, 2**32 - 1)
_CHANGE = st.one_of(
    st.tuples(st.just("flip"), _NUMBERS, st.integers(0, 255)),
    st.tuples(st.just("cut"), _NUMBERS, _NUMBERS),
    st.tuples(st.just("end"), _NUMBERS, st.just(0)),
    st.tuples(st.just("again"), _NUMBERS, _NUMBERS),
    st.tuples(st.just("insert"), _NUMBERS, st.one_of(st.binary(min_size=1, max_size=64), st.sampled_from(WORDS))),
    st.tuples(st.just("write"), _NUMBERS, st.sampled_from(WORDS)),
    st.tuples(st.just("join"), st.integers(0, len(KINDS) - 1), _NUMBERS),
)


def changed(seeds: list[bytes], start: int, changes: list[tuple[str, int, int | bytes]]) -> bytes:
    """A seed after these changes."""
    content = bytearray(seeds[start])
    for kind, number, value in changes:
        at = number % (len(content) + 1)
        if kind == "flip" and at < len(content):
            content[at] = value
        elif kind == "cut":
            del content[at : at + value % 5000]
        elif kind == "end":
            del content[at:]
        elif kind == "again":
            content[at:at] = content[at : at + value % 5000]
        elif kind == "insert":
            content[at:at] = value
        elif kind == "write":
            content[at : at + len(value)] = value
        elif kind == "join":
            content += seeds[number][value % (len(seeds[number]) + 1) :]
    return bytes(content)


@pytest.fixture(scope="session")
def seeds(session_file: Path, session_read: ReadFile) -> list[bytes]:
    """One file of each kind: a recording with one lap, a lap, tables of real laps."""
    packed = (RECORDINGS / "mx5_okayama_short_driver_b.csv.gz").read_bytes()
    lines = (RECORDINGS / "summit_point_10hz.jsonl").read_bytes()
    return [session_file.read_bytes()[: 2 << 20], session_read.laps[0].content(), gzip.decompress(packed), packed, lines, b""]


def fuzz(seeds: list[bytes], examples: int) -> int:
    """How many files of so many were read all the same."""
    read = 0

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(start=st.integers(0, len(KINDS) - 1), changes=st.lists(_CHANGE, max_size=4))
    def try_one(start: int, changes: list[tuple[str, int, int | bytes]]) -> None:
        nonlocal read
        refusal = ""
        try:
            found = _read(changed(seeds, start, changes), "sent.file", MOST_UNPACKED)
        except (BadInput, ServiceError) as error:
            refusal = str(error)
        if refusal:
            assert "\n" not in refusal
            assert "racing-coach-" not in refusal  # the folder it was read in
            return
        assert all(lap.content().startswith(b"PAR1") for lap in found.laps[:1])
        read += 1

    try_one()
    return read


@needs_recordings
@absurd_numbers
@pytest.mark.timeout(300)
def test_changed_files_are_refused_with_a_sentence_or_read(seeds: list[bytes]) -> None:
    assert fuzz(seeds, 80) > 3  # not everything is refused: the readers are reached


@needs_recordings
@absurd_numbers
@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_changed_files_are_refused_with_a_sentence_or_read_at_length(seeds: list[bytes]) -> None:
    assert fuzz(seeds, 3000) > 100


BOUNDARY = "----of-a-browser"
PART = b'Content-Disposition: form-data; name="file"; filename="a.ibt"\r\nContent-Type: application/octet-stream\r\n\r\n'


def form(*parts: bytes, end: bytes = b"--\r\n") -> bytes:
    mark = f"--{BOUNDARY}".encode()
    return b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + end


# A file that ends within its form is left by Starlette's parser to the garbage collector, at once, with a warning.
@pytest.mark.filterwarnings("ignore:Exception ignored in.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (f"multipart/form-data; boundary={BOUNDARY}", form(PART + b"x")[:-9]),  # cut within the last boundary
        (f"multipart/form-data; boundary={BOUNDARY}", form(PART[:-4])),  # a part without an end of its head
        (f"multipart/form-data; boundary={BOUNDARY}", form(b"\r\n\r\n")),
        (f"multipart/form-data; boundary={BOUNDARY}", form(PART.replace(b"filename", b"other") + b"x")),
        (f"multipart/form-data; boundary={BOUNDARY}", form(PART.replace(b"a.ibt", b"../../\x00\xff.ibt") + b"x")),
        (f"multipart/form-data; boundary={BOUNDARY}", form(PART.replace(b"a.ibt", b"n" * 9000) + b"x")),
        (f"multipart/form-data; boundary={BOUNDARY}", form(*[PART + b"x"] * 300)),
        (f"multipart/form-data; boundary={BOUNDARY}", form(*[b'Content-Disposition: form-data; name="a"\r\n\r\nb'] * 50)),
        ("multipart/form-data", form(PART + b"x")),
        ("multipart/form-data; boundary=", form(PART + b"x")),
        ("multipart/form-data; boundary=" + "x" * 5000, form(PART + b"x")),
        (f"multipart/form-data; boundary={BOUNDARY}; charset=none-such", form(PART + b"x")),
        ("application/x-www-form-urlencoded", b"file=a&" * 2000),
        ("application/json", b'{"file": 1}'),
        ("text/plain", bytes(range(256))),
        ("", b"\x00" * 100),
    ],
)
async def test_forms_that_no_browser_sends_are_answered_and_leave_nothing_half_done(
    app: Starlette, database: Database, kind: str, body: bytes
) -> None:
    _, token = await register(database)
    async with running(app), browser(app, token) as client:
        answer: httpx.Response = await client.post("/upload", content=body, headers={"Content-Type": kind})
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert await count(database, "uploads") == 0
        await run_jobs(app.state.services)
        assert "Traceback" not in answer.text
        assert (await client.get("/upload")).status_code == 200
