"""Requests to an ASGI app without a server in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import anyio
from starlette.types import ASGIApp, Message, Scope

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


async def ask(
    app: ASGIApp,
    headers: Mapping[str, str] | Sequence[tuple[str, str]],
    chunks: Sequence[bytes] = (PING,),
    method: str = "POST",
) -> Answer:
    """Send a request in chunks; an empty one means that the client stalls."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    raw = [(name.encode(), value.encode("latin-1")) for name, value in pairs]
    scope: Scope = {"type": "http", "method": method, "path": "/mcp", "headers": raw}
    waiting = list(chunks)
    answer = Answer(0, {}, b"")

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        if not (chunk := waiting.pop(0)):
            await anyio.sleep_forever()
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            answer.body += message["body"]

    with anyio.fail_after(10):
        await app(scope, receive, send)
    return answer
