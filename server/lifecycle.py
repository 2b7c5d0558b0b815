"""From start to end of the serving process: whatever ends it, everything is gone within 5 s.

How it is used: `run(main, close)` never returns. `main(stop)` serves until its client leaves, which
it reports by `stop(0)` or by returning, or until it is cancelled; `close` ends the workers. What
stops the process, and its exit code:

    the client left                      0
    the parent process is gone           0    (only with `watch_parent`)
    SIGINT, SIGTERM, SIGHUP              130, 143, 129
    `main` failed                        1    (the reason is logged)

`main` is cancelled and gets STOP_GRACE_S, then `close` gets CLOSE_GRACE_S, then the process ends by
`os._exit`: a tool's thread that cannot be interrupted must not keep it. A thread watches over that,
so a blocked event loop cannot keep it either; a second Ctrl-C ends it at once.

What it leaves out: workers are children of their own and also die with us by PR_SET_PDEATHSIG
(`chalklens/workers/host.py`). We do not ask for that signal ourselves: it is sent when the *thread*
that started us ends, and hosts start servers from short-lived threads.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

log = logging.getLogger(__name__)

STOP_GRACE_S = 2.5
CLOSE_GRACE_S = 1.0
HARD_LIMIT_S = 3.5
FLUSH_GRACE_S = 0.25
PARENT_POLL_S = 0.5

Stop = Callable[[int], None]
Main = Callable[[Stop], Coroutine[Any, Any, None]]
Close = Callable[[], Coroutine[Any, Any, None]]


def run(main: Main, close: Close, *, watch_parent: bool = False) -> NoReturn:
    """Serve, clean up, end the process."""

    async def supervise_and_exit() -> None:
        leave(await Supervisor(watch_parent=watch_parent).supervise(main, close))

    asyncio.run(supervise_and_exit())
    raise AssertionError("the process has ended")


def leave(exit_code: int) -> NoReturn:
    """End the process now; threads that are still busy are not waited for."""
    flushing = threading.Thread(target=_flush, daemon=True)  # waits for ever if nobody reads
    flushing.start()
    flushing.join(FLUSH_GRACE_S)
    os._exit(exit_code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


@dataclass(frozen=True, slots=True)
class Graces:
    """Seconds that each step of stopping may take; `all_s` bounds them together."""

    stop_s: float = STOP_GRACE_S
    close_s: float = CLOSE_GRACE_S
    all_s: float = HARD_LIMIT_S


class Supervisor:
    """Runs `main` until something stops it.

    Args:
        watch_parent: Stop when the process that started us is gone. For stdio; an HTTP server may
            outlive the shell that started it.
        leave: How the process is ended when it does not end by itself.
        graces: How long each step may take.
    """

    def __init__(
        self,
        *,
        watch_parent: bool = False,
        leave: Callable[[int], object] = leave,
        graces: Graces | None = None,
    ) -> None:
        self._graces = graces or Graces()
        self._parent = os.getppid() if watch_parent else None
        self._leave = leave
        self._stopping, self._finished = threading.Event(), threading.Event()
        self._exit_code = 0

    async def supervise(self, main: Main, close: Close) -> int:
        """Return the exit code, after everything was given the chance to end."""
        self._loop, self._stop_asked = asyncio.get_running_loop(), asyncio.Event()
        threading.Thread(target=self._watch, name="lifecycle", daemon=True).start()
        try:
            with self._signals():
                await self._serve(asyncio.create_task(main(self.stop)))
                await _within(self._graces.close_s, asyncio.ensure_future(close()), "cleaning up")
        finally:
            self._finished.set()
        return self._exit_code

    def stop(self, exit_code: int) -> None:
        """Begin to stop, from any thread; the first reason counts."""
        if not self._stopping.is_set():
            self._exit_code = exit_code
            self._stopping.set()
            self._loop.call_soon_threadsafe(self._stop_asked.set)

    async def _serve(self, main: asyncio.Task[None]) -> None:
        asked = asyncio.create_task(self._stop_asked.wait())
        await asyncio.wait([main, asked], return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        failed = main.done() and not main.cancelled() and main.exception() is not None
        self.stop(1 if failed else 0)
        main.cancel()
        await _within(self._graces.stop_s, main, "serving")

    @contextlib.contextmanager
    def _signals(self) -> Generator[None, None, None]:
        """Take the signals that end us; one that is ignored (nohup) stays ignored."""
        ours = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.getsignal(number) for number in ours}
        taken = [number for number in ours if before[number] != signal.SIG_IGN]
        for number in taken:
            # Not `loop.add_signal_handler`: that one is not heard while the loop is blocked.
            signal.signal(number, self._on_signal)
        try:
            yield
        finally:
            for number in taken:
                signal.signal(number, before[number])

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and self._stopping.is_set():
            self._leave(128 + number)
        self.stop(128 + number)

    def _watch(self) -> None:
        """Look for the parent, then see to it that stopping comes to an end."""
        while not self._stopping.wait(PARENT_POLL_S):
            if self._parent is not None and os.getppid() != self._parent:
                log.info("the process that started us is gone")
                self.stop(0)
        if not self._finished.wait(self._graces.all_s):
            log.warning("clean-up took longer than %g s; ending now", self._graces.all_s)
            self._leave(self._exit_code)


async def _within(seconds: float, task: asyncio.Future[None], what: str) -> None:
    """Wait for `task`; log what goes wrong and leave behind what takes too long."""
    _, late = await asyncio.wait([task], timeout=seconds)
    if late:
        log.warning("%s did not end within %g s; left behind", what, seconds)
    elif not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s failed", what, exc_info=error)
