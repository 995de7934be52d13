"""Installing the neural voice: from its public release, or from a folder with the same files. Never at start-up, only when asked.

A download that breaks off stays as a `.part` file and goes on from there; nothing is used before its SHA-256 is right.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tqdm import tqdm

from coach.errors import CannotWrite, Unreachable, UnreadableFile
from coach.files import atomic_writer, make_folder, write_text
from overlay.voice.model import CHUNK, FILES, INSTALLED, RELEASE, ModelFile, sha256_of

ATTEMPTS = 5  # of going on after an interruption, before the driver is asked to try later
PAUSE_S = 2.0
TIMEOUT_S = 30.0  # without a byte


def install(folder: Path, *, source: Path | None = None, address: str = RELEASE, files: Sequence[ModelFile] = FILES) -> None:
    """Bring the files to `folder`, from the folder `source` or else from `address`, and note their sums.

    Unreachable: the download did not finish, run it again. UnreadableFile: a file of `source` is missing or another one.
    CannotWrite: full disk, no permission.
    """
    make_folder(folder)
    for file in files:
        target = folder / file.name
        if target.is_file() and target.stat().st_size == file.size and sha256_of(target) == file.sha256:
            continue
        if source:
            _copy(source / file.name, target, file)
        else:
            _download(address + file.name, target, file)
    write_text(folder / INSTALLED, json.dumps({file.name: file.sha256 for file in files}, indent=1))


def _copy(origin: Path, target: Path, file: ModelFile) -> None:
    try:
        found = sha256_of(origin)
    except OSError as error:
        raise UnreadableFile(f"{origin} cannot be read: {error.strerror}. The folder must hold {file.name}.") from error
    if found != file.sha256:
        raise UnreadableFile(
            f"{origin} is not the published {file.name} (SHA-256 {found[:12]}..., expected {file.sha256[:12]}...): download it again."
        )
    with origin.open("rb") as original, atomic_writer(target) as copy, _progress(file) as bar:
        while piece := original.read(CHUNK):
            copy.write(piece)
            bar.update(len(piece))


def _download(address: str, target: Path, file: ModelFile) -> None:
    part = target.with_name(target.name + ".part")
    with _progress(file) as bar:
        for attempt in range(ATTEMPTS):
            try:
                _fetch(address, part, file, bar)
                break
            except urllib.error.HTTPError as error:
                raise Unreachable(f"{address} answered {error.code} {error.reason}: try later, or give a folder with --from.") from error
            except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
                if attempt == ATTEMPTS - 1:
                    raise Unreachable(
                        f"{address} could not be downloaded ({error}): run it again, it goes on where it stopped, or give a folder with --from."
                    ) from error
                time.sleep(PAUSE_S)
    found = sha256_of(part)
    if found != file.sha256:
        part.unlink()
        raise Unreachable(
            f"{address} is not what was published (SHA-256 {found[:12]}..., expected {file.sha256[:12]}...): try again later."
        )
    part.replace(target)


def _fetch(address: str, part: Path, file: ModelFile, bar: tqdm) -> None:
    """Download what is missing of one file."""
    have = part.stat().st_size if part.exists() else 0
    if have >= file.size:  # whole, or another file's: the sum will tell
        return
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - a constant https address
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        if answer.status != http.client.PARTIAL_CONTENT:  # the server sends all of it
            have = 0
        bar.n = have
        bar.refresh()
        with _open(part, "ab" if have else "wb") as out:
            while piece := answer.read(CHUNK):
                _write(out, piece, part)
                have += len(piece)
                bar.update(len(piece))
    if have < file.size:
        raise ConnectionError(f"broke off after {have} of {file.size} bytes")


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
            f"{part} could not be written: {error.strerror}. Make room and run it again; it goes on where it stopped."
        ) from error


def _progress(file: ModelFile) -> tqdm:
    return tqdm(total=file.size, desc=file.name, unit="B", unit_scale=True, unit_divisor=1024, leave=False)
