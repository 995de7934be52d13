"""The Markdown files of docs/, found in the checkout or where the wheel put them, as HTML with addresses of the site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from web import beside
from web.errors import NotFound

_NAME = re.compile(r"(decisions/)?[\w-]+")
_PICTURE = re.compile(r"[\w-]+\.(png|svg)")
# What a driver or host reads first; the rest follows by name.
_FIRST = ("overlay", "cues", "voice", "settings", "accounts", "laps", "references", "hosting", "service-settings", "service-speed", "cli")


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `html` is made from our own files only and goes out as it is."""

    name: str
    title: str
    html: str


def folder() -> Path:
    """Where the pages are: in a checkout, or where the wheel has put them."""
    return beside.folder("docs")


@cache
def contents() -> tuple[tuple[str, str], ...]:
    """Name and title of every page but the decisions, in reading order."""
    names = [path.stem for path in folder().glob("*.md")]
    order = {name: place for place, name in enumerate(_FIRST)}
    return tuple((name, _title(folder() / f"{name}.md")) for name in sorted(names, key=lambda name: (order.get(name, len(order)), name)))


@cache
def page(name: str) -> Page:
    """One page; NotFound when there is none of this name."""
    path = folder() / f"{name}.md"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFound("There is no such page in the documentation.")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(_without_comments(path.read_text(encoding="utf-8")))
    _rewrite(tokens, PurePosixPath(name))
    return Page(name, _title(path), markdown.renderer.render(tokens, markdown.options, {}))


def picture(name: str) -> Path:
    """A picture of the pages."""
    path = folder() / "pictures" / name
    if not _PICTURE.fullmatch(name) or not path.is_file():
        raise NotFound("There is no such picture.")
    return path


def _title(path: Path) -> str:
    line = next((line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# ")), f"# {path.stem}")
    return line[2:].replace("`", "").strip()


def _without_comments(text: str) -> str:
    return re.sub(r"<!--.*?-->\n*", "", text, flags=re.DOTALL)


def _rewrite(tokens: list[Token], name: PurePosixPath) -> None:
    """Headings get names to point at; links between files become links between pages."""
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and following is not None:
            token.attrSet("id", slug(following.content))
        if token.type == "table_open":
            token.attrSet("class", "plain")
        for inner in token.children or []:
            for attribute in ("href", "src"):
                target = inner.attrGet(attribute)
                if isinstance(target, str):
                    inner.attrSet(attribute, _address(target, name))


def slug(heading: str) -> str:
    """As code hosts make it, so that links in the files work in both places."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _address(target: str, name: PurePosixPath) -> str:
    if re.match(r"[a-z]+:|#|/", target):
        return target
    path, mark, anchor = target.partition("#")
    parts: list[str] = []
    for part in (name.parent / path).parts:
        if part == "..":
            if not parts:
                return f"/docs{mark}{anchor}"  # a file outside docs/
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/docs/" + "/".join(parts).removesuffix(".md") + mark + anchor
