"""A bound on handshake-era sessions that never turns a new client away.

How it is used: `SessionShelf(app)` around the SDK's streamable HTTP app, which makes the session ids,
ends sessions that are idle for SESSION_IDLE_S and refuses new ones at its own limit. Clients that
come and go without saying goodbye would use that limit up; so before it is reached, the session that
has been unused for longest is ended, as if its client had sent DELETE. A session with a request or
an event stream open is never ended. The client of an ended session gets 404 and starts a new one, as
the specification wants (MCP 2025-11-25, transports, session management).

What it leaves out: the 2026-07-28 revision, which has no sessions, and SSE, where the open stream is
the session.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from mcp.server.streamable_http import MCP_SESSION_ID_HEADER
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_SESSIONS = 64
SESSION_IDLE_S = 600.0


@dataclass(slots=True)
class _Session:
    scope: Scope
    open_requests: int = 0


class SessionShelf:
    """Knows the sessions in the order of their last use."""

    def __init__(self, app: ASGIApp, max_sessions: int = MAX_SESSIONS) -> None:
        self._app = app
        self._max_sessions = max_sessions
        self._sessions: dict[str, _Session] = {}
        self._opening = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else None
        session_id = headers.get(MCP_SESSION_ID_HEADER) if headers is not None else None
        if headers is not None and session_id is None:
            await self._open(scope, receive, send)
        elif session_id in self._sessions:
            await self._use(session_id, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _use(self, session_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        session = self._sessions[session_id]
        session.open_requests += 1
        try:
            await self._app(scope, receive, send)
        finally:
            session.open_requests -= 1
            if self._sessions.pop(session_id, None) and scope["method"] != "DELETE":
                self._sessions[session_id] = session  # to the end: used last

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request without a session; if it starts one, the response says so."""

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                session_id = Headers(raw=message["headers"]).get(MCP_SESSION_ID_HEADER)
                if session_id is not None:
                    self._sessions[session_id] = _Session(scope)
            await send(message)

        self._opening += 1
        try:
            await self._make_room()
            await self._app(scope, receive, watch)
        finally:
            self._opening -= 1

    async def _make_room(self) -> None:
        while len(self._sessions) + self._opening > self._max_sessions:
            idle = (name for name, session in self._sessions.items() if not session.open_requests)
            session_id = next(idle, None)
            if session_id is None:
                return  # all in use: the SDK answers 503
            await self._end(session_id, self._sessions.pop(session_id))

    async def _end(self, session_id: str, session: _Session) -> None:
        """Send the app the DELETE that the session's client did not send."""
        names = (b"host", b"authorization")
        headers = [pair for pair in session.scope["headers"] if pair[0] in names]
        headers.append((MCP_SESSION_ID_HEADER.encode(), session_id.encode()))
        farewell: MutableMapping[str, Any] = {
            **session.scope,
            "method": "DELETE",
            "headers": headers,
        }
        await self._app(farewell, _nothing_to_receive, _drop)


async def _nothing_to_receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _drop(message: Message) -> None:
    del message
