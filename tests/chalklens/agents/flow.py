"""Whether a call of the assistant went as it should: for the tests and `benchmarks/assistant.py`.

`scripted_faults` compares with what `questions.json` expects of a scripted model, `general_faults` holds
for any model. Both return what is wrong, in words. The check of citations is written anew here, more
simply than the code under test.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chalklens.agents.records import Assistance
from chalklens.agents.run import Budget
from chalklens.engines.fake import FakeEngine
from retrieval.fake import FakeKnowledge
from tests.chalklens.agents.scripted_model import agent_of, squeeze

GUIDES = Path(__file__).parents[3] / "knowledge_base" / "documents"
DOCUMENTS = {path.name: path.read_text("utf-8") for path in sorted(GUIDES.glob("*.md"))}
CITED = re.compile(r"[\[【](\d{1,3})[\]】]")
ORDER = re.compile(
    r"planner manager knowledge( zoom)?( labeller)?( responder( reviewer)?){1,4}( labeller)?( responder)?"
)


def unsupported_citations(found: Assistance, quotes: Sequence[str]) -> list[int]:
    """Numbers in an answer whose passage is not there or holds none of the quotations given."""
    texts = {passage.number: squeeze(passage.hit.text) for passage in found.material.passages}
    numbers = [int(number) for number in CITED.findall(found.answer)]
    return [n for n in numbers if not any(squeeze(quote) in texts.get(n, "") for quote in quotes)]


def scripted_faults(
    question: Mapping[str, Any], engine: FakeEngine, knowledge: FakeKnowledge, found: Assistance
) -> list[str]:
    """What differs from the entry of `questions.json`."""
    expected, review = question["expect"], found.review
    pairs: dict[str, tuple[object, object]] = {
        "calls": ([agent_of(request) for request in engine.requests], expected["calls"]),
        "trace": ([step.agent for step in found.trace], expected["trace"]),
        "queries": ([request.query for request in knowledge.requests], question["queries"]),
        "zooms": (len(found.material.parts), len(question["zooms"])),
        "labels": (bool(found.material.labels), question["labels"]),
        "kind": (found.kind, expected["kind"]),
        "verdict": (review.verdict, expected["verdict"]),
        "revisions": (review.revisions, expected["revisions"]),
        "removed": (review.citations_removed, expected["citations_removed"]),
        "remarks": (bool(found.notes), expected["verdict"] != "PASS"),
    }
    return [f"{name}: {got} != {want}" for name, (got, want) in pairs.items() if got != want]


def general_faults(
    found: Assistance, budgets: Mapping[str, Budget], max_revisions: int
) -> list[str]:
    """What no model may bring about."""
    return list(_general_faults(found, budgets, max_revisions))


def _general_faults(
    found: Assistance, budgets: Mapping[str, Budget], max_revisions: int
) -> Iterator[str]:
    agents = " ".join(step.agent for step in found.trace)
    if not ORDER.fullmatch(agents):
        yield f"order: {agents}"
    over = [step.agent for step in found.trace if step.tokens > budgets[step.agent].tokens]
    if over:
        yield f"over budget: {over}"
    if not found.answer or found.review.verdict not in ("PASS", "RETRY", "SKIPPED"):
        yield "no answer or no verdict"
    if found.review.revisions > max_revisions:
        yield f"revisions: {found.review.revisions}"
    numbers = {passage.number for passage in found.material.passages}
    if wrong := _cited(found.answer) - numbers:
        yield f"cites what is not there: {wrong}"


def _cited(answer: str) -> set[int]:
    found: Iterable[str] = CITED.findall(answer)
    return {int(number) for number in found}
