"""The connection to an endpoint, and what its errors mean.

How it is used, by `remote.py`, which imports this file with the first question because `openai` takes a
second to import:

    client = RemoteClient(endpoint)
    async with client.open_stream(arguments) as stream:       # closing it ends the generation there
        async for delta in stream: ...

Redirects are not followed, a machine's own endpoint is asked without a proxy, and an answer may have
so many bytes and no more. What it leaves out: what is asked (`remote_chat.py`).
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast

import httpx2
import openai

from chalklens.engines.endpoint import KEY_VARIABLE, Endpoint
from chalklens.engines.remote_chat import Delta
from chalklens.engines.remote_models import Listed
from chalklens.errors import (
    BusyError,
    ChalklensError,
    InputError,
    ModelError,
    TimeLimitError,
    WorkerError,
)

CONNECT_S = 10.0
SILENCE_S = 300.0
"""Longest pause before the first and between two tokens: the endpoint may queue and read pictures."""
PROBE_S = 20.0
RETRIES = 2
MAX_ANSWER_BYTES = 32 << 20
REASONING_FIELDS = ("reasoning", "reasoning_content")
MAX_MODELS = 1000
MAX_REASON_CHARACTERS = 300


class RemoteClient:
    """Talks to one endpoint; made in a thread, used in the loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(SILENCE_S, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=not endpoint.is_on_this_machine,
            # A compressed answer could be far larger than what is counted.
            headers={"accept-encoding": "identity"},
            event_hooks={"response": [_bound_answer]},
        )
        self._openai = openai.AsyncOpenAI(
            api_key=endpoint.api_key or "none",
            base_url=endpoint.url,
            max_retries=RETRIES,
            http_client=http,
        )

    async def list_models(self) -> list[Listed]:
        """Return what is served, at most MAX_MODELS rows.

        Raises:
            ModelError: The endpoint cannot be reached, refuses, or has no such list.
        """
        with self._explained():
            page = await self._openai.with_options(max_retries=0).models.list(timeout=PROBE_S)
            return read_list(page)

    @contextlib.asynccontextmanager
    async def open_stream(self, arguments: dict[str, Any]) -> AsyncGenerator["DeltaStream"]:
        """Ask, and give the answer in pieces; leaving closes the connection.

        Raises:
            ChalklensError: As `RemoteEngine.generate` says.
        """
        with self._explained():
            stream, refused_top_k = await self._ask(arguments)
            async with stream:
                yield DeltaStream(stream, refused_top_k)

    async def close(self) -> None:
        """Close the connections."""
        await self._openai.close()

    async def _ask(self, arguments: dict[str, Any]) -> tuple[Any, bool]:
        """Ask, and once more without `top_k` where the endpoint does not know it."""
        create: Any = self._openai.chat.completions.create  # the arguments are a mapping
        try:
            return await create(**arguments), False
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if "extra_body" not in arguments or "top_k" not in str(error):
                raise
        plain = {name: value for name, value in arguments.items() if name != "extra_body"}
        return await create(**plain), True

    @contextlib.contextmanager
    def _explained(self) -> Any:
        try:
            yield
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            raise explain(error, self._endpoint) from error


class DeltaStream:
    """What is added to one answer; `refused_top_k` when the endpoint did not take that parameter."""

    def __init__(self, chunks: AsyncIterator[Any], refused_top_k: bool) -> None:
        self._chunks = chunks
        self.refused_top_k = refused_top_k

    async def __aiter__(self) -> AsyncIterator[Delta]:
        async for chunk in self._chunks:
            yield read_delta(chunk)


def read_list(page: Any) -> list[Listed]:
    """Read the list of models; `openai` builds its types without checking them.

    Raises:
        ValueError: It is no such list.
    """
    try:
        rows = list(page.data)[:MAX_MODELS]
        return [Listed("".join([row.id]), str(getattr(row, "parent", None) or "")) for row in rows]
    except (AttributeError, TypeError) as error:
        raise ValueError("it is no list of models") from error


def read_delta(chunk: Any) -> Delta:
    """Read a chunk as it came: `openai` builds its types without checking them.

    Raises:
        ValueError: It is no chunk of a chat completion.
    """
    try:
        usage = getattr(chunk, "usage", None)
        prompt = int(getattr(usage, "prompt_tokens", None) or 0)
        completion = int(getattr(usage, "completion_tokens", None) or 0)
        if not chunk.choices:
            return Delta(prompt_tokens=prompt, completion_tokens=completion)
        choice = chunk.choices[0]
        thought = any(getattr(choice.delta, name, None) for name in REASONING_FIELDS)
        text = "".join([choice.delta.content or ""])
        return Delta(text, thought, str(choice.finish_reason or ""), prompt, completion)
    except (AttributeError, LookupError, TypeError) as error:
        raise ValueError("it is no chunk of a chat completion") from error


class _BoundedStream(httpx2.AsyncByteStream):
    """Passes a body on until it is too large."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream, self._left = stream, MAX_ANSWER_BYTES

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._stream:
            self._left -= len(data)
            if self._left < 0:
                raise httpx2.ReadError(f"the answer is over {MAX_ANSWER_BYTES >> 20} MiB")
            yield data

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound_answer(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx2.ReadError("the answer is compressed, which was not asked for")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _BoundedStream(response.stream)


def explain(error: Exception, endpoint: Endpoint) -> ChalklensError:
    """Say what an error of the endpoint means to a user."""
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return TimeLimitError(
            f"{endpoint.host} did not answer in time.", "Try again, or look at the server there."
        )
    if isinstance(error, openai.APIStatusError):
        return _explain_status(error.status_code, error, endpoint)
    cause = error.__cause__ or error
    if isinstance(cause, httpx2.ConnectError | httpx2.UnsupportedProtocol):
        return ModelError(
            f"{endpoint.host} cannot be reached: {_reason(cause, endpoint)}",
            f"Start the server there, and check {endpoint.url}/models.",
            code="engine_unreachable",
        )
    if isinstance(error, ValueError):
        return ModelError(
            f"{endpoint.host} does not speak OpenAI's protocol: {_reason(error, endpoint)}",
            f"Check the address: {endpoint.url}/models must list the model.",
            code="engine_protocol",
        )
    return WorkerError(
        f"{endpoint.host} broke off: {_reason(cause, endpoint)}",
        "Call again; the log of the server there may say why.",
    )


def _explain_status(status: int, error: Exception, endpoint: Endpoint) -> ChalklensError:
    reason = _reason(error, endpoint)
    if status in (401, 403):
        hint = f"Put the key into the variable {KEY_VARIABLE}."
        return ModelError(f"{endpoint.host} refuses: {reason}", hint, code="engine_refused")
    if status in (429, 503):
        return BusyError(f"{endpoint.host} is busy: {reason}", "Try again in a few seconds.")
    if status in (400, 413, 422):
        return InputError(
            f"{endpoint.host} does not take this request: {reason}",
            "Send fewer or smaller pictures or less text, and use a model that sees pictures.",
        )
    if status >= 500:
        return WorkerError(f"{endpoint.host} failed: {reason}", "Call again.")
    return ModelError(
        f"{endpoint.host} answered {status}: {reason}",
        f"Check the address: {endpoint.url}/models must list the model.",
        code="engine_unreachable",
    )


def _reason(error: BaseException, endpoint: Endpoint) -> str:
    """One short line, without the key."""
    body = getattr(error, "body", None)
    told = cast("dict[str, Any]", body).get("message") if isinstance(body, dict) else None
    line = " ".join(str(told or error).split()) or type(error).__name__
    if endpoint.api_key:
        line = line.replace(endpoint.api_key, "***")
    line = line[:MAX_REASON_CHARACTERS]
    return line if line.endswith((".", "!", "?")) else f"{line}."
