"""The crew with a real engine process and a tiny random Qwen3-VL: nonsense in the right order.

A random model obeys the grammar as far as its tokens reach; what is cut off ends in defaults. All
sixty questions: `benchmarks/assistant.py`. The same order with a scripted model, on every run:
`test_questions.py`.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chalklens.agents.citations import find_marks
from chalklens.agents.crew import assist
from chalklens.agents.records import Inquiry
from chalklens.agents.run import BUDGETS, Budget
from chalklens.engines.configuration import EngineConfig
from chalklens.engines.local import LocalEngine
from chalklens.types import LabelSet
from tests.chalklens.agents.desks import make_desk
from tests.chalklens.agents.scripted_model import QUESTIONS
from tests.chalklens.engines.tiny_qwen3vl import build_model

pytestmark = [pytest.mark.anyio, pytest.mark.integration]
TOKENS = {"planner": 24, "manager": 96, "responder": 96, "reviewer": 64}
SMALL = {agent: Budget(TOKENS.get(agent, 0), budget.time_s) for agent, budget in BUDGETS.items()}
CHOSEN = [QUESTIONS[0], QUESTIONS[45], QUESTIONS[46], QUESTIONS[50], QUESTIONS[55]]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalEngine]:
    folder = build_model(tmp_path_factory.mktemp("models") / "tiny")
    config = EngineConfig(model=str(folder), device="cpu", dtype="float32", threads=1)
    local = LocalEngine(config)
    yield local
    await local.close()


@pytest.mark.parametrize("question", CHOSEN, ids=lambda question: question["id"])
async def test_a_random_model_ends_in_an_answer_with_a_trace(
    engine: LocalEngine, question: dict[str, Any]
) -> None:
    images = tuple(question["images"])
    labels = dict.fromkeys(images, LabelSet(("Addition",)))
    desk = make_desk(engine, labels=labels, budgets=SMALL)
    inquiry = Inquiry(question["question"], images, question["use_knowledge"])
    found = await assist(desk, inquiry)
    agents = [step.agent for step in found.trace]
    assert agents[:3] == ["planner", "manager", "knowledge"]
    assert 1 <= agents.count("responder") <= 3
    assert found.answer
    assert found.review.verdict in {"PASS", "RETRY", "SKIPPED"}
    assert all(step.tokens <= SMALL[step.agent].tokens for step in found.trace)
    assert found.model == ("tiny" if found.kind == "generated" else "")
    cited = {number for mark in find_marks(found.answer) for number in mark.numbers}
    assert cited <= {passage.number for passage in found.material.passages}
    assert any("default plan" in note for note in found.notes)  # 24 tokens hold no plan
