# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""PDF: the text layer page by page, with the headings of its outline.

How it is used: `load_pdf(data, limits)`. Each page is a section; an entry of the outline begins another
one where its words stand on its page, and at the top of the page when they are not found. A page that
shows something but has no usable text is reported in `scanned_pages`, for a reader to look at.

What it leaves out: layout (columns come as PDFium orders them), tables, form fields, annotations,
scripts, passwords. Hyphenated words and lines of Chinese are joined; other line ends stay.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from chalklens.errors import MediaError
from chalklens.media.pdf_opening import open_pdf
from retrieval.loaders.cleaning import clean_line, clean_text
from retrieval.loaders.draft import HEADING_CHARS, Draft, DraftBuilder, check_count
from retrieval.loaders.limits import LoadLimits

OUTLINE_ENTRIES = 5_000
OUTLINE_DEPTH = 6
MIN_PAGE_LETTERS = 4
MIN_LETTERS_BESIDE_A_SCAN = 60
MAX_UNREADABLE_SHARE = 0.3
SCAN_AREA_SHARE = 0.5
MAX_OBJECTS = 50
FULL_LINE_SHARE = 0.7
HEADING_NUMBER_CHARS = 12
RUNNING_HEAD_CHARS = 80

_SAVE_AGAIN = "Print it to a new PDF."
_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HYPHEN = re.compile("[\x02\ufffe]\\s*|\u00ad\n")
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff]")
_LETTER = re.compile(r"\w")
_BROKEN_LINE = re.compile(f"[{_HAN}，、：“‘（《]$")
_CONTINUES = re.compile(f"[{_HAN}，。、；：！？”’）》]")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_LIGATURE = re.compile("[ﬀ-ﬆ]")
_NO_TITLE = re.compile(
    r"untitled|microsoft \w+ - |\S+\.(?:docx?|pptx?|xlsx?|indd|qxd|tex|dvi|pdf)$", re.I
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the outline: how deep it is, and its words."""

    level: int
    words: str


def load_pdf(data: bytes, limits: LoadLimits) -> Draft:
    """Return the text of a PDF.

    Raises:
        MediaError: Damaged, needs a password, or over a limit.
    """
    import pypdfium2

    document = open_pdf(data, _SAVE_AGAIN)
    try:
        check_count(len(document), limits.pages, "pages")
        if not len(document):
            raise MediaError("The PDF has no pages.", _SAVE_AGAIN)
        return _load_pages(document, limits)
    except pypdfium2.PdfiumError:
        raise MediaError("A page of the PDF is damaged.", _SAVE_AGAIN) from None
    finally:
        document.close()


def _load_pages(document: Any, limits: LoadLimits) -> Draft:
    builder, scanned = DraftBuilder(limits), list[int]()
    outline = _read_outline(document)
    path: list[_Entry] = []
    for page in range(1, len(document) + 1):
        text, is_scanned = _read_page(document, page - 1)
        if is_scanned:
            scanned.append(page)
        builder.open_page(page)
        path = _add_page(builder, text, path, outline.get(page, ()))
        if not text:
            builder.add_blank_page(page)
    return builder.finish(_read_title(document), scanned_pages=tuple(scanned))


def _add_page(
    builder: DraftBuilder, text: str, path: list[_Entry], entries: Sequence[_Entry]
) -> list[_Entry]:
    """Add a page's text, cut where outline entries begin; return the path at its end."""
    done = 0
    for entry in entries:
        start = _find_heading(text, entry.words, done)
        if start > (done or RUNNING_HEAD_CHARS):  # what stands above it may be the page's head
            _set_path(builder, path)
            builder.add(text[done:start], "\n" if done else "\n\n")
            done = start
        path = [*(above for above in path if above.level < entry.level), entry]
    _set_path(builder, path)
    builder.add(text[done:], "\n" if done else "\n\n")
    return path


def _set_path(builder: DraftBuilder, path: Sequence[_Entry]) -> None:
    builder.set_headings(tuple(entry.words for entry in path))


def _find_heading(text: str, words: str, start: int) -> int:
    """Where a heading's line begins, not before `start`; `start` when it is not found."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    found = re.compile(pattern, re.IGNORECASE).search(text, start)
    if not found:
        return start
    line_start = max(start, text.rfind("\n", 0, found.start()) + 1)
    is_numbered = found.start() - line_start <= HEADING_NUMBER_CHARS
    return line_start if is_numbered else found.start()


def _read_outline(document: Any) -> Mapping[int, Sequence[_Entry]]:
    """Entries of the outline by page."""
    found: dict[int, list[_Entry]] = {}
    for bookmark in islice(document.get_toc(max_depth=OUTLINE_DEPTH), OUTLINE_ENTRIES):
        try:
            target, title = bookmark.get_dest(), bookmark.get_title()
        except UnicodeError:
            continue
        index = target.get_index() if target else None
        if index is not None and (words := clean_line(title, HEADING_CHARS)):
            found.setdefault(index + 1, []).append(_Entry(bookmark.level, words))
    return found


def _read_page(document: Any, index: int) -> tuple[str, bool]:
    """Text of a page, and whether it shows something that is not in it."""
    import pypdfium2

    try:
        page = document[index]
        textpage = page.get_textpage()
        text = _clean_page(textpage.get_text_bounded())
        is_scanned = _is_scanned(page, text)
    except pypdfium2.PdfiumError:  # a damaged page is like one that cannot be read
        return "", True
    textpage.close()
    page.close()
    return text, is_scanned


def _is_scanned(page: Any, text: str) -> bool:
    from pypdfium2 import raw

    letters = len(_LETTER.findall(text))
    if len(_UNREADABLE.findall(text)) > MAX_UNREADABLE_SHARE * max(letters, 1):
        return True  # a font without a table of its letters
    if letters < MIN_PAGE_LETTERS:
        return raw.FPDFPage_CountObjects(page) > 0
    return letters < MIN_LETTERS_BESIDE_A_SCAN and _shows_picture(page)


def _shows_picture(page: Any) -> bool:
    """Tell whether one picture fills most of the page."""
    from pypdfium2 import raw

    width, height = page.get_size()
    pictures = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2)
    for picture in islice(pictures, MAX_OBJECTS):
        left, bottom, right, top = picture.get_bounds()
        if (right - left) * (top - bottom) >= SCAN_AREA_SHARE * width * height:
            return True
    return False


def _clean_page(raw_text: str) -> str:
    text = _HYPHEN.sub("", raw_text.replace("\r\n", "\n"))
    text = _LIGATURE.sub(lambda found: _LIGATURES[found[0]], text)
    return _join_lines(clean_text(text)).strip()


def _join_lines(text: str) -> str:
    """Join lines of Chinese or Japanese that were cut by the page's width alone."""
    lines = text.split("\n")
    full = FULL_LINE_SHARE * max(
        (len(line) for line in lines if _BROKEN_LINE.search(line)), default=0
    )
    joined = list[str]()
    for before, line in zip(["", *lines], lines, strict=False):
        line = line.rstrip()
        if joined and len(before) >= full > 0 and _BROKEN_LINE.search(before.rstrip()):
            is_continued = _CONTINUES.match(line) is not None
        else:
            is_continued = False
        joined.append(line if is_continued or not joined else f"\n{line}")
    return "".join(joined)


def _read_title(document: Any) -> str:
    title = clean_line(document.get_metadata_value("Title"))
    return "" if _NO_TITLE.match(title) else title
