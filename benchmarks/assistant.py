"""The assistant on sixty questions: is the flow right, what reaches the user, what do the agents cost.

How it is used, from the repository's root:

    python -m benchmarks.assistant                     a scripted model that is also wrong in many ways
    python -m benchmarks.assistant --model FOLDER      a real one, e.g. of tests/.../tiny_qwen3vl.py

The questions are those of `tests/chalklens/agents/questions.json`, over the guides that ship and the
example sheets. Pictures, labels and search are the shipped fakes, so that the time of a scripted
question is what the five agents themselves need: prompts, JSON, checks, trace. What it leaves out: how
good answers are.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chalklens.agents.crew import Desk, assist
from chalklens.agents.records import Assistance, Inquiry
from chalklens.agents.run import BUDGETS, Budget
from chalklens.engines.configuration import EngineConfig
from chalklens.engines.fake import FakeEngine
from chalklens.engines.local import LocalEngine
from chalklens.types import LabelSet
from retrieval.fake import FakeKnowledge
from tests.chalklens.agents.desks import make_desk
from tests.chalklens.agents.flow import (
    DOCUMENTS,
    general_faults,
    scripted_faults,
    unsupported_citations,
)
from tests.chalklens.agents.scripted_model import QUESTIONS, ScriptedModel

LABELS = LabelSet(("Addition",), ("TwoOperands",), ("ProcedureExecution",))


class Tally:
    """Counts over all questions."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.right = self.unsupported = self.removed = self.tokens = 0
        self.wall_ms: list[float] = []
        self.processor_ms: list[float] = []

    def add(self, found: Assistance, faults: Sequence[str], unsupported: int) -> None:
        """Take in one answer."""
        self.right += not faults
        self.unsupported += unsupported
        self.kinds[found.kind] += 1
        self.verdicts[found.review.verdict] += 1
        self.removed += found.review.citations_removed
        self.tokens += sum(step.tokens for step in found.trace)

    def write(self) -> None:
        """Print the table."""
        rows = {
            "questions": len(self.wall_ms),
            "flow right, budget kept, verdict recorded": self.right,
            "unsupported citations that reach the user": self.unsupported,
            "citations taken out": self.removed,
            "answers": dict(self.kinds),
            "verdicts": dict(self.verdicts),
            "tokens": self.tokens,
            "wall time a question, median / worst": _show(self.wall_ms),
            "processor time of this process a question, median / worst": _show(self.processor_ms),
        }
        for name, value in rows.items():
            print(f"| {name} | {value} |")  # noqa: T201


def _show(values_ms: Sequence[float]) -> str:
    return f"{statistics.median(values_ms):.1f} / {max(values_ms):.1f} ms"


def _inquiry(question: dict[str, Any]) -> Inquiry:
    return Inquiry(
        question["question"],
        tuple(question["images"]),
        question["use_knowledge"],
        question["max_revisions"],
    )


def _desk(engine: Any, knowledge: FakeKnowledge, question: dict[str, Any], budgets: Any) -> Desk:
    return make_desk(engine, knowledge, dict.fromkeys(question["images"], LABELS), budgets=budgets)


async def _ask(tally: Tally, desk: Desk, question: dict[str, Any]) -> Assistance:
    wall_s, processor_s = time.perf_counter(), time.process_time()
    found = await assist(desk, _inquiry(question))
    tally.wall_ms.append((time.perf_counter() - wall_s) * 1000)
    tally.processor_ms.append((time.process_time() - processor_s) * 1000)
    return found


async def run_script(tally: Tally) -> None:
    """All questions with the scripted model."""
    for question in QUESTIONS:
        engine, knowledge = FakeEngine(respond=ScriptedModel(question)), FakeKnowledge(DOCUMENTS)
        found = await _ask(tally, _desk(engine, knowledge, question, BUDGETS), question)
        faults = scripted_faults(question, engine, knowledge, found)
        quotes = [question["quote"]] if question["quote"] else []
        tally.add(found, faults, len(unsupported_citations(found, quotes)))
        _complain(question, faults)


async def run_model(tally: Tally, folder: Path, tokens: int, limit: int) -> None:
    """The first questions with a model; what it cites must be words of the passages it was given."""
    budgets = {name: Budget(min(b.tokens, tokens), b.time_s) for name, b in BUDGETS.items()}
    engine = LocalEngine(EngineConfig(model=str(folder), device="auto"))
    try:
        for question in QUESTIONS[:limit]:
            knowledge = FakeKnowledge(DOCUMENTS)
            found = await _ask(tally, _desk(engine, knowledge, question, budgets), question)
            faults = general_faults(found, budgets, question["max_revisions"])
            wrong = sum(fault.startswith("cites") for fault in faults)
            tally.add(found, faults, wrong)
            _complain(question, faults)
    finally:
        await engine.close()


def _complain(question: dict[str, Any], faults: Sequence[str]) -> None:
    for fault in faults:
        sys.stderr.write(f"{question['id']}: {fault}\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, help="folder of a Qwen3-VL")
    parser.add_argument("--tokens", type=int, default=4096, help="at most so many per step")
    parser.add_argument("-n", type=int, default=len(QUESTIONS), help="questions for --model")
    options = parser.parse_args()
    tally = Tally()
    with contextlib.suppress(KeyboardInterrupt):  # what was done before Ctrl-C counts
        if options.model:
            asyncio.run(run_model(tally, options.model, options.tokens, options.n))
        else:
            asyncio.run(run_script(tally))
    tally.write()


if __name__ == "__main__":
    main()
