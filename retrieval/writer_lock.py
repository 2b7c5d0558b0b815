"""One writer per knowledge folder, however many processes have it open.

How it is used: `lock = WriterLock(folder)`, and `lock.release()` in the end.
The lock is the system's (flock) and goes with the process, however that ends; a file left behind means
nothing. What it leaves out: network file systems that do not lock, and readers, who need none.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path

from chalklens.errors import BusyError

FILE = "writer.lock"
WAIT_S = 1.5  # a writer that has nothing to do lets go sooner than this
LOOK_S = 0.05


class WriterLock:
    """Held from creation to `release`."""

    def __init__(self, folder: Path, wait_s: float = WAIT_S) -> None:
        """Take the lock, waiting a moment for whoever has it.

        Raises:
            BusyError: Another process has it and keeps it.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(folder / FILE, flags, 0o600)
        if not _take(self._descriptor, wait_s):
            owner = _read_owner(self._descriptor)
            os.close(self._descriptor)
            raise BusyError(
                f"Another process{owner} is changing the knowledge base.",
                "Searching goes on meanwhile. Try again when it is done.",
            )
        with contextlib.suppress(OSError):  # only for the message above; the disk may be full
            os.truncate(self._descriptor, 0)
            os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let the next one write."""
        os.close(self._descriptor)


def _take(descriptor: int, wait_s: float) -> bool:
    end_s = time.monotonic() + wait_s
    while True:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= end_s:
            return False
        time.sleep(LOOK_S)


def _read_owner(descriptor: int) -> str:
    text = os.pread(descriptor, 20, 0)
    return f" ({text.decode()})" if text.isdigit() else ""
