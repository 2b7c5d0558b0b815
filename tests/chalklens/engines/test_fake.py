import asyncio
import contextlib

import pytest

from chalklens.engines.fake import FakeEngine
from chalklens.errors import BusyError, InputError
from chalklens.protocols import Engine
from chalklens.types import GenerateRequest, Generation, TokenChunk

pytestmark = pytest.mark.anyio

SCHEMA = {"type": "object", "required": ["n"]}


async def collect(engine: Engine, request: GenerateRequest) -> list[TokenChunk | Generation]:
    return [part async for part in engine.generate(request)]


async def test_answers_come_in_order_and_the_last_one_stays() -> None:
    engine = FakeEngine(["One two.", "Three."])
    texts: list[str] = []
    for _ in range(3):
        *chunks, last = await collect(engine, GenerateRequest("?"))
        assert isinstance(last, Generation)
        assert "".join(chunk.text for chunk in chunks) == last.text
        texts.append(last.text)
    assert texts == ["One two.", "Three.", "Three."]
    assert len(engine.requests) == 3


async def test_an_answer_can_be_made_from_the_request() -> None:
    engine = FakeEngine(respond=lambda request: request.prompt.upper())
    *_, last = await collect(engine, GenerateRequest("hello"))
    assert isinstance(last, Generation)
    assert last.text == "HELLO"


async def test_a_scripted_error_is_raised() -> None:
    with pytest.raises(BusyError):
        await collect(FakeEngine([BusyError("full")]), GenerateRequest("?"))


async def test_the_token_limit_cuts_the_answer() -> None:
    *_, last = await collect(FakeEngine(["a b c d"]), GenerateRequest("?", max_new_tokens=2))
    assert isinstance(last, Generation)
    assert (last.text, last.finish_reason) == ("a b", "length")


async def test_a_gate_holds_the_answer_until_it_opens() -> None:
    gate = asyncio.Event()
    engine = FakeEngine(["one two"], gate=gate)
    stream = engine.generate(GenerateRequest("?"))
    assert (await anext(stream)) == TokenChunk("one", (0,))
    second = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    assert not second.done()
    gate.set()
    assert (await second) == TokenChunk(" two", (1,))
    await stream.aclose()


async def test_closing_the_stream_early_counts_as_cancelled() -> None:
    engine = FakeEngine(["one two three"])
    async with contextlib.aclosing(engine.generate(GenerateRequest("?"))) as stream:
        await anext(stream)
    assert engine.cancelled == 1


async def test_the_schema_is_checked_only_when_asked() -> None:
    request = GenerateRequest("?", json_schema=SCHEMA)
    await collect(FakeEngine(["{}"]), request)
    await collect(FakeEngine(['{"n": 1}'], check_schema=True), request)
    with pytest.raises(ValueError, match="required"):
        await collect(FakeEngine(["{}"], check_schema=True), request)


async def test_the_limits_of_real_engines_hold() -> None:
    with pytest.raises(InputError):
        await collect(FakeEngine(), GenerateRequest("x" * 70_000))
