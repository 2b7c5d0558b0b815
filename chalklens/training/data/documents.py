"""Documents as training rows: passages, pages as pictures, figures with their captions.

How it is used: whoever loads documents makes a `DocumentContent` and passes it to
`ask_about_document`. A passage answers what its section says; a page of a PDF is a picture whose
text is the answer; a figure is a picture whose caption is. All rows of a document are in one split.

What it leaves out: loading (this package does not know the loaders of `retrieval`; the command
`chalklens data convert --format documents` brings both together), and questions that need a writer.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from chalklens.training.data.candidates import Candidate, Fault, Found, ask

MAX_PAGE_CHARS: Final = 8000
MIN_PAGE_CHARS: Final = 20
MIN_CAPTION_WORDS: Final = 2
PAGE_PROMPT: Final = "Read the text on this page."


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text under a heading, which may be empty."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a PDF: number from 1, PNG, text layer."""

    number: int
    picture: bytes = field(repr=False)
    text: str


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure: its picture, or why there is none, and what the document says about it."""

    caption: str
    picture: str | bytes | Fault = field(repr=False)


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """What is asked about.

    Attributes:
        source: Name below its folder, or a URL.
        title: Its own, or the file's name.
    """

    source: str
    title: str
    passages: tuple[Passage, ...]
    pages: tuple[Page, ...] = ()
    figures: tuple[ShownFigure, ...] = ()


def ask_about_document(document: DocumentContent) -> Iterator[Found]:
    """Yield passages, then pages, then figures."""
    group = f"document {document.source}"
    yield from _ask_about_passages(document, group)
    for page in document.pages:
        place = f"{document.source}, page {page.number}"
        text = page.text.strip()
        if not MIN_PAGE_CHARS <= len(text) <= MAX_PAGE_CHARS:
            limits = f"{MIN_PAGE_CHARS} to {MAX_PAGE_CHARS}"
            yield Fault(place, "no_text", f"{len(text)} characters; {limits} are read")
            continue
        yield Candidate(place, ask(PAGE_PROMPT, text, 1), (page.picture,), group=group)
    for number, figure in enumerate(document.figures, 1):
        yield _ask_about_figure(f"{document.source}, figure {number}", document, figure, group)


def _ask_about_passages(document: DocumentContent, group: str) -> Iterator[Found]:
    parts: Counter[str] = Counter()
    for number, passage in enumerate(document.passages, 1):
        about = f"the section “{passage.heading}” of " if passage.heading else ""
        question = f"What does {about}“{document.title}” say?"
        parts[question] += 1
        if parts[question] > 1:
            question = f"{question} (part {parts[question]})"
        place = f"{document.source}, passage {number}"
        yield Candidate(place, ask(question, passage.text.strip()), group=group)


def _ask_about_figure(
    place: str, document: DocumentContent, figure: ShownFigure, group: str
) -> Found:
    caption = " ".join(figure.caption.split())
    if len(caption.split()) < MIN_CAPTION_WORDS:
        return Fault(place, "no_text", "the figure has no caption")
    if isinstance(figure.picture, Fault):
        return Fault(place, figure.picture.reason, figure.picture.detail)
    question = f"What does this figure of “{document.title}” show?"
    return Candidate(place, ask(question, caption, 1), (figure.picture,), group=group)
