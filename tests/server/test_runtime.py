"""The end of what a server owns, where parts of it do not end as they should."""

import asyncio

import anyio
import pytest

from retrieval.fake import FakeKnowledge
from server.jobs import JobTable
from server.runtime import Runtime

pytestmark = pytest.mark.anyio


class Stuck:
    """A part that cannot be closed, and says when it was told to give up."""

    def __init__(self) -> None:
        self.gave_up = False

    async def close(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.gave_up = True


class Broken:
    """A part that fails to close."""

    async def close(self) -> None:
        raise OSError("no such process")


async def test_a_part_that_does_not_close_is_left_behind_and_the_others_are_closed() -> None:
    stuck, knowledge = Stuck(), FakeKnowledge()
    with anyio.fail_after(30):
        async with Runtime((stuck, knowledge), JobTable(), close_limit_s=0.01).hold():
            pass
    assert stuck.gave_up
    assert knowledge.closed


async def test_a_part_that_is_late_cancels_nobody_else() -> None:
    """`asyncio.gather` hands a cancellation on without the mark by which anyio knows its own."""

    class Gathering:
        async def close(self) -> None:
            await asyncio.gather(Stuck().close(), asyncio.sleep(0), return_exceptions=True)

    went_on = False
    with anyio.fail_after(30):
        async with Runtime((Gathering(),), JobTable(), close_limit_s=0.01).hold():
            pass
        went_on = True
    assert went_on


async def test_a_part_that_fails_to_close_is_logged_and_the_others_are_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    knowledge = FakeKnowledge()
    async with Runtime((Broken(), knowledge), JobTable()).hold():
        pass
    assert knowledge.closed
    assert "no such process" in caplog.text


async def test_a_warm_up_that_does_not_end_keeps_nothing_open() -> None:
    released, knowledge = asyncio.Event(), FakeKnowledge()
    begun = asyncio.Event()

    async def insist() -> None:
        begun.set()
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    runtime = Runtime((knowledge,), JobTable(), [insist], warm_up_delay_s=0, close_limit_s=0.01)
    with anyio.fail_after(30):
        async with runtime.hold():
            runtime.note_answer()
            await begun.wait()
    released.set()  # before anything can fail: the loop would wait for it
    assert knowledge.closed


async def test_an_answer_that_comes_after_the_end_warms_nothing_up() -> None:
    begun: list[bool] = []

    async def begin() -> None:
        begun.append(True)

    runtime = Runtime((), JobTable(), [begin], warm_up_delay_s=0)
    async with runtime.hold():
        pass
    tasks = asyncio.all_tasks()
    runtime.note_answer()
    assert asyncio.all_tasks() == tasks
    assert begun == []


async def test_leaving_while_everything_is_cancelled_closes_all_the_same() -> None:
    knowledge = FakeKnowledge()
    with anyio.CancelScope() as scope:
        async with Runtime((knowledge,), JobTable()).hold():
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    assert knowledge.closed
