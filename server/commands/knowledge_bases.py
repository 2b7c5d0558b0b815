"""A knowledge base for the command line, and what the user's paths mean to it.

How it is used:

    async with open_knowledge(context, settings) as knowledge:
        await knowledge.search(...)

`settings_for_sources` allows exactly the files and folders the user named: the command line reads
what its user may read. What it leaves out: the commands (`search.py`, `knowledge.py`).
"""

import contextlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import typer

from chalklens.errors import MediaReferenceError
from retrieval.service import KnowledgeService
from server.commands.factories import factories_of
from server.commands.options import make_settings
from server.settings import Settings

URL_STARTS = ("http://", "https://")


@contextlib.asynccontextmanager
async def open_knowledge(
    context: typer.Context, settings: Settings
) -> AsyncGenerator[KnowledgeService, None]:
    """Build a knowledge base and close its workers at the end, whatever happens."""
    knowledge = factories_of(context).make_knowledge(settings)
    try:
        yield knowledge
    finally:
        await knowledge.close()


def references_for(sources: Sequence[str]) -> list[str]:
    """Turn paths into `file:` URIs, which mean the same everywhere; URLs stay as they are.

    Nothing in a file's name can then be taken for base64, a mention or a drive letter.

    Raises:
        MediaReferenceError: There is nothing at a path.
    """
    return [_reference_for(source) for source in sources]


def _reference_for(source: str) -> str:
    if source.lower().startswith(URL_STARTS):
        return source
    if not source.strip():  # as a path it would be the current folder
        raise MediaReferenceError("The name of a source is empty.", "Name a file, folder or URL.")
    try:
        return Path(source).expanduser().resolve(strict=True).as_uri()
    except (OSError, RuntimeError, ValueError) as error:  # missing, not allowed, a loop, a NUL
        reason = error.strerror if isinstance(error, OSError) else None
        raise MediaReferenceError(
            f"{source!r} cannot be opened: {reason or 'not a usable path'}.", "Check the path."
        ) from None


def settings_for_sources(sources: Sequence[str], **given: Any) -> Settings:
    """Build settings whose roots are the folders named, and those of the files named.

    Raises:
        InputError: A setting is not acceptable.
    """
    named = [source for source in sources if not source.lower().startswith(URL_STARTS)]
    paths = [Path(source).expanduser().resolve() for source in named]
    roots = dict.fromkeys(path if path.is_dir() else path.parent for path in paths)
    return make_settings(roots=tuple(roots), model="none", **given)
