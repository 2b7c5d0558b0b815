"""Markdown and MDX: the text as written, without what readers do not see, and its headings.

How it is used: `load_markdown(text, limits)`, `is_mdx=True` for MDX. markdown-it finds the blocks, so
a `#` inside code is no heading. Front matter gives title and tags and is not text; HTML blocks become
their visible text; comments, and the imports and exports of MDX, are dropped.

What it leaves out: rendering. Emphasis, links and tables stay as written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from retrieval.loaders.cleaning import clean_text
from retrieval.loaders.draft import HEADING_CHARS, Draft, DraftBuilder
from retrieval.loaders.front_matter import split_front_matter
from retrieval.loaders.html_pages import read_fragment
from retrieval.loaders.limits import LoadLimits

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_ANCHOR = re.compile(r" ?\{#[\w.:-]{1,100}\}$")
_MODULE_LINE = re.compile(r"import\s.*['\"]|export\s+(?:const|default|let|function|async)\b")
_PARAGRAPH = re.compile(r"\n(?:[ \t]*\n)+")


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that are treated apart: `begin` to `end` (not included), counted from 0."""

    kind: Literal["heading", "html", "code"]
    begin: int
    end: int
    level: int = 0
    heading: str = ""


def load_markdown(text: str, limits: LoadLimits, *, is_mdx: bool = False) -> Draft:
    """Return the text with sections at its headings.

    Raises:
        MediaError: Over a limit.
    """
    facts, body = split_front_matter(clean_text(text).lstrip("\n"))
    lines, done = body.split("\n"), 0
    builder, title = DraftBuilder(limits), facts.title
    for block in _find_blocks(body):
        builder.add(_read_prose("\n".join(lines[done : block.begin]), is_mdx=is_mdx))
        written, done = "\n".join(lines[block.begin : block.end]), block.end
        if block.kind == "heading":
            title = title or (block.heading if block.level == 1 else "")
            builder.add_heading(block.level, block.heading, as_written=written)
        else:
            builder.add(written if block.kind == "code" else read_fragment(written))
    builder.add(_read_prose("\n".join(lines[done:]), is_mdx=is_mdx))
    return builder.finish(title, facts.tags)


def _find_blocks(body: str) -> Iterator[_Block]:
    """Headings, HTML and code that stand on their own, in order."""
    tokens = _parse_blocks(body)
    for i, token in enumerate(tokens):
        if token.level or token.map is None:
            continue
        begin, end = token.map
        if token.type == "heading_open":
            heading = _read_heading(tokens[i + 1])
            yield _Block("heading", begin, end, int(token.tag[1:]), heading)
        elif token.type == "html_block":
            yield _Block("html", begin, end)
        elif token.type in ("fence", "code_block"):
            yield _Block("code", begin, end)


def _parse_blocks(body: str) -> "list[Token]":
    """Only blocks are parsed: what is inside paragraphs stays as written."""
    parser = _create_parser()
    with parser.reset_rules():
        parser.core.ruler.enableOnly(["normalize", "block"])
        return parser.parse(body)


@cache
def _create_parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


def _read_heading(token: "Token") -> str:
    """The words of a heading, without markup and anchors."""
    written = _ANCHOR.sub("", " ".join(token.content.split()))
    (inline,) = _create_parser().parseInline(written[:HEADING_CHARS])
    words = "".join(child.content for child in inline.children or () if child.type != "html_inline")
    return words or written


def _read_prose(text: str, *, is_mdx: bool) -> str:
    text = _drop_between(text, "<!--", "-->")
    if not is_mdx:
        return text
    paragraphs = _PARAGRAPH.split(_drop_between(text, "{/*", "*/}"))
    return "\n\n".join(p for p in paragraphs if not _MODULE_LINE.match(p))


def _drop_between(text: str, opening: str, closing: str) -> str:
    """Drop comments, except where a tick before them makes them code."""
    parts: list[str] = []
    done = 0
    start = text.find(opening)
    while start >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            break
        end += len(closing)
        if text[start - 1 : start] != "`":
            parts.append(text[done:start])
            done = end
        start = text.find(opening, end)
    return "".join([*parts, text[done:]])
