"""What commands write: rows and tables on stdout, everything else on stderr.

How it is used: `write_row` and `write_text` for results, `write_note` for remarks, `write_error` for
a `ChalklensError`, `track` for a progress bar. Rich is imported only when a table or bar is drawn,
because `chalklens serve` must start fast.

What it leaves out: colours in results; JSON is ASCII, so that it survives every terminal and pipe.
"""

import json
import shlex
import sys
from collections.abc import AsyncGenerator, Mapping
from typing import Any, TypeVar

import typer

from chalklens.errors import ChalklensError
from tools.cleaning import clean_text

T = TypeVar("T")


def write_row(row: Mapping[str, Any]) -> None:
    """Write one JSON object on a line of its own, at once."""
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def write_text(text: str = "") -> None:
    """Write text on stdout; what the terminal cannot show becomes `?`."""
    encoding = sys.stdout.encoding or "utf-8"
    typer.echo(text.encode(encoding, "replace").decode(encoding))


def write_note(text: str) -> None:
    """Write a remark on stderr."""
    typer.echo(text.encode("utf-8", "replace").decode(), err=True)


def write_command(what: str, *words: object) -> None:
    """Write what a command is for and the command to stderr, quoted for a shell."""
    write_note(f"{what}: {shlex.join(('chalklens', *map(str, words)))}")


def write_error(error: ChalklensError, about: str = "") -> None:
    """Write what went wrong and what to do about it on stderr."""
    write_note(f"{clean_text(about)}: {error.message}" if about else f"Error: {error.message}")
    if error.hint:
        write_note(f"  {error.hint}")


def describe_error(error: ChalklensError) -> dict[str, str]:
    """Return an error as it appears in a JSON row."""
    return {"code": error.code, "message": error.message, "hint": error.hint}


async def track(rows: AsyncGenerator[T, None], total: int, title: str) -> AsyncGenerator[T, None]:
    """Pass rows on and draw a bar on stderr, when there is a terminal to draw it on.

    No bar either when the rows themselves go to a terminal: they show how far it is.
    """
    if total < 2 or not sys.stderr.isatty() or sys.stdout.isatty():
        async for row in rows:
            yield row
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(
        console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bar:
        task = bar.add_task(title, total=total)
        async for row in rows:
            bar.advance(task)
            yield row
