"""Local engines for tests: their settings, an answer with its stream looked at, a refusal.

How it is used: `answer(LocalEngine(config(folder)), request)`. What it leaves out: what is asked
(`questions.py`), workers without a model (`counting_worker.py`, `silent_worker.py`).
"""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from chalklens.engines.configuration import EngineConfig
from chalklens.engines.local import LocalEngine
from chalklens.errors import ModelError, WorkerError
from chalklens.types import GenerateRequest, Generation, TokenChunk
from tests.chalklens.engines.questions import ENDLESS, ONE, TEXT


def config(folder: Path, **changes: Any) -> EngineConfig:
    """One thread, float32, on the CPU."""
    settings: dict[str, Any] = {"device": "cpu", "dtype": "float32", "threads": 1, **changes}
    return EngineConfig(model=str(folder), **settings)


async def answer(engine: LocalEngine, request: GenerateRequest) -> Generation:
    """Return the whole answer; what was streamed is the same."""
    parts = [part async for part in engine.generate(request)]
    *chunks, last = parts
    assert isinstance(last, Generation)
    assert all(isinstance(chunk, TokenChunk) for chunk in chunks)
    if last.finish_reason != "loop":
        streamed = [i for c in chunks if isinstance(c, TokenChunk) for i in c.token_ids]
        assert tuple(streamed) == last.token_ids
    return last


async def settle() -> None:
    """Let tasks that can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def refusal(local: LocalEngine, private: Path) -> str:
    """Return the code of the reason why an engine does not load; `private` is not told."""
    with pytest.raises(ModelError) as caught:
        await answer(local, TEXT)
    assert local.status().state == "failed"
    assert caught.value.message in local.status().detail
    assert str(private) not in str(caught.value)
    return caught.value.code


async def assert_a_killed_worker_is_replaced(local: LocalEngine) -> None:
    """Kill the worker of an engine while it answers; the caller is told, the next one served."""
    before = (await answer(local, ONE)).token_ids
    pid = local.status().worker_pid
    assert pid
    stream = local.generate(ENDLESS)
    await anext(stream)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerError, match="stopped unexpectedly"):
        async for _ in stream:
            pass
    assert local.status().state == "failed"
    assert (await answer(local, ONE)).token_ids == before
    assert local.status().worker_pid != pid


async def assert_warm_up_returns_at_once(engine: LocalEngine) -> None:
    """Begin to load, and see that the model is ready once somebody was answered."""
    assert engine.status().state == "idle"
    await engine.start()
    assert engine.status().state == "loading"
    await answer(engine, TEXT)
    status = engine.status()
    assert (status.state, status.device, status.dtype) == ("ready", "cpu", "float32")
    assert (status.model, len(status.revision)) == ("tiny", 12)
    assert status.load_s > 0
    assert status.worker_pid


async def assert_cancelling_frees_the_worker(engine: LocalEngine) -> None:
    """Cancel who reads an endless answer; the next one is served."""
    reading = asyncio.create_task(answer(engine, ENDLESS))
    await settle()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await answer(engine, TEXT)).finish_reason == "length"
    assert engine.status().waiting == 0


async def assert_an_idle_engine_lets_go(engine: LocalEngine) -> None:
    """Unload an engine nobody waits for."""
    assert engine.status().state == "ready"
    engine.unload_if_idle()
    assert engine.status().state == "idle"
    assert engine.status().worker_pid is None
