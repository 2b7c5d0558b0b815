# pyright: reportUnknownMemberType=false
"""Work on many pages in several processes, results in order.

How it is used: `spread(function, items, processes, progress, what)`; function and items are pickled.
The processes are forked from a fresh one that has imported `PRELOADED` once, so neither threads nor a
GPU of this process are inherited. Each computes with one thread: torch would take all cores in every one
of them (16 cores: 15 pictures a second instead of hundreds). Few items are worked on here. What it leaves
out: work that must be stopped, or that comes from strangers (`workers/`).
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")
Progress = Callable[[int, int, str], None]

FEW = 64
CHUNK = 16
PRELOADED = ("chalklens.training.small_vl.painted_pages",)


def spread(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    processes: int,
    progress: Progress,
    what: str,
) -> Iterator[Result]:
    """Yield a function's results for all items, in order.

    Args:
        function: Of a module, or a `partial` of one.
        items: No more than `FEW` are not worth processes.
        processes: 1 works in this one.
        progress: Called after every item.
        what: Told to `progress`.
    """
    if processes == 1 or len(items) <= FEW:
        for done, item in enumerate(items, 1):
            yield function(item)
            progress(done, len(items), what)
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    with ProcessPoolExecutor(processes, context, initializer=take_one_core) as crew:
        for done, result in enumerate(crew.map(function, items, chunksize=CHUNK), 1):
            yield result
            progress(done, len(items), what)


def take_one_core() -> None:
    """Let torch compute with one thread in this process."""
    torch.set_num_threads(1)
