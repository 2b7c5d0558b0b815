"""Budgets, progress and trace of a run."""

import asyncio

import pytest

from chalklens.agents.prompt_text import instructions
from chalklens.agents.run import BUDGETS, Budget, Run
from chalklens.engines.fake import FakeEngine
from chalklens.errors import TimeLimitError
from chalklens.protocols import Engine
from chalklens.types import GenerateRequest
from tests.chalklens.agents.desks import SilentEngine
from tools.boundaries import Boundary

pytestmark = pytest.mark.anyio
REQUEST = GenerateRequest("Count.", task="json")
AT_ONCE = Budget(tokens=8, time_s=0.0)


def make_run(engine: Engine, *, first_token_s: float = 60.0) -> tuple[Run, list[str]]:
    messages: list[str] = []
    budgets = {**BUDGETS, "planner": AT_ONCE}
    run = Run(engine, "somebody", Boundary, messages.append, budgets, first_token_s)
    return run, messages


async def test_a_model_that_says_nothing_is_given_up() -> None:
    request = GenerateRequest("Count.", system=instructions("planner"))
    run, _ = make_run(SilentEngine("planner", hangs=True), first_token_s=0.0)
    with (
        pytest.raises(TimeLimitError, match="planner took longer"),
        run.step("planner", "p") as step,
    ):
        await run.ask(step, request)
    assert [(one.agent, one.outcome) for one in run.trace] == [("planner", "stopped")]


async def test_a_model_that_goes_on_and_on_is_stopped_when_the_step_has_used_its_time() -> None:
    engine = FakeEngine(["one two three"], gate=asyncio.Event())
    run, _ = make_run(engine)
    with (
        pytest.raises(TimeLimitError, match="planner took longer"),
        run.step("planner", "p") as step,
    ):
        await run.ask(step, REQUEST)
    assert engine.cancelled == 1
    assert run.trace[0].tokens == 1


async def test_the_token_budget_and_the_caller_reach_the_engine() -> None:
    engine = FakeEngine(["word " * 2000])
    run, _ = make_run(engine)
    with run.step("reviewer", "reviewing", 4) as step:
        generation = await run.ask(step, REQUEST)
    [request] = engine.requests
    assert request.max_new_tokens == BUDGETS["reviewer"].tokens == len(generation.token_ids)
    assert request.principal == "somebody"
    assert run.trace[0].tokens == BUDGETS["reviewer"].tokens


async def test_progress_says_what_is_done_and_how_far_it_is() -> None:
    run, messages = make_run(FakeEngine(["a b"]))
    with run.step("reviewer", "reviewing", 4) as step:
        await run.ask(step, REQUEST)
    assert messages[:2] == ["reviewing 4/5", "reviewing 4/5, 1 tokens"]
