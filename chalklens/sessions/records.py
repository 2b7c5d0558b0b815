"""The nouns: one recorded call, one session, one saved summary.

How it is used: `extraction.py` makes a `CallRecord`, `store.py` keeps it, `document.py` tells it. Moments
are UTC seconds since 1970. What it leaves out: how anything is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

CallStatus = Literal["done", "running", "failed", "cancelled"]
Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Whose session: `id` is 128 random bits, `client` what the host calls itself."""

    id: str
    principal: str
    client: str = ""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One tool call.

    Attributes:
        id: Of the call; a second record with it takes the place of the first.
        status: `running` until a job has ended.
        started: When it came in.
        seconds: How long it took.
        question, answer: In words; empty where the tool has none.
        model: Model, labeller or reader that answered, with revision and adapter.
        details: JSON: arguments, plan, decision, evidence, labels, pictures, review, artifacts,
            notes, error and kind, each only where there is something.
    """

    id: str
    tool: str
    status: CallStatus
    started: float
    seconds: float
    question: str = ""
    answer: str = ""
    model: str = ""
    details: Details = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One session. `dropped`: calls that went because there were too many."""

    id: str
    principal: str
    client: str
    started: float
    last: float
    calls: int
    bytes: int
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class SummaryInfo:
    """One saved Markdown file."""

    name: str
    path: str
    principal: str
    session: str
    title: str
    created: float
    bytes: int
    sha256: str
