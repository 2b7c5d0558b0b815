"""What lies in a folder: names and stamps of the files that may be indexed, and nothing read.

How it is used: `scan_folder(root, suffixes)` walks all of it, `look_at(root, names, suffixes)` only
what a watcher named. Names are relative, with `/`. Left out on purpose: hidden names, folders that
hold programs or their parts (`node_modules`, `__pycache__` ...), half-written files of editors, and
links to folders. A link to a file is listed with the stamp of the file; whether it may be read is
decided when it is (`chalklens.media.containment`).

What it leaves out: content, hashes and what is known already (`sync`).
"""

import contextlib
import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from chalklens.errors import InputError

MAX_FILES = 200_000
MAX_DEPTH = 60
IGNORED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages", "bower_components"})
IGNORED_FILES = frozenset({"Thumbs.db", "desktop.ini"})
IGNORED_STARTS = (".", "~$")
IGNORED_ENDS = ("~", ".tmp", ".swp", ".part", ".crdownload")
_INODE_BITS = (1 << 63) - 1  # SQLite counts in 64 bits with a sign, some file systems without


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What changes when a file does: size in bytes, time of the last write, identity."""

    size_bytes: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> "FileStamp":
        """Take it from what the system says of a file."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ino & _INODE_BITS)


@dataclass(slots=True)
class FolderScan:
    """What was found.

    Attributes:
        within: The names that were looked at, with all below them; `""` is the root.
        started_ns: When, in UTC nanoseconds since 1970.
        files: By name.
        unlisted: Folders that could not be listed: nothing is known of what is below them.
        unsupported: Files of kinds that are not indexed.
        misnamed: Names that are no valid text, written with escapes.
    """

    within: tuple[str, ...]
    started_ns: int = field(default_factory=time.time_ns)
    files: dict[str, FileStamp] = field(default_factory=dict[str, FileStamp])
    unlisted: list[str] = field(default_factory=list[str])
    unsupported: int = 0
    misnamed: list[str] = field(default_factory=list[str])

    def is_gone(self, name: str) -> bool:
        """Say whether a known name was looked for and is not there."""
        if name in self.files or any(_is_within(name, folder) for folder in self.unlisted):
            return False
        return any(_is_within(name, place) for place in self.within)


def _is_within(name: str, place: str) -> bool:
    return place in ("", name) or name.startswith(f"{place}/")


def scan_folder(
    root: Path, suffixes: Collection[str], *, avoid: Path | None = None, max_files: int = MAX_FILES
) -> FolderScan:
    """List everything below `root` that may be indexed.

    Args:
        root: An absolute folder.
        suffixes: Such as `.md`, lower case.
        avoid: A folder that is left out (the index must not contain itself).
        max_files: Names looked at, at most.

    Raises:
        InputError: There are more.
    """
    scan = FolderScan(("",))
    _Walk(root, suffixes, scan, avoid, max_files).list_below("")
    return scan


def look_at(
    root: Path, names: Iterable[str], suffixes: Collection[str], *, avoid: Path | None = None
) -> FolderScan:
    """List only what is at these names; a name may be a file or a folder, there or gone.

    Raises:
        InputError: There are more files than `MAX_FILES` below them.
    """
    scan = FolderScan(tuple(name for name in _outermost(names) if not is_ignored(name)))
    walk = _Walk(root, suffixes, scan, avoid, MAX_FILES)
    for name in scan.within:
        walk.look_at(name)
    return scan


def look_at_file(path: Path) -> FolderScan:
    """Look at one file that was named by a user, whatever its name; it is listed as `""`."""
    scan = FolderScan(("",))
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return scan
    except OSError:
        scan.unlisted.append("")
        return scan
    if stat.S_ISREG(found.st_mode):
        scan.files[""] = FileStamp.of(found)
    return scan


def is_ignored(name: str) -> bool:
    """Say whether a relative name, or a folder on the way to it, is left out on purpose."""
    *folders, last = PurePosixPath(name).parts or ("",)
    if name.startswith("/") or len(folders) > MAX_DEPTH:
        return True
    return any(map(_skips_folder, folders)) or _skips_folder(last) or _skips_file(last)


def _skips_folder(name: str) -> bool:
    return name.startswith(IGNORED_STARTS) or name in IGNORED_FOLDERS


def _skips_file(name: str) -> bool:
    return name.startswith(IGNORED_STARTS) or name.endswith(IGNORED_ENDS) or name in IGNORED_FILES


def _outermost(names: Iterable[str]) -> Iterator[str]:
    """Names that are not below another one, sorted."""
    last = None
    for name in sorted(set(names), key=lambda n: n.split("/")):
        if last is None or not _is_within(name, last):
            last = name
            yield name


class _Walk:
    """One walk and what it found so far."""

    def __init__(
        self,
        root: Path,
        suffixes: Collection[str],
        scan: FolderScan,
        avoid: Path | None,
        max_files: int,
    ) -> None:
        self._root, self._suffixes, self._scan = root, tuple(suffixes), scan
        self._avoid = str(avoid) if avoid else ""
        self._left = self._max_files = max_files

    def look_at(self, name: str) -> None:
        """Add the file or folder at a name."""
        path = self._root / name
        try:
            found = path.lstat()
            if stat.S_ISDIR(found.st_mode):
                self.list_below(name)
                return
            if stat.S_ISLNK(found.st_mode):
                found = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return
        except (OSError, ValueError):
            self._scan.unlisted.append(name)
            return
        self._add(name, found)

    def list_below(self, start: str) -> None:
        """Add every file below a folder."""
        folders = [start]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(self._root / folder) as entries:
                    self._list(entries, f"{folder}/" if folder else "", folders)
            except OSError:
                self._scan.unlisted.append(folder)

    def _list(self, entries: Iterator[os.DirEntry[str]], prefix: str, folders: list[str]) -> None:
        may_go_deeper = prefix.count("/") < MAX_DEPTH
        for entry in entries:
            self._count()
            if entry.is_dir(follow_symlinks=False):
                if may_go_deeper and not _skips_folder(entry.name) and entry.path != self._avoid:
                    folders.append(prefix + entry.name)
            elif not _skips_file(entry.name):
                self._add_entry(prefix + entry.name, entry)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise InputError(
                f"The folder holds more than {self._max_files:,} files.",
                "Add the folders below it that matter, one by one.",
            )

    def _add_entry(self, name: str, entry: os.DirEntry[str]) -> None:
        if not name.lower().endswith(self._suffixes):
            self._scan.unsupported += 1
            return
        with contextlib.suppress(OSError):  # a link to nowhere, or gone since
            self._add(name, entry.stat())

    def _add(self, name: str, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            return
        if not name.lower().endswith(self._suffixes):
            self._scan.unsupported += 1
        elif not name.isprintable() and _is_misnamed(name):
            self._scan.misnamed.append(name.encode("utf-8", "backslashreplace").decode())
        else:
            self._scan.files[name] = FileStamp.of(found)


def _is_misnamed(name: str) -> bool:
    """Bytes that are no UTF-8 come as lone surrogates, which no database and no client takes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return True
    return False
