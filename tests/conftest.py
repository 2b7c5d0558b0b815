"""Shared fixtures: the async backend, and a data folder that is not the user's."""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of what is tested: examples have no deadline.
settings.register_profile("chalklens", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chalklens")

# Before any test imports numpy or torch. The suite runs in as many processes as there are cores, and
# threads of OpenBLAS that wait for a core do so in a busy loop: 9 pages cost the sentence encoder
# 8.7 s of processor time with two threads on two cores that were busy, 0.8 s with one.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


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
