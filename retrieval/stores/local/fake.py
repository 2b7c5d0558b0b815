"""A disk that fails at a chosen moment, for tests of what is left then.

How it is used: `LocalStore.create(folder, parameters, files=FailingFiles(3))`: the third step of
writing (a part, a sync, a rename) raises `OSError`, and so do all that follow. `steps` counts them.
What it leaves out: the writes of SQLite and tantivy.
"""

import errno
from pathlib import Path
from typing import BinaryIO

from retrieval.stores.local.files import FileWriter


class FailingFiles(FileWriter):
    """A `FileWriter` that works until its n-th step.

    Args:
        fails_at: 1-based step; None never fails.
    """

    def __init__(self, fails_at: int | None = None) -> None:
        self.fails_at = fails_at
        self.steps = 0

    def put(self, file: BinaryIO, part: bytes | memoryview) -> None:
        """Count, then write; the step that fails has written half."""
        try:
            self._step()
        except OSError:
            file.write(part[: len(part) // 2])
            raise
        super().put(file, part)

    def sync(self, descriptor: int) -> None:
        """Count, then sync."""
        self._step()
        super().sync(descriptor)

    def replace(self, beside: Path, path: Path) -> None:
        """Count, then rename."""
        self._step()
        super().replace(beside, path)

    def _step(self) -> None:
        self.steps += 1
        if self.fails_at is not None and self.steps >= self.fails_at:
            raise OSError(errno.ENOSPC, "no space left on device")
