"""A record in a folder of its own, calls to put into it, and an archive on fakes."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chalklens.engines.fake import FakeEngine
from chalklens.errors import MediaReferenceError
from chalklens.sessions.archive import SessionArchive
from chalklens.sessions.files import NewFiles
from chalklens.sessions.limits import SessionLimits
from chalklens.sessions.recorder import Recorder
from chalklens.sessions.records import CallRecord, SessionKey
from chalklens.sessions.shelf import Places
from tools.cleaning import clean_text

MakeCall = Callable[..., CallRecord]
OpenArchive = Callable[..., AbstractAsyncContextManager[SessionArchive]]
DAY_START = 1_795_737_600.0  # 2026-11-27 00:00:00 UTC
KEY = SessionKey("a" * 32, "local", "test")
OTHER = SessionKey("b" * 32, "token-1", "test")


def make_call(number: int = 1, **changes: Any) -> CallRecord:
    """Return a call; `changes` are fields."""
    fields: dict[str, Any] = {
        "id": f"call-{number}",
        "tool": "analyze_image",
        "status": "done",
        "started": DAY_START + number,
        "seconds": 0.5,
        "question": f"Question {number}?",
        "answer": f"Answer {number}.",
        "model": "fake",
    }
    return CallRecord(**fields | changes)


async def no_thumbnail(_reference: str, _sha256: str, _page: int | None, _principal: str) -> str:
    raise MediaReferenceError("There is no picture here.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions"


@pytest.fixture
def open_archive(folder: Path) -> OpenArchive:
    """Opens an archive: `async with open_archive(files=FailingFiles(2)) as archive`."""

    @asynccontextmanager
    async def opened(
        limits: SessionLimits | None = None,
        engine: FakeEngine | None = None,
        files: NewFiles | None = None,
        roots: tuple[Path, ...] = (),
    ) -> AsyncGenerator[SessionArchive, None]:
        recorder = Recorder(folder, limits, ack_limit_s=30, clock=lambda: DAY_START)
        archive = SessionArchive(
            recorder,
            Places(folder.parent / "summaries", roots),
            engine or FakeEngine(["A summary."]),
            clean_text,
            no_thumbnail,
            files,
            clock=lambda: DAY_START,
        )
        try:
            yield archive
        finally:
            await recorder.close()

    return opened
