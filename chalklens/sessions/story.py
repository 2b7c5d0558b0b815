"""What a summary tells, before it is Markdown: calls, turns, and the words about them.

How it is used: `archive.py` fills a `Story`, `document.py` renders it. What it leaves out: both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from chalklens.sessions.records import CallRecord

Section = Literal["summary", "questions", "plan", "evidence", "labels", "pictures", "models"]
SECTIONS: tuple[Section, ...] = get_args(Section)
OWN_TOOL = "save_session_summary"
"""Its calls are in the record, but a summary does not tell of summaries."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Something said in the conversation, as the client passes it."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class SummaryText:
    """A summary in words. `writer`: `model` or `extract`; `note` says why it is an extract."""

    text: str
    writer: Literal["model", "extract"]
    model: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything a document is made from.

    Attributes:
        title: As given or made up.
        created: UTC seconds since 1970.
        session: Handle; empty where nothing was recorded.
        calls: The latest ones, oldest first, without our own.
        recorded: Calls in the record, whether told here or not.
        dropped: Calls that are not in the record any more.
        turns: What the client passed.
        summary: Words about it all.
        thumbnails: Artifact URIs by (sha256, page).
        notes: What a reader should know about this document.
    """

    title: str
    created: float
    session: str
    calls: Sequence[CallRecord]
    recorded: int
    dropped: int
    turns: Sequence[Turn]
    summary: SummaryText
    sections: Sequence[Section] = SECTIONS
    thumbnails: Mapping[tuple[str, int | None], str] = field(
        default_factory=dict[tuple[str, int | None], str]
    )
    notes: Sequence[str] = ()
    generator: str = "chalklens"
