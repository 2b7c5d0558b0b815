"""New files that are there as a whole or not at all, and never in the place of another.

How it is used:

    with open_place(folder, roots) as place:
        name = NewFiles().create(place, names, data)

The bytes go into a hidden file beside, are synced, and get their name by a hard link, which fails
where the name is taken; so of many writers each gets a name of its own. File systems without links
reserve the name first and rename over their own reservation. Files are 0600. `replace` exchanges one
file for another in one step. Everything happens relative to the opened folder, so that nobody can
exchange it in between. `fake.py` has one whose n-th step fails.

What it leaves out: choosing names (`names.py`).
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

from chalklens.errors import InputError
from chalklens.media.containment import open_folder_inside

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})
_NEW = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that is open. `descriptor` is None on systems that cannot work relative to one."""

    path: Path
    descriptor: int | None

    def at(self, name: str) -> str | Path:
        """Return how to name a file of it: relative to the descriptor, or whole."""
        return self.path / name if self.descriptor is None else name


@contextlib.contextmanager
def open_place(folder: Path, roots: Iterable[Path] | None) -> Generator[Place]:
    """Open a folder to write into.

    Args:
        folder: Absolute, or relative to one of the roots.
        roots: The folders it has to lie in; None for a folder of our own, which is made if missing.

    Raises:
        MediaReferenceError: It does not lie in one of the roots.
        OSError: It cannot be made or opened.
    """
    if roots is None:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        path, descriptor = folder, _open_own(folder)
    else:
        path, descriptor = open_folder_inside(str(folder), list(roots))
    try:
        yield Place(path, descriptor)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open_own(folder: Path) -> int | None:
    if os.open not in os.supports_dir_fd or os.link not in os.supports_dir_fd:
        return None
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


class NewFiles:
    """Writes beside, syncs, links, syncs the folder."""

    def create(self, place: Place, names: Iterable[str], data: bytes) -> str:
        """Write a new file under the first name that is free, and return that name.

        Raises:
            InputError: Every name is taken.
            OSError: Nothing was written.
        """
        beside = self._write_beside(place, data)
        try:
            for name in names:
                if self._claim(place, beside, name):
                    self._sync_folder(place)
                    return name
        finally:
            self._remove(place, beside)
        raise InputError("Every file name for this title is taken.", "Choose another title.")

    def replace(self, place: Place, name: str, data: bytes) -> None:
        """Exchange a file for a new one in one step.

        Raises:
            OSError: The former file is still there.
        """
        beside = self._write_beside(place, data)
        try:
            self.rename(place, beside, name)
        except BaseException:
            self._remove(place, beside)
            raise
        self._sync_folder(place)

    def put(self, descriptor: int, data: bytes) -> None:
        """Write everything."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def sync(self, descriptor: int) -> None:
        """Wait until the disk has it."""
        os.fsync(descriptor)

    def link(self, place: Place, beside: str, name: str) -> None:
        """Give the file a second name; fails where it is taken."""
        where = place.descriptor
        os.link(place.at(beside), place.at(name), src_dir_fd=where, dst_dir_fd=where)

    def rename(self, place: Place, beside: str, name: str) -> None:
        """Take the place of a file."""
        where = place.descriptor
        os.replace(place.at(beside), place.at(name), src_dir_fd=where, dst_dir_fd=where)

    def _write_beside(self, place: Place, data: bytes) -> str:
        name = f".{secrets.token_hex(8)}.tmp"
        descriptor = os.open(place.at(name), _NEW, PRIVATE_FILE, dir_fd=place.descriptor)
        try:
            self.put(descriptor, data)
            self.sync(descriptor)
        except BaseException:
            self._remove(place, name)
            raise
        finally:
            os.close(descriptor)
        return name

    def _claim(self, place: Place, beside: str, name: str) -> bool:
        try:
            self.link(place, beside, name)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            return self._claim_by_reservation(place, beside, name)
        return True

    def _claim_by_reservation(self, place: Place, beside: str, name: str) -> bool:
        try:
            reserved = os.open(place.at(name), _NEW, PRIVATE_FILE, dir_fd=place.descriptor)
        except FileExistsError:
            return False
        os.close(reserved)
        try:
            self.rename(place, beside, name)
        except BaseException:
            self._remove(place, name)
            raise
        return True

    def _remove(self, place: Place, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place.at(name), dir_fd=place.descriptor)

    def _sync_folder(self, place: Place) -> None:
        """Make the new name last."""
        if place.descriptor is not None:
            self.sync(place.descriptor)
