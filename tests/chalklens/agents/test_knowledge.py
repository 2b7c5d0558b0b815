from typing import Any

import pytest

from chalklens.agents.crew import assist
from chalklens.agents.knowledge import number_passages
from chalklens.agents.records import Inquiry
from chalklens.engines.fake import FakeEngine
from retrieval.fake import FakeKnowledge
from tests.chalklens.agents.desks import DECISION, GUIDE, make_desk, script
from tests.chalklens.agents.passages import make_hit

A, B, C = (make_hit(f"Text of {name}.", f"{name}.0", document=name) for name in "abc")


def test_a_passage_found_by_more_queries_comes_first_and_once() -> None:
    passages = number_passages([[A, B], [C, B]], k=8)
    assert [(p.number, p.hit.id) for p in passages] == [(1, "b.0"), (2, "a.0"), (3, "c.0")]


def test_at_most_k_passages_are_kept() -> None:
    assert [p.hit for p in number_passages([[A, B, C]], k=2)] == [A, B]
    assert number_passages([], k=2) == ()


def test_pieces_that_overlap_and_copies_are_one_passage() -> None:
    whole = make_hit("x" * 100, "d.1", start=0)
    most = make_hit("x" * 60, "d.2", start=30)
    next_ = make_hit("y" * 100, "d.3", start=95)
    copy = make_hit("Y" * 100 + " ", "e.1", document="e")
    assert [p.hit for p in number_passages([[whole, most, next_, copy]], k=8)] == [whole, next_]


@pytest.mark.anyio
async def test_all_queries_are_searched_and_the_passages_are_numbered() -> None:
    decision: dict[str, Any] = {**DECISION, "queries": ["red button", "green button"], "k": 2}
    knowledge = FakeKnowledge({"guide.md": GUIDE, "copy.md": GUIDE})
    desk = make_desk(FakeEngine(respond=script(manager=decision)), knowledge)
    found = await assist(desk, Inquiry("What do I press, and how is it done?"))
    assert [request.query for request in knowledge.requests] == ["red button", "green button"]
    assert {request.k for request in knowledge.requests} == {2}
    assert [(p.number, p.hit.text) for p in found.material.passages] == [
        (1, "Press the red button to begin."),
        (2, "Then press the green button to end it."),
    ]
