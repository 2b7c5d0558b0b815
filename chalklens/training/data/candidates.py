"""What a source yields before anything is checked: a candidate for a row, or a fault.

How it is used: every converter is a function that yields `Candidate` and `Fault` in the order of
its source; `conversion.convert` checks, counts and writes them. `ask` makes the usual pair of
messages. What it leaves out: pictures as pixels, ids across a file, splits.
"""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from chalklens.training.data.rows import Message, Part, Role

Reason = Literal[
    "line_too_long",  # over rows.MAX_LINE_BYTES
    "not_utf8",
    "not_json",
    "not_a_record",  # JSON or CSV, but not what the format says
    "no_text",  # a question or an answer is missing or blank
    "turn_order",  # speakers that nobody knows, or an answer before the question
    "control_token",  # text that a tokenizer would take for a boundary or a picture
    "placeholder_count",  # not as many places as pictures
    "picture_missing",  # nothing that may be read at the path
    "picture_remote",  # an address: pictures of rows are not fetched
    "picture_broken",  # cannot be decoded
    "picture_too_large",  # bytes, pixels, sides or shape over media.limits
    "video_missing",
    "unknown_label",
    "wrong_dimension",
    "duplicate_id",
    "not_a_row",  # over a limit of rows.schema.json
    "document_unreadable",
    "near_duplicate",  # no fault of the source; removed, and never fatal
]
CONTROL_TOKEN: Final = re.compile(r"<\|[a-z0-9_]{1,40}\|>|</?(?:image|video)>")
_DETAIL_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class Candidate:
    """A conversation on its way to become a row.

    Attributes:
        place: Where it was found, as a person looks it up: `line 7`, `annotation 12`.
        messages: As in a row.
        pictures: Path (as written, relative to the root of pictures) or content, in order.
        id: As the source names it; empty to be named by content.
        group: Rows of one group go into one split; empty for the picture, or else the text.
        labels, videos: As in a row.
        renamed: Labels of an older release that were written in their present form.
        id_may_repeat: The id names the picture, not the row (LLaVA's): a row whose id was there
            before gets its content in its name, and is no fault.
    """

    place: str
    messages: tuple[Message, ...]
    pictures: tuple[str | bytes, ...] = field(default=(), repr=False)
    id: str = ""
    group: str = ""
    labels: tuple[str, ...] = ()
    videos: tuple[str, ...] = ()
    renamed: int = 0
    id_may_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not become a row, and why."""

    place: str
    reason: Reason
    detail: str = ""

    def __str__(self) -> str:
        detail = self.detail[:_DETAIL_CHARS]
        return f"{self.place}: {self.reason}" + (f": {detail}" if detail else "")


Found = Candidate | Fault


@dataclass(frozen=True, slots=True)
class Source:
    """A source that was opened.

    Attributes:
        name: What rows say they come from.
        found: Its candidates and faults, once.
        root: Folder in which the pictures of paths lie.
        total: About how many there will be; 0 when nobody knows.
        archive: Tar file with pictures that are not in the folder.
    """

    name: str
    found: Iterator[Found] | AsyncIterator[Found]
    root: Path
    total: int = 0
    archive: Path | None = None


def ask(question: str, answer: str, pictures: int = 0) -> tuple[Message, ...]:
    """Return question and answer, the places of pictures before the question."""
    shown = tuple(Part("image") for _ in range(pictures))
    return (
        Message("user", (*shown, Part("text", question))),
        Message("assistant", (Part("text", answer),)),
    )


def find_text_fault(place: str, messages: Sequence[Message]) -> Fault | None:
    """Say what is wrong with the texts and the order of speakers, or None."""
    turns = messages[1:] if messages and messages[0].role == "system" else messages
    expected: list[Role] = ["user", "assistant"] * (len(turns) // 2)
    if not turns or [message.role for message in turns] != expected:
        shown = " ".join(message.role for message in messages[:8]) or "nothing"
        return Fault(place, "turn_order", f"speakers must take turns; here: {shown}")
    for message in messages:
        shows = message.role != "assistant" and any(p.type != "text" for p in message.content)
        if not shows and not message.text.strip():
            return Fault(place, "no_text", f"the {message.role} says nothing")
        if token := CONTROL_TOKEN.search(message.text):
            return Fault(place, "control_token", token[0])
    return None
