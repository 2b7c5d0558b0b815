"""A workbench for the command line, and its use on many files.

How it is used:

    async with open_bench(context, settings) as bench:
        async for name, result in try_each(bench.read, names): ...

`settings_for` allows exactly the folders of the files the user named: the command line reads what
its user may read.

What it leaves out: knowledge bases (`knowledge_bases.py`).
"""

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import typer

from chalklens.errors import ChalklensError, MediaReferenceError
from chalklens.media.containment import list_spellings
from chalklens.workbench import Workbench
from server.commands.factories import factories_of
from server.commands.options import make_settings
from server.settings import Settings

MAX_IN_FLIGHT = 4
"""Files being worked on at a time: enough to keep the decode and the sheet workers busy."""

SHEET_WORKERS = 4
"""At most this many unless the user says otherwise; each takes up to 0.9 GB."""

In = TypeVar("In")
Out = TypeVar("Out")


def reference_for(name: str) -> str:
    """Turn what the user wrote into a reference that means the same everywhere.

    A local path becomes a `file:` URI of the real file: nothing in its name can then be taken for
    base64, a mention or a drive letter. URLs and data URIs stay as they are.

    Raises:
        MediaReferenceError: There is no such file, or it is a folder.
    """
    if _is_remote(name):
        return name
    if not name.strip():
        raise MediaReferenceError("The name of the file is empty.", "Name a picture or PDF.")
    try:
        real = find_spelling(name).resolve(strict=True)
        is_folder, is_file = real.is_dir(), real.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # missing, not allowed, a loop, a NUL
        reason = error.strerror if isinstance(error, OSError) else None
        raise MediaReferenceError(
            f"The file cannot be opened: {reason or 'not a usable path'}.", "Check the path."
        ) from None
    if is_folder:
        raise MediaReferenceError("This is a folder.", f"Name the files in it: {name}/*.png")
    if not is_text(str(real)):
        raise MediaReferenceError("The name of the file is no valid text.", "Rename it.")
    if not is_file:
        raise MediaReferenceError("This is no regular file.", "Name a picture or PDF.")
    if not os.access(real, os.R_OK):
        raise MediaReferenceError("The file may not be read.", "Look at its permissions.")
    return real.as_uri()


def find_spelling(name: str) -> Path:
    """Return the path as it was written, or composed or decomposed where only that one is there."""
    return next((Path(one) for one in list_spellings(name) if Path(one).exists()), Path(name))


def is_text(name: str) -> bool:
    """Whether a name has no bytes that the locale could not decode; those are lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def settings_for(names: Sequence[str], **given: Any) -> Settings:
    """Build settings for work on files: their folders are the roots, and their number decides how
    many processes share the work.

    Raises:
        InputError: A setting is not acceptable.
    """
    folders: dict[Path, None] = {}
    for name in names:
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            path = find_spelling(name)
            if not _is_remote(name) and path.exists():
                folders[path.resolve().parent] = None
    return _spread(make_settings(roots=tuple(folders), **given), len(names))


def _spread(settings: Settings, files: int) -> Settings:
    """Give many files a sheet worker per core, unless the user said how many.

    Two processes with a thread each read more pages than one with two: much of a page cannot be
    shared between threads.
    """
    if "sheet_workers" in settings.model_fields_set:
        return settings
    count = max(1, min(files, count_cores(), SHEET_WORKERS))
    return settings.model_copy(update={"sheet_workers": count})


def count_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _is_remote(name: str) -> bool:
    return name.lower().startswith(("http://", "https://", "data:", "file:", "chalklens:"))


@contextlib.asynccontextmanager
async def open_bench(context: typer.Context, settings: Settings) -> AsyncGenerator[Workbench, None]:
    """Build a workbench and close its workers at the end, whatever happens."""
    bench = factories_of(context).make_bench(settings)
    try:
        yield bench
    finally:
        await bench.close()


async def try_each(
    work: Callable[[str], Awaitable[Out]], names: Iterable[str], workers: int = 1
) -> AsyncGenerator[tuple[str, Out | ChalklensError], None]:
    """Yield each name with what `work` makes of its reference, or with why it cannot, in order.

    Args:
        work: Called with a reference.
        names: What the user wrote.
        workers: Sheet workers there are; so many files at least are worked on at a time.
    """

    async def attempt(name: str) -> tuple[str, Out | ChalklensError]:
        try:
            return name, await work(reference_for(name))
        except ChalklensError as error:
            return name, error

    async with contextlib.aclosing(
        map_in_order(attempt, names, max(MAX_IN_FLIGHT, workers))
    ) as results:
        async for result in results:
            yield result


async def map_in_order(
    work: Callable[[In], Awaitable[Out]], items: Iterable[In], limit: int = MAX_IN_FLIGHT
) -> AsyncGenerator[Out, None]:
    """Yield the results of `work` in the order of `items`, at most `limit` running at a time."""
    running: deque[asyncio.Future[Out]] = deque()
    try:
        for item in items:
            if len(running) >= limit:
                yield await running.popleft()
            running.append(asyncio.ensure_future(work(item)))
        while running:
            yield await running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
