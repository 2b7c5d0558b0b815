"""Sixty questions over the default knowledge base and the example sheets, with a scripted model."""

from typing import Any

import pytest

from chalklens.agents.crew import assist
from chalklens.agents.records import Inquiry
from chalklens.agents.run import BUDGETS
from chalklens.engines.fake import FakeEngine
from chalklens.types import LabelSet
from retrieval.fake import FakeKnowledge
from tests.chalklens.agents.desks import make_desk
from tests.chalklens.agents.flow import (
    DOCUMENTS,
    general_faults,
    scripted_faults,
    unsupported_citations,
)
from tests.chalklens.agents.scripted_model import QUESTIONS, ScriptedModel, agent_of

pytestmark = pytest.mark.anyio
LABELS = LabelSet(("Addition",), ("TwoOperands",), ("ProcedureExecution",))


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
    desk = make_desk(engine, knowledge, dict.fromkeys(question["images"], LABELS))
    inquiry = Inquiry(
        question["question"],
        tuple(question["images"]),
        question["use_knowledge"],
        question["max_revisions"],
    )
    messages: list[str] = []
    found = await assist(desk, inquiry, messages.append)
    assert scripted_faults(question, engine, knowledge, found) == []
    assert general_faults(found, BUDGETS, question["max_revisions"]) == []
    assert unsupported_citations(found, [question["quote"]] if question["quote"] else []) == []
    for request in engine.requests:
        assert request.max_new_tokens == BUDGETS[agent_of(request)].tokens
    assert messages[0] == "planning 0/5"
    assert {"deciding 1/5", "searching 2/5", "answering 3/5", "reviewing 4/5"} <= set(messages)
