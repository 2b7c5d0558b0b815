"""MCP over HTTP: the streamable transport (`/mcp`), or the older SSE pair (`/sse`, `/messages/`).

How it is used: `await listen(mcp, settings).serve(stop)` inside `lifecycle.run`. `listen` binds the
address and refuses what would not be safe. Both protocol eras are served on one app.

Numbers, all in one place per module: body 28 MiB and 30 s (`http_guard`), headers 10 s, 128
connections, 16 from one remote address (`http_protocol`), 64 sessions, 600 s idle (`http_sessions`).
Closing the response stream cancels the call on 2026-07-28; before, the client sends
`notifications/cancelled` (both done by the SDK). What it leaves out: TLS and OAuth, which a reverse
proxy does better.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from typing import Any

import anyio
import uvicorn
from mcp.server import MCPServer, Server
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.runner import serve_dual_era_loop
from mcp.server.sse import SseServerTransport
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chalklens.errors import InputError, UnavailableError
from chalklens.media.addresses import is_loopback
from server.frames import mend_text
from server.http_guard import MAX_BODY_BYTES, AddressGuard, BodyGuard, TokenGuard, refuse
from server.http_protocol import GuardedProtocol
from server.http_sessions import MAX_SESSIONS, SESSION_IDLE_S, SessionShelf
from server.lifecycle import Stop
from server.principals import HOW_TO_MAKE_ONE, load_tokens
from server.recording import SSE_MESSAGES
from server.settings import Settings
from server.stdio import lowlevel_server

log = logging.getLogger(__name__)

BACKLOG = 128
FINISH_S = 1  # for open requests, when told to stop
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def listen(mcp: MCPServer[Any], settings: Settings) -> "HttpServer":
    """Bind the address and put the guards around the app.

    Raises:
        InputError: Listening there without a token and a list of names would not be safe.
        UnavailableError: The address cannot be bound.
    """
    tokens = load_tokens(settings)
    mcp.middleware.append(mend_result)
    check_exposure(settings, has_token=bool(tokens))
    bound = _bind(settings.host, settings.port)
    port = bound.getsockname()[1]
    names = Names(host_names(settings, port), origin_names(settings, port))
    is_sse = settings.transport == "sse"
    app, end_streams = _sse_app(mcp, names) if is_sse else (_streamable_app(mcp, names), None)
    _announce(settings, bound, with_token=bool(tokens))
    return HttpServer(guard(app, names, tokens), bound, end_streams=end_streams)


@dataclass(frozen=True, slots=True)
class Names:
    """Exact values accepted in the Host and Origin headers."""

    hosts: tuple[str, ...]
    origins: tuple[str, ...]

    def as_sdk_settings(self) -> TransportSecuritySettings:
        """Return the same lists for the SDK's own check, which would otherwise match prefixes."""
        return TransportSecuritySettings(
            allowed_hosts=list(self.hosts), allowed_origins=list(self.origins)
        )


def host_names(settings: Settings, port: int) -> tuple[str, ...]:
    """Return the Host values that name this server: loopback with our port, and those configured."""
    ours = [f"{name}:{port}" for name in LOOPBACK_NAMES]
    if port == 80:
        ours.extend(LOOPBACK_NAMES)
    return (*ours, *settings.allowed_hosts)


def origin_names(settings: Settings, port: int) -> tuple[str, ...]:
    """Return the Origin values of pages that may call us."""
    return (*(f"http://{name}:{port}" for name in LOOPBACK_NAMES), *settings.allowed_origins)


def check_exposure(settings: Settings, *, has_token: bool) -> None:
    """Refuse to be reachable from other machines without a token and a list of names.

    Raises:
        InputError: One of the two is missing.
    """
    if is_loopback(settings.host):
        return
    if not has_token:
        raise InputError(
            f"Listening on {settings.host} lets other machines in, and no bearer token is set.",
            HOW_TO_MAKE_ONE,
        )
    if not settings.allowed_hosts:
        raise InputError(
            f"Listening on {settings.host} needs the names clients will use in the Host header.",
            f"Add --allowed-host, e.g. `--allowed-host eyes.example:{settings.port}`.",
        )


def guard(app: ASGIApp, names: Names, tokens: tuple[str, ...]) -> ASGIApp:
    """Wrap the app; what is listed last is asked first."""
    app = BodyGuard(app)
    if tokens:
        app = TokenGuard(app, tokens)
    # Answers the preflight requests of the listed pages, which carry no token; never `*`.
    app = CORSMiddleware(
        app,
        allow_origins=names.origins,
        allow_methods=("GET", "POST", "DELETE"),
        allow_headers=("*",),
        expose_headers=("Mcp-Session-Id",),
    )
    return AddressGuard(app, names.hosts, names.origins)


async def mend_result(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Mend results that are no Unicode text, e.g. with a file name that is not.

    The SDK's HTTP transports drop the connection for one (mcp 2.3); over stdio `frames.py` mends.
    """
    result = await call_next(ctx)
    return mend_text(result) if isinstance(result, dict) else result


class HttpServer:
    """uvicorn on a socket that is already bound."""

    def __init__(
        self,
        app: ASGIApp,
        bound: socket.socket,
        protocol: type[GuardedProtocol] = GuardedProtocol,
        end_streams: Callable[[], None] | None = None,
    ) -> None:
        self._app, self._socket = app, bound
        self._end_streams = end_streams
        self._stopping = False
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            http=protocol,
            ws="none",
            lifespan="on",
            loop="asyncio",
            log_config=None,
            access_log=False,  # its lines hold query strings
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=FINISH_S,
        )
        self._server = _Uvicorn(config)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, as bound."""
        return self._socket.getsockname()[:2]

    async def serve(self, stop: Stop) -> None:
        """Serve until cancelled, then finish what is open within FINISH_S."""
        del stop  # clients come and go; only a signal ends us
        serving = asyncio.create_task(self._run())
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self._stopping = True
            self._server.should_exit = True
            if self._end_streams is not None:
                self._end_streams()
            await serving
            raise

    async def _run(self) -> None:
        try:
            await self._server.serve(sockets=[self._socket])
        except SystemExit:  # how uvicorn says that the lifespan failed; the reason is logged
            raise RuntimeError("the HTTP server could not start") from None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self._stopping:  # else: no stack trace for a request that ended with us
                raise


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to `lifecycle.py`."""
        yield


def _streamable_app(mcp: MCPServer[Any], names: Names) -> ASGIApp:
    app = mcp.streamable_http_app(
        max_request_body_size=MAX_BODY_BYTES,
        session_idle_timeout=SESSION_IDLE_S,
        max_sessions=MAX_SESSIONS,
        transport_security=names.as_sdk_settings(),
    )
    return SessionShelf(app)


def _sse_app(mcp: MCPServer[Any], names: Names) -> tuple[ASGIApp, Callable[[], None]]:
    """The SDK's SSE routes, with one lifespan for all clients instead of one for each."""
    transport = SseServerTransport(SSE_MESSAGES, names.as_sdk_settings(), MAX_BODY_BYTES)
    streams = SseStreams(lowlevel_server(mcp), transport)
    routes = [
        Route("/sse", endpoint=streams, methods=["GET"]),
        Mount(SSE_MESSAGES, app=transport.handle_post_message),
    ]
    return Starlette(routes=routes, lifespan=streams.lifespan), streams.end


class SseStreams:
    """Serves the event streams of SSE clients, at most MAX_SESSIONS at a time."""

    def __init__(self, server: Server[Any], transport: SseServerTransport) -> None:
        self._server, self._transport = server, transport
        self._state: object = None
        self._open: set[anyio.CancelScope] = set()

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncGenerator[None, None]:
        """Enter the server's lifespan once for the process."""
        async with self._server.lifespan(self._server) as self._state:
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if len(self._open) >= MAX_SESSIONS:
            await refuse(receive, send, 503, f"{MAX_SESSIONS} clients are connected already.")
            return
        async with self._transport.connect_sse(scope, receive, send) as (source, sink):
            with anyio.CancelScope() as serving:
                self._open.add(serving)
                try:
                    await serve_dual_era_loop(
                        self._server,
                        source,
                        sink,
                        lifespan_state=self._state,
                        init_options=self._server.create_initialization_options(),
                    )
                finally:
                    self._open.discard(serving)

    def end(self) -> None:
        """End the streams that are open, each with a complete response."""
        for serving in self._open:
            serving.cancel()


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise UnavailableError(
            f"Cannot listen on {host} port {port}: {error.strerror}.",
            "Another server may be running there; choose another port with --port.",
        ) from None


def _announce(settings: Settings, bound: socket.socket, *, with_token: bool) -> None:
    host, port = bound.getsockname()[:2]
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    path = "/mcp" if settings.transport == "http" else "/sse"
    folders = ", ".join(str(folder) for folder in settings.folders) or "none"
    key = "bearer token needed" if with_token else "no token"
    # A warning, so that it is seen at the default level: a listening server should not be a secret.
    log.warning("listening on http://%s%s (%s); folders: %s", address, path, key, folders)
