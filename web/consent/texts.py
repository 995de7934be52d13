"""The texts that people agree to, each version kept as it was shown.

A text is a Markdown file named `kind-date.md`. A published one is never edited, not even a comma: a new date is a new file. What
is recorded with a consent is the version and the hash of the file, before the operator's name is filled in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from markdown_it import MarkdownIt


class Kind(StrEnum):
    """What a text is about."""

    TERMS = "terms"
    PRIVACY = "privacy"
    TELEMETRY = "telemetry"


@dataclass(frozen=True, slots=True)
class Text:
    """One version of one text."""

    kind: Kind
    version: str  # its date, as YYYY-MM-DD
    markdown: str

    @property
    def sha256(self) -> bytes:
        """Proof of which words were agreed to."""
        return hashlib.sha256(self.markdown.encode()).digest()

    def html(self, operator: str, contact: str) -> str:
        """The text as HTML with the host's name in it. Raw HTML in the text, or in the name, stays text."""
        filled = self.markdown.replace("{{operator}}", _literal(operator)).replace("{{contact}}", _literal(contact))
        return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(filled))


@cache
def versions(kind: Kind) -> tuple[Text, ...]:
    """All versions of a text, the newest first."""
    folder = resources.files(__package__).joinpath("texts")
    found = [
        Text(kind, file.name.removeprefix(f"{kind}-").removesuffix(".md"), file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.startswith(f"{kind}-") and file.name.endswith(".md")
    ]
    return tuple(sorted(found, key=lambda text: text.version, reverse=True))


def current(kind: Kind) -> Text:
    """The version that holds today."""
    return versions(kind)[0]


def of_version(kind: Kind, version: str) -> Text | None:
    """An older version, for those who agreed to it."""
    return next((text for text in versions(kind) if text.version == version), None)


def _literal(words: str) -> str:
    """Words of a setting with everything escaped that Markdown would take for markup."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#+-.!|~&" else letter for letter in words)
