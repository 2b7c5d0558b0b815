"""What goes from one agent to the next, and what the crew hands back.

How it is used: frozen dataclasses; `Inquiry` goes in, `Assistance` comes out (`crew.assist`). What it
leaves out: MCP's models (`tools/ask_assistant.py`) and every decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from chalklens.types import Box, Hit, Labelling, Picture

UseKnowledge = Literal["auto", "on", "off"]
Verdict = Literal["PASS", "RETRY", "SKIPPED"]
Kind = Literal["generated", "extractive"]

MAX_QUESTION_CHARS = 4000
"""The question goes into every prompt, beside passages and the draft: 64 KiB in all."""
MAX_IMAGES = 8
MAX_REVISIONS = 3
MAX_PASSAGES = 8
MAX_QUERIES = 4
MAX_ZOOMS = 3


class Marks(Protocol):
    """A pair of random marks around untrusted text, new for every prompt (`tools.boundaries`)."""

    @property
    def notice(self) -> str:
        """What a model is told about the marks."""
        ...

    def wrap(self, text: str, max_chars: int | None = None) -> str:
        """Return cleaned text between the marks."""
        ...


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question to the assistant.

    Attributes:
        question: In the user's language, at most 4,000 characters.
        images: 0 to 8 references.
        use_knowledge: `on` fails without the knowledge base, `off` never asks it.
        max_revisions: Rewrites after a RETRY, 0 to 3.
        collection: Search only there; None searches all.
        principal: Who asks.
    """

    question: str
    images: tuple[str, ...] = ()
    use_knowledge: UseKnowledge = "auto"
    max_revisions: int = 1
    collection: str | None = None
    principal: str = "local"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step and what it is for."""

    step: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Three to five steps and what they need."""

    steps: tuple[PlanStep, ...]
    needs_knowledge: bool
    needs_pictures: bool
    needs_labels: bool


@dataclass(frozen=True, slots=True)
class Zoom:
    """A part of a picture (counted from 1) to look at closely, in original pixels."""

    picture: int
    box: Box


@dataclass(frozen=True, slots=True)
class Decision:
    """What really happens. `k` passages in all; no query means no search."""

    use_knowledge: bool
    queries: tuple[str, ...]
    k: int
    zooms: tuple[Zoom, ...] = ()
    labels: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A hit under the number it is cited by, from 1."""

    number: int
    hit: Hit


@dataclass(frozen=True, slots=True)
class Citation:
    """Words that are said to stand in passage `number`."""

    number: int
    quote: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before the review. `cut`: it ended at the token limit."""

    answer: str
    citations: tuple[Citation, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to answer from: pictures first, then parts of them, passages and labels."""

    pictures: Sequence[Picture] = ()
    zooms: Sequence[Zoom] = ()
    parts: Sequence[Picture] = ()
    passages: Sequence[Passage] = ()
    labels: Sequence[Labelling] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """The last review and what became of its findings."""

    verdict: Verdict = "SKIPPED"
    issues: tuple[str, ...] = ()
    revisions: int = 0
    citations_checked: int = 0
    citations_removed: int = 0


@dataclass(frozen=True, slots=True)
class TraceStep:
    """What one agent did: wall milliseconds, tokens it generated, and the outcome in words."""

    agent: str
    duration_ms: float
    tokens: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Assistance:
    """The answer with everything it rests on.

    Attributes:
        answer: For `extractive`, sentences of documents and pictures: untrusted, as they are there.
        introduction: Our own words before an extract: that it is one, and why.
        language: BCP 47 tag of the answer, `und` when it cannot be told.
        notes: What was decided by default, left out or taken away.
        model, revision, adapter: Of the model that answered; empty for an extract.
    """

    answer: str
    kind: Kind
    language: str
    plan: Plan
    decision: Decision
    material: Material
    review: Review
    introduction: str = ""
    trace: tuple[TraceStep, ...] = field(default=())
    notes: tuple[str, ...] = ()
    model: str = ""
    revision: str = ""
    adapter: str = ""
