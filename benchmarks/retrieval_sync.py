"""One file of many changes: how long until a search finds it, embedding included.

How it is used: `python benchmarks/retrieval_sync.py --files 10000`. Makes a folder of small texts,
indexes it with the usual workers, then changes, adds and deletes one file at a time. Each is followed
in both ways: `watched` as a running server does it, told by the system (its 100 ms of quiet are in the
wall time), and `looked` as `chalklens knowledge sync` does it, looking at every file. Wall time runs
from the write to a search that shows it. Processor time is that of all processes of ours; times on a
busy machine are upper bounds. `--keep DIR` leaves folder and index there and uses them again.

What it leaves out: large documents, starting the workers (they are warm, as in a running server).
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from stdio_client import write

from chalklens.media.access import AccessPolicy
from chalklens.types import SearchRequest
from retrieval.configuration import KnowledgeConfig
from retrieval.knowledge import Knowledge
from retrieval.reports import SyncReport

FILES_PER_FOLDER, WORDS = 100, 25
VOCABULARY = 5000
PATIENCE_S = 60.0
PAUSE_S = 1.0  # then the writer has closed the index, as after any while without changes


@dataclass(slots=True)
class Times:
    """What one kind of change took."""

    wall_s: list[float] = field(default_factory=list[float])
    cpu_s: list[float] = field(default_factory=list[float])


class Texts:
    """Words that nobody reads, and a new word for each change."""

    def __init__(self) -> None:
        self._chance = np.random.default_rng(0)
        self.changes = int(time.time())

    def write_text(self, path: Path, *more: str) -> None:
        """Write a file of `WORDS` words and some more."""
        words = [f"term{number}" for number in self._chance.integers(VOCABULARY, size=WORDS)]
        path.write_text(" ".join((*more, *words)), "utf-8")

    def make_folder(self, folder: Path, files: int) -> None:
        """Write so many files."""
        for number in range(files):
            path = folder / f"part{number // FILES_PER_FOLDER}" / f"{number}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.write_text(path)

    def invent_word(self) -> str:
        """Return a word that is nowhere yet."""
        self.changes += 1
        return f"novel{self.changes}"


def measure_cpu() -> float:
    """Return the processor seconds of this process and all below it, those that ended included."""
    process = psutil.Process()
    return sum(sum(one.cpu_times()[:4]) for one in (process, *process.children(recursive=True)))


async def is_found(knowledge: Knowledge, word: str) -> bool:
    """Say whether a passage has a word."""
    return bool((await knowledge.search(SearchRequest(f'"{word}"', k=1))).hits)


async def measure_change(
    knowledge: Knowledge,
    times: Times,
    word: str,
    change: Callable[[], object],
    follow: Callable[[], Awaitable[object]],
    *,
    there: bool = True,
) -> None:
    """Make a change, wait until it is followed, and search for it."""
    await asyncio.sleep(PAUSE_S)
    cpu_s, start_s = measure_cpu(), time.perf_counter()
    change()
    await follow()
    if await is_found(knowledge, word) != there:
        raise RuntimeError("a change was not followed")
    times.wall_s.append(time.perf_counter() - start_s)
    times.cpu_s.append(measure_cpu() - cpu_s)


async def measure_kinds(
    knowledge: Knowledge,
    docs: Path,
    texts: Texts,
    rounds: int,
    follow: Callable[[], Awaitable[object]],
) -> dict[str, Times]:
    """Change, add and delete a file, several times."""
    kinds = {kind: Times() for kind in ("changed", "added", "deleted")}
    for number in range(rounds):
        old, new = docs / "part0" / f"{number}.md", docs / "part1" / "new.md"
        for kind, path in (("changed", old), ("added", new)):
            word = texts.invent_word()
            write_file = lambda path=path, word=word: texts.write_text(path, word)  # noqa: E731
            await measure_change(knowledge, kinds[kind], word, write_file, follow)
        await measure_change(knowledge, kinds["deleted"], word, new.unlink, follow, there=False)
    return kinds


def report(way: str, kinds: dict[str, Times]) -> None:
    """Write medians and the worst."""
    for kind, times in kinds.items():
        wall, worst = statistics.median(times.wall_s), max(times.wall_s)
        cpu = statistics.mean(times.cpu_s)
        write(f"{way:8} {kind:8} wall {wall:6.2f} s, worst {worst:6.2f} s, processor {cpu:6.2f} s")


async def follow_watch(changes: AsyncGenerator[SyncReport, None]) -> None:
    """Wait until the watch has followed something."""
    async with asyncio.timeout(PATIENCE_S):
        await anext(changes)


async def run(folder: Path, options: argparse.Namespace) -> None:
    """Index, change, report."""
    docs, texts = folder / "docs", Texts()
    access = AccessPolicy(roots=(docs,))
    config = KnowledgeConfig(
        folder / "knowledge", access, embedder=options.embedder, reranker="none", defaults=None
    )
    is_new = not docs.exists()
    if is_new:
        texts.make_folder(docs, options.files)
    knowledge = Knowledge(config)
    try:
        cpu_s, start_s = measure_cpu(), time.perf_counter()
        await (knowledge.add([str(docs)], "docs") if is_new else knowledge.sync())
        wall_s, cpu_s = time.perf_counter() - start_s, measure_cpu() - cpu_s
        write(f"{options.files} files indexed: wall {wall_s:.1f} s, processor {cpu_s:.1f} s")
        await is_found(knowledge, "anything")
        load = os.getloadavg()[0]
        looked = await measure_kinds(knowledge, docs, texts, options.rounds, knowledge.sync)
        report("looked", looked)
        async with aclosing(knowledge.watch()) as changes:
            await anext(
                changes
            )  # the sync it begins with; its full look comes with the first change
            first = texts.invent_word()
            texts.write_text(docs / "part0" / "0.md", first)
            while not await is_found(knowledge, first):
                await follow_watch(changes)
            watched = await measure_kinds(
                knowledge, docs, texts, options.rounds, lambda: follow_watch(changes)
            )
        report("watched", watched)
        write(f"load of the machine: {load:.1f} to {os.getloadavg()[0]:.1f}")
    finally:
        await knowledge.close()


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="Measure following one change.")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--embedder", default="auto")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = options.keep or Path(scratch)
        asyncio.run(run(folder.resolve(), options))


if __name__ == "__main__":
    main()
