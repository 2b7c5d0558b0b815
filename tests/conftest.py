"""Shared fixtures: the async backend, and a data folder that is not the user's."""

import atexit
import gc
import os
import shutil
import sys
from collections.abc import Generator
from pathlib import Path

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

# Nothing here is compiled by torch, but bitsandbytes, which peft imports, prepares for it at import:
# that alone loads the compiler, for two seconds in every process.
os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")

# The suite starts well over a hundred processes. Without compiled files each of them compiles all
# of our code, and pytest rewrites the asserts of all tests, every time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Stores and records are flushed to the disk after every change, many thousand times in all, and a disk
# takes 5 ms each time. No test cuts the power, so files of tests may lie in memory where there is room.
_MEMORY, _ROOM_BYTES = Path("/dev/shm"), 1 << 30
if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

# Importing all tests makes a million objects that stay. They need no collecting while they are made,
# and none afterwards: libraries that call `gc.collect()` would look at all of them, for a second.
gc.disable()


def pytest_collection_finish() -> None:
    """Collect only what the tests make."""
    gc.freeze()
    gc.enable()
    atexit.register(gc.unfreeze)  # the interpreter takes everything down, else libraries see leaks


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
