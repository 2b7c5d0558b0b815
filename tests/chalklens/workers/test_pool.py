import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from chalklens.errors import BusyError, TimeLimitError, WorkerError
from chalklens.workers.pool import WorkerPool
from chalklens.workers.process import WorkerSpec

pytestmark = pytest.mark.anyio

SPEC = WorkerSpec("test", "chalklens_test_worker:serve", {"PYTHONPATH": str(Path(__file__).parent)})


@contextlib.asynccontextmanager
async def open_pool(size: int, spec: WorkerSpec = SPEC) -> AsyncGenerator[WorkerPool]:
    pool = WorkerPool(spec, size)
    try:
        yield pool
    finally:
        await pool.close()


def count_running(pool: WorkerPool) -> int:
    return sum(worker.pid is not None for worker in pool.workers)


async def test_calls_one_after_the_other_need_one_process() -> None:
    async with open_pool(3) as pool:
        for number in range(4):
            reply = await pool.call("echo", {"n": number}, timeout_s=30)
            assert reply.fields == {"n": number}
        assert [worker.starts for worker in pool.workers] == [1, 0, 0]


async def test_calls_at_the_same_time_are_shared_out_and_get_their_own_answers() -> None:
    async with open_pool(2) as pool:
        calls = (pool.call("echo", {"n": n}, [b"x" * n], timeout_s=30) for n in range(12))
        replies = await asyncio.gather(*calls)
        assert count_running(pool) == 2
    assert [reply.fields["n"] for reply in replies] == list(range(12))
    assert [len(reply.blobs[0]) for reply in replies] == list(range(12))


async def test_a_call_that_takes_long_does_not_hold_up_the_others() -> None:
    async with open_pool(2) as pool:
        slow = asyncio.create_task(pool.call("wait_for_cancel", {}, timeout_s=60))
        await asyncio.sleep(0)  # it takes its worker first
        replies = [await pool.call("echo", {"n": n}, timeout_s=30) for n in range(3)]
        assert not slow.done()
        slow.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await slow
    assert [reply.fields["n"] for reply in replies] == [0, 1, 2]


async def test_a_worker_that_dies_or_hangs_costs_its_own_call_only() -> None:
    async with open_pool(1) as pool:
        with pytest.raises(WorkerError, match="exit code 7"):
            await pool.call("die", {}, timeout_s=30)
        with pytest.raises(TimeLimitError):
            await pool.call("hang", {}, timeout_s=1)
        reply = await pool.call("echo", {"n": 1}, timeout_s=30)
    assert reply.fields == {"n": 1}
    assert pool.workers[0].starts == 3


async def test_calls_beyond_the_queue_are_refused_at_once() -> None:
    async with open_pool(2, replace(SPEC, max_waiting=1)) as pool:
        calls = [asyncio.create_task(pool.call("echo", {"n": n}, timeout_s=30)) for n in range(4)]
        with pytest.raises(BusyError, match="wait for the test worker"):
            await calls[3]
        assert [(await call).fields["n"] for call in calls[:3]] == [0, 1, 2]


async def test_after_close_no_process_is_left_and_none_is_started() -> None:
    pool = WorkerPool(SPEC, 2)
    await asyncio.gather(*(pool.call("echo", {}, timeout_s=30) for _ in range(2)))
    await pool.close()
    assert count_running(pool) == 0
    with pytest.raises(WorkerError, match="shut down"):
        await pool.call("echo", {}, timeout_s=30)


@pytest.mark.parametrize(("asked", "made"), [(0, 1), (1, 1), (1000, 64)])
async def test_the_number_of_processes_has_limits(asked: int, made: int) -> None:
    assert len(WorkerPool(SPEC, asked).workers) == made
