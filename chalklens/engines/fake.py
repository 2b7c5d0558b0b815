"""An engine without a model, for tests and for trying out a client.

How it is used:

    engine = FakeEngine(["Two apples.", BusyError("full")])        # in order; the last one stays
    engine = FakeEngine(respond=lambda request: request.prompt.upper())

Answers stream word by word. What was asked is in `engine.requests`, how many streams were closed
early in `engine.cancelled`. `gate` makes it slow without any waiting in the test: after the first
word each further one waits until the event is set. What it leaves out: understanding.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence

from chalklens.engines.parameters import check_request, parameters_for
from chalklens.engines.schema_check import find_schema_break
from chalklens.errors import ChalklensError
from chalklens.types import EngineStatus, GenerateRequest, Generation, TokenChunk

Answer = str | ChalklensError


class FakeEngine:
    """Gives scripted answers through the real protocol.

    Args:
        answers: Texts to give or errors to raise, in order; the last one is repeated.
        respond: Makes the answer from the request instead.
        gate: Awaited before every word but the first.
        check_schema: Refuse a scripted answer that breaks the request's JSON Schema.
        model: Name to show.
        kind: Of engine to pose as, e.g. `remote`.
    """

    def __init__(
        self,
        answers: Sequence[Answer] = ("A fake answer.",),
        *,
        respond: Callable[[GenerateRequest], Answer] | None = None,
        gate: asyncio.Event | None = None,
        check_schema: bool = False,
        model: str = "fake",
        kind: str = "fake",
    ) -> None:
        self.requests: list[GenerateRequest] = []
        self.cancelled = 0
        self.started = False
        self.closed = False
        self._answers = list(answers)
        self._respond = respond or self._next_answer
        self._gate = gate
        self._check_schema = check_schema
        self._model, self._kind = model, kind

    def status(self) -> EngineStatus:
        """Describe an engine that is always ready."""
        return EngineStatus(kind=self._kind, state="ready", model=self._model, device="none")

    async def start(self) -> None:
        """Note that it was started."""
        self.started = True

    async def identify(self) -> EngineStatus:
        """Return the status."""
        return self.status()

    async def generate(
        self, request: GenerateRequest
    ) -> AsyncGenerator[TokenChunk | Generation, None]:
        """Stream the scripted answer; one word is one token.

        Raises:
            ChalklensError: The scripted one, or `InputError` for a request over the limits.
            ValueError: The script breaks the schema and `check_schema` is on.
        """
        check_request(request)
        self.requests.append(request)
        answer = self._respond(request)
        if isinstance(answer, ChalklensError):
            raise answer
        if self._check_schema and (broken := find_schema_break(answer, request)):
            raise ValueError(f"the scripted answer breaks the schema: {broken}")
        words = re.findall(r"\s*\S+|\s+$", answer)
        allowed = words[: parameters_for(request.task).allowed_tokens(request.max_new_tokens)]
        try:
            for number, word in enumerate(allowed):
                if self._gate and number:
                    await self._gate.wait()
                yield TokenChunk(word, (number,))
        except (GeneratorExit, asyncio.CancelledError):
            self.cancelled += 1
            raise
        yield Generation(
            text="".join(allowed),
            token_ids=tuple(range(len(allowed))),
            finish_reason="stop" if len(allowed) == len(words) else "length",
            prompt_tokens=len(request.prompt.split()),
            model=self._model,
        )

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    def _next_answer(self, request: GenerateRequest) -> Answer:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
