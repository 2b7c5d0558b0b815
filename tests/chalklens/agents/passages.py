"""Passages from plain text, for tests."""

from chalklens.agents.records import Citation, Draft, Passage
from chalklens.types import Hit, ScoreParts


def make_hit(text: str, id_: str = "d.0", *, document: str = "d", start: int = 0) -> Hit:
    return Hit(
        id=id_,
        document=document,
        collection="default",
        text=text,
        source=f"{document}.md",
        title="Title",
        headings=(),
        page=None,
        start=start,
        end=start + len(text),
        modified=0.0,
        tags=(),
        score=1.0,
        parts=ScoreParts(1.0),
    )


def make_passages(*texts: str) -> tuple[Passage, ...]:
    """Number texts from 1, each from a document of its own."""
    return tuple(
        Passage(number, make_hit(text, f"{number}.0", document=f"d{number}"))
        for number, text in enumerate(texts, start=1)
    )


def make_draft(answer: str, *quotes: tuple[int, str]) -> Draft:
    return Draft(answer, tuple(Citation(number, quote) for number, quote in quotes))
