import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from chalklens.errors import BusyError, MediaError, TimeLimitError, WorkerError
from chalklens.workers.process import WorkerProcess, WorkerReply, WorkerSpec

pytestmark = pytest.mark.anyio

SPEC = WorkerSpec("test", "chalklens_test_worker:serve", {"PYTHONPATH": str(Path(__file__).parent)})


@contextlib.asynccontextmanager
async def running(spec: WorkerSpec = SPEC) -> AsyncGenerator[WorkerProcess]:
    worker = WorkerProcess(spec)
    try:
        yield worker
    finally:
        await worker.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def wait_until_gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while is_alive(pid):
            await asyncio.sleep(0.01)


async def test_fields_and_blobs_come_back_as_they_were_sent() -> None:
    async with running() as worker:
        blobs = [b"", b"\0\xff", b"x" * 3_000_000]
        reply = await worker.call(
            "echo", {"text": "äöü \u202e", "n": [1, None]}, blobs, timeout_s=30
        )
    assert reply == WorkerReply({"text": "äöü \u202e", "n": [1, None]}, blobs)


async def test_a_worker_that_cannot_be_started_is_a_clear_error_and_may_be_tried_again() -> None:
    too_long = WorkerSpec("test", SPEC.target, {"TOO_LONG": "x" * 4_000_000})  # execve refuses it
    async with running(too_long) as worker:
        for _ in range(2):
            with pytest.raises(WorkerError, match="test worker could not be started") as caught:
                await worker.call("echo", {}, timeout_s=30)
            assert caught.value.hint
        assert worker.pid is None


async def test_parts_arrive_in_order_before_the_answer() -> None:
    async with running() as worker:
        replies = [reply async for reply in worker.stream("count", {"to": 3})]
    assert [reply.fields for reply in replies] == [
        {"number": 0},
        {"number": 1},
        {"number": 2},
        {"counted": 3},
    ]
    assert [len(reply.blobs[0]) for reply in replies[:3]] == [0, 1, 2]
    assert [reply.final for reply in replies] == [False, False, False, True]


async def test_calls_at_the_same_time_get_their_own_answers() -> None:
    async with running() as worker:
        calls = (worker.call("echo", {"n": n}, timeout_s=30) for n in range(20))
        replies = await asyncio.gather(*calls)
        assert worker.starts == 1
    assert [reply.fields["n"] for reply in replies] == list(range(20))


async def test_what_a_library_prints_never_reaches_the_wire() -> None:
    async with running() as worker:
        first = await worker.call("shout", {}, timeout_s=30)
        second = await worker.call("echo", {"still": "fine"}, timeout_s=30)
    assert first.fields == {"stdin": ""}
    assert second.fields == {"still": "fine"}


async def test_an_error_of_the_worker_keeps_its_class_message_hint_and_code() -> None:
    async with running() as worker:
        with pytest.raises(MediaError) as caught:
            await worker.call("refuse", {}, timeout_s=30)
    assert (caught.value.message, caught.value.hint, caught.value.code) == (
        "It is broken.",
        "Mend it.",
        "broken",
    )


async def test_a_bug_in_the_worker_tells_nothing_but_its_kind() -> None:
    async with running() as worker:
        with pytest.raises(WorkerError) as caught:
            await worker.call("crash", {}, timeout_s=30)
        assert "ZeroDivisionError" in caught.value.message
        assert "secret" not in str(caught.value)
        assert (await worker.call("echo", {"n": 1}, timeout_s=30)).fields == {"n": 1}
        assert worker.starts == 1


async def test_an_operation_nobody_knows_is_an_error_of_that_call() -> None:
    async with running() as worker:
        with pytest.raises(WorkerError):
            await worker.call("sing", {}, timeout_s=30)
        assert (await worker.call("echo", {}, timeout_s=30)).fields == {}


async def test_a_worker_that_dies_fails_its_calls_and_the_next_call_starts_another() -> None:
    async with running() as worker:
        with pytest.raises(WorkerError, match="exit code 7"):
            await worker.call("die", {}, timeout_s=30)
        assert (await worker.call("echo", {"n": 1}, timeout_s=30)).fields == {"n": 1}
        assert worker.starts == 2


async def test_a_call_that_takes_too_long_is_killed_and_the_next_one_works() -> None:
    async with running() as worker:
        await worker.start()
        pid = worker.pid
        assert pid is not None
        with pytest.raises(TimeLimitError):
            await worker.call("hang", {}, timeout_s=0.2)
        await wait_until_gone(pid)
        assert (await worker.call("echo", {"n": 1}, timeout_s=30)).fields == {"n": 1}


async def test_leaving_a_stream_early_cancels_the_call() -> None:
    async with running() as worker:
        async with contextlib.aclosing(worker.stream("wait_for_cancel", {})) as replies:
            assert (await anext(replies)).fields == {"waiting": True}
        # The worker answers one call after the other: this one waits for the cancelled one to end.
        assert (await worker.call("echo", {"n": 1}, timeout_s=30)).fields == {"n": 1}
        assert worker.starts == 1


async def test_close_ends_the_process_and_refuses_further_calls() -> None:
    async with running() as worker:
        await worker.start()
        pid = worker.pid
        assert pid is not None
        await worker.close()
        assert not is_alive(pid)
        with pytest.raises(WorkerError, match="shut down"):
            await worker.call("echo", {}, timeout_s=30)


async def test_a_worker_that_talks_nonsense_is_stopped_and_replaced() -> None:
    async with running() as worker:
        with pytest.raises(WorkerError, match="stopped unexpectedly"):
            await worker.call("babble", {}, timeout_s=30)
        assert (await worker.call("echo", {"n": 1}, timeout_s=30)).fields == {"n": 1}
        assert worker.starts == 2


async def test_close_does_not_wait_for_a_worker_that_hangs() -> None:
    async with running() as worker, contextlib.aclosing(worker.stream("hang", {})) as replies:
        pid = int((await anext(replies)).fields["pid"])
        await worker.close()
        assert not is_alive(pid)


async def test_a_worker_that_cannot_be_imported_fails_the_call_and_says_so() -> None:
    async with running(WorkerSpec("absent", "chalklens_no_such_module:serve")) as worker:
        with pytest.raises(WorkerError, match="absent worker stopped unexpectedly"):
            await worker.call("echo", {}, timeout_s=30)


async def test_a_worker_ends_when_its_pipe_is_closed() -> None:
    async with running() as worker:
        await worker.start()
        pid = worker.pid
        assert pid is not None
    assert not is_alive(pid)


async def test_close_right_after_a_kill_waits_until_the_process_is_gone() -> None:
    async with running() as worker:
        await worker.call("echo", {}, timeout_s=30)
        pid = worker.pid
        assert pid is not None
        worker.kill()
        await worker.close()
        assert not is_alive(pid)


async def test_closing_while_the_process_starts_leaves_nothing_behind() -> None:
    async with running() as worker:
        starting = asyncio.create_task(worker.start())
        await asyncio.sleep(0)
        await worker.close()
        await starting
        assert worker.pid is None


async def test_a_call_that_waits_for_its_turn_outlives_the_one_that_is_stopped() -> None:
    async with running(replace(SPEC, max_waiting=8)) as worker:
        slow = asyncio.create_task(worker.call("hang", {}, timeout_s=1))
        patient = asyncio.create_task(worker.call("echo", {"n": 1}, timeout_s=30))
        with pytest.raises(TimeLimitError):
            await slow
        assert (await patient).fields == {"n": 1}
    assert worker.starts == 2


async def test_calls_beyond_the_queue_are_refused_at_once() -> None:
    async with running(replace(SPEC, max_waiting=1)) as worker:
        calls = [asyncio.create_task(worker.call("echo", {"n": n}, timeout_s=30)) for n in range(3)]
        with pytest.raises(BusyError, match="wait for the test worker"):
            await calls[2]
        assert [(await call).fields["n"] for call in calls[:2]] == [0, 1]


async def test_a_worker_rests_once_after_its_last_call() -> None:
    async with running(replace(SPEC, target="chalklens_test_worker:serve_and_rest")) as worker:
        rests = [0]
        async with asyncio.timeout(30):
            while rests[-1] < 2:
                rests.append((await worker.call("ask", {}, timeout_s=30)).fields["rests"])
                await asyncio.sleep(0.02)
    assert rests[1] == 0


@pytest.mark.parametrize("turns", range(8))
def test_a_loop_that_ends_while_a_process_starts_does_end(turns: int) -> None:
    started: list[int] = []

    async def leave_in_the_middle() -> None:
        worker = WorkerProcess(SPEC)
        starting = asyncio.create_task(worker.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        if worker.pid is not None:
            started.append(worker.pid)
        del starting  # nobody awaits it: the end of the loop cancels it

    loop = threading.Thread(target=asyncio.run, args=[leave_in_the_middle()], daemon=True)
    loop.start()
    loop.join(30)
    assert not loop.is_alive()
    asyncio.run(asyncio.wait_for(_all_gone(started), 30))


async def _all_gone(pids: list[int]) -> None:
    for pid in pids:
        await wait_until_gone(pid)


@pytest.mark.parametrize("turns", range(8))
async def test_a_start_that_is_cancelled_leaves_nothing_behind_after_close(turns: int) -> None:
    async with running() as worker:
        starting = asyncio.create_task(worker.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait([starting])
        pid = worker.pid
        await worker.close()
        assert worker.pid is None
        assert pid is None or not is_alive(pid)


async def test_a_start_that_is_cancelled_does_not_trouble_others_who_wait_for_it() -> None:
    async with running() as worker:
        starting = asyncio.create_task(worker.start())
        calling = asyncio.create_task(worker.call("echo", {"n": 1}, timeout_s=30))
        await asyncio.sleep(0)
        starting.cancel()
        assert (await calling).fields == {"n": 1}
        assert worker.starts == 1


async def test_closing_twice_at_the_same_time_and_once_more_is_fine() -> None:
    async with running() as worker:
        await worker.call("echo", {}, timeout_s=30)
        pid = worker.pid
        assert pid is not None
        await asyncio.gather(worker.close(), worker.close())
        assert not is_alive(pid)
        await worker.close()


async def test_closing_fails_the_calls_that_are_open() -> None:
    async with running() as worker, contextlib.aclosing(worker.stream("hang", {})) as replies:
        await anext(replies)
        _, failed = await asyncio.gather(worker.close(), anext(replies), return_exceptions=True)
    assert isinstance(failed, WorkerError)


async def test_a_close_that_is_cancelled_kills_what_it_waited_for() -> None:
    async with running() as worker, contextlib.aclosing(worker.stream("hang", {})) as replies:
        pid = int((await anext(replies)).fields["pid"])
        closing = asyncio.create_task(worker.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await wait_until_gone(pid)


async def test_a_worker_that_fills_the_pipe_with_nonsense_can_be_closed() -> None:
    async with asyncio.timeout(60), running() as worker:
        with pytest.raises(WorkerError, match="stopped unexpectedly"):
            await worker.call("flood", {}, timeout_s=30)
        assert (await worker.call("echo", {"n": 1}, timeout_s=30)).fields == {"n": 1}
