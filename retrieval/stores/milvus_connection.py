# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The connection to a Milvus server or a milvus-lite file.

How it is used: `connection.call("search", collection, ...)` calls a method of pymilvus' client; its errors
become ours. With a file, a call first makes sure that somebody serves it. What it leaves out: what is
asked.
"""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chalklens.errors import ChalklensError, StorageError, UnavailableError
from retrieval.stores.addresses import StoreAddress
from retrieval.stores.milvus_file import SharedMilvusFile

CONNECT_TIMEOUT_S = 10.0
REQUEST_TIMEOUT_S = 60.0
FULL_DISK = ("no space left", "disk quota", "diskquota")


class MilvusConnection:
    """A client that reconnects to a file whose server has gone.

    Args:
        address: Of kind `milvus`.
        collections: Loaded again after a reconnection, where they exist.
        connect_timeout_s: For a server; a file has its own.
    """

    def __init__(
        self, address: StoreAddress, collections: Sequence[str], connect_timeout_s: float
    ) -> None:
        self.address = address
        self.is_file = address.is_file
        self._collections = tuple(collections)
        self._connect_timeout_s = connect_timeout_s
        self._file = SharedMilvusFile(Path(address.url)) if address.is_file else None
        self._client: Any = None
        self._turn = threading.Lock()
        self._connect()

    def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a method of the client.

        Raises:
            UnavailableError: It failed, or nobody answered in time.
            StorageError: The disk is full.
        """
        if self._file is not None and not self._file.is_served():
            with self._turn:
                if not self._file.is_served():
                    self._connect()
        return self._call(method, *arguments, **options)

    def load(self) -> bool:
        """Make the collections searchable; False when they are not all there."""
        if not all(self._call("has_collection", name) for name in self._collections):
            return False
        for name in self._collections:
            self._call("load_collection", name)
        return True

    def close(self) -> None:
        """Let go of the connection and of the file."""
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._file is not None:
            self._file.close()

    def _call(self, method: str, *arguments: Any, **options: Any) -> Any:
        from grpc import RpcError
        from pymilvus.exceptions import MilvusException

        if self._client is None:
            raise UnavailableError(f"The store in {self.address.display} is closed.")
        try:
            return getattr(self._client, method)(
                *arguments, **{"timeout": REQUEST_TIMEOUT_S, **options}
            )
        except (MilvusException, RpcError) as error:
            raise self._explain(error) from None

    def _connect(self) -> None:
        try:
            from pymilvus import MilvusClient
            from pymilvus.exceptions import MilvusException
        except ImportError:
            raise UnavailableError(
                "A Milvus store needs the package pymilvus.", "pip install 'chalklens[milvus]'"
            ) from None
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs whole stack traces
        url = self.address.url if self._file is None else self._file.connect()
        try:
            self._client = MilvusClient(
                url,
                token=self.address.api_key or self._write_token(),
                timeout=self._connect_timeout_s,
                dedicated=True,
            )
        except MilvusException as error:
            raise self._explain(error) from None
        if self._file is not None:
            self.load()  # whoever served it before has let go of them

    def _write_token(self) -> str:
        return f"{self.address.user}:{self.address.password}" if self.address.user else ""

    def _explain(self, error: BaseException) -> ChalklensError:
        reason = self.address.scrub(getattr(error, "message", "") or error)
        message = f"Milvus at {self.address.display} did not do what was asked: {reason}"
        if any(sign in str(error).lower() for sign in FULL_DISK):
            return StorageError(message, "Free some space there.")
        return UnavailableError(
            message,
            "Check that it runs, that the address is right and that the user may use it.",
        )
