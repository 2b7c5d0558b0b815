"""The child's side of a worker: `python -P chalklens/workers/host.py MODULE:FUNCTION`.

How it is used: a worker module defines `def serve(port: Port) -> None`. The simple ones call
`serve_operations(port, {"decode": decode})`, one call at a time on the main thread; an engine reads
`port.receive()` itself and keeps several calls going. A function gets a `Call` and returns
`(fields, blobs)`; `call.emit` sends something before that; `call.cancelled` says to stop.

Guards, before the worker's own imports: file descriptor 1 is moved away and pointed at stderr, so
that nothing a C library prints can reach the wire; stdin is /dev/null; the child dies with its
parent. What it leaves out: limits on memory and time (`process.py` and the worker set them).
"""

import ctypes
import importlib
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

if __name__ == "__main__":  # our own folder first: a workspace's `server/` must not shadow ours
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from chalklens.errors import ChalklensError
from chalklens.workers.frames import Header, encode, read_frame

PR_SET_PDEATHSIG = 1
IDLE_S = 1.0

Reply = tuple[Mapping[str, Any], Sequence[bytes]]
Operation = Callable[["Call"], Reply]


class Call:
    """One request as a worker sees it."""

    def __init__(self, port: "Port", header: Header, blobs: list[bytes]) -> None:
        self.id: int = header["id"]
        self.operation: str = header["op"]
        self.fields: dict[str, Any] = header["fields"]
        self.blobs = blobs
        self._port = port
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Nobody waits for the answer any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Mark as cancelled (the port does this when told so)."""
        self._cancelled.set()

    def emit(self, fields: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Send something that is not yet the answer."""
        self._port.send({"id": self.id, "event": "part", "fields": fields}, blobs)

    def finish(self, fields: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Send the answer."""
        self._port.close_call(self)
        self._port.send({"id": self.id, "event": "result", "fields": fields}, blobs)

    def fail(self, error: Exception) -> None:
        """Send the reason why there is no answer; anything but a ChalklensError is logged."""
        self._port.close_call(self)
        if isinstance(error, ChalklensError):
            kind, message, hint, code = type(error).__name__, error.message, error.hint, error.code
        else:
            traceback.print_exception(error)
            name = type(error).__name__
            kind, message, hint, code = "WorkerError", f"Internal failure ({name}).", "", "internal"
        fields = {"kind": kind, "message": message, "hint": hint, "code": code}
        self._port.send({"id": self.id, "event": "error", "fields": fields})


class Port:
    """The pipe to the parent: calls come in on a thread, answers go out under a lock."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._lock = threading.Lock()
        self._inbox: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._open: dict[int, Call] = {}

    def listen(self) -> None:
        """Start to read; when the parent is gone the process ends at once."""
        threading.Thread(target=self._read, daemon=True).start()

    def receive(self, timeout_s: float | None = None) -> Call | None:
        """Wait for the next call; None when `timeout_s` passed without one."""
        try:
            return self._inbox.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def send(self, header: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Write one frame to the parent."""
        with self._lock:
            self._sink.writelines(encode(header, blobs))
            self._sink.flush()

    def close_call(self, call: Call) -> None:
        """Forget a call that has its answer."""
        self._open.pop(call.id, None)

    def _read(self) -> None:
        try:
            while frame := read_frame(self._source):
                self._accept(*frame)
        finally:
            os._exit(0)

    def _accept(self, header: Header, blobs: list[bytes]) -> None:
        if header["op"] == "cancel":
            if call := self._open.get(header["id"]):
                call.cancel()
            return
        call = Call(self, header, blobs)
        self._open[call.id] = call
        self._inbox.put(call)


def serve_operations(
    port: Port,
    operations: Mapping[str, Operation],
    *,
    when_idle: Callable[[], None] | None = None,
    idle_s: float = IDLE_S,
) -> None:
    """Answer calls one at a time until the parent goes away.

    Args:
        port: Where calls come from.
        operations: By name.
        when_idle: Called once when no call came for `idle_s` after the last one.
        idle_s: Seconds.
    """
    rested = True
    while True:
        call = port.receive(None if rested else idle_s)
        if call is None:
            rested = True
            if when_idle:
                when_idle()
            continue
        rested = when_idle is None
        if call.cancelled:
            call.finish({})
            continue
        try:
            fields, blobs = operations[call.operation](call)
        except Exception as error:
            call.fail(error)
        else:
            call.finish(fields, blobs)


def die_with_parent() -> None:
    """Ask the kernel to kill us when the parent dies (Linux; elsewhere end of stdin does it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def take_over_descriptors() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for ourselves and leave harmless descriptors 0 and 1 behind."""
    source, sink = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return os.fdopen(source, "rb"), os.fdopen(sink, "wb")


def main(target: str) -> None:
    """Import `MODULE:FUNCTION` and hand it the port."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the group; the parent decides
    port = Port(*take_over_descriptors())
    port.listen()
    module, _, function = target.partition(":")
    getattr(importlib.import_module(module), function)(port)


if __name__ == "__main__":
    # Run as a script, this file is `__main__`; the worker imports `chalklens.workers.host`. Going
    # through the import keeps one set of classes.
    importlib.import_module("chalklens.workers.host").main(sys.argv[1])
