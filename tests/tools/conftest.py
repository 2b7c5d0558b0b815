"""A server on fakes, and a client of it in the same process."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from mcp import Client

from chalklens.engines.fake import FakeEngine
from chalklens.labelling.fake import FakeLabeller
from chalklens.media.fake import FakeMedia
from chalklens.reading.fake import FakeReader
from chalklens.workbench import Workbench
from retrieval.fake import FakeKnowledge
from server.app import create_server
from server.settings import Settings

Connect = Callable[..., AbstractAsyncContextManager[Client]]


@asynccontextmanager
async def _connect(
    settings: Settings | None = None,
    *,
    media: FakeMedia | None = None,
    reader: FakeReader | None = None,
    labeller: FakeLabeller | None = None,
    engine: Any = None,
    knowledge: FakeKnowledge | None = None,
    mode: str = "auto",
    elicitation_callback: Any = None,
    **options: Any,
) -> AsyncGenerator[Client, None]:
    labeller = labeller or FakeLabeller()
    bench = Workbench(
        media or FakeMedia(), reader or FakeReader(), labeller, labeller, engine or FakeEngine()
    )
    mcp = create_server(
        settings or Settings(roots=()),
        workbench=bench,
        knowledge=knowledge or FakeKnowledge(),
        **options,
    )
    async with Client(mcp, mode=mode, elicitation_callback=elicitation_callback) as client:
        yield client


@pytest.fixture
def connect() -> Connect:
    """Opens a client on a server made of fakes: `async with connect(engine=...) as client`."""
    return _connect
