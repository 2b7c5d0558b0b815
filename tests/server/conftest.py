"""A workbench of fakes and a server on it."""

from collections.abc import Callable
from typing import Any

import pytest

from chalklens.engines.fake import FakeEngine
from chalklens.labelling.fake import FakeLabeller
from chalklens.media.fake import FakeMedia
from chalklens.reading.fake import FakeReader
from chalklens.workbench import Workbench
from retrieval.fake import FakeKnowledge
from server.app import ChalklensServer, create_server
from server.settings import Settings

MakeServer = Callable[..., ChalklensServer]


def _make_server(
    settings: Settings | None = None,
    *,
    media: FakeMedia | None = None,
    reader: FakeReader | None = None,
    engine: FakeEngine | None = None,
    knowledge: FakeKnowledge | None = None,
    **options: Any,
) -> ChalklensServer:
    labeller = FakeLabeller()
    bench = Workbench(
        media or FakeMedia(), reader or FakeReader(), labeller, labeller, engine or FakeEngine()
    )
    return create_server(
        settings or Settings(roots=()),
        workbench=bench,
        knowledge=knowledge or FakeKnowledge(),
        **options,
    )


@pytest.fixture
def make_server() -> MakeServer:
    """Makes a server of fakes: `make_server(settings, engine=FakeEngine(["Yes."]))`."""
    return _make_server
