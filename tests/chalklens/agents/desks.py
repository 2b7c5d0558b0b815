"""A crew on fakes, and models that fail: everything a test of the assistant needs."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalklens.agents.crew import Desk
from chalklens.agents.run import BUDGETS, Budget
from chalklens.engines.fake import FakeEngine
from chalklens.errors import ChalklensError
from chalklens.labelling.fake import FakeLabeller
from chalklens.media.fake import FakeMedia
from chalklens.reading.fake import FakeReader
from chalklens.types import FinishReason, GenerateRequest, Generation, LabelSet, TokenChunk
from chalklens.workbench import Workbench
from retrieval.fake import FakeKnowledge
from tests.chalklens.agents.scripted_model import agent_of
from tools.boundaries import Boundary

GUIDE = "# Guide\n\nPress the red button to begin.\n\nThen press the green button to end it."
STEPS = [{"step": f"Step {n}", "purpose": "To know"} for n in range(1, 4)]
PLAN: dict[str, Any] = {
    "steps": STEPS,
    "needs_knowledge": True,
    "needs_pictures": False,
    "needs_labels": False,
}
DECISION: dict[str, Any] = {"use_knowledge": True, "queries": ["red button"], "k": 3}
ANSWER: dict[str, Any] = {
    "answer": "You press the red button [1].",
    "citations": [{"number": 1, "quote": "Press the red button to begin."}],
}
VERDICT: dict[str, Any] = {"issues": [], "verdict": "PASS"}
GOOD: Mapping[str, Any] = {
    "planner": PLAN,
    "manager": DECISION,
    "responder": ANSWER,
    "reviewer": VERDICT,
}
Reply = str | dict[str, Any] | ChalklensError


def script(**replies: Reply | Sequence[Reply]) -> Callable[[GenerateRequest], str | ChalklensError]:
    """Make each agent say what is given, in order, the last one again and again; else what is good."""
    queues = {agent: _as_list(reply) for agent, reply in {**GOOD, **replies}.items()}

    def respond(request: GenerateRequest) -> str | ChalklensError:
        queue = queues[agent_of(request)]
        reply = queue.pop(0) if len(queue) > 1 else queue[0]
        return json.dumps(reply, ensure_ascii=False) if isinstance(reply, dict) else reply

    return respond


def _as_list(given: Reply | Sequence[Reply]) -> list[Reply]:
    return [given] if isinstance(given, str | dict | ChalklensError) else list(given)


class CutOffEngine(FakeEngine):
    """Ends the answers of one agent for another reason than being finished."""

    def __init__(self, agent: str, reason: FinishReason, **replies: Any) -> None:
        super().__init__(respond=script(**replies))
        self._agent, self._reason = agent, reason

    async def generate(
        self, request: GenerateRequest
    ) -> AsyncGenerator[TokenChunk | Generation, None]:
        async for part in super().generate(request):
            cut = isinstance(part, Generation) and agent_of(request) == self._agent
            yield replace(part, finish_reason=self._reason) if cut else part  # pyright: ignore[reportArgumentType]


class SilentEngine(FakeEngine):
    """Says nothing at all to one agent: the stream ends, or never begins."""

    def __init__(self, agent: str, *, hangs: bool = False) -> None:
        super().__init__(respond=script())
        self._agent, self._hangs = agent, hangs

    async def generate(
        self, request: GenerateRequest
    ) -> AsyncGenerator[TokenChunk | Generation, None]:
        if agent_of(request) != self._agent:
            async for part in super().generate(request):
                yield part
        elif self._hangs:
            await asyncio.Event().wait()


def make_desk(
    engine: Any = None,
    knowledge: Any = None,
    labels: Mapping[str, LabelSet] | None = None,
    media: FakeMedia | None = None,
    budgets: Mapping[str, Budget] = BUDGETS,
) -> Desk:
    """A desk of fakes, with a guide of two sentences in the knowledge base."""
    labeller = FakeLabeller(labels)
    engine = engine or FakeEngine(respond=script())
    bench = Workbench(media or FakeMedia(), FakeReader(), labeller, labeller, engine)
    return Desk(bench, knowledge or FakeKnowledge({"guide.md": GUIDE}), Boundary, budgets)
