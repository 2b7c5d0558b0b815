"""What a run of `chalklens demo` is: the calls it made and what came back.

How it is used: `demo.py` makes one, `demo_report.py` prints it. What it leaves out: both of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalklens.errors import ChalklensError

QUESTION = "Which fruit has the tallest bar, and how many pieces are there?"

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DemoCall:
    """One tool call: its result as structured content or why it failed, and how long it took."""

    title: str
    result: Fields
    took_s: float
    error: ChalklensError | None = None


@dataclass(frozen=True, slots=True)
class DemoRun:
    """What the demo saw. `started_s`: from starting the process to the first answer."""

    started_s: float
    server: str
    calls: tuple[DemoCall, ...]
