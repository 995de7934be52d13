"""Installing the neural voice: from where it is published, or from a folder with the same files. Never at start-up, only when asked.

A download that breaks off stays as a `.part` file and goes on from there; nothing is used before its SHA-256 is right.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from coach.errors import BadInput, CannotWrite, Unreachable, UnreadableFile
from coach.files import atomic_writer, make_folder, write_text
from overlay.voice.model import CHUNK, FILES, INSTALLED, ModelFile, sha256_of

ATTEMPTS = 5  # of going on after an interruption, before the driver is asked to try later
PAUSE_S = 2.0
TIMEOUT_S = 30.0  # without a byte
LIBRARY = "kokoro_onnx"
FROM_FOLDER = "racing-coach voice install --from FOLDER"

# Told how many bytes are there, before more are kept; what it raises ends the installation, which goes on the next time.
Got = Callable[[int], None]


def install(folder: Path, *, source: Path | None = None, files: Sequence[ModelFile] = FILES, got: Got = lambda _: None) -> None:
    """Bring the files to `folder`, from the folder `source` or else from their addresses, and note their sums.

    Unreachable: the download did not finish, run it again. UnreadableFile: a file of `source` is missing or another one.
    CannotWrite: full disk, no permission. BadInput: the library that runs it is missing.
    """
    if importlib.util.find_spec(LIBRARY) is None:  # not imported: its phonemizer is GPL and stays in the helper
        raise BadInput("The neural voice needs kokoro-onnx: pip install 'racing-coach[kokoro]'.")
    make_folder(folder)
    before = 0
    for file in files:
        target = folder / file.name
        if not (target.is_file() and target.stat().st_size == file.size and sha256_of(target) == file.sha256):
            _bring(file, target, source, lambda count, before=before: got(before + count))  # type: ignore[misc]
        before += file.size
        got(before)
    write_text(folder / INSTALLED, json.dumps({file.name: file.sha256 for file in files}, indent=1))


def _bring(file: ModelFile, target: Path, source: Path | None, got: Got) -> None:
    if source:
        _copy(file, source / file.name, target, got)
    else:
        _download(file, target, got)


def _copy(file: ModelFile, origin: Path, target: Path, got: Got) -> None:
    try:
        found = sha256_of(origin)
    except OSError as error:
        raise UnreadableFile(f"{origin} cannot be read: {error.strerror}. The folder must hold {file.name}.") from error
    if found != file.sha256:
        raise UnreadableFile(
            f"{origin} is not the published {file.name} (SHA-256 {found[:12]}..., expected {file.sha256[:12]}...): download it again."
        )
    with origin.open("rb") as original, atomic_writer(target) as copy:
        while piece := original.read(CHUNK):
            got(copy.tell())
            copy.write(piece)


def _download(file: ModelFile, target: Path, got: Got) -> None:
    part = target.with_name(target.name + ".part")
    for attempt in range(ATTEMPTS):
        try:
            _fetch(file, part, got)
            break
        except urllib.error.HTTPError as error:
            raise Unreachable(
                f"{file.address} answered {error.code} {error.reason}: try later, or take the files from a folder: {FROM_FOLDER}."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            if attempt == ATTEMPTS - 1:
                raise Unreachable(
                    f"{file.address} could not be downloaded ({error}): try again, it goes on where it stopped, "
                    f"or take the files from a folder: {FROM_FOLDER}."
                ) from error
            time.sleep(PAUSE_S)
    found = sha256_of(part)
    if found != file.sha256:
        part.unlink()
        raise Unreachable(
            f"{file.address} is not what was published (SHA-256 {found[:12]}..., expected {file.sha256[:12]}...): try again later."
        )
    part.replace(target)


def _fetch(file: ModelFile, part: Path, got: Got) -> None:
    """Download what is missing of one file. CannotWrite: this disk; OSError, HTTPException: the connection, whose faults come in many kinds."""
    have = _size(part)
    if have >= file.size:  # whole, or another file's: the sum will tell
        return
    request = urllib.request.Request(file.address, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - a constant https address
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        if answer.status != http.client.PARTIAL_CONTENT:  # the server sends all of it
            have = 0
        got(have)  # before the file is touched: whoever gave this up may have begun anew
        with _open(part, "ab" if have else "wb") as out:
            while piece := answer.read(CHUNK):
                got(have)
                _write(out, piece, part)
                have += len(piece)
    if have < file.size:
        raise ConnectionError(f"broke off after {have} of {file.size} bytes")


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise CannotWrite(f"{part} could not be read: {error.strerror}.") from error


def _open(part: Path, mode: str) -> IO[bytes]:
    try:
        return part.open(mode)
    except OSError as error:
        raise CannotWrite(f"{part} could not be written: {error.strerror}.") from error


def _write(out: IO[bytes], piece: bytes, part: Path) -> None:
    try:
        out.write(piece)
        out.flush()
    except OSError as error:
        raise CannotWrite(
            f"{part} could not be written: {error.strerror}. Make room and try again; it goes on where it stopped."
        ) from error
