"""A model that runs elsewhere, behind an endpoint that speaks OpenAI's chat completions.

How it is used:

    engine = RemoteEngine(config, parse_endpoint("http://gpu-box:8000/v1"), decoder.encode)
    await engine.start()                       # asks what is served, in the background
    async for part in engine.generate(GenerateRequest("What is this?", (picture,))):
        ...                                    # TokenChunk ..., Generation

vLLM, SGLang, llama.cpp's server and Ollama are such endpoints: they own the model, the batch and the
memory; here are the same limits, the same queue and the same parameters as for a local model. An
adapter is one that the endpoint serves, by its name. Pictures are sent as files inside the request,
made by the decode worker. What it leaves out: loading and unloading, and token ids, which the
protocol does not give.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING

from chalklens.engines.configuration import MAX_REQUEST_PIXELS, EngineConfig
from chalklens.engines.endpoint import Endpoint
from chalklens.engines.fair_queue import FairQueue, QueueLimits
from chalklens.engines.parameters import check_request
from chalklens.engines.remote_chat import Answer, Delta, write_arguments
from chalklens.engines.remote_models import Served, choose_served
from chalklens.engines.schema_check import find_schema_break
from chalklens.errors import ChalklensError, ModelError, WorkerError
from chalklens.types import (
    EngineState,
    EngineStatus,
    GenerateRequest,
    Generation,
    Picture,
    TokenChunk,
)

if TYPE_CHECKING:
    from chalklens.engines.remote_client import RemoteClient

SIDE_BY_SIDE = 16
"""Requests on their way at a time; what more there is waits here, fairly between principals."""
ASK_AGAIN_S = 30.0
"""After a failure only questions for the model ask what is served, until this has passed."""

Encode = Callable[[Picture, int], Awaitable[bytes]]
"""Makes a PNG or JPEG of a picture with at most so many pixels."""


class RemoteEngine:
    """Implements the `Engine` protocol with an endpoint."""

    def __init__(self, config: EngineConfig, endpoint: Endpoint, encode: Encode) -> None:
        self.config, self.endpoint = config, endpoint
        self._encode = encode
        limits = QueueLimits(
            config.max_waiting,
            config.max_waiting_per_principal,
            config.wait_limit_s,
            SIDE_BY_SIDE,
            rolling=True,
        )
        self._queue = FairQueue(limits)
        self._client: RemoteClient | None = None
        self._probing: asyncio.Task[Served] | None = None
        self._served: Served | None = None
        self._problem, self._ask_again_s = "", 0.0
        self._top_k = True

    def status(self) -> EngineStatus:
        """Describe the engine without waiting for it."""
        served = self._served
        return EngineStatus(
            kind="remote",
            state=self._state(),
            model=served.model if served else self.endpoint.model,
            adapter=self.config.adapter,
            device=self.endpoint.host,
            waiting=self._queue.waiting,
            detail=self._problem,
        )

    async def start(self) -> None:
        """Ask in the background what is served; problems show up in `status`."""
        self._begin_probe()

    async def identify(self) -> EngineStatus:
        """Return the status once the endpoint has said what it serves, or could not.

        One that could not is left alone for a while: others must not wait for it each time.
        """
        if time.monotonic() >= self._ask_again_s:
            with contextlib.suppress(ChalklensError):
                await self._ready()
        return self.status()

    async def generate(
        self, request: GenerateRequest
    ) -> AsyncGenerator[TokenChunk | Generation, None]:
        """Stream an answer: chunks, then exactly one `Generation`, whose times include the network.

        Raises:
            InputError: The request is over a limit, or over one of the endpoint's.
            ModelError: The endpoint cannot be reached or refuses, serves no such model, or does not
                keep to the JSON Schema.
            BusyError: The queue is full, no turn came up in time, or the endpoint says it is busy.
            TimeLimitError, WorkerError: The endpoint fell silent, or broke off.
        """
        check_request(request)
        async with self._queue.admit(request.principal) as place:
            served = await self._ready()
            files = await self._encode_all(request.pictures)
            await place.turn()
            try:
                async with contextlib.aclosing(self._stream(request, served, files)) as parts:
                    async for part in parts:
                        yield part
            except ModelError as error:
                # What is served may have changed: the next call asks anew.
                self._served, self._problem = None, str(error)
                raise

    async def close(self) -> None:
        """Let go of the connections; the endpoint ends what was being answered."""
        self._queue.close()
        if self._probing:
            self._probing.cancel()
            await asyncio.wait([self._probing])
        if self._client:
            await self._client.close()

    def _state(self) -> EngineState:
        if self._probing and not self._probing.done():
            return "loading"
        if self._served:
            return "ready"
        return "failed" if self._problem else "idle"

    def _begin_probe(self) -> "asyncio.Task[Served]":
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._probe())
            # A probe that fails is told by `status`; nobody may be awaiting it.
            self._probing.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._probing

    async def _ready(self) -> Served:
        if self._served:
            return self._served
        probing = self._begin_probe()
        try:
            # Shielded: a caller that gives up does not stop the probe others wait for.
            return await asyncio.shield(probing)
        except asyncio.CancelledError:
            if probing.cancelled():
                raise WorkerError("The engine is shut down.") from None
            raise

    async def _probe(self) -> Served:
        try:
            client = await self._connect()
            listed = await client.list_models()
            self._served = choose_served(listed, self.endpoint, self.config.adapter)
        except ChalklensError as error:
            self._problem, self._ask_again_s = str(error), time.monotonic() + ASK_AGAIN_S
            raise
        self._problem, self._ask_again_s = "", 0.0
        return self._served

    async def _connect(self) -> "RemoteClient":
        if self._client is None:
            # Its libraries take a second to import: not in the loop, and not for local models.
            self._client = await asyncio.to_thread(_make_client, self.endpoint)
        return self._client

    async def _encode_all(self, pictures: tuple[Picture, ...]) -> list[bytes]:
        """Encode one after the other: the decode workers are there for others too."""
        share = min(self.config.max_pixels, MAX_REQUEST_PIXELS // max(1, len(pictures)))
        return [await self._encode(picture, share) for picture in pictures]

    async def _stream(
        self, request: GenerateRequest, served: Served, files: list[bytes]
    ) -> AsyncGenerator[TokenChunk | Generation, None]:
        answer, began_s, first_s = Answer(request, served.name), time.monotonic(), 0.0
        async with contextlib.aclosing(self._deltas(request, served, files)) as deltas:
            async for delta in deltas:
                before, text = answer.tokens, answer.take(delta)
                if text:
                    first_s = first_s or time.monotonic() - began_s
                    yield TokenChunk(text, tokens=max(0, answer.tokens - before))
                if answer.cut:
                    break
        if held := answer.close():
            yield TokenChunk(held)
        yield self._finish(request, served, answer, first_s, time.monotonic() - began_s)

    async def _deltas(
        self, request: GenerateRequest, served: Served, files: list[bytes]
    ) -> AsyncGenerator[Delta, None]:
        client = await self._connect()
        arguments = write_arguments(request, files, served.name, top_k=self._top_k)
        async with client.open_stream(arguments) as stream:
            self._top_k = self._top_k and not stream.refused_top_k
            async for delta in stream:
                yield delta

    def _finish(
        self,
        request: GenerateRequest,
        served: Served,
        answer: Answer,
        first_token_s: float,
        total_s: float,
    ) -> Generation:
        if answer.finish_reason is None:
            raise WorkerError(
                f"{self.endpoint.host} broke off in the middle of the answer.", "Call again."
            )
        broken = find_schema_break(answer.text, request) if answer.finish_reason == "stop" else ""
        if broken:
            raise ModelError(
                f"{self.endpoint.host} did not keep to the JSON Schema it was given: {broken}.",
                "Use a server with structured outputs: vLLM, SGLang or llama.cpp.",
                code="schema_ignored",
            )
        return Generation(
            text=answer.text,
            token_ids=(),
            finish_reason=answer.finish_reason,
            prompt_tokens=answer.prompt_tokens,
            model=served.model,
            adapter=self.config.adapter,
            first_token_s=first_token_s,
            total_s=total_s,
            tokens=answer.tokens,
        )


def _make_client(endpoint: Endpoint) -> "RemoteClient":
    from chalklens.engines.remote_client import RemoteClient

    return RemoteClient(endpoint)
