"""A network for httpcore2 that connects to addresses which were checked before, and to nothing else.

How it is used: `AsyncConnectionPool(network_backend=PinnedNetwork(addresses))`. The host of the URL
stays in the Host header and in TLS; only the connection goes to a given address. What it leaves out:
the check (`fetch`). Imported with the first fetch, because httpcore2 is.
"""

from collections.abc import Iterable, Sequence
from typing import cast

import httpcore2

SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class PinnedNetwork(httpcore2.AsyncNetworkBackend):
    """Tries the given addresses in order, whatever host it is asked for."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._network = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers.

        Raises:
            httpcore2.ConnectError: None does.
        """
        for address in self._addresses:
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore2.ConnectError:
                continue
        raise httpcore2.ConnectError("no address answers")
