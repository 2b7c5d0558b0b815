"""`chalklens sessions list|show|erase`: what was recorded on this machine.

How it is used: `chalklens sessions list`, then `chalklens sessions show ID`; `--json` gives one object a
line. `erase` takes one session, those unused for some days, or all; summaries that were saved as
Markdown are files of the user and stay. Whoever owns the data folder sees every principal's sessions.

What it leaves out: saving summaries, which is a tool (`tools/save_session_summary.py`).
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from chalklens.errors import InputError, StorageError, UnavailableError
from chalklens.sessions import queries
from chalklens.sessions.document import show_time
from chalklens.sessions.faults import DAMAGED, explain_faults
from chalklens.sessions.limits import DAY_S, SessionLimits
from chalklens.sessions.records import CallRecord, SessionInfo
from chalklens.sessions.store import FILE_NAME, SessionStore
from server.commands import options
from server.commands.options import make_settings
from server.commands.output import write_note, write_row, write_text
from tools.cleaning import clean_text
from tools.session_records import describe_call, describe_session

app = typer.Typer(help="Recorded sessions.", no_args_is_help=True)
LogFiles = ("", "-wal", "-shm")

LimitOption = Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")]


@app.command("list")
def list_sessions(
    limit: LimitOption = 20,
    json: options.JsonOption = False,
    data_dir: options.DataDirOption = None,
) -> None:
    """List sessions, the one used last first."""
    with queries.reading(_folder(data_dir)) as connection:
        found = queries.list_sessions(connection, None, limit)
    for info in found:
        write_row(_describe(info)) if json else write_text(_tell(info))
    if not found and not json:
        write_note("Nothing is recorded.")


@app.command("show")
def show_session(
    session: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    limit: LimitOption = 100,
    json: options.JsonOption = False,
    data_dir: options.DataDirOption = None,
) -> None:
    """Show the latest calls of a session, the oldest of them first."""
    with queries.reading(_folder(data_dir)) as connection:
        info = queries.find_session(connection, session, None)
        if info is None:
            raise _unknown(session)
        calls = queries.list_calls(connection, session, limit)
    if json:
        for call in calls:
            write_row(describe_call(call))
        return
    write_text(_tell(info))
    for call in calls:
        for line in _tell_call(call):
            write_text(line)


@app.command("erase")
def erase_sessions(
    session: Annotated[
        str | None, typer.Argument(metavar="ID", help="One session, as `list` shows it.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All sessions.")] = False,
    older_than: Annotated[
        float | None, typer.Option(min=0, metavar="DAYS", help="Sessions unused for this long.")
    ] = None,
    json: options.JsonOption = False,
    data_dir: options.DataDirOption = None,
) -> None:
    """Erase records for good. Summaries saved as Markdown are yours and stay."""
    ways = sum([session is not None, every, older_than is not None])
    if ways != 1:
        what = "Several options say" if ways else "Nothing says"
        raise InputError(f"{what} what to erase.", "Pass an ID, --older-than DAYS or --all.")
    folder = _folder(data_dir)
    if not (folder / FILE_NAME).exists():
        sessions = calls = 0
    else:
        before = None if older_than is None else time.time() - older_than * DAY_S
        sessions, calls = _erase(folder, session, before, every=every)
    if session is not None and not sessions:
        raise _unknown(session)
    if json:
        write_row({"sessions": sessions, "calls": calls})
    else:
        write_text(f"Erased {sessions} sessions with {calls} calls.")


def _erase(
    folder: Path, session: str | None, before: float | None, *, every: bool
) -> tuple[int, int]:
    try:
        store = SessionStore.open(folder, SessionLimits())
        try:
            with store.transaction():
                counts = store.erase(session, before)
            store.give_back_space()
        finally:
            store.close()
    except UnavailableError as error:
        if not every or error.code not in (DAMAGED, StorageError.default_code):
            raise
        # A deletion is written to the log first, for which a full disk has no room.
        with explain_faults():
            for ending in LogFiles:
                (folder / f"{FILE_NAME}{ending}").unlink(missing_ok=True)
        write_note(f"{error.message} It is removed whole; restart servers that are running.")
        return 0, 0
    return counts


def _folder(data_dir: Path | None) -> Path:
    return make_settings(data_dir=data_dir).data_folder / "sessions"


def _unknown(session: str) -> InputError:
    return InputError(
        f"There is no session '{clean_text(session)}'.", "`chalklens sessions list` shows them."
    )


def _describe(info: SessionInfo) -> dict[str, Any]:
    return {**describe_session(info), "principal": info.principal}


def _tell(info: SessionInfo) -> str:
    client = f", {clean_text(info.client)}" if info.client else ""
    return f"{info.id}  {show_time(info.last)}  {info.calls} calls{client}, {info.principal}"


def _tell_call(call: CallRecord) -> Iterator[str]:
    model = f", {clean_text(call.model)}" if call.model else ""
    yield ""
    yield (
        f"{show_time(call.started)}  {clean_text(call.tool)}, {call.status}, {call.seconds:.1f} s{model}"
    )
    for name, text in (("question", call.question), ("answer", call.answer)):
        if text:
            yield f"  {name}: {clean_text(text)}"
