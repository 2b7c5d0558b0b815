"""Opens files inside the allowed folders and nowhere else, also while somebody moves things around.

How it is used: `read_inside(path, roots, limits)` returns the bytes; `open_folder_inside(path, roots)`
opens a folder to write into. Both block: call them in a thread.

Method: the path is walked from `/` one name at a time. Each folder is opened relative to the one
before with `O_NOFOLLOW`, symbolic links are read and followed by hand, and `..` goes back to the
descriptor we came from. A file counts as inside when one of the descriptors on the way *is* a root
(device and inode), so no string is ever compared and nothing can be swapped between check and use.
Only then is the file itself opened, without blocking, and only when it is a regular one; what is
read comes from that descriptor. Outside, missing and forbidden give the same error. A relative path is
looked for in each root in turn. Accented letters may be stored composed or decomposed (macOS writes
names in NFD, keyboards and models write NFC): where a name is missing, its other spellings are tried.

Windows has no descriptor-relative open. There the real path is compared with the roots, the file
opened, and both looked at again: a link swapped in between is noticed, but the guarantee is weaker.

What it leaves out: hard links, which are files inside the folder like any other.
"""

import contextlib
import errno
import os
import stat
import unicodedata
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from chalklens.errors import MediaError, MediaReferenceError
from chalklens.media.limits import Limits
from chalklens.media.references import FORMS, advice_for_missing
from chalklens.media.sniffing import HEAD_BYTES, check_size, size_limit

MAX_LINKS = 40
MAX_STEPS = 512
MAX_DEPTH = 64
_CHUNK_BYTES = 1 << 20

_HAS_DIR_FD = hasattr(os, "O_NOFOLLOW") and {os.open, os.stat, os.readlink} <= os.supports_dir_fd
# O_PATH needs no read permission on the folders in between and opens nothing in earnest.
_FOLDER_FLAGS = (
    getattr(os, "O_PATH", os.O_RDONLY)
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_FILE_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_FOLDER_TO_WRITE_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_FORBIDDEN_ON_WINDOWS = ("\\\\", "//")


def read_inside(path: str, roots: Sequence[Path], limits: Limits) -> bytes:
    """Read one regular file that lies inside one of `roots`.

    Args:
        path: Absolute, or relative to one of the roots: the first that has it counts.
        roots: Folders that may be read, with everything below them.
        limits: `file_bytes` or `document_bytes`, by content, bounds what is read.

    Raises:
        MediaReferenceError: No roots, or nothing that may be read at this path.
        MediaError: The file is over its size limit, or reading failed.
    """
    if not roots:
        raise MediaReferenceError(
            "Local files are switched off: the server was started without an allowed folder.",
            "Pass a data URI, or start the server with --root DIR.",
        )
    descriptor = _open(path, roots)
    try:
        return _read(descriptor, limits)
    except OSError as error:
        raise MediaError(
            f"The file cannot be read ({errno.errorcode.get(error.errno or 0, 'unknown error')}).",
            "Check the disk and the permissions of the file.",
        ) from None
    finally:
        os.close(descriptor)


def open_folder_inside(path: str, roots: Sequence[Path]) -> tuple[Path, int | None]:
    """Open a folder that is one of `roots` or lies inside one.

    Args:
        path: Absolute, or relative to one of the roots: the first that has it counts.
        roots: Folders that may be used, with everything below them.

    Returns:
        Its real path, and its descriptor, which the caller closes; None on Windows.

    Raises:
        MediaReferenceError: No roots, or no such folder in them; one text for both, so that nobody
            can probe what lies elsewhere.
    """
    open_folder = _walk_to_folder if _HAS_DIR_FD else _find_folder_by_comparison
    for absolute in find_places(path, roots):
        with contextlib.suppress(OSError, ValueError):
            return open_folder(absolute, roots)
    shown = ", ".join(str(root) for root in roots[:5]) or "none"
    raise MediaReferenceError(
        "There is no folder at this path in the allowed folders.",
        f"Allowed folders: {shown} (--root DIR adds one).",
    )


def find_places(path: str, roots: Sequence[Path]) -> list[str]:
    """Return where a path may lead: there if it is absolute, else below each root, in order."""
    if Path(path).is_absolute():
        return [path]
    return [f"{root.absolute()}{os.sep}{path}" for root in roots]


def list_spellings(name: str) -> list[str]:
    """Return a name or path as it is, composed and decomposed (Unicode NFC, NFD), each once."""
    forms = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    return [name] if name.isascii() else list(dict.fromkeys((name, *forms)))


def _walk_to_folder(absolute: str, roots: Sequence[Path]) -> tuple[Path, int]:
    walk = _Walk(_identify(roots))
    try:
        return walk.open_folder(absolute)
    finally:
        walk.close()


def _find_folder_by_comparison(absolute: str, roots: Sequence[Path]) -> tuple[Path, None]:
    real = Path(absolute).resolve(strict=True)
    if not real.is_dir() or not any(real.is_relative_to(root.resolve()) for root in roots):
        raise PermissionError
    return real, None


def _open(path: str, roots: Sequence[Path]) -> int:
    open_file = _walk if _HAS_DIR_FD else open_by_comparison
    for absolute in find_places(path, roots):
        with contextlib.suppress(OSError, ValueError):
            descriptor = open_file(absolute, roots)
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return descriptor
            os.close(descriptor)
    raise _nothing_there(path, roots)


def _nothing_there(path: str, roots: Sequence[Path]) -> MediaReferenceError:
    """One text for outside, missing, forbidden and not a file: no probing."""
    shown = ", ".join(str(root) for root in roots[:5])
    hint = advice_for_missing(path) or f"Allowed folders: {shown} (--root DIR adds one). {FORMS}"
    return MediaReferenceError(
        "There is no readable file at this path in the allowed folders.", hint
    )


def _walk(absolute: str, roots: Sequence[Path]) -> int:
    walk = _Walk(_identify(roots))
    try:
        return walk.open(absolute)
    finally:
        walk.close()


def _identify(roots: Sequence[Path]) -> set[tuple[int, int]]:
    """Device and inode of each root that is there."""
    existing = (root.stat() for root in roots if root.is_dir())
    return {(found.st_dev, found.st_ino) for found in existing}


class _Walk:
    """The folders from `/` to where we are, each held open."""

    def __init__(self, roots: set[tuple[int, int]]) -> None:
        self._roots = roots
        self._held = [os.open("/", _FOLDER_FLAGS)]
        self._names = [os.sep]
        self._links = 0

    def close(self) -> None:
        """Let go of all folders."""
        self._leave_to(0)

    def open(self, absolute: str) -> int:
        """Walk to the file and open it."""
        last = self._go(absolute, stop_before_last=True)
        if last is None:
            raise IsADirectoryError
        return self._open_file(*last)

    def open_folder(self, absolute: str) -> tuple[Path, int]:
        """Walk to the folder; return its real path, and it opened so that files can be made in it."""
        self._go(absolute, stop_before_last=False)
        if not any(self._is_root(held) for held in self._held):
            raise PermissionError
        descriptor = os.open(".", _FOLDER_TO_WRITE_FLAGS, dir_fd=self._held[-1])
        return Path(*self._names), descriptor

    def _go(self, absolute: str, *, stop_before_last: bool) -> tuple[str, int] | None:
        """Walk; return name and mode of the last part if it was not entered."""
        names = deque(absolute.split("/"))
        for _ in range(MAX_STEPS):
            if not names:
                return None
            name = names.popleft()
            if name == "..":
                self._leave_to(max(1, len(self._held) - 1))
            elif name not in ("", "."):
                name, mode = self._find(name)
                if stat.S_ISLNK(mode):
                    names.extendleft(reversed(self._follow(name)))
                elif names or not stop_before_last:
                    self._enter(name)
                else:
                    return name, mode
        raise OSError(errno.ELOOP, "too many steps")

    def _find(self, name: str) -> tuple[str, int]:
        """Return how a name is spelled in the folder where we are, and its mode."""
        for spelling in list_spellings(name):
            with contextlib.suppress(FileNotFoundError):
                found = os.stat(spelling, dir_fd=self._held[-1], follow_symlinks=False)
                return spelling, found.st_mode
        raise FileNotFoundError

    def _follow(self, name: str) -> list[str]:
        self._links += 1
        if self._links > MAX_LINKS:
            raise OSError(errno.ELOOP, "too many links")
        target = os.readlink(name, dir_fd=self._held[-1])
        if target.startswith("/"):
            self._leave_to(1)
        return target.split("/")

    def _enter(self, name: str) -> None:
        if len(self._held) >= MAX_DEPTH:
            raise OSError(errno.ENAMETOOLONG, "too deep")
        self._held.append(os.open(name, _FOLDER_FLAGS, dir_fd=self._held[-1]))
        self._names.append(name)

    def _open_file(self, name: str, mode: int) -> int:
        if not stat.S_ISREG(mode) or not any(self._is_root(held) for held in self._held):
            raise PermissionError
        return os.open(name, _FILE_FLAGS, dir_fd=self._held[-1])

    def _is_root(self, descriptor: int) -> bool:
        found = os.fstat(descriptor)
        return (found.st_dev, found.st_ino) in self._roots

    def _leave_to(self, depth: int) -> None:
        while len(self._held) > depth:
            os.close(self._held.pop())
            self._names.pop()


def open_by_comparison(absolute: str, roots: Sequence[Path]) -> int:
    """Open where there is no `dir_fd` (Windows): compare the real path, open, look again.

    Raises:
        OSError: Outside, missing or changed in between.
    """
    if absolute.startswith(_FORBIDDEN_ON_WINDOWS):
        raise PermissionError
    real = Path(absolute).resolve(strict=True)
    if not any(real.is_relative_to(root.resolve()) for root in roots) or not real.is_file():
        raise PermissionError
    descriptor = os.open(real, _FILE_FLAGS)
    again = Path(absolute).resolve(strict=True)
    if again == real and os.path.samestat(os.fstat(descriptor), real.stat(follow_symlinks=False)):
        return descriptor
    os.close(descriptor)
    raise PermissionError


def _read(descriptor: int, limits: Limits) -> bytes:
    """Read to the end, but never past the limit that the first bytes decide."""
    head = os.read(descriptor, HEAD_BYTES)
    limit = size_limit(head, limits)
    check_size(os.fstat(descriptor).st_size, limit)
    parts, size = [head], len(head)
    while part := os.read(descriptor, min(_CHUNK_BYTES, limit + 1 - size)):
        parts.append(part)
        size += len(part)
        check_size(size, limit)
    return b"".join(parts)
