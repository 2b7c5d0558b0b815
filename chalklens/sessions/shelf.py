"""Saved summaries: where they go, whose they are, and reading them back.

How it is used: `SummaryShelf(folder_of_record, Places(own, roots), limits, files)`; all of it blocks, so
`archive.py` calls it in threads. A summary goes into our own folder (one per principal) or into a
folder inside the allowed ones. Nothing is overwritten but a summary of the same principal that is named
in `replace` and still is, byte for byte, what was saved.

What it leaves out: what stands in a summary (`document.py`).
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chalklens.errors import ChalklensError, InputError
from chalklens.sessions import queries
from chalklens.sessions.faults import explain_faults, no_summary
from chalklens.sessions.files import NewFiles, Place, open_place
from chalklens.sessions.limits import SessionLimits
from chalklens.sessions.names import candidate_names
from chalklens.sessions.records import SummaryInfo

LOCAL = "local"
MAX_SEARCHED = 200
_SAFE_FOLDER = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True, slots=True)
class Places:
    """Where summaries may go: our own folder, and the allowed folders."""

    own: Path
    roots: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is to be saved.

    Attributes:
        title: As it stands in the document.
        created: UTC seconds since 1970.
        session: Handle; may be empty.
        data: The Markdown.
        folder: Wish of the caller; empty: our own.
        replace: Name of a summary whose place is taken; empty: a new file.
    """

    title: str
    created: float
    session: str
    data: bytes
    folder: str = ""
    replace: str = ""


class SummaryShelf:
    """Writes, finds and reads summaries.

    Args:
        record: Folder of the record, in which saved summaries are listed.
        places: Where files may go.
        limits: Bounds in force.
        files: Writes them.
    """

    def __init__(
        self, record: Path, places: Places, limits: SessionLimits, files: NewFiles | None = None
    ) -> None:
        self._record, self._places, self._limits = record, places, limits
        self._files = files or NewFiles()

    def write(self, draft: Draft, principal: str) -> SummaryInfo:
        """Write the file.

        Raises:
            InputError: It is too large, its folder cannot be used, or what it is to replace changed.
            StorageError: Nothing was written.
        """
        if len(draft.data) > self._limits.summary_bytes:
            raise InputError(
                f"The summary would have {len(draft.data)} bytes; the limit is "
                f"{self._limits.summary_bytes}.",
                "Pass fewer or shorter turns, or fewer sections.",
            )
        former = self._find_replaced(draft.replace, principal) if draft.replace else None
        wanted = str(Path(former.path).parent) if former else draft.folder
        with (
            explain_faults(no_summary),
            open_place(*self._choose_folder(wanted, principal)) as place,
        ):
            name = self._put(place, draft, former, principal)
            path = str(place.path.absolute() / name)
        return SummaryInfo(
            name=name,
            path=path,
            principal=principal,
            session=draft.session,
            title=draft.title,
            created=draft.created,
            bytes=len(draft.data),
            sha256=hashlib.sha256(draft.data).hexdigest(),
        )

    def list_all(
        self, principal: str, limit: int = MAX_SEARCHED, title: str | None = None
    ) -> list[SummaryInfo]:
        """Return summaries of a principal, the latest first."""
        with queries.reading(self._record) as connection:
            return queries.list_summaries(connection, principal, limit, title)

    def find_titled(self, title: str, folder: str, principal: str) -> SummaryInfo | None:
        """Return the latest summary of this title in this folder, if it is still as it was saved."""
        try:
            found = self.list_all(principal, title=title)
            with open_place(*self._choose_folder(folder, principal)) as place:
                here = place.path.absolute()
        except (ChalklensError, OSError):  # whoever saves will say it
            return None
        same = (one for one in found if Path(one.path).parent == here)
        return next((one for one in same if read_unchanged(one) is not None), None)

    def may_write_to(self, folder: str) -> bool:
        """Tell whether a folder lies in the allowed ones."""
        try:
            with open_place(Path(folder), self._places.roots):
                return True
        except (ChalklensError, OSError):
            return False

    def read(self, name: str, principal: str) -> str:
        """Return the Markdown of a summary.

        Raises:
            InputError: There is none of this principal, or its file is gone or was changed.
        """
        with queries.reading(self._record) as connection:
            summary = queries.find_summary(connection, name, principal)
        text = read_unchanged(summary) if summary else None
        if text is None:
            raise InputError(
                "There is no such summary, or its file is gone or was changed since.",
                "chalklens://sessions lists what was saved; a changed file is read from its folder.",
            )
        return text

    def _find_replaced(self, name: str, principal: str) -> SummaryInfo:
        with queries.reading(self._record) as connection:
            former = queries.find_summary(connection, name, principal)
        if former is None or read_unchanged(former) is None:
            raise InputError(
                "The summary to replace is not there as it was saved.",
                "Save a new one instead: leave `replace` out.",
            )
        return former

    def _put(self, place: Place, draft: Draft, former: SummaryInfo | None, principal: str) -> str:
        if former:
            self._files.replace(place, former.name, draft.data)
            return former.name
        day = datetime.fromtimestamp(draft.created, UTC).strftime("%Y-%m-%d")
        names = list(candidate_names(draft.title, day))
        taken = self._names_elsewhere(names, principal, place.path)
        return self._files.create(place, [n for n in names if n not in taken], draft.data)

    def _names_elsewhere(self, names: Sequence[str], principal: str, folder: Path) -> set[str]:
        """Names of summaries in other folders: a link has a name only, and leads to one file."""
        try:
            with queries.reading(self._record) as connection:
                known = [queries.find_summary(connection, name, principal) for name in names]
        except ChalklensError:
            return set()  # it will not be listed either, and whoever registers it says so
        here = folder.absolute()
        return {one.name for one in known if one and Path(one.path).parent != here}

    def _choose_folder(self, wanted: str, principal: str) -> tuple[Path, tuple[Path, ...] | None]:
        own = self._own_folder(principal)
        if not wanted or Path(wanted) == own:
            return own, None
        return Path(wanted), self._places.roots

    def _own_folder(self, principal: str) -> Path:
        own = self._places.own.absolute()
        if principal == LOCAL:
            return own
        is_safe = _SAFE_FOLDER.fullmatch(principal)
        digest = hashlib.sha256(principal.encode("utf-8", "replace")).hexdigest()
        return own / (principal if is_safe else digest)


def read_unchanged(summary: SummaryInfo) -> str | None:
    """Read a file only if it still is, byte for byte, what was saved; never through a link."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(summary.path, flags), "rb") as file:
            data = file.read(summary.bytes + 1)
    except OSError:
        return None
    return data.decode() if hashlib.sha256(data).hexdigest() == summary.sha256 else None
