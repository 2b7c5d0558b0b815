# pyright: reportUnknownMemberType=false
"""The figures of web pages and Markdown: where each picture lies, and what is said about it.

How it is used: `find_figures(text, "html")` or `find_figures(text, "markdown")` -> targets as
written, with the caption (`figcaption`) or else the alternative text. Parsed without native code, so
that it may happen in the process that asked.

What it leaves out: fetching, pictures in Word, PowerPoint and PDF, `srcset` and drawings in SVG.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

MAX_FIGURES: Final = 200
MAX_CAPTION_CHARS: Final = 1000


@dataclass(slots=True)
class Figure:
    """A picture in a document: its target as written, and its caption, which may be empty."""

    target: str
    caption: str


def find_figures(text: str, form: str) -> list[Figure]:
    """Return the first `MAX_FIGURES` figures of a text in the order of the document.

    Args:
        text: Of the document.
        form: `html` or `markdown`; every other form has none.
    """
    if form == "html":
        return _read_html(text)
    if form == "markdown":
        return [figure for block in _read_markdown(text) for figure in block][:MAX_FIGURES]
    return []


def _read_markdown(text: str) -> Iterator[list[Figure]]:
    from markdown_it import MarkdownIt

    for token in MarkdownIt("commonmark").parse(text):
        pictures = [child for child in token.children or () if child.type == "image"]
        yield [Figure(str(p.attrs.get("src", "")), p.content[:MAX_CAPTION_CHARS]) for p in pictures]
        if token.type == "html_block":
            yield _read_html(token.content)


def _read_html(text: str) -> list[Figure]:
    page = _Page()
    page.feed(text)
    page.close()
    return page.figures


class _Page(HTMLParser):
    """Collects pictures, and gives those of a `figure` its caption."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[Figure] = []
        self._first: int | None = None  # of the figure element that is open
        self._caption: list[str] | None = None

    def parse_html_declaration(self, i: int) -> int:
        """`<![` begins nothing in HTML: a comment to browsers, an AssertionError to Python 3.11."""
        if self.rawdata.startswith("<![", i):
            return self.parse_bogus_comment(i)
        return super().parse_html_declaration(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if tag == "figure":
            self._first = len(self.figures)
        elif tag == "figcaption":
            self._caption = []
        elif tag == "img" and len(self.figures) < MAX_FIGURES:
            values = dict(attrs)
            target, caption = values.get("src") or "", values.get("alt") or ""
            self.figures.append(Figure(target.strip(), caption[:MAX_CAPTION_CHARS]))

    def handle_endtag(self, tag: str) -> None:
        """An element ends; the pictures of a figure may stand before or after its caption."""
        if tag == "figure" and self._first is not None:
            caption = " ".join("".join(self._caption or ()).split())[:MAX_CAPTION_CHARS]
            for figure in self.figures[self._first :]:
                figure.caption = caption or figure.caption
            self._first = self._caption = None

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        if self._caption is not None:
            self._caption.append(data)
