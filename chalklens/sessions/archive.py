"""What was recorded, to look at and to keep: lists, single sessions, summaries as Markdown files.

How it is used:

    archive = SessionArchive(recorder, Places(summaries, roots), engine, clean_text, make_thumbnail)
    saved = await archive.save(SaveRequest(title="Fractions"), principal, progress)
    text = await archive.read_summary(saved.summary.name, principal)

Everything is asked for by a principal and answers with that principal's sessions and summaries only.

What it leaves out: where the files lie (`shelf.py`), and erasing, which is for the command line
(`store.py`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from chalklens.errors import ChalklensError, InputError
from chalklens.protocols import Engine
from chalklens.sessions import queries
from chalklens.sessions.document import Clean, pictures_of, render
from chalklens.sessions.files import NewFiles
from chalklens.sessions.markdown import shorten
from chalklens.sessions.recorder import Recorder
from chalklens.sessions.records import CallRecord, SessionInfo, SummaryInfo
from chalklens.sessions.shelf import Draft, Places, SummaryShelf
from chalklens.sessions.story import OWN_TOOL, SECTIONS, Section, Story, SummaryText, Turn
from chalklens.sessions.summary import write_summary

Progress = Callable[[str], None]
MakeThumbnail = Callable[[str, str, int | None, str], Awaitable[str]]
"""Reference, SHA-256 of its bytes, page and principal in; the URI of a small picture out."""

MAX_LISTED = 200
MAX_TITLE_CHARS = 200
DEFAULT_TITLE = "Session"
MADE_UP_CHARS = 72


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
        self.recorder = recorder
        self._shelf = SummaryShelf(recorder.folder, places, recorder.limits, files)
        self._engine, self._clean, self._make_thumbnail = engine, clean, make_thumbnail
        self._clock, self._generator = clock, generator

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
        return await asyncio.to_thread(self._shelf.list_all, principal, limit, title)

    async def find_titled(self, title: str, folder: str, principal: str) -> SummaryInfo | None:
        """Return the latest summary of this title in this folder, if it is still as it was saved."""
        tidy = self._tidy_title(title)
        return await asyncio.to_thread(self._shelf.find_titled, tidy, folder, principal)

    async def may_write_to(self, folder: str) -> bool:
        """Tell whether a folder lies in the allowed ones."""
        return await asyncio.to_thread(self._shelf.may_write_to, folder)

    async def read_summary(self, name: str, principal: str) -> str:
        """Return the Markdown of a summary, as it was saved.

        Raises:
            InputError: There is none of this principal, or its file is gone or was changed.
        """
        return await asyncio.to_thread(self._shelf.read, name, principal)

    async def save(
        self, request: SaveRequest, principal: str, progress: Progress = lambda _: None
    ) -> SavedSummary:
        """Write a new Markdown file.

        Raises:
            InputError: No such session or folder of this principal, or nothing to save.
            StorageError: Nothing could be written.
        """
        limit, unread = self.recorder.limits.summary_calls, ""
        try:
            found = await self._find_session(request.session, principal, limit)
        except ChalklensError as error:  # the turns can be saved all the same
            found, unread = None, f"The record could not be read: {error.message}"
        info, calls = found or (None, [])
        told = [call for call in calls if call.tool != OWN_TOOL]
        turns = list(request.turns)[-self.recorder.limits.summary_turns :]
        if not told and not turns:
            raise InputError(
                "There is nothing to save: no call of this session is recorded and no turns were "
                f"passed. {unread}".strip(),
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
            notes=[*([unread] if unread else []), *_tell_missing(small, self.recorder)],
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
        draft = Draft(
            story.title, story.created, story.session, data, request.folder, request.replace
        )
        return self._shelf.write(draft, principal)

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
        found, tried = _Thumbnails(), set[tuple[str, int | None]]()
        for picture in pictures_of(calls):
            key = (str(picture.get("sha256", "")), picture.get("page"))
            if key in tried:
                continue
            if len(tried) >= self.recorder.limits.summary_pictures:
                break
            tried.add(key)
            try:
                uri = await self._make_thumbnail(str(picture.get("reference", "")), *key, principal)
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


def _tell_missing(small: _Thumbnails, recorder: Recorder) -> list[str]:
    notes: list[str] = []
    if small.missing:
        notes.append(f"{small.missing} pictures could not be opened again for a thumbnail.")
    if recorder.trouble:
        notes.append(f"{recorder.lost} calls were not recorded: {recorder.trouble}")
    return notes
