"""A document as a loader makes it: text, where its sections begin, and pages that have no text.

How it is used: loaders that put text together use a `DraftBuilder`; `insert_readings` adds what a
reader saw on pages without text, and `drop_empty_sections` ends the work. What it leaves out: where
the bytes came from (`loading` makes the `Document`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalklens.errors import MediaError
from retrieval.documents import Section
from retrieval.loaders.cleaning import clean_line, clean_text
from retrieval.loaders.limits import LoadLimits

HEADING_CHARS = 200
PARAGRAPH = "\n\n"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a loader returns.

    Attributes:
        text: Cleaned.
        sections: In order; a page without text has one that spans none.
        title: Its own, or empty.
        tags: Its own.
        scanned_pages: Pages that show something but have no text, 1-based.
    """

    text: str
    sections: tuple[Section, ...] = ()
    title: str = ""
    tags: tuple[str, ...] = ()
    scanned_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, table row or piece of code.

    Attributes:
        text: Not empty.
        gap: Line ends before it: 1 continues a list or table, 2 begins a paragraph.
        level: Of a heading, 0 for none.
        is_code: Its lines matter.
    """

    text: str
    gap: int = 2
    level: int = 0
    is_code: bool = False


class DraftBuilder:
    """Puts a text together and notes where headings and pages begin."""

    def __init__(self, limits: LoadLimits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._sections: list[Section] = []
        self._headings: list[tuple[int, str]] = []
        self._page: int | None = None
        self._is_new = True

    @property
    def headings(self) -> tuple[str, ...]:
        """Those above what is added next, outermost first."""
        return tuple(text for _, text in self._headings)

    def open_page(self, page: int) -> None:
        """Begin a page; it counts from 1."""
        check_count(page, self._limits.pages, "pages")
        self._page, self._is_new = page, True

    def set_headings(self, headings: tuple[str, ...]) -> None:
        """Put what is added next below these."""
        self._headings = list(enumerate(headings, start=1))
        self._is_new = True

    def add_heading(
        self, level: int, text: str, gap: str = PARAGRAPH, *, as_written: str = ""
    ) -> None:
        """Begin a section and add its heading to the text.

        Args:
            level: 1 is the outermost.
            text: The heading.
            gap: Before it.
            as_written: What the text shows instead, such as `## Heading`.
        """
        if heading := clean_line(text, HEADING_CHARS):
            kept = [(above, words) for above, words in self._headings if above < level]
            self._headings, self._is_new = [*kept, (level, heading)], True
            self.add(as_written or text, gap)

    def add_block(self, block: Block) -> None:
        """Add a block as what it is."""
        if block.level:
            self.add_heading(block.level, block.text, "\n" * block.gap)
        else:
            self.add(block.text, "\n" * block.gap)

    def add(self, text: str, gap: str = PARAGRAPH) -> None:
        """Add text after a gap; nothing happens when nothing of it can be seen.

        Raises:
            MediaError: The text or the number of sections is over its limit.
        """
        text = clean_text(text).strip("\n")
        if not text or text.isspace():
            return
        if self._parts:
            self._append(gap)
        if self._is_new:
            self._open_section()
        self._append(text)

    def add_blank_page(self, page: int) -> None:
        """Note a page without text."""
        self.open_page(page)
        self._open_section()

    def finish(
        self, title: str = "", tags: tuple[str, ...] = (), scanned_pages: tuple[int, ...] = ()
    ) -> Draft:
        """Return all of it."""
        text = "".join(self._parts)
        return Draft(text, tuple(self._sections), clean_line(title), tags, scanned_pages)

    def _open_section(self) -> None:
        self._is_new = False
        self._sections.append(Section(self._length, self.headings, self._page))
        check_count(len(self._sections), self._limits.sections, "headings and pages")

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        check_count(self._length, self._limits.characters, "characters")


def check_count(count: int, limit: int, what: str) -> None:
    """Refuse more of something than is allowed.

    Raises:
        MediaError: It is more.
    """
    if count > limit:
        raise MediaError(
            f"The document has more than {limit:,} {what}.", "Split it into smaller ones."
        )


def list_scanned_pages(count: int, limits: LoadLimits) -> Draft:
    """Return the draft of a file of scans alone.

    Raises:
        MediaError: It has more pages than are allowed.
    """
    builder, pages = DraftBuilder(limits), tuple(range(1, count + 1))
    for page in pages:
        builder.add_blank_page(page)
    return builder.finish(scanned_pages=pages)


def insert_readings(draft: Draft, readings: Mapping[int, str], limits: LoadLimits) -> Draft:
    """Return the draft with text for its pages without one.

    Args:
        draft: From a loader.
        readings: Text by page; pages that have text of their own are not changed.
        limits: For the result.

    Raises:
        MediaError: The result is over a limit.
    """
    builder = DraftBuilder(limits)
    for section, end in _list_spans(draft):
        builder.set_headings(section.headings)
        if section.page is not None:
            builder.open_page(section.page)
        text = draft.text[section.start : end]
        is_scanned = section.page in draft.scanned_pages
        builder.add((readings.get(section.page or 0, "") if is_scanned else "") or text)
    unread = tuple(page for page in draft.scanned_pages if not readings.get(page, "").strip())
    return replace(builder.finish(draft.title, draft.tags), scanned_pages=unread)


def drop_empty_sections(draft: Draft) -> Draft:
    """Return the draft without sections that hold nothing but white space, the first at 0."""
    kept = [s for s, end in _list_spans(draft) if draft.text[s.start : end].strip()]
    first = replace(kept[0], start=0) if kept else Section(0)
    return replace(draft, sections=(first, *kept[1:]))


def _list_spans(draft: Draft) -> list[tuple[Section, int]]:
    """Sections and where each ends."""
    ends = [*(section.start for section in draft.sections[1:]), len(draft.text)]
    return list(zip(draft.sections, ends, strict=False))
