"""Reads the pictures of a corpus with the sheet worker, several processes at a time.

How it is used: `read_worksheets(corpus, sheets, cache)` -> a reading per worksheet, in order. What
the cache has is not read again, so an interrupted run continues where it was. The pictures take the
same way as a user's: pixels to the sheet worker, lines of text back. What it leaves out: decoding
in a child; the corpus is ours.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from chalklens.labelling.corpus import Corpus, Worksheet
from chalklens.labelling.embedded import sheet_worker_spec
from chalklens.reading.cache import ReadingCache
from chalklens.reading.reader import WorkerReader
from chalklens.types import TextReading
from chalklens.workers.bounded_tasks import run_bounded
from chalklens.workers.pool import WorkerPool

Progress = Callable[[int, int, str], None]
"""Gets steps done, steps in all, and what is being done."""

READERS = 2


def open_reading_cache(folder: Path) -> ReadingCache:
    """Open the readings of today's reader in a cache folder."""
    from chalklens.reading.recognizer import READER  # its libraries are heavy

    return ReadingCache(folder / "readings.jsonl", READER)


def read_worksheets(
    corpus: Corpus,
    sheets: Sequence[Worksheet],
    cache: ReadingCache,
    progress: Progress,
    *,
    readers: int = READERS,
) -> list[TextReading]:
    """Return one reading per worksheet.

    Args:
        corpus: Where the pictures are.
        sheets: What to read.
        cache: Filled on the way.
        progress: Called after every picture that had to be read.
        readers: Worker processes, 1 to 64; each has one thread.

    Raises:
        InputError: A picture is missing, or the cache belongs to another reader.
        TimeLimitError, WorkerError: A picture could not be read.
    """
    keys = [corpus.sha256(sheet) for sheet in sheets]
    missing = {key: sheet for key, sheet in zip(keys, sheets, strict=True) if key not in cache}
    if missing:
        count = min(readers, len(missing))
        asyncio.run(_read_all(corpus, list(missing.values()), cache, progress, count))
    readings = [cache.get(key) for key in keys]
    return [reading for reading in readings if reading is not None]


async def _read_all(
    corpus: Corpus,
    sheets: Sequence[Worksheet],
    cache: ReadingCache,
    progress: Progress,
    readers: int,
) -> None:
    pool, done = WorkerPool(sheet_worker_spec(threads=1), readers), 0
    reader = WorkerReader(pool)

    async def read(sheet: Worksheet) -> None:
        nonlocal done
        picture = corpus.load(sheet)
        cache.add(picture.sha256, await reader.read(picture))
        done += 1
        progress(done, len(sheets), "reading pictures")

    try:
        await run_bounded(sheets, read, at_once=len(pool.workers))
    finally:
        await pool.close()
