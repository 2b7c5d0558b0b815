"""The life of a local engine, with worker processes that need no model.

The same with a real worker and a model: `test_local_model.py`.
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chalklens.engines.local import LocalEngine
from chalklens.errors import BusyError, ModelError, WorkerError
from tests.chalklens.engines.local_engines import (
    answer,
    assert_a_killed_worker_is_replaced,
    assert_an_idle_engine_lets_go,
    assert_cancelling_frees_the_worker,
    assert_warm_up_returns_at_once,
    config,
    refusal,
    settle,
)
from tests.chalklens.engines.model_folders import write_model
from tests.chalklens.engines.questions import ENDLESS, ONE, TEXT

pytestmark = pytest.mark.anyio

COUNTING = "tests.chalklens.engines.counting_worker:serve"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def engine(tiny_model: Path) -> AsyncIterator[LocalEngine]:
    local = LocalEngine(config(tiny_model), worker_target=COUNTING)
    yield local
    await local.close()


async def test_warm_up_returns_at_once_and_the_model_is_ready_later(engine: LocalEngine) -> None:
    await assert_warm_up_returns_at_once(engine)


async def test_leaving_an_answer_frees_the_worker_and_leaves_the_others_whole(
    engine: LocalEngine,
) -> None:
    expected = (await answer(engine, ONE)).token_ids
    async with contextlib.aclosing(engine.generate(ENDLESS)) as stream:
        await anext(stream)
        staying = asyncio.create_task(answer(engine, ONE))
        await settle()
    assert (await staying).token_ids == expected


async def test_cancelling_the_reading_task_frees_the_worker(engine: LocalEngine) -> None:
    await assert_cancelling_frees_the_worker(engine)


async def test_an_idle_engine_gives_its_memory_back(engine: LocalEngine) -> None:
    await assert_an_idle_engine_lets_go(engine)


async def test_a_full_queue_is_told_at_once_and_the_rest_is_served(tiny_model: Path) -> None:
    silent = LocalEngine(
        config(tiny_model, max_waiting=2),
        worker_target="tests.chalklens.engines.silent_worker:serve",
    )
    waiting = [asyncio.create_task(answer(silent, TEXT)) for _ in range(2)]
    await settle()
    assert silent.status().waiting == 2
    with pytest.raises(BusyError, match="Retry after"):
        await answer(silent, TEXT)
    await silent.close()
    assert all(
        isinstance(outcome, WorkerError)
        for outcome in await asyncio.gather(*waiting, return_exceptions=True)
    )


async def test_a_model_that_never_finishes_loading_is_given_up(tiny_model: Path) -> None:
    silent = LocalEngine(
        config(tiny_model, load_limit_s=0.01),
        worker_target="tests.chalklens.engines.silent_worker:serve",
    )
    with pytest.raises(ModelError, match="did not load within") as caught:
        await answer(silent, TEXT)
    assert caught.value.code == "load_timeout"
    assert silent.status().state == "failed"
    await silent.close()


async def test_a_worker_killed_in_the_middle_is_told_and_replaced(tiny_model: Path) -> None:
    counting = LocalEngine(config(tiny_model), worker_target=COUNTING)
    await assert_a_killed_worker_is_replaced(counting)
    await counting.close()


async def test_each_reason_not_to_load_is_told_and_the_next_call_tries_again(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "spot"
    local = LocalEngine(config(folder, quantize="nf4"), worker_target=COUNTING)
    assert await refusal(local, tmp_path) == "model_missing"
    write_model(folder, auto_map={"AutoModel": "evil.Model"})
    assert await refusal(local, tmp_path) == "remote_code"
    write_model(folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert await refusal(local, tmp_path) == "pickled_weights"
    shutil.rmtree(folder)
    shutil.copytree(tiny_model, folder)
    assert (await answer(local, ONE)).token_ids
    assert (local.status().state, local.status().quantize) == ("ready", "nf4")
    await local.close()
