"""An endpoint that speaks OpenAI's chat completions and says what it was told to say.

How it is used:

    async with ScriptedEndpoint([["Two ", "apples."]]) as endpoint:
        engine = make_engine(endpoint.url)

Each question takes the next script (the last one stays): a list of pieces, or an `HttpError`. What
was asked is in `requests`; `left` is set when a client goes away before its answer ended.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

MODELS = ({"id": "qwen3-vl"},)
USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}


@dataclass(frozen=True)
class HttpError:
    """An answer that is none."""

    status: int
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Piece:
    """Part of an answer; `thought` goes into vLLM's field for reasoning, `raw` as it is."""

    text: str = ""
    thought: str = ""
    raw: str = ""


Script = Sequence[str | Piece] | HttpError


class ScriptedEndpoint:
    """Listens on a free port of this machine.

    Args:
        scripts: Answers in order.
        models: Rows of `/models`, or the error given instead.
        finish_reason: Of every answer; None breaks off without one.
        gate: Awaited before every piece but the first.
        unknown: Parameters it refuses.
        lines: End each piece; otherwise all are one line.
    """

    def __init__(
        self,
        scripts: Sequence[Script] = (("Two ", "apples."),),
        *,
        models: Sequence[Mapping[str, Any]] | HttpError = MODELS,
        finish_reason: str | None = "stop",
        gate: asyncio.Event | None = None,
        unknown: Sequence[str] = (),
        lines: bool = True,
    ) -> None:
        self._line_end = "\n\n" if lines else ""
        self.listed: Any = None
        self.models, self.finish_reason = models, finish_reason
        self.requests: list[dict[str, Any]] = []
        self.headers: list[str] = []
        self.left = asyncio.Event()
        self.most_at_once = 0
        self._scripts, self._gate, self._unknown = list(scripts), gate, unknown
        self._now = 0

    async def __aenter__(self) -> "ScriptedEndpoint":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.host, self.url = f"127.0.0.1:{port}", f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.headers.append(head.lower())
            lines = head.lower().splitlines()
            length = sum(int(line[15:]) for line in lines if line.startswith("content-length:"))
            body = await reader.readexactly(length)
            if head.startswith("GET /v1/models "):
                self._list(writer)
            else:
                await self._answer(json.loads(body), reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _list(self, writer: asyncio.StreamWriter) -> None:
        if isinstance(self.models, HttpError):
            _send_error(writer, self.models)
        else:
            data = list(self.models) if self.listed is None else self.listed
            _send(writer, 200, {"object": "list", "data": data})

    async def _answer(
        self, request: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.requests.append(request)
        refused = [name for name in self._unknown if name in request]
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        if refused:
            _send_error(writer, HttpError(400, f"Unrecognized request argument: {refused[0]}"))
        elif isinstance(script, HttpError):
            _send_error(writer, script)
        else:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            await self._stream(script, reader, writer)
            self._now -= 1

    async def _stream(
        self,
        script: Sequence[str | Piece],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        )
        gone = asyncio.create_task(reader.read())
        for number, item in enumerate(script):
            if number and self._gate:
                opened = asyncio.create_task(self._gate.wait())
                await asyncio.wait([gone, opened], return_when=asyncio.FIRST_COMPLETED)
                opened.cancel()
            if gone.done():
                self.left.set()
                return
            piece = item if isinstance(item, Piece) else Piece(item)
            writer.write(f"data: {piece.raw or _write_chunk(piece)}{self._line_end}".encode())
        if self.finish_reason:
            end: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": self.finish_reason}
            writer.write(f"data: {json.dumps({**_CHUNK, 'choices': [end]})}\n\n".encode())
            last = json.dumps({**_CHUNK, "choices": [], "usage": USAGE})
            writer.write(f"data: {last}\n\ndata: [DONE]\n\n".encode())
        gone.cancel()


_CHUNK = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}


def _write_chunk(piece: Piece) -> str:
    delta = {"reasoning": piece.thought} if piece.thought else {"content": piece.text}
    return json.dumps({**_CHUNK, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})


def _send_error(writer: asyncio.StreamWriter, error: HttpError) -> None:
    _send(writer, error.status, {"error": {"message": error.message}}, error.headers)


def _send(
    writer: asyncio.StreamWriter,
    status: int,
    content: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> None:
    body = json.dumps(content).encode()
    lines = [f"HTTP/1.1 {status} Scripted", "content-type: application/json", "connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    head = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""])
    writer.write(head.encode() + body)
