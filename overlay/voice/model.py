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


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One published file: where it is and, by its content, which one."""

    name: str
    address: str
    size: int
    sha256: str


# The model in 8 bits: it is understood as well as the one in 32, and takes half the memory and a third of the download (decision 12).
MODEL = ModelFile(
    "model_quantized.onnx",
    "https://huggingface.co/onnx-community/Kokoro-82M-v1.0-ONNX/resolve/1939ad2a8e416c0acfeecc08a694d14ef25f2231/onnx/model_quantized.onnx",
    92_361_116,
    "fbae9257e1e05ffc727e951ef9b9c98418e6d79f1c9b6b13bd59f5c9028a1478",
)
VOICES = ModelFile(
    "voices-v1.0.bin",
    "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/voices-v1.0.bin",
    28_214_398,
    "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
)
FILES = (MODEL, VOICES)
SIZE = sum(file.size for file in FILES)  # bytes


def model_folder() -> Path:
    """Where the model is installed for this user."""
    return data_folder() / "kokoro"


def is_installed(folder: Path) -> bool:
    """Whether an installation was finished here; says nothing about damage since then."""
    return (folder / INSTALLED).is_file()


def damage(folder: Path) -> str:
    """What is wrong with the installed files, in a few words; empty when they are whole. Reads all of them: a tenth of a second."""
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
