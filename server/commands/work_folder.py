"""`--work DIR`: where a command keeps what took long, for the next run.

How it is used: a parameter of the type `WorkOption`, then `with open_work(work) as folder:`. What it
leaves out: what is kept there.
"""

import contextlib
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Annotated

import typer

from server.commands.output import write_note

WorkOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Keep what was read and fitted here; nothing is done twice.",
        show_default=False,
    ),
]


@contextlib.contextmanager
def open_work(work: Path | None) -> Generator[Path, None, None]:
    """Yield the folder, or one that is gone afterwards."""
    if work is not None:
        yield work
        return
    write_note("Nothing is kept: with --work DIR a second run takes seconds.")
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch)
