"""Shared fixtures: the async backend, and a data folder that is not the user's."""

from collections.abc import Generator

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _own_data_folder(  # pyright: ignore[reportUnusedFunction]
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[None, None, None]:
    """Keep servers that tests start out of the user's knowledge base, and cheap to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHALKLENS_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.setenv("CHALKLENS_EMBEDDER", "none")
        yield
