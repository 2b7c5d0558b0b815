"""Files that are there as a whole or not at all.

How it is used: `FileWriter().write(path, parts)`; `fake.py` has one whose n-th step fails. What it
leaves out: what SQLite and tantivy write, they do this themselves.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


class FileWriter:
    """Writes beside, syncs, renames, syncs the folder."""

    def write(self, path: Path, parts: Iterable[bytes | memoryview]) -> None:
        """Put the parts at `path` for its owner alone; a crash leaves the former file or the new one.

        Raises:
            OSError: Nothing has changed.
        """
        beside = path.with_name(f".{path.name}.tmp")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
            with os.fdopen(descriptor, "wb") as file:
                for part in parts:
                    self.put(file, part)
                file.flush()
                self.sync(file.fileno())
            self.replace(beside, path)
            self.sync_folder(path.parent)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise

    def put(self, file: BinaryIO, part: bytes | memoryview) -> None:
        """Write one part."""
        file.write(part)

    def sync(self, descriptor: int) -> None:
        """Wait until the disk has it."""
        os.fsync(descriptor)

    def replace(self, beside: Path, path: Path) -> None:
        """Rename over the former file."""
        beside.replace(path)

    def sync_folder(self, folder: Path) -> None:
        """Make the new name last."""
        if os.name == "nt":  # folders cannot be opened there
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)
