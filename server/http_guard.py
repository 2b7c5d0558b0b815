"""What an HTTP request has to get past before the SDK sees it. ASGI middleware, outermost first.

How it is used: `http_transport.py` wraps the SDK's app:

    AddressGuard   Host and Origin must be on exact lists (421, 403): DNS rebinding, CVE-2025-66416
    TokenGuard     bearer token in the header, on every route (401)
    BodyGuard      JSON content type (415), size (413), deadline (408), one sound frame (400)

A refusal is a JSON-RPC error with `id: null`, never an echo of what was sent. After it the rest of
the body is read for a moment, so that the client gets to see the answer before the connection goes.

What it leaves out: sessions (`http_sessions.py`), connections and headers (`http_protocol.py`).
"""

import hmac
import logging
from collections.abc import Collection, Mapping, Sequence

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.types import INVALID_REQUEST
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.frames import Frame, FrameRefused, encode_refusal, normalize_frame
from server.principals import user_for

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 28 * 2**20  # a 20 MiB picture in base64
BODY_DEADLINE_S = 30.0
DRAIN_S = 2.0
DRAIN_BYTES = 4 * MAX_BODY_BYTES


class AddressGuard:
    """Lets requests through that were sent to one of our names, by no page or by a known one."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], origins: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origins = frozenset(origin.lower() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (problem := self._problem(Headers(scope=scope))):
            await refuse(receive, send, *problem)
        else:
            await self._app(scope, receive, send)

    def _problem(self, headers: Headers) -> tuple[int, str] | None:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, "This server does not go by that Host name."
        if any(origin.lower() not in self._origins for origin in origins):
            return 403, "Pages of that Origin may not call this server."
        return None


class TokenGuard:
    """Lets requests through that carry one of the tokens; the scope then names the user."""

    def __init__(self, app: ASGIApp, tokens: Sequence[str]) -> None:
        self._app = app
        self._users = [(token.encode(), user_for(token)) for token in tokens]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif (user := self._user(Headers(scope=scope))) is not None:
            await self._app({**scope, "user": user}, receive, send)
        else:
            challenge = {"WWW-Authenticate": 'Bearer realm="chalklens"'}
            await refuse(receive, send, 401, "A valid bearer token is needed.", challenge)

    def _user(self, headers: Headers) -> AuthenticatedUser | None:
        given = _bearer_token(headers)
        # Every token is compared, so that the time taken says nothing about them.
        matches = [user for token, user in self._users if hmac.compare_digest(token, given)]
        return matches[0] if matches else None


class BodyGuard:
    """Reads a POST whole, within size and time, and passes on what is one JSON-RPC frame."""

    def __init__(
        self,
        app: ASGIApp,
        max_body_bytes: int = MAX_BODY_BYTES,
        deadline_s: float = BODY_DEADLINE_S,
    ) -> None:
        self._app = app
        self._max_body_bytes, self._deadline_s = max_body_bytes, deadline_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(Headers(scope=scope), receive)
            frame = None if body is None else normalize_frame(body)
        except BodyRefused as refused:
            unread = receive if refused.is_coming else None
            await refuse(unread, send, refused.status, refused.message)
        except FrameRefused as refused:
            await _answer(send, 400, encode_refusal(refused), {})
        else:
            if frame is not None:
                await self._app(scope, _replay(frame, receive), send)

    async def _read(self, headers: Headers, receive: Receive) -> Frame | None:
        """Return the body, None when the client is gone before its end."""
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise BodyRefused(415, "Content-Type must be application/json.")
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._max_body_bytes:
            raise self._too_large()
        try:
            with anyio.fail_after(self._deadline_s):
                return await self._collect(receive)
        except TimeoutError:
            message = f"The body took more than {self._deadline_s:g} s."
            raise BodyRefused(408, message, is_coming=False) from None

    async def _collect(self, receive: Receive) -> Frame | None:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._max_body_bytes:
                raise self._too_large()
        return body

    def _too_large(self) -> "BodyRefused":
        return BodyRefused(413, f"The body is larger than {self._max_body_bytes // 2**20} MiB.")


class BodyRefused(Exception):
    """A body that is not read to its end.

    Attributes:
        status: The HTTP status to answer with.
        is_coming: The rest can be expected; False when the client has stalled.
    """

    def __init__(self, status: int, message: str, *, is_coming: bool = True) -> None:
        super().__init__(message)
        self.status, self.message, self.is_coming = status, message, is_coming


async def refuse(
    unread: Receive | None,
    send: Send,
    status: int,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Answer with a JSON-RPC error, read what is still `unread`, and end the connection."""
    log.info("refused a request with %d: %s", status, message)
    body = encode_refusal(FrameRefused(INVALID_REQUEST, message))
    await _answer(send, status, body, headers or {}, unread)


async def _answer(
    send: Send,
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    unread: Receive | None = None,
) -> None:
    all_headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    raw = [(name.lower().encode(), value.encode()) for name, value in all_headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if unread is not None:
        with anyio.move_on_after(DRAIN_S):
            await _drain(unread)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: Receive) -> None:
    """Read on: a connection closed with unread data resets, and the answer may be lost."""
    left = DRAIN_BYTES
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _replay(body: Frame, receive: Receive) -> Receive:
    """Hand out the body once, then whatever comes after it: the disconnect."""
    waiting: list[Message] = [
        {"type": "http.request", "body": bytes(body), "more_body": False},
    ]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _bearer_token(headers: Headers) -> bytes:
    values = headers.getlist("authorization")
    if len(values) != 1:
        return b""
    scheme, _, token = values[0].partition(" ")
    return token.encode("latin-1") if scheme.lower() == "bearer" else b""
