"""The parent's side of a worker: starts it, talks to it, kills it, starts it again.

How it is used:

    worker = WorkerProcess(WorkerSpec("decode", "chalklens.media.decoder:serve"))
    reply = await worker.call("decode", {"page": 1}, [data], timeout_s=20)
    await worker.close()

The process starts with the first call (or `start`), is replaced after it died, and is killed as a
group when a call outlives its `timeout_s`. Many calls may be open at once; a worker that answers
one at a time simply queues them. Cancelling the task that waits tells the worker to stop.

What it leaves out: queues and fairness (`engines/`), what the operations mean.
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalklens.errors import BusyError, TimeLimitError, WorkerError, error_from_code
from chalklens.workers.frames import PREFIX, FrameError, check_sizes, decode, encode
from chalklens.workers.piped_process import PipedProcess

log = logging.getLogger(__name__)

HOST = Path(__file__).with_name("host.py")
STOP_GRACE_S = 1.0
END_LIMIT_S = 5.0  # from SIGKILL to the end; more only where the system is stuck


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """How to start a worker.

    Attributes:
        name: For messages and logs.
        target: `module:function` that gets the port.
        environment: Added to ours.
        max_waiting: For a worker that answers one call at a time: how many may wait for their turn.
            A call's time limit then begins with its turn. None: calls go out at once.
    """

    name: str
    target: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    max_waiting: int | None = None


@dataclass(frozen=True, slots=True)
class WorkerReply:
    """One message of a worker: `final` is False for parts sent before the answer."""

    fields: Mapping[str, Any]
    blobs: Sequence[bytes] = ()
    final: bool = True


class _Child:
    """One life of a worker: its process, the task that owns it, the calls that wait for it."""

    def __init__(self, spec: WorkerSpec) -> None:
        self.name = spec.name
        self.process = PipedProcess(
            (sys.executable, "-P", str(HOST), spec.target), {**os.environ, **spec.environment}
        )
        self.ready = asyncio.Event()  # connected, or over
        self.waiting: dict[int, asyncio.Queue[WorkerReply | Exception]] = {}
        self.expected_to_end = False
        self.pump = asyncio.create_task(self._live())
        self.pump.add_done_callback(self._finish)  # runs even where the task never began

    def open_call(self, call_id: int) -> asyncio.Queue[WorkerReply | Exception]:
        """Return where the replies to a call will be put."""
        inbox: asyncio.Queue[WorkerReply | Exception] = asyncio.Queue()
        self.waiting[call_id] = inbox
        if self.pump.done():
            inbox.put_nowait(self._explain_end())
        return inbox

    def write(self, header: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Queue one frame; a dead child is noticed by the pump."""
        self.process.write(encode(header, blobs))

    def close_input(self) -> None:
        """Ask the process to end by itself."""
        self.expected_to_end = True
        self.process.close_input()

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        self.expected_to_end = True
        self.process.end()

    async def _live(self) -> None:
        """Hand out replies until the process ends."""
        with contextlib.suppress(
            asyncio.IncompleteReadError, FrameError, OSError, KeyError, TypeError
        ):
            await self.process.connect()
            self.ready.set()
            await self._read()
        self.process.end()
        if not await self.process.exited(END_LIMIT_S):
            log.warning("%s worker (process %d) cannot be killed", self.name, self.process.pid)

    async def _read(self) -> None:
        stdout = self.process.stdout
        while True:
            prefix = await stdout.readexactly(PREFIX.size)
            header_bytes, blob_bytes = PREFIX.unpack(prefix)
            check_sizes(header_bytes, blob_bytes)
            head = await stdout.readexactly(header_bytes)
            self._deliver(*decode(head, await stdout.readexactly(blob_bytes)))

    def _deliver(self, header: Mapping[str, Any], blobs: Sequence[bytes]) -> None:
        inbox = self.waiting.get(header["id"])
        if inbox is None:
            return
        fields = header["fields"]
        if header["event"] == "error":
            inbox.put_nowait(
                error_from_code(fields["kind"], fields["message"], fields["hint"], fields["code"])
            )
        else:
            inbox.put_nowait(WorkerReply(fields, blobs, final=header["event"] == "result"))

    def _finish(self, pump: asyncio.Task[None]) -> None:
        """Leave no process behind and nobody waiting, however the task came to its end."""
        self.process.release()
        self.ready.set()
        if not self.expected_to_end and not pump.cancelled():
            log.warning("%s worker ended with code %s", self.name, self.process.code)
        for inbox in self.waiting.values():
            inbox.put_nowait(self._explain_end())

    def _explain_end(self) -> WorkerError:
        return WorkerError(
            f"The {self.name} worker stopped unexpectedly (exit code {self.process.code}).",
            "Call again: a new worker is started. A smaller request needs less memory.",
        )


class WorkerProcess:
    """A supervised child process that answers calls."""

    def __init__(self, spec: WorkerSpec) -> None:
        self.spec = spec
        self._child: _Child | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._last_id = 0
        self._closed = False
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        child = self._child
        return child.process.pid if child and child.process.code is None else None

    async def start(self) -> None:
        """Start the process unless it runs already."""
        await self._running()

    async def call(
        self,
        operation: str,
        fields: Mapping[str, Any],
        blobs: Sequence[bytes] = (),
        *,
        timeout_s: float,
    ) -> WorkerReply:
        """Wait for one answer.

        Raises:
            TimeLimitError: No answer within `timeout_s`; the worker was killed.
            BusyError: `max_waiting` calls wait for their turn already.
            WorkerError: The worker died. Other `ChalklensError`s come from the worker itself.
        """
        async with self._take_turn():
            return await self._call(operation, fields, blobs, timeout_s)

    async def _call(
        self, operation: str, fields: Mapping[str, Any], blobs: Sequence[bytes], timeout_s: float
    ) -> WorkerReply:
        try:
            async with (
                asyncio.timeout(timeout_s),
                contextlib.aclosing(self.stream(operation, fields, blobs)) as replies,
            ):
                async for reply in replies:
                    if reply.final:
                        return reply
        except TimeoutError:
            self.kill()
            raise TimeLimitError(
                f"The {self.spec.name} worker did not finish within {timeout_s:g} s and was stopped."
            ) from None
        raise WorkerError(f"The {self.spec.name} worker gave no answer.")

    async def stream(
        self, operation: str, fields: Mapping[str, Any], blobs: Sequence[bytes] = ()
    ) -> AsyncGenerator[WorkerReply, None]:
        """Yield parts and then the answer; leaving early cancels the call."""
        child = await self._running()
        self._last_id += 1
        call_id = self._last_id
        inbox = child.open_call(call_id)
        answered = False
        try:
            child.write({"id": call_id, "op": operation, "fields": fields}, blobs)
            await child.process.has_room()
            while not answered:
                reply = await inbox.get()
                answered = isinstance(reply, Exception) or reply.final
                if isinstance(reply, Exception):
                    raise reply
                yield reply
        finally:
            del child.waiting[call_id]
            if not answered:
                child.write({"id": call_id, "op": "cancel"})

    def kill(self) -> None:
        """End the process and everything it started, at once; the next call starts a new one."""
        child, self._child = self._child, None
        if child:
            child.kill()
            self._ending.add(child.pump)
            child.pump.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """Close the pipe, wait a moment, then kill; return when no process is left.

        Takes STOP_GRACE_S and END_LIMIT_S at most. Whoever is cancelled while waiting here leaves a
        killed process behind, not a running one.
        """
        self._closed = True
        if child := self._child:
            child.close_input()
            try:
                await asyncio.wait([child.pump], timeout=STOP_GRACE_S)
            finally:
                if not child.pump.done():
                    self.kill()
        if self._ending:
            await asyncio.wait(self._ending, timeout=END_LIMIT_S)

    @contextlib.asynccontextmanager
    async def _take_turn(self) -> AsyncGenerator[None, None]:
        limit = self.spec.max_waiting
        if limit is None:
            yield
            return
        if self._waiting >= limit:
            raise BusyError(
                f"{self._waiting} calls wait for the {self.spec.name} worker already.",
                "Try again in a few seconds.",
            )
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()

    def _begin(self) -> _Child:
        try:
            return _Child(self.spec)
        except OSError as error:  # no memory, no descriptors, too many processes
            raise WorkerError(
                f"The {self.spec.name} worker could not be started ({error.strerror}).",
                "Close other programs, then call again.",
            ) from None

    async def _running(self) -> _Child:
        if self._closed:
            raise WorkerError(f"The {self.spec.name} worker is shut down.")
        child = self._child
        if child is None or child.pump.done():
            self.starts += 1
            child = self._child = self._begin()  # at once: nobody starts a second one meanwhile
        await child.ready.wait()
        return child
