import asyncio

import pytest

from chalklens.engines.fair_queue import FairQueue, QueueLimits
from chalklens.errors import BusyError, WorkerError

pytestmark = pytest.mark.anyio


class Crowd:
    """Requests that note when they start and run until they are let go."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.started: list[str] = []
        self.sizes: list[int] = []
        self.gate = asyncio.Event()

    async def ask(self, name: str, principal: str) -> None:
        async with self.queue.admit(principal) as place:
            self.sizes.append(await place.turn())
            self.started.append(name)
            await self.gate.wait()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_newcomer_goes_with_the_next_wave_however_many_others_wait() -> None:
    queue = FairQueue(QueueLimits(wave=2))
    crowd = Crowd(queue)
    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(crowd.ask(f"a{number}", "a"))
        await settle()
        assert crowd.started == ["a0", "a1"]
        group.create_task(crowd.ask("b0", "b"))
        await settle()
        crowd.gate.set()
    assert "b0" in crowd.started[:4]


async def test_principals_take_turns_within_a_wave() -> None:
    crowd = Crowd(FairQueue(QueueLimits(wave=1)))
    crowd.gate.set()
    names = [("a0", "a"), ("a1", "a"), ("a2", "a"), ("b0", "b"), ("b1", "b"), ("c0", "c")]
    async with asyncio.TaskGroup() as group:
        for name, principal in names:
            group.create_task(crowd.ask(name, principal))
    assert crowd.started == ["a0", "b0", "c0", "a1", "b1", "a2"]


async def test_requests_of_one_instant_start_together_and_know_how_many_they_are() -> None:
    crowd = Crowd(FairQueue(QueueLimits(wave=4)))
    crowd.gate.set()
    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(crowd.ask(str(number), "a"))
    assert crowd.sizes == [4, 4, 4, 4, 2, 2]


async def test_a_rolling_wave_is_filled_up_as_places_come_free() -> None:
    queue = FairQueue(QueueLimits(wave=2, rolling=True))
    crowd, slow = Crowd(queue), Crowd(queue)
    async with asyncio.TaskGroup() as group:
        group.create_task(slow.ask("slow", "a"))
        group.create_task(crowd.ask("quick", "b"))
        group.create_task(crowd.ask("next", "a"))
        await settle()
        assert (slow.started, crowd.started, queue.running) == (["slow"], ["quick"], 2)
        crowd.gate.set()
        await settle()
        assert crowd.started == ["quick", "next"]
        assert (slow.started, queue.running) == (["slow"], 1)
        slow.gate.set()


async def test_a_full_queue_says_so_at_once_and_when_to_come_back() -> None:
    queue = FairQueue(QueueLimits(waiting=3, per_principal=9))
    for number in range(3):
        queue.admit(str(number))
    with pytest.raises(BusyError, match=r"Retry after \d+ s"):
        queue.admit("late")


async def test_one_principal_cannot_take_all_places() -> None:
    queue = FairQueue(QueueLimits(waiting=32, per_principal=2))
    queue.admit("a")
    queue.admit("a")
    with pytest.raises(BusyError):
        queue.admit("a")
    queue.admit("b")


async def test_whoever_leaves_makes_room() -> None:
    queue = FairQueue(QueueLimits(waiting=1))
    async with queue.admit("a"):
        assert queue.waiting == 1
    async with queue.admit("a") as place:
        assert await place.turn() == 1
        assert (queue.waiting, queue.running) == (0, 1)
    assert (queue.waiting, queue.running) == (0, 0)


async def test_one_that_is_cancelled_in_line_is_skipped() -> None:
    crowd = Crowd(FairQueue(QueueLimits(wave=1)))
    first = asyncio.create_task(crowd.ask("first", "a"))
    await settle()
    second = asyncio.create_task(crowd.ask("second", "a"))
    third = asyncio.create_task(crowd.ask("third", "a"))
    await settle()
    second.cancel()
    crowd.gate.set()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert crowd.started == ["first", "third"]
    assert (crowd.queue.waiting, crowd.queue.running) == (0, 0)


async def test_waiting_has_an_end() -> None:
    queue = FairQueue(QueueLimits(wave=1, wait_limit_s=0.0))
    crowd = Crowd(queue)
    async with queue.admit("a") as place:
        queue.limits = QueueLimits(wave=1)
        await place.turn()
        queue.limits = QueueLimits(wave=1, wait_limit_s=0.0)
        with pytest.raises(BusyError, match="No turn"):
            await crowd.ask("late", "b")
    assert (queue.waiting, queue.running) == (0, 0)


async def test_closing_turns_everybody_away() -> None:
    crowd = Crowd(FairQueue(QueueLimits(wave=1)))
    first = asyncio.create_task(crowd.ask("first", "a"))
    await settle()
    second = asyncio.create_task(crowd.ask("second", "a"))
    await settle()
    crowd.queue.close()
    crowd.gate.set()
    outcomes = await asyncio.gather(first, second, return_exceptions=True)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], WorkerError)
