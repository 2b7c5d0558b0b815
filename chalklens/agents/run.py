"""One call of the assistant while it goes on: budgets, progress, trace and notes.

How it is used: `crew.assist` makes one `Run`; every agent opens a step and asks the model in it:

    with run.step("planner", "planning") as step:
        generation = await run.ask(step, request)
        step.outcome = "4 steps"

What it leaves out: what is asked. A step's token budget bounds `max_new_tokens`; its time budget
counts from the first token, because a model may have to be loaded or others may be served first; that
wait has a limit of its own.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from chalklens.agents.records import Marks, TraceStep
from chalklens.errors import TimeLimitError, WorkerError
from chalklens.protocols import Engine
from chalklens.types import GenerateRequest, Generation, TokenChunk
from chalklens.workbench import Progress

STEPS = 5
FIRST_TOKEN_S = 600.0
"""Until the first token: loading a model, other people's questions, reading the prompt."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a step may use: generated tokens, and seconds from its first token (or of its work)."""

    tokens: int
    time_s: float


BUDGETS: Final[Mapping[str, Budget]] = MappingProxyType(
    {
        "planner": Budget(512, 120),
        "manager": Budget(768, 150),
        "knowledge": Budget(0, 60),
        "zoom": Budget(0, 60),
        "labeller": Budget(0, 120),
        "responder": Budget(1536, 420),
        "reviewer": Budget(512, 120),
    }
)


@dataclass(slots=True)
class OpenStep:
    """A step that goes on; `outcome` and `tokens` end up in the trace."""

    agent: str
    doing: str
    budget: Budget
    outcome: str = "stopped"
    tokens: int = 0


@dataclass(slots=True)
class Run:
    """The state of one call.

    Attributes:
        engine: Who is asked.
        principal: For whom.
        make_marks: Gives new marks around untrusted text for every prompt.
        report: Gets a progress message.
        budgets: Per agent.
        done: Of the five agents, for progress.
    """

    engine: Engine
    principal: str
    make_marks: Callable[[], Marks]
    report: Progress
    budgets: Mapping[str, Budget] = field(default_factory=lambda: BUDGETS)
    first_token_s: float = FIRST_TOKEN_S
    done: int = 0
    trace: list[TraceStep] = field(default_factory=list[TraceStep])
    notes: list[str] = field(default_factory=list[str])

    @contextlib.contextmanager
    def step(self, agent: str, doing: str, done: int | None = None) -> Generator[OpenStep]:
        """Open a step; whatever happens in it, the trace has it."""
        self.done = self.done if done is None else done
        opened = OpenStep(agent, doing, self.budgets[agent])
        self.say(doing)
        began_s = time.perf_counter()
        try:
            yield opened
        finally:
            took_ms = (time.perf_counter() - began_s) * 1000
            self.trace.append(TraceStep(agent, round(took_ms, 3), opened.tokens, opened.outcome))

    def say(self, doing: str, detail: str = "") -> None:
        """Report what is being done and how many of the five agents have finished."""
        self.report(f"{doing} {self.done}/{STEPS}{detail}")

    def note(self, text: str) -> None:
        """Keep a remark for the user, once."""
        if text not in self.notes:
            self.notes.append(text)

    async def ask(self, step: OpenStep, request: GenerateRequest) -> Generation:
        """Ask the engine within the step's budget.

        Raises:
            TimeLimitError: A number of seconds was used up; the generation is stopped.
            WorkerError: The worker died, or gave nothing.
            ModelError, BusyError, InputError: As the engine raises them.
        """
        request = replace(request, max_new_tokens=step.budget.tokens, principal=self.principal)
        try:
            async with asyncio.timeout(self.first_token_s) as limit:
                return await self._read(step, request, limit)
        except TimeoutError:
            raise TimeLimitError(
                f"The {step.agent} took longer than its budget allows "
                f"({step.budget.time_s:g} s, {self.first_token_s:g} s to the first token).",
                "Ask a shorter question, or use a smaller model.",
            ) from None

    async def _read(
        self, step: OpenStep, request: GenerateRequest, limit: asyncio.Timeout
    ) -> Generation:
        async with contextlib.aclosing(self.engine.generate(request)) as parts:
            async for part in parts:
                if isinstance(part, Generation):
                    step.tokens = part.tokens
                    return part
                self._count(step, part, limit)
        raise WorkerError("The engine ended without an answer.", "Call again.")

    def _count(self, step: OpenStep, part: TokenChunk, limit: asyncio.Timeout) -> None:
        if step.tokens == 0:
            limit.reschedule(asyncio.get_running_loop().time() + step.budget.time_s)
        step.tokens += part.tokens
        self.say(step.doing, f", {step.tokens} tokens")
