import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from retrieval.watching import Changes, WatchTimes, follow_changes

pytestmark = pytest.mark.anyio

QUICK = WatchTimes(settle_ms=20, collect_ms=200, look_ms=50)


async def next_change(changes: AsyncGenerator[Changes]) -> Changes:
    async with asyncio.timeout(30):
        return await anext(changes)


@contextlib.asynccontextmanager
async def following(
    folders: list[Path], files: list[Path], times: WatchTimes = QUICK, avoid: Path | None = None
) -> AsyncGenerator[AsyncGenerator[Changes]]:
    async with contextlib.aclosing(
        follow_changes(folders, files, times=times, avoid=avoid)
    ) as changes:
        assert await next_change(changes) is None  # to begin with, everything
        yield changes


async def collect(changes: AsyncGenerator[Changes], wanted: set[str]) -> set[str]:
    """Gather paths until all wanted ones were named."""
    found: set[str] = set()
    async with asyncio.timeout(30):
        async for paths in changes:
            found |= paths or set()
            if wanted <= found:
                break
    return found


async def poke(path: Path) -> None:
    """Write until cancelled: nobody knows when a watch begins to watch."""
    for i in range(10_000):
        path.write_text(str(i), "utf-8")
        await asyncio.sleep(0.05)


async def test_changes_below_a_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    async with following([tmp_path], []) as changes:
        writing = asyncio.create_task(poke(tmp_path / "sub" / "a.md"))
        found = await collect(changes, {str(tmp_path / "sub" / "a.md")})
        writing.cancel()
    assert found <= {str(tmp_path / "sub" / "a.md"), str(tmp_path / "sub")}


async def test_changes_nobody_would_index_and_our_own_are_not(tmp_path: Path) -> None:
    for name in (".git", "knowledge", "seen"):
        (tmp_path / name).mkdir()
    async with following([tmp_path], [], avoid=tmp_path / "knowledge") as changes:
        tasks = [
            asyncio.create_task(poke(tmp_path / name))
            for name in (".git/index", "knowledge/x.md", "a.md.swp", "seen/a.md")
        ]
        found = await collect(changes, {str(tmp_path / "seen" / "a.md")})
        for task in tasks:
            task.cancel()
    assert found <= {str(tmp_path / "seen" / "a.md"), str(tmp_path / "seen")}


async def test_a_single_file_is_followed_through_replacement(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("one", "utf-8")
    async with following([], [file]) as changes:
        new = tmp_path / "new"
        new.write_text("two, longer", "utf-8")
        new.replace(file)
        assert await next_change(changes) == {str(file)}


async def test_what_was_written_before_the_watch_began_is_not_missed(tmp_path: Path) -> None:
    async with contextlib.aclosing(follow_changes([tmp_path], [], times=QUICK)) as changes:
        (tmp_path / "a.md").write_text("before", "utf-8")
        assert await next_change(changes) is None


async def test_everything_is_looked_at_now_and_then(tmp_path: Path) -> None:
    times = WatchTimes(settle_ms=20, look_ms=50, full_s=0)
    async with following([tmp_path], [], times) as changes:
        assert await next_change(changes) is None


async def test_more_changes_than_are_worth_naming_mean_everything(tmp_path: Path) -> None:
    times = WatchTimes(settle_ms=20, collect_ms=200, look_ms=50, paths=0)
    async with following([tmp_path], [], times) as changes:
        writing = asyncio.create_task(poke(tmp_path / "a.md"))
        assert await next_change(changes) is None
        writing.cancel()


async def test_a_folder_that_is_gone_does_not_end_the_watch(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("one", "utf-8")
    async with following([tmp_path / "missing"], [file]) as changes:
        file.unlink()
        assert await next_change(changes) == {str(file)}
