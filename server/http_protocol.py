"""Connections that cost nothing yet: deadlines for request headers, and a bound on how many.

How it is used: `uvicorn.Config(http=GuardedProtocol)`. uvicorn itself waits for ever for the end of
the headers (measured: 50 half-open requests all open after 35 s).

At most MAX_CONNECTIONS are open, and MAX_CONNECTIONS_PER_IP from one address; loopback is not counted
by address, since every local client and a reverse proxy share it. At a bound a new connection takes
the place of the oldest one that has not finished its headers yet, so half-open requests, however
many, cannot shut out real ones. Where all have, the new one gets a 503.

What it leaves out: the deadline for the body (`http_guard.py`).
"""

import asyncio
import ipaddress
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_DEADLINE_S = 10.0
MAX_CONNECTIONS = 128
MAX_CONNECTIONS_PER_IP = 16

BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


class GuardedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol with a watchdog."""

    header_deadline_s: ClassVar[float] = HEADER_DEADLINE_S
    max_connections: ClassVar[int] = MAX_CONNECTIONS
    max_connections_per_ip: ClassVar[int] = MAX_CONNECTIONS_PER_IP

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self.opened_at_s = 0.0

    @property
    def awaits_headers(self) -> bool:
        """The peer owes us the rest of a request that we do not work on."""
        return self._deadline is not None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room for the connection, or turn it away."""
        super().connection_made(transport)
        self.opened_at_s = self.loop.time()
        if self._make_room():
            self._start_deadline()
        else:
            self.connections.discard(self)
            transport.write(BUSY)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Stop the clock when the headers are complete, start it when new ones begin."""
        super().data_received(data)
        unread_body = self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY
        if self.conn.their_state is not h11.IDLE and not unread_body:
            self._stop_deadline()
        elif self._deadline is None:
            self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_deadline()
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Cut the connection."""
        self._stop_deadline()
        self.connections.discard(self)
        self.transport.abort()

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.header_deadline_s, self.give_up)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _make_room(self) -> bool:
        everyone = [c for c in self.connections if isinstance(c, GuardedProtocol)]
        neighbours = [
            c for c in everyone if c.client and self.client and c.client[0] == self.client[0]
        ]
        return _within_bound(everyone, self.max_connections) and (
            is_loopback(self.client) or _within_bound(neighbours, self.max_connections_per_ip)
        )


def is_loopback(client: tuple[str, int] | None) -> bool:
    """Whether the peer is on this machine (a Unix socket's peer has no address and is)."""
    if client is None:
        return True
    address = ipaddress.ip_address(client[0].partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _within_bound(connections: list[GuardedProtocol], bound: int) -> bool:
    """Cut the oldest half-open connection when there are too many; False when there is none."""
    if len(connections) <= bound:
        return True
    half_open = [c for c in connections if c.awaits_headers]
    if half_open:
        min(half_open, key=lambda c: c.opened_at_s).give_up()
    return bool(half_open)
