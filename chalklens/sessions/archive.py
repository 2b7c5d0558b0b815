"""What was recorded, to look at and to keep: lists, single sessions, summaries as Markdown files.

How it is used:

    archive = SessionArchive(recorder, Places(summaries, roots), engine, clean_text, make_thumbnail)
    saved = await archive.save(SaveRequest(title="Fractions"), principal, progress)
    text = await archive.read_summary(saved.summary.name, principal)

Everything is asked for by a principal and answers with that principal's sessions and summaries only.
Summaries go into our own folder (one per principal) or into a folder inside the allowed ones; nothing is
ever overwritten but a summary of the same principal that the caller names in `replace`.

What it leaves out: erasing, which is for the command line (`store.py`).
"""

import asyncio
import hashlib
import os
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from chalklens.errors import ChalklensError, InputError
from chalklens.protocols import Engine
from chalklens.sessions import queries
from chalklens.sessions.document import Clean, pictures_of, render
from chalklens.sessions.faults import explain_faults
from chalklens.sessions.files import NewFiles, Place, open_place
from chalklens.sessions.markdown import shorten
from chalklens.sessions.names import candidate_names
from chalklens.sessions.recorder import Recorder
from chalklens.sessions.records import CallRecord, SessionInfo, SummaryInfo
from chalklens.sessions.story import OWN_TOOL, SECTIONS, Section, Story, SummaryText, Turn
from chalklens.sessions.summary import write_summary

Progress = Callable[[str], None]
MakeThumbnail = Callable[[str, int | None, str], Awaitable[str]]
"""Reference, page and principal in; the URI of a small picture out."""

MAX_LISTED = 200
MAX_TITLE_CHARS = 200
DEFAULT_TITLE = "Session"
LOCAL = "local"
MADE_UP_CHARS = 72
_SAFE_FOLDER = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True, slots=True)
class Places:
    """Where summaries may go: our own folder, and the allowed folders."""

    own: Path
    roots: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class SaveRequest:
    """What to save.

    Attributes:
        title: Empty: made from the first question.
        session: Handle of the session; empty: none is told of, only the turns.
        turns: The conversation as the client knows it.
        sections: Parts of the document.
        folder: One of the allowed folders or below; empty: our own.
        replace: Name of a summary of the same principal whose place is taken.
    """

    title: str = ""
    session: str = ""
    turns: Sequence[Turn] = ()
    sections: Sequence[Section] = SECTIONS
    folder: str = ""
    replace: str = ""


@dataclass(frozen=True, slots=True)
class SavedSummary:
    """What was saved. `thumbnails`: artifact URIs by picture name; `notes`: what is missing."""

    summary: SummaryInfo
    text: SummaryText
    calls: int
    turns: int
    thumbnails: Sequence[tuple[str, int | None, str]] = ()
    notes: Sequence[str] = ()
    registered: bool = True


@dataclass(slots=True)
class _Thumbnails:
    uris: dict[tuple[str, int | None], str] = field(
        default_factory=dict[tuple[str, int | None], str]
    )
    names: list[tuple[str, int | None, str]] = field(
        default_factory=list[tuple[str, int | None, str]]
    )
    missing: int = 0


class SessionArchive:
    """Reads the record and saves summaries of it.

    Args:
        recorder: Writes; its folder holds the record.
        places: Where summaries may go.
        engine: Writes summaries when it can.
        clean: Makes text of others safe to show, e.g. `tools.cleaning.clean_text`.
        make_thumbnail: Makes small pictures, in a worker process.
        files: Writes the files.
        clock: UTC seconds since 1970.
        generator: Named in the documents.
    """

    def __init__(
        self,
        recorder: Recorder,
        places: Places,
        engine: Engine,
        clean: Clean,
        make_thumbnail: MakeThumbnail,
        files: NewFiles | None = None,
        clock: Callable[[], float] = time.time,
        generator: str = "chalklens",
    ) -> None:
        self.recorder, self.places = recorder, places
        self._engine, self._clean, self._make_thumbnail = engine, clean, make_thumbnail
        self._files, self._clock, self._generator = files or NewFiles(), clock, generator

    async def list_sessions(self, principal: str, limit: int = MAX_LISTED) -> list[SessionInfo]:
        """Return sessions of a principal, the one used last first."""
        await self.recorder.settle()
        return await asyncio.to_thread(self._list_sessions, principal, limit)

    async def read_session(
        self, id_: str, principal: str, limit: int = MAX_LISTED
    ) -> tuple[SessionInfo, list[CallRecord]]:
        """Return a session and its latest calls, oldest first.

        Raises:
            InputError: There is none of this principal.
        """
        found = await self._find_session(id_, principal, limit)
        if found is None:
            raise InputError(
                "There is no such session.",
                "chalklens://sessions lists yours.",
                code="unknown_session",
            )
        return found

    async def list_summaries(
        self, principal: str, limit: int = MAX_LISTED, title: str | None = None
    ) -> list[SummaryInfo]:
        """Return saved summaries of a principal, the latest first."""
        return await asyncio.to_thread(self._list_summaries, principal, limit, title)

    async def find_titled(self, title: str, folder: str, principal: str) -> SummaryInfo | None:
        """Return the latest summary of this title in this folder, if it is still as it was saved."""
        return await asyncio.to_thread(self._find_titled, title, folder, principal)

    async def may_write_to(self, folder: str) -> bool:
        """Tell whether a folder lies in the allowed ones."""
        return await asyncio.to_thread(self._may_write_to, folder)

    async def read_summary(self, name: str, principal: str) -> str:
        """Return the Markdown of a summary, as it was saved.

        Raises:
            InputError: There is none of this principal, or its file is gone or was changed.
        """
        return await asyncio.to_thread(self._read_summary, name, principal)

    async def save(
        self, request: SaveRequest, principal: str, progress: Progress = lambda _: None
    ) -> SavedSummary:
        """Write a new Markdown file.

        Raises:
            InputError: No such session or folder of this principal, or nothing to save.
            StorageError: Nothing could be written.
        """
        limit = self.recorder.limits.summary_calls
        found = await self._find_session(request.session, principal, limit)
        info, calls = found or (None, [])
        told = [call for call in calls if call.tool != OWN_TOOL]
        turns = list(request.turns)[-self.recorder.limits.summary_turns :]
        if not told and not turns:
            raise InputError(
                "There is nothing to save: no call of this session is recorded and no turns were "
                "passed.",
                "Pass the conversation as turns, or call other tools first.",
            )
        progress("writing the summary")
        text = await write_summary(self._engine, told, turns, principal)
        small = _Thumbnails()
        if "pictures" in request.sections:
            progress("making thumbnails")
            small = await self._make_thumbnails(told, principal)
        story = Story(
            title=self._make_title(request, told, turns),
            created=self._clock(),
            session=info.id if info else "",
            calls=told,
            recorded=(info.calls if info else 0) - (len(calls) - len(told)),
            dropped=info.dropped if info else 0,
            turns=turns,
            summary=text,
            sections=request.sections,
            thumbnails=small.uris,
            notes=_tell_missing(small, self.recorder),
            generator=self._generator,
        )
        progress("saving")
        return await self._save_story(story, request, principal, small)

    async def _find_session(
        self, id_: str, principal: str, limit: int
    ) -> tuple[SessionInfo, list[CallRecord]] | None:
        await self.recorder.settle()
        return await asyncio.to_thread(self._read_session, id_, principal, limit)

    async def _save_story(
        self, story: Story, request: SaveRequest, principal: str, small: _Thumbnails
    ) -> SavedSummary:
        summary = await asyncio.to_thread(self._write, story, request, principal)
        notes, registered = list(story.notes), True
        try:
            await self.recorder.add_summary(summary)
        except ChalklensError as error:
            notes.append(f"The file is saved, but not listed: {error.message}")
            registered = False
        return SavedSummary(
            summary, story.summary, story.recorded, len(story.turns), small.names, notes, registered
        )

    def _write(self, story: Story, request: SaveRequest, principal: str) -> SummaryInfo:
        data = render(story, self._clean).encode("utf-8", "replace")
        if len(data) > self.recorder.limits.summary_bytes:
            raise InputError(
                f"The summary would have {len(data)} bytes; the limit is "
                f"{self.recorder.limits.summary_bytes}.",
                "Pass fewer or shorter turns, or fewer sections.",
            )
        former = self._find_replaced(request, principal)
        wanted = str(Path(former.path).parent) if former else request.folder
        folder, roots = self._choose_folder(wanted, principal)
        with explain_faults(), open_place(folder, roots) as place:
            name = self._put(place, story, data, former, principal)
            path = str(place.path.absolute() / name)
        return SummaryInfo(
            name=name,
            path=path,
            principal=principal,
            session=story.session,
            title=story.title,
            created=story.created,
            bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )

    def _put(
        self, place: Place, story: Story, data: bytes, former: SummaryInfo | None, principal: str
    ) -> str:
        if former:
            self._files.replace(place, former.name, data)
            return former.name
        day = datetime.fromtimestamp(story.created, UTC).strftime("%Y-%m-%d")
        taken = self._names_elsewhere(principal, place.path)
        names = (name for name in candidate_names(story.title, day) if name not in taken)
        return self._files.create(place, names, data)

    def _names_elsewhere(self, principal: str, folder: Path) -> set[str]:
        """Names of summaries in other folders: a link has a name only, and leads to one file."""
        try:
            known = self._list_summaries(principal, self.recorder.limits.summaries, None)
        except ChalklensError:
            return set()
        return {one.name for one in known if Path(one.path).parent != folder.absolute()}

    def _find_replaced(self, request: SaveRequest, principal: str) -> SummaryInfo | None:
        if not request.replace:
            return None
        with queries.reading(self.recorder.folder) as connection:
            former = queries.find_summary(connection, request.replace, principal)
        if former is None or _read_own(former) is None:
            raise InputError(
                "The summary to replace is not there as it was saved.",
                "Save a new one instead: leave `replace` out.",
            )
        return former

    def own_folder(self, principal: str) -> Path:
        """Where the summaries of a principal go when no folder is named."""
        own = self.places.own.absolute()
        if principal == LOCAL:
            return own
        return own / (principal if _SAFE_FOLDER.fullmatch(principal) else _digest(principal))

    def _choose_folder(self, wanted: str, principal: str) -> tuple[Path, tuple[Path, ...] | None]:
        own = self.own_folder(principal)
        if not wanted or Path(wanted) == own:
            return own, None
        return Path(wanted), self.places.roots

    def _make_title(
        self, request: SaveRequest, calls: Sequence[CallRecord], turns: Sequence[Turn]
    ) -> str:
        if title := self._tidy_title(request.title):
            return title
        words = [call.question for call in calls] + [turn.text for turn in turns]
        first = next((text for text in words if text.strip()), DEFAULT_TITLE)
        return shorten(self._tidy_title(first), MADE_UP_CHARS)

    def _tidy_title(self, title: str) -> str:
        return shorten(self._clean(" ".join(title.split())), MAX_TITLE_CHARS)

    async def _make_thumbnails(self, calls: Sequence[CallRecord], principal: str) -> _Thumbnails:
        """Make one small picture of each that can still be opened."""
        found = _Thumbnails()
        for picture in pictures_of(calls):
            key = (str(picture.get("sha256", "")), picture.get("page"))
            if key in found.uris:
                continue
            if len(found.uris) >= self.recorder.limits.summary_pictures:
                break
            try:
                uri = await self._make_thumbnail(
                    str(picture.get("reference", "")), key[1], principal
                )
            except ChalklensError:
                found.missing += 1
                continue
            found.uris[key] = uri
            found.names.append((str(picture.get("name", "")), key[1], uri))
        return found

    def _list_sessions(self, principal: str, limit: int) -> list[SessionInfo]:
        with queries.reading(self.recorder.folder) as connection:
            return queries.list_sessions(connection, principal, limit)

    def _read_session(
        self, id_: str, principal: str, limit: int
    ) -> tuple[SessionInfo, list[CallRecord]] | None:
        with queries.reading(self.recorder.folder) as connection:
            info = queries.find_session(connection, id_, principal)
            return (info, queries.list_calls(connection, id_, limit)) if info else None

    def _list_summaries(self, principal: str, limit: int, title: str | None) -> list[SummaryInfo]:
        with queries.reading(self.recorder.folder) as connection:
            return queries.list_summaries(connection, principal, limit, title)

    def _find_titled(self, title: str, folder: str, principal: str) -> SummaryInfo | None:
        try:
            found = self._list_summaries(principal, MAX_LISTED, self._tidy_title(title))
            with open_place(*self._choose_folder(folder, principal)) as place:
                here = place.path.absolute()
        except (ChalklensError, OSError):  # whoever saves will say it
            return None
        same = (one for one in found if Path(one.path).parent == here)
        return next((one for one in same if _read_own(one) is not None), None)

    def _may_write_to(self, folder: str) -> bool:
        try:
            with open_place(Path(folder), self.places.roots):
                return True
        except (ChalklensError, OSError):
            return False

    def _read_summary(self, name: str, principal: str) -> str:
        with queries.reading(self.recorder.folder) as connection:
            summary = queries.find_summary(connection, name, principal)
        text = _read_own(summary) if summary else None
        if text is None:
            raise InputError(
                "There is no such summary, or its file is gone or was changed since.",
                "chalklens://sessions lists what was saved; a changed file is read from its folder.",
            )
        return text


def _tell_missing(small: _Thumbnails, recorder: Recorder) -> list[str]:
    notes: list[str] = []
    if small.missing:
        notes.append(f"{small.missing} pictures could not be opened again for a thumbnail.")
    if recorder.trouble:
        notes.append(f"{recorder.lost} calls were not recorded: {recorder.trouble}")
    return notes


def _read_own(summary: SummaryInfo) -> str | None:
    """Read a file only if it still is, byte for byte, what was saved; never through a link."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(summary.path, flags)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(summary.bytes + 1)
    whole = hashlib.sha256(data).hexdigest() == summary.sha256
    return data.decode() if whole else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
