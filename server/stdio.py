"""MCP over stdin and stdout: one JSON-RPC message a line, whatever the client sends.

How it is used: `await serve_stdio(mcp, wire, stop)` inside `lifecycle.run`; it ends when the client
closes its end. Around the SDK's serving loops it adds what the SDK's own stdio server lacks: a bound
on a line (`lines.py`), an answer to every frame that is owed one (`frames.py`), and both protocol
eras on one pipe. A client may send `server/discover` (2026-07-28) and then the `initialize` handshake,
as Claude Code 2.1.280 does; each request goes to the loop of its own era, so both get answers. The
SDK alone locks the pipe to the first era and refuses the handshake with -32022.

Reading waits for the descriptor instead of parking a thread in `read`, so nothing holds the process
when it is told to stop. What it leaves out: signals and clean-up (`lifecycle.py`).
"""

import logging
import os
import select
import stat
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import Any, Literal, cast

import anyio
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from anyio.to_thread import run_sync
from mcp.server import MCPServer, Server
from mcp.server.runner import serve_dual_era_loop
from mcp.shared.message import SessionMessage
from mcp.types import (
    INVALID_REQUEST,
    PROTOCOL_VERSION_META_KEY,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
)
from typing_extensions import TypeIs

from chalklens.standard_streams import Wire
from server.frames import (
    FrameRefused,
    encode_message,
    encode_refusal,
    find_request_id,
    parse_frame,
)
from server.lifecycle import Stop
from server.lines import MAX_LINE_BYTES, Line, LineSplitter, OverlongLine

log = logging.getLogger(__name__)

READ_BYTES = 64 * 2**10
MAX_OPEN_REQUESTS = 256
END_OF_INPUT_GRACE_S = 1.0  # for `printf ... | chalklens serve`: answers still come out
HANG_UP = select.POLLHUP | getattr(select, "POLLRDHUP", 0)  # a pipe's, and on Linux a socket's
HANG_UP_POLL_S = 0.25
TOO_MANY_REQUESTS = -32000

Era = Literal["handshake", "modern"]
Inbox = MemoryObjectSendStream[SessionMessage | Exception]


async def serve_stdio(mcp: MCPServer[Any], wire: Wire, stop: Stop) -> None:
    """Serve one client until it closes its end of `wire.source` or `wire.sink`; then `stop(0)`."""
    server = lowlevel_server(mcp)
    async with server.lifespan(server) as state, anyio.create_task_group() as tasks:
        connection = StdioConnection(server, state, LineWriter(wire.sink), tasks)
        try:
            with anyio.CancelScope() as serving:
                tasks.start_soon(_bound_end, wire.source, serving)
                async for line in read_lines(wire.source):
                    await connection.receive(line)
                await connection.settle()
            if serving.cancelled_caught or connection.open_requests:
                log.warning(
                    "the input ended; answers not written within %g s are given up, %d requests open",
                    END_OF_INPUT_GRACE_S,
                    connection.open_requests,
                )
        finally:
            connection.close()
        stop(0)  # leaving this block can take as long as a tool that blocks a thread
        tasks.cancel_scope.cancel()


def lowlevel_server(mcp: MCPServer[Any]) -> Server[Any]:
    """Return the server behind `mcp`, which the SDK's serving loops want.

    The one public way to it in mcp 2.3 leads over the HTTP session manager.
    """
    mcp.streamable_http_app()
    return mcp.session_manager.app


async def _bound_end(source: int, serving: anyio.CancelScope) -> None:
    """Cancel `serving` END_OF_INPUT_GRACE_S after the client closed its end.

    Reading alone does not find that out: it waits while an answer cannot be written, and a client
    that reads none makes that for ever.
    """
    poll = select.poll()
    poll.register(source, HANG_UP)
    while not any(event & HANG_UP for _, event in poll.poll(0)):
        await anyio.sleep(HANG_UP_POLL_S)
    await anyio.sleep(END_OF_INPUT_GRACE_S)
    serving.cancel()


async def read_lines(source: int) -> AsyncGenerator[Line, None]:
    """Yield lines until the end of input."""
    lines = LineSplitter()
    while chunk := await _read_chunk(source):
        for line in lines.feed(chunk):
            yield line
    for line in lines.finish():
        yield line


async def _read_chunk(source: int) -> bytes:
    mode = os.fstat(source).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(source):
        await anyio.wait_readable(source)
        return os.read(source, READ_BYTES)
    # Regular files and /dev/null cannot be waited for.
    return await run_sync(os.read, source, READ_BYTES, abandon_on_cancel=True)


class LineWriter:
    """Write whole lines, one after the other, without ever blocking the event loop."""

    def __init__(self, sink: int) -> None:
        self._sink = sink
        self._turn = anyio.Lock()
        self._thread = anyio.CapacityLimiter(1)  # not shared with tools that fill the pool
        self._poll = select.poll()
        self._poll.register(sink, select.POLLOUT)

    async def write(self, frame: bytes) -> None:
        """Write one frame and its newline.

        Raises:
            BrokenPipeError: The client is gone.
        """
        line = frame + b"\n"
        async with self._turn:
            if len(line) <= select.PIPE_BUF and self._poll.poll(0):
                line = line[os.write(self._sink, line) :]  # fits: a pipe takes this much or nothing
            if line:
                write = partial(_write_all, self._sink, line)
                await run_sync(write, abandon_on_cancel=True, limiter=self._thread)


def _write_all(sink: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(sink, rest) :]


class StdioConnection:
    """The two serving loops of one client, and the requests that are still open."""

    def __init__(
        self, server: Server[Any], state: object, writer: LineWriter, tasks: TaskGroup
    ) -> None:
        self._server, self._state = server, state
        self._writer, self._tasks = writer, tasks
        self._inboxes: dict[Era, Inbox] = {}
        self._open: Counter[str] = Counter()
        self._settled = anyio.Event()

    async def receive(self, line: Line) -> None:
        """Pass one line on to the loop of its era, or answer that it cannot be served."""
        try:
            if isinstance(line, OverlongLine):
                message = f"The line is longer than {MAX_LINE_BYTES // 2**20} MiB and was skipped."
                raise FrameRefused(INVALID_REQUEST, message, find_request_id(line.head))
            message = parse_frame(line)
            self._note(message)
        except FrameRefused as refused:
            log.warning("refused a frame: %s", refused.message)
            if refused.answerable:
                await self._write(encode_refusal(refused))
            return
        for era in self._eras_for(message):
            await self._inbox(era).send(SessionMessage(message))

    @property
    def open_requests(self) -> int:
        """How many requests wait for an answer."""
        return self._open.total()

    async def settle(self) -> None:
        """Give requests that are still open a moment to be answered."""
        self._settled = anyio.Event()
        if self._open:
            with anyio.move_on_after(END_OF_INPUT_GRACE_S):
                await self._settled.wait()

    def close(self) -> None:
        """Take no more messages."""
        for inbox in self._inboxes.values():
            inbox.close()

    def _note(self, message: JSONRPCMessage) -> None:
        """Keep count of the requests that wait for an answer."""
        if isinstance(message, JSONRPCRequest):
            if self.open_requests >= MAX_OPEN_REQUESTS:
                text = f"{MAX_OPEN_REQUESTS} requests are open; wait for answers before more."
                raise FrameRefused(TOO_MANY_REQUESTS, text, message.id)
            self._open[str(message.id)] += 1  # ids may come twice, whatever the protocol says
        elif _is_cancellation(message):  # gets no answer
            self._forget((message.params or {}).get("requestId"))

    def _forget(self, request_id: RequestId | None) -> None:
        self._open -= Counter([str(request_id)])  # never below zero
        if not self._open:
            self._settled.set()

    def _eras_for(self, message: JSONRPCMessage) -> list[Era]:
        if isinstance(message, JSONRPCRequest):
            return ["modern" if _is_modern(message) else "handshake"]
        if isinstance(
            message, JSONRPCNotification
        ):  # carries no era: `cancelled` may be for either
            return list(self._inboxes) or ["handshake"]
        return ["handshake"] if "handshake" in self._inboxes else []

    def _inbox(self, era: Era) -> Inbox:
        if era not in self._inboxes:
            inbox, messages = anyio.create_memory_object_stream[SessionMessage | Exception](0)
            self._inboxes[era] = inbox
            self._tasks.start_soon(self._serve, era, messages)
        return self._inboxes[era]

    async def _serve(
        self, era: Era, messages: MemoryObjectReceiveStream[SessionMessage | Exception]
    ) -> None:
        outbox, answers = anyio.create_memory_object_stream[SessionMessage](0)
        self._tasks.start_soon(self._write_answers, answers)
        try:
            await serve_dual_era_loop(
                self._server,
                messages,
                outbox,
                lifespan_state=self._state,
                init_options=self._server.create_initialization_options(),
            )
        except Exception:
            log.exception("the %s loop failed; the next message starts a new one", era)
            del self._inboxes[era]

    async def _write_answers(self, answers: MemoryObjectReceiveStream[SessionMessage]) -> None:
        async with answers:
            async for answer in answers:
                await self._write(encode_message(answer.message))
                if isinstance(answer.message, JSONRPCResponse | JSONRPCError):
                    self._forget(answer.message.id)

    async def _write(self, frame: bytes) -> None:
        try:
            await self._writer.write(frame)
        except OSError as error:  # EPIPE and the like: nobody is there to answer
            log.info("the client closed its end: %s", error)
            self._tasks.cancel_scope.cancel()


def _is_cancellation(message: JSONRPCMessage) -> TypeIs[JSONRPCNotification]:
    return isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled"


def _is_modern(request: JSONRPCRequest) -> bool:
    """A request that brings its own protocol version is of 2026-07-28; `initialize` never is."""
    meta = (request.params or {}).get("_meta")
    return (
        request.method != "initialize"
        and isinstance(meta, Mapping)
        and PROTOCOL_VERSION_META_KEY in cast("Mapping[str, Any]", meta)
    )
