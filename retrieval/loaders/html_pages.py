"""HTML to text: what a reader of the page would see, in order.

How it is used: `load_html(text, limits)` for a page, `read_fragment(html)` for HTML inside Markdown.
libxml2 reads it as a stream, so neither depth nor broken markup matters. Dropped: scripts, styles,
templates, comments, embedded frames, and elements that are hidden by attribute or inline style.
Headings begin sections, tables become rows, `pre` becomes fenced code, pictures their `alt` text.

What it leaves out: style sheets, scripts that build the page, and telling navigation from content.
"""

import re
from collections.abc import Mapping

from retrieval.loaders.blocks import BlockFlow, write_code
from retrieval.loaders.draft import Block, Draft, DraftBuilder
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.markup import feed_html

_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{2,40})""", re.I
)
CHARSET_BYTES = 4096

_SKIPPED_TAGS = (
    "script style template noscript iframe object embed canvas audio video map datalist rt rp "
    "annotation annotation-xml desc metadata"
)
_PARAGRAPH_TAGS = (
    "p h1 h2 h3 h4 h5 h6 pre blockquote table ul ol dl section article main aside nav header footer "
    "form fieldset figure figcaption address hr details summary body caption"
)
_LINE_TAGS = "div li dt dd br option legend tr thead tbody tfoot center button"
_SKIPPED = frozenset(_SKIPPED_TAGS.split())
_PARAGRAPHS, _LINES = frozenset(_PARAGRAPH_TAGS.split()), frozenset(_LINE_TAGS.split())
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden"
    r"|(?:font-size|opacity|max-height)\s*:\s*0(?![.\d]*[1-9])",
    re.I,
)
_PERMALINKS = " ¶§#🔗"


def find_charset(data: bytes) -> str:
    """Return the encoding a page declares in its first 4 KiB, or an empty string."""
    found = _CHARSET.search(data[:CHARSET_BYTES])
    return found[1].decode("ascii", "ignore") if found else ""


def load_html(text: str, limits: LoadLimits) -> Draft:
    """Return the visible text of a page, its title and headings.

    Raises:
        MediaError: Over a limit, or nothing of it is visible.
    """
    builder = DraftBuilder(limits)
    page = _Page(BlockFlow(builder.add_block))
    feed_html(text, page)
    return builder.finish(page.title or page.first_heading)


def read_fragment(html: str) -> str:
    """Return the visible text of a piece of HTML."""
    builder = DraftBuilder(LoadLimits())
    feed_html(html, _Page(BlockFlow(builder.add_block)))
    return builder.finish().text


class _Page:
    """Takes the parser's events and puts blocks together."""

    def __init__(self, flow: BlockFlow) -> None:
        self._flow = flow
        self._words: list[str] = []
        self._gap = 2
        self._hidden = self._drawings = self._code = 0
        self._level = 0
        self._item = ""
        self._title: list[str] | None = None
        self.title = self.first_heading = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        is_second_title = tag == "title" and bool(self.title or self._drawings)
        if self._hidden or tag in _SKIPPED or is_second_title or _is_hidden(attributes):
            self._hidden += 1
        elif tag == "title":
            self._title = []
        elif tag == "svg":
            self._drawings += 1
        elif tag == "img":
            self._words.append(f" {attributes.get('alt', '')} ")
        elif tag in _PARAGRAPHS or tag in _LINES:
            self._break(tag)
            self._begin(tag)
        elif tag in ("td", "th"):
            self._end_block()
            self._flow.open_cell()

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._hidden:
            self._hidden -= 1
        elif tag == "svg":
            self._drawings -= 1
        elif tag == "title" and self._title is not None:
            self.title, self._title = " ".join("".join(self._title).split()), None
        elif tag in _PARAGRAPHS or tag in _LINES:
            self._finish(tag)
        elif tag in ("td", "th"):
            self._end_block()
            self._flow.close_cell()

    def data(self, text: str) -> None:
        """Text between tags."""
        if self._hidden:
            return
        (self._words if self._title is None else self._title).append(text)

    def close(self) -> None:
        """The page ends."""
        self._end_block()
        self._flow.close()

    def _begin(self, tag: str) -> None:
        if tag == "pre":
            self._code += 1
        elif tag == "tr":
            self._flow.open_row()
        elif tag == "li":
            self._item = "- "
        elif tag in _LEVELS:
            self._level = _LEVELS[tag]

    def _finish(self, tag: str) -> None:
        if tag == "br" and self._code:
            return
        self._break(tag)
        if tag == "pre":
            self._code = max(0, self._code - 1)
        elif tag == "tr":
            self._flow.close_row()
        elif tag in _LEVELS:
            self._level = 0
        elif tag == "li":
            self._item = ""

    def _break(self, tag: str) -> None:
        if tag == "br" and self._code:
            self._words.append("\n")
            return
        self._end_block()
        # The lists and tables themselves begin a paragraph, their items and rows do not.
        self._gap = max(self._gap, 2 if tag in _PARAGRAPHS else 1)

    def _end_block(self) -> None:
        """Pass on what was collected since the last block."""
        raw, self._words = "".join(self._words), []
        text = raw.strip("\n") if self._code else " ".join(raw.split())
        if not text.strip():
            return
        if self._level:
            text = text.rstrip(_PERMALINKS) or text
            self.first_heading = self.first_heading or text
        if self._code and "\n" in text:
            text = write_code(text)
        self._flow.add(Block(self._item + text, self._gap, self._level, is_code=self._code > 0))
        self._gap, self._item = 1, ""


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    return _HIDING.search(attributes.get("style", "")) is not None
