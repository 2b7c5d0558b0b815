"""A child process, its two pipes and its end, none of which anybody has to wait for without a limit.

How it is used, by one task that owns it:

    process = PipedProcess(command, environment)    # runs
    await process.connect()
    process.write([b"..."])                         # `await process.has_room()` before much more
    await process.stdout.readexactly(12)
    process.end()
    await process.exited(limit_s=5)
    process.release()                               # whatever happened before

Why not `asyncio.create_subprocess_exec`: a task that is cancelled while it starts a process waits until
the pipes are closed. Where the loop is ending, the task that connects them is cancelled as well; they are
never closed, and the loop never ends (seen with Python 3.11.7). Here starting takes no turn of the loop,
and a thread that waits for the process alone tells of its end.

What it leaves out: what is said over the pipes (`process.py`), and Windows.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import IO

CONNECT_LIMIT_S = 10.0  # it takes a few turns of the loop


class PipedProcess:
    """A process at the head of a group of its own.

    Args:
        command: Program and arguments.
        environment: All of it.

    Raises:
        OSError: It could not be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._loop = asyncio.get_running_loop()
        self._process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        self.stdout = asyncio.StreamReader()
        self._source: asyncio.ReadTransport | None = None
        self._sink: asyncio.WriteTransport | None = None
        self._flow = _Flow()
        self._has_exited = asyncio.Event()
        self._input_closed = self._ended = False
        name = f"end of process {self.pid}"
        threading.Thread(target=self._wait_for_end, name=name, daemon=True).start()

    @property
    def pid(self) -> int:
        """Process id, and that of its group."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Exit code; None while it runs."""
        return self._process.returncode

    async def connect(self) -> None:
        """Open the pipes.

        Raises:
            TimeoutError: The event loop did not get round to it.
        """
        output, feed = self._pipes()
        async with asyncio.timeout(CONNECT_LIMIT_S):
            self._source, _ = await self._loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(self.stdout), output
            )
            self._sink, _ = await self._loop.connect_write_pipe(lambda: self._flow, feed)
        if self._ended:
            self._drop_pipes()
        elif self._input_closed:
            self._sink.close()

    def write(self, parts: Sequence[bytes]) -> None:
        """Queue bytes; a process that is gone or going gets none."""
        if self._sink and not self._sink.is_closing():
            self._sink.writelines(parts)

    async def has_room(self) -> None:
        """Wait until the pipe takes more, or the process is gone."""
        await self._flow.room.wait()

    def close_input(self) -> None:
        """Tell it that nothing more comes, once what was written is out."""
        self._input_closed = True
        if self._sink:
            self._sink.close()

    def end(self) -> None:
        """Kill it and everything it started; what it said and nobody read is lost."""
        if self._ended:
            return
        self._ended = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._drop_pipes()

    async def exited(self, limit_s: float) -> bool:
        """Wait until it is gone; False when it is still there after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._has_exited.wait()
        return self._has_exited.is_set()

    def release(self) -> None:
        """End it, and let go of pipes that were never connected."""
        self.end()
        if self._sink is None:
            for pipe in self._pipes():
                pipe.close()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        return self._process.stdout, self._process.stdin

    def _drop_pipes(self) -> None:
        if self._source:
            self._source.close()
        sink = self._sink
        if sink and (not sink.is_closing() or sink.get_write_buffer_size()):
            sink.abort()  # `close` would wait for what was not written yet

    def _wait_for_end(self) -> None:
        self._process.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._has_exited.set)


class _Flow(asyncio.BaseProtocol):
    """Knows whether a pipe takes more."""

    def __init__(self) -> None:
        self.room = asyncio.Event()
        self.room.set()

    def pause_writing(self) -> None:
        self.room.clear()

    def resume_writing(self) -> None:
        self.room.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.room.set()
