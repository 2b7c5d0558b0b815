"""A few at a time."""

import asyncio
from collections.abc import Iterator

import pytest

from chalklens.workers.bounded_tasks import run_bounded


class Work:
    """Does nothing for a few turns, and counts how many are at it."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.taken: list[int] = []
        self.done: list[int] = []
        self.open = self.most_open = 0
        self._fails_at = fails_at

    def items(self, count: int) -> Iterator[int]:
        for number in range(count):
            self.taken.append(number)
            yield number

    async def __call__(self, item: int) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            for _ in range(3 + item % 2):
                await asyncio.sleep(0)
            if item == self._fails_at:
                raise KeyError("no such item")
            self.done.append(item)
        finally:
            self.open -= 1


@pytest.mark.anyio
async def test_every_item_is_done_once_and_so_many_at_a_time() -> None:
    work = Work()
    await run_bounded(work.items(10), work, at_once=3)
    assert sorted(work.done) == list(range(10))
    assert work.most_open == 3


@pytest.mark.anyio
async def test_an_item_is_made_when_its_turn_comes() -> None:
    work = Work()
    task = asyncio.create_task(run_bounded(work.items(10), work, at_once=2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert work.taken == [0, 1]
    await task


@pytest.mark.anyio
async def test_the_first_error_stops_the_others_and_is_raised_as_it_is() -> None:
    work = Work(fails_at=2)
    with pytest.raises(KeyError, match="no such item"):
        await run_bounded(work.items(10), work, at_once=2)
    assert work.open == 0
    assert len(work.taken) < 6


@pytest.mark.anyio
@pytest.mark.parametrize("at_once", [1, 5])
async def test_without_items_nothing_is_done(at_once: int) -> None:
    work = Work()
    await run_bounded([], work, at_once)
    assert work.done == []
