"""The neural voice's files: which they are, where they lie, and whether they are whole.

An installed folder holds the files and `installed.json` with the SHA-256 of each as it was installed; the helper compares before loading,
because a damaged model speaks noise or takes the process down.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from overlay.folders import data_folder

INSTALLED = "installed.json"
CHUNK = 1 << 20

RELEASE = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of the release, by its published content."""

    name: str
    size: int
    sha256: str


# Sizes and sums as several public projects that pin this release state them alike; they could not be downloaded where this was written.
MODEL = ModelFile("kokoro-v1.0.onnx", 325_532_387, "7d5df8ecf7d4b1878015a32686053fd0eebe2bc377234608764cc0ef3636a6c5")
VOICES = ModelFile("voices-v1.0.bin", 28_214_398, "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d")
FILES = (MODEL, VOICES)


def model_folder() -> Path:
    """Where the model is installed for this user."""
    return data_folder() / "kokoro"


def is_installed(folder: Path) -> bool:
    """Whether an installation was finished here; says nothing about damage since then."""
    return (folder / INSTALLED).is_file()


def damage(folder: Path) -> str:
    """What is wrong with the installed files, in a few words; empty when they are whole. Reads all of them: about a second."""
    if not is_installed(folder):
        return "the neural voice is not installed"
    try:
        sums = json.loads((folder / INSTALLED).read_text(encoding="utf-8"))
        for file in FILES:
            if sha256_of(folder / file.name) != sums[file.name]:
                return f"{folder / file.name} is damaged"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"the neural voice in {folder} is damaged ({error})"
    return ""


def model_id(folder: Path) -> str:
    """A short name for exactly this model, so that phrases of another one are not reused; empty when not installed."""
    try:
        return hashlib.sha256((folder / INSTALLED).read_bytes()).hexdigest()[:12]
    except OSError:
        return ""


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
