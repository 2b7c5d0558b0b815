# pyright: reportUnknownVariableType=false
"""Which paths changed, as it happens: the system tells, and a look at everything now and then.

How it is used:

    async for paths in follow_changes(folders, files):     # None: look at everything

Changes are collected until nothing came for a moment. What the system may fail to tell (it dropped
events, a network drive, too many folders) is found by the full look every few minutes; where it
cannot watch at all, that comes more often instead. Single files are looked at by their stamps: editors
replace them, and a watch would stay with the old one.

What it leaves out: what a change means (`sync`), and addresses, which nobody tells us about.
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from retrieval.folders import FileStamp, is_ignored

log = logging.getLogger(__name__)

Changes = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class WatchTimes:
    """When changes are passed on.

    Attributes:
        settle_ms: Nothing must have changed for this long.
        collect_ms: Changes that do not stop are passed on after this.
        look_ms: Single files are looked at this often.
        full_s: Everything is looked at this often.
        unwatched_s: The same where the system cannot watch.
        paths: More changes at once than this, and everything is looked at.
    """

    settle_ms: int = 100
    collect_ms: int = 2000
    look_ms: int = 2000
    full_s: float = 300.0
    unwatched_s: float = 15.0
    paths: int = 1000


async def follow_changes(
    folders: Sequence[Path],
    files: Sequence[Path],
    *,
    avoid: Path | None = None,
    times: WatchTimes | None = None,
) -> AsyncGenerator[Changes]:
    """Yield sets of absolute paths that changed, or None when everything should be looked at.

    The first is None: what changed before the system began to watch is not missed.

    Args:
        folders: Watched with everything below them; those that do not exist are left out.
        files: Watched one by one.
        avoid: A folder whose changes are our own.
        times: When to yield.
    """
    times = times or WatchTimes()
    stamps = _stamp(files)
    looked_s = -math.inf
    async with aclosing(_watch([f for f in folders if f.is_dir()], avoid, times)) as changes:
        async for found in changes:
            now = _stamp(files)
            paths = found | {str(file) for file in files if now[file] != stamps[file]}
            stamps, rest_s = now, time.monotonic() - looked_s
            if found is LOST or len(paths) > times.paths or rest_s >= times.full_s:
                looked_s = time.monotonic()
                yield None
            elif paths:
                yield paths


LOST: frozenset[str] = frozenset({""})  # nobody can tell what changed


async def _watch(
    folders: Sequence[Path], avoid: Path | None, times: WatchTimes
) -> AsyncGenerator[frozenset[str]]:
    """Yield what changed below the folders, also when nothing did for a while."""
    if not folders:
        while True:
            await asyncio.sleep(times.look_ms / 1000)
            yield frozenset()
    try:
        async with aclosing(_ask_system(folders, avoid, times)) as changes:
            async for found in changes:
                yield found
    except OSError as error:
        log.warning("folders cannot be watched (%s); looking every %g s", error, times.unwatched_s)
    while True:
        await asyncio.sleep(times.unwatched_s)
        yield LOST


async def _ask_system(
    folders: Sequence[Path], avoid: Path | None, times: WatchTimes
) -> AsyncGenerator[frozenset[str]]:
    from watchfiles import awatch
    from watchfiles._rust_notify import WatchfilesRustInternalError

    events = awatch(
        *folders,
        watch_filter=None,
        debounce=times.collect_ms,
        step=times.settle_ms,
        rust_timeout=times.look_ms,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    try:
        async with aclosing(events):
            async for changes in events:
                paths = (Path(path) for _, path in changes)
                yield frozenset(str(path) for path in paths if _matters(path, folders, avoid))
    except WatchfilesRustInternalError as error:  # e.g. the limit of watched folders
        raise OSError(str(error)) from error


def _matters(path: Path, folders: Sequence[Path], avoid: Path | None) -> bool:
    if avoid is not None and path.is_relative_to(avoid):
        return False
    names = (path.relative_to(folder) for folder in folders if path.is_relative_to(folder))
    return any(not is_ignored(str(PurePosixPath(name))) for name in names)


def _stamp(files: Sequence[Path]) -> dict[Path, FileStamp | None]:
    """What single files look like from outside."""
    stamps: dict[Path, FileStamp | None] = {}
    for file in files:
        try:
            stamps[file] = FileStamp.of(file.stat())
        except OSError:
            stamps[file] = None
    return stamps
