# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""A milvus-lite file that several processes of this machine have open at once.

How it is used: `SharedMilvusFile(path).connect()` returns the URL of a server on it. milvus-lite lets
one process open a file; whoever comes first serves it on a free port of 127.0.0.1, as pymilvus itself
does for a `.db` file, and writes the port down beside the data. The others connect there. When the
first one ends, the next call of another one takes over.

What it leaves out: passwords. As with pymilvus, other users of the machine can reach the port; where
that matters, use a Milvus server.
"""

import atexit
import json
import logging
import os
import socket
import threading
import time
from pathlib import Path

from chalklens.errors import StorageError, UnavailableError, explain_storage
from retrieval.configuration import FOLDER_HINT

PORT_FILE = "chalklens-port.json"
STARTUP_TIMEOUT_S = 20.0
POLL_S = 0.05
GRACE_S = 2.0


class SharedMilvusFile:
    """One process's access to a milvus-lite file, which is a folder.

    Args:
        path: Its parent must exist.
        startup_timeout_s: For somebody else to begin to serve it.
    """

    def __init__(self, path: Path, startup_timeout_s: float = STARTUP_TIMEOUT_S) -> None:
        self._path = path
        self._startup_timeout_s = startup_timeout_s
        self._server: tuple[object, object] | None = None  # grpc.Server, milvus_lite.db.MilvusLite
        self._port: int | None = None

    def is_served(self) -> bool:
        """Whether the port of the last `connect` still answers."""
        return self._port is not None and _answers(self._port)

    def connect(self) -> str:
        """Return the URL of a server on this file, started here if nobody serves it.

        Raises:
            UnavailableError: milvus-lite is missing, or somebody else has the file open.
            StorageError: The file cannot be written.
        """
        if not self._path.parent.is_dir():
            raise StorageError(
                f"There is no folder for {self._path.name}.", "Make it, or name another file."
            )
        end = time.monotonic() + self._startup_timeout_s
        waiting = threading.Event()
        while time.monotonic() < end:
            self._port = self._start() or self._read_port()
            if self._port is not None and _answers(self._port):
                return f"http://127.0.0.1:{self._port}"
            waiting.wait(POLL_S)
        raise UnavailableError(
            f"{self._path.name} is in use by a program that does not share it.",
            "End that program, or let it serve Milvus and use milvus+http://host:19530.",
        )

    def close(self) -> None:
        """Stop serving, if it was us."""
        server, self._server, self._port = self._server, None, None
        if server is None:
            return
        atexit.unregister(self.close)
        (self._path / PORT_FILE).unlink(missing_ok=True)
        grpc_server, database = server
        grpc_server.stop(GRACE_S).wait(GRACE_S)  # pyright: ignore[reportAttributeAccessIssue]
        database.close()  # pyright: ignore[reportAttributeAccessIssue]

    def _start(self) -> int | None:
        """Serve the file and return the port; None while another process has it open."""
        try:
            from milvus_lite.adapter.grpc.server import start_server_in_thread
            from milvus_lite.exceptions import DataDirLockedError
        except ImportError:
            raise UnavailableError(
                "A Milvus file needs the package milvus-lite.",
                "pip install 'chalklens[milvus]', or use a server: milvus+http://host:19530.",
            ) from None
        if self._server is not None:
            return self._port
        # pymilvus asks for more than milvus-lite has, and grpc would log it with its stack
        logging.getLogger("grpc._server").setLevel(logging.CRITICAL)
        try:
            server, database, port = start_server_in_thread(str(self._path))
        except DataDirLockedError:
            return None
        except OSError as error:
            raise explain_storage(error, FOLDER_HINT) or UnavailableError(
                f"{self._path.name} cannot be opened: {error.strerror}."
            ) from None
        self._server = (server, database)
        self._write_port(port)
        atexit.register(self.close)  # or the threads of grpc keep the process alive
        return port

    def _write_port(self, port: int) -> None:
        place = self._path / PORT_FILE
        temporary = place.with_suffix(".tmp")
        temporary.write_text(json.dumps({"port": port, "pid": os.getpid()}), "utf-8")
        temporary.replace(place)

    def _read_port(self) -> int | None:
        try:
            return int(json.loads((self._path / PORT_FILE).read_text("utf-8"))["port"])
        except (OSError, ValueError, KeyError, TypeError):
            return None  # not written yet: the caller tries again


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
