"""How a speech engine fails; apart from what an engine is, because the engines raise these and are loaded from there."""

from __future__ import annotations


class Unspeakable(Exception):
    """A text that cannot be said; another one can."""


class BrokenEngine(Exception):
    """The engine cannot work at all; the text says why and what to do."""
