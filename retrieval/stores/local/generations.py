"""Whole indexes beside each other, and a small file that says which one counts.

How it is used: `Generations(folder, files)`; `read_current` says where the index in use is,
`make_folder` begins another, `publish` swaps. A reader compares `stamp()` before each search. What it
leaves out: what is inside.

    index/CURRENT               format, folder, parameters, checksum
    index/LOCK                  held by the one writer
    index/g-<random>/           one generation
"""

import contextlib
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from chalklens.errors import BusyError, UnavailableError
from retrieval.stores.local.database import compute_checksum
from retrieval.stores.local.faults import MISSING, damaged
from retrieval.stores.local.files import PRIVATE_FOLDER, FileWriter
from retrieval.stores.store import IndexParameters

FORMAT = 1
CURRENT, LOCK, PREFIX = "CURRENT", "LOCK", "g-"
MAX_MANIFEST_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Current:
    """The generation in use."""

    folder: Path
    parameters: IndexParameters


class Generations:
    """The folder of an index.

    Args:
        folder: May not exist yet.
        files: How the manifest is written.
    """

    def __init__(self, folder: Path, files: FileWriter) -> None:
        self.folder = folder
        self.files = files
        self.current = folder / CURRENT

    def stamp(self) -> tuple[int, int, int]:
        """Return something that changes whenever another generation is published."""
        try:
            found = self.current.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def read_current(self) -> Current:
        """Return the generation in use.

        Raises:
            UnavailableError: There is none (`index_missing`), or the manifest is damaged (`rebuild`).
        """
        try:
            with self.current.open("rb") as file:
                data = file.read(MAX_MANIFEST_BYTES)
        except FileNotFoundError:
            raise UnavailableError(
                "There is no knowledge index yet.",
                "Add documents with `chalklens knowledge add PATH`.",
                code=MISSING,
            ) from None
        return self._decode(data)

    def _decode(self, data: bytes) -> Current:
        try:
            fields = json.loads(data)
            checksum, form = fields.pop("checksum"), fields["format"]
            if form != FORMAT or checksum != _sum_up(fields):
                raise ValueError("it does not match its checksum or is of another format")
            name, parameters = str(fields["folder"]), IndexParameters(**fields["parameters"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged("its manifest is damaged") from error
        return Current(self.folder / Path(name).name, parameters)

    def make_folder(self) -> Path:
        """Make an empty folder for another generation."""
        folder = self.folder / f"{PREFIX}{secrets.token_hex(6)}"
        folder.mkdir(mode=PRIVATE_FOLDER)
        return folder

    def publish(self, folder: Path, parameters: IndexParameters) -> None:
        """Make a generation the one in use; a crash leaves the former one."""
        fields = {"format": FORMAT, "folder": folder.name, "parameters": asdict(parameters)}
        manifest = json.dumps(fields | {"checksum": _sum_up(fields)}, indent=1)
        self.files.write(self.current, [manifest.encode()])

    def list_folders(self) -> list[Path]:
        """Return all generations, also those never finished."""
        return sorted(path for path in self.folder.glob(f"{PREFIX}*") if path.is_dir())

    def remove(self, folder: Path) -> None:
        """Delete a generation. Who has its files open keeps them (on Windows it stays until then)."""
        shutil.rmtree(folder, ignore_errors=True)

    def lock(self) -> FileLock:
        """Become the one writer; let go by `release()` or by dying.

        Raises:
            BusyError: Another process is it.
        """
        with contextlib.suppress(FileExistsError):
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True)
        lock = FileLock(self.folder / LOCK, timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise BusyError(
                "Another process is changing the knowledge index.",
                "Wait until it is done, or stop it.",
            ) from None
        return lock


def _sum_up(fields: Mapping[str, object]) -> int:
    return compute_checksum(json.dumps(fields, sort_keys=True))
