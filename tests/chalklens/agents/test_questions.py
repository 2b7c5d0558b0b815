"""Sixty questions over the default knowledge base and the example sheets, with a scripted model."""

import re
from pathlib import Path
from typing import Any

import pytest

from chalklens.agents.crew import Desk, assist
from chalklens.agents.records import Assistance, Inquiry
from chalklens.agents.run import BUDGETS
from chalklens.engines.fake import FakeEngine
from chalklens.labelling.fake import FakeLabeller
from chalklens.media.fake import FakeMedia
from chalklens.reading.fake import FakeReader
from chalklens.types import LabelSet
from chalklens.workbench import Workbench
from retrieval.fake import FakeKnowledge
from tests.chalklens.agents.scripted_model import QUESTIONS, ScriptedModel, agent_of, squeeze
from tools.boundaries import Boundary

pytestmark = pytest.mark.anyio
GUIDES = Path(__file__).parents[3] / "knowledge_base" / "documents"
DOCUMENTS = {path.name: path.read_text("utf-8") for path in sorted(GUIDES.glob("*.md"))}
LABELS = LabelSet(("Addition",), ("TwoOperands",), ("ProcedureExecution",))


def unsupported_citations(found: Assistance, quotes: list[str]) -> list[int]:
    """Numbers in an answer whose passage is not there or holds none of the quotations given."""
    texts = {passage.number: squeeze(passage.hit.text) for passage in found.material.passages}
    numbers = [int(number) for number in re.findall(r"[\[【](\d+)[\]】]", found.answer)]
    return [n for n in numbers if not any(squeeze(q) in texts.get(n, "") for q in quotes)]


def test_there_are_sixty_questions_of_all_kinds() -> None:
    assert len(QUESTIONS) == 60
    assert len({question["question"] for question in QUESTIONS}) == 60
    assert {len(question["images"]) for question in QUESTIONS} == {0, 1, 2}
    assert {question["use_knowledge"] for question in QUESTIONS} == {"auto", "on", "off"}
    assert {question["expect"]["verdict"] for question in QUESTIONS} == {"PASS", "RETRY", "SKIPPED"}
    assert sum(not question["question"].isascii() for question in QUESTIONS) >= 8


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
async def test_the_flow_is_as_decided_and_no_unsupported_citation_arrives(
    question: dict[str, Any],
) -> None:
    engine = FakeEngine(respond=ScriptedModel(question))
    knowledge = FakeKnowledge(DOCUMENTS)
    labeller = FakeLabeller(dict.fromkeys(question["images"], LABELS))
    media = FakeMedia()
    bench = Workbench(media, FakeReader(), labeller, labeller, engine)
    messages: list[str] = []
    inquiry = Inquiry(
        question["question"],
        tuple(question["images"]),
        question["use_knowledge"],
        question["max_revisions"],
    )
    found = await assist(Desk(bench, knowledge, Boundary), inquiry, messages.append)

    expected = question["expect"]
    assert [agent_of(request) for request in engine.requests] == expected["calls"]
    assert [step.agent for step in found.trace] == expected["trace"]
    assert [request.query for request in knowledge.requests] == question["queries"]
    assert len(knowledge.requests) == expected["searches"]
    assert len(found.material.parts) == len(question["zooms"])
    assert len(labeller.pictures) == (len(question["images"]) if question["labels"] else 0)
    assert found.kind == expected["kind"]
    assert found.review.verdict == expected["verdict"]
    assert found.review.revisions == expected["revisions"]
    assert found.review.citations_removed == expected["citations_removed"]
    assert unsupported_citations(found, [question["quote"]] if question["quote"] else []) == []
    assert bool(found.notes) == (expected["verdict"] != "PASS")
    for request in engine.requests:
        assert request.max_new_tokens == BUDGETS[agent_of(request)].tokens
    for step in found.trace:
        assert step.tokens <= BUDGETS[step.agent].tokens
    assert messages[0] == "planning 0/5"
    assert {"deciding 1/5", "searching 2/5", "answering 3/5", "reviewing 4/5"} <= set(messages)
