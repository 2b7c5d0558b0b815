"""The same work for many items, a few at a time.

How it is used: `await run_bounded(pages, read, at_once=2)`. Items are taken when their turn comes, so
an iterator that makes them holds no more than `at_once` of them in memory. What it leaves out:
processes (`pool.py`), and answers in order (the work keeps what it finds).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def run_bounded(
    items: Iterable[T], work: Callable[[T], Awaitable[None]], at_once: int
) -> None:
    """Do the work for every item; the first error stops everything and is raised as it is."""
    waiting = iter(items)

    async def take_some() -> None:
        for item in waiting:
            await work(item)

    tasks = [asyncio.create_task(take_some()) for _ in range(max(1, at_once))]
    try:
        await asyncio.gather(*tasks)
    finally:  # after an error the others have nobody to work for
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
