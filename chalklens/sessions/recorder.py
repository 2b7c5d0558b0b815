"""Writes calls down, beside the server's event loop.

How it is used:

    recorder = Recorder(folder, SessionLimits())
    await recorder.record(key, call)      # returns when the call is on the disk, or after ack_limit_s
    await recorder.close()

One thread owns the writing connection and commits whatever waits in one transaction, so many calls
that end together cost one sync of the disk. Nothing that goes wrong here reaches a caller: the first
failure of a kind is logged, `trouble` says what it is, and `lost` of the `ordered` calls
were not kept.
While there is trouble nobody waits for the disk.

What it leaves out: what is recorded (`extraction.py`) and reading (`queries.py`).
"""

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

from chalklens.errors import BusyError, ChalklensError
from chalklens.sessions.limits import SessionLimits
from chalklens.sessions.records import CallRecord, SessionKey, SummaryInfo
from chalklens.sessions.store import BUSY_TIMEOUT_S, SessionStore

log = logging.getLogger(__name__)

ACK_LIMIT_S = 0.25
CLOSE_LIMIT_S = 1.0
MAX_BATCH = 256

Write = Callable[[SessionStore], object]


class _Order:
    """One write and who waits for it."""

    def __init__(self, write: Write) -> None:
        self.write = write
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[ChalklensError | None] = self.loop.create_future()

    def settle(self, error: ChalklensError | None) -> None:
        """Tell the waiting side, if it is still there."""
        with contextlib.suppress(RuntimeError):  # its event loop has ended
            self.loop.call_soon_threadsafe(self._settle, error)

    def _settle(self, error: ChalklensError | None) -> None:
        if not self.done.done():
            self.done.set_result(error)


class Recorder:
    """The only writer of this process.

    Args:
        folder: Where the store lies; made with the first call.
        limits: Bounds in force.
        ack_limit_s: How long a call waits at most to be on the disk.
        busy_timeout_s: How long the thread waits for another program to finish writing.
        clock: UTC seconds since 1970, by which old sessions are forgotten.
    """

    def __init__(
        self,
        folder: Path,
        limits: SessionLimits | None = None,
        ack_limit_s: float = ACK_LIMIT_S,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder, self.limits = folder, limits or SessionLimits()
        self.trouble = ""
        self.lost = self.ordered = 0
        self.ack_limit_s, self._busy_timeout_s, self._clock = ack_limit_s, busy_timeout_s, clock
        self._orders: queue.Queue[_Order | None] = queue.Queue(self.limits.waiting)
        self._thread: threading.Thread | None = None
        self._store: SessionStore | None = None
        self._closed = False

    async def record(self, key: SessionKey, call: CallRecord) -> bool:
        """Keep a call; return whether it is known to be on the disk. Never raises."""
        done = self.note(key, call)
        if done is None or self.trouble:
            return False
        await asyncio.wait([done], timeout=self.ack_limit_s)
        return done.done() and done.result() is None

    def note(
        self, key: SessionKey, call: CallRecord
    ) -> "asyncio.Future[ChalklensError | None] | None":
        """Order a call to be kept without waiting; None where too many wait already."""
        try:
            order = self._put(lambda store: store.add_call(key, call))
        except BusyError as error:
            self._note_loss(error)
            return None
        self.ordered += 1
        order.done.add_done_callback(self._note_outcome)
        return order.done

    async def add_summary(self, summary: SummaryInfo) -> None:
        """Remember a saved summary.

        Raises:
            StorageError, BusyError, UnavailableError: It is not remembered.
        """
        await self.write(lambda store: store.add_summary(summary))

    async def write(self, write: Write) -> None:
        """Do something in a transaction of the store and wait until it is on the disk.

        Raises:
            StorageError, BusyError, UnavailableError: Nothing was written.
        """
        error = await self._put(write).done
        if error is not None:
            raise error

    async def settle(self) -> None:
        """Wait until all that was ordered so far is written or has failed; at most ack_limit_s."""
        if self._thread is None:
            return
        order = self._put(lambda _store: None)
        await asyncio.wait([order.done], timeout=self.ack_limit_s)

    async def close(self) -> None:
        """Write what waits, then stop."""
        self._closed = True
        thread = self._thread
        if thread is None:
            return
        with contextlib.suppress(queue.Full):
            self._orders.put_nowait(None)
        await asyncio.to_thread(thread.join, CLOSE_LIMIT_S)

    def _put(self, write: Write) -> _Order:
        order = _Order(write)
        if self._closed:
            raise BusyError("The session record is closed.", "The server is shutting down.")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
            self._thread.start()
        try:
            self._orders.put_nowait(order)
        except queue.Full:
            raise BusyError(
                f"{self.limits.waiting} calls wait to be recorded already.", "Try again later."
            ) from None
        return order

    def _note_outcome(self, done: "asyncio.Future[ChalklensError | None]") -> None:
        if done.cancelled():
            return
        error = done.result()
        if error is not None:
            self._note_loss(error)
        elif self.trouble:
            log.warning("calls are recorded again; %d were not", self.lost)
            self.trouble = ""

    def _note_loss(self, error: ChalklensError) -> None:
        self.lost += 1
        if self.trouble != error.message:
            log.warning("this call is not recorded: %s", error)
        self.trouble = error.message

    def _run(self) -> None:
        while True:
            first = self._orders.get()
            batch = [first]
            with contextlib.suppress(queue.Empty):
                while len(batch) < MAX_BATCH:
                    batch.append(self._orders.get_nowait())
            self._write_batch([order for order in batch if order is not None])
            if None in batch:
                break
        self._drop_store()

    def _write_batch(self, orders: list[_Order]) -> None:
        """Write all in one transaction; if that fails, each in its own, so that one cannot harm others."""
        error = self._attempt(orders)
        if error is None or len(orders) == 1:
            for order in orders:
                order.settle(error)
            return
        for order in orders:
            order.settle(self._attempt([order]))

    def _attempt(self, orders: list[_Order]) -> ChalklensError | None:
        if not orders:
            return None
        try:
            if self._store is None:
                self._store = SessionStore.open(self.folder, self.limits, self._busy_timeout_s)
            with self._store.transaction():
                for order in orders:
                    order.write(self._store)
                self._store.prune(self._clock())
        except ChalklensError as error:
            self._drop_store()
            return error
        except Exception as error:
            self._drop_store()
            log.exception("Recording failed unexpectedly")
            return ChalklensError(f"Recording failed because of a bug ({type(error).__name__}).")
        return None

    def _drop_store(self) -> None:
        """After a failure the next write opens the file anew: it may have been mended or replaced."""
        store, self._store = self._store, None
        if store is not None:
            store.close()
