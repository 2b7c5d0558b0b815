"""A disk that fails at a chosen moment, for tests of what is left then.

How it is used: `SessionArchive(..., files=FailingFiles(3))`: the third step of writing (putting, syncing,
linking, renaming) raises `OSError`, and so do all that follow. `steps` counts them; `links=False` is
a file system without hard links. What it leaves out: SQLite's own writes, which `file_bytes` of
`SessionLimits` makes fail.
"""

import errno
import os

from chalklens.sessions.files import NewFiles, Place


class FailingFiles(NewFiles):
    """A `NewFiles` that works until its n-th step.

    Args:
        fails_at: 1-based step; None never fails.
        links: Hard links work.
    """

    def __init__(self, fails_at: int | None = None, *, links: bool = True) -> None:
        self.fails_at = fails_at
        self.steps = 0
        self._links = links

    def put(self, descriptor: int, data: bytes) -> None:
        """Count, then write; the step that fails has written half."""
        try:
            self._step()
        except OSError:
            os.write(descriptor, data[: len(data) // 2])
            raise
        super().put(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Count, then sync."""
        self._step()
        super().sync(descriptor)

    def link(self, place: Place, beside: str, name: str) -> None:
        """Count, then link."""
        self._step()
        if not self._links:
            raise OSError(errno.EPERM, "no hard links here")
        super().link(place, beside, name)

    def rename(self, place: Place, beside: str, name: str) -> None:
        """Count, then rename."""
        self._step()
        super().rename(place, beside, name)

    def _step(self) -> None:
        self.steps += 1
        if self.fails_at is not None and self.steps >= self.fails_at:
            raise OSError(errno.ENOSPC, "no space left on device")
