"""What somebody wants to add: a path or an address as text becomes a `Source`.

How it is used: `locate(text, access)` finds out what it is and whether it may be read;
`place(found, known, collection, tags)` gives it a label that keeps its documents apart from those of
the collection's other sources. Both run in the indexing worker: they look at the disk.

What it leaves out: listing and reading (`folders`, `sync`).
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from chalklens.errors import InputError, MediaReferenceError, UnavailableError
from chalklens.media.access import AccessPolicy
from chalklens.media.containment import find_places, list_spellings
from chalklens.media.limits import Limits
from chalklens.media.references import PathReference, UrlReference, parse_reference
from retrieval.configuration import DEFAULT_COLLECTION, SHIPPED_COLLECTION
from retrieval.records import Source, SourceKind

MAX_NAME_CHARS = 100
MAX_TAGS = 20
MAX_SOURCES = 1000
WITHOUT_SHIPPED = "without_shipped"  # a mark in the catalogue: somebody removed them
SHIPPED = Source(SHIPPED_COLLECTION, "default", "", label=SHIPPED_COLLECTION)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is: an absolute path without links, or a URL."""

    kind: SourceKind
    location: str


def locate(text: str, access: AccessPolicy) -> Place:
    """Find what a text names.

    Raises:
        MediaReferenceError: It is nothing that may be read: outside, missing or not a file or folder.
        UnavailableError: It is an address, and fetching is switched off.
    """
    reference = parse_reference(text, Limits())
    if isinstance(reference, UrlReference):
        if not access.allow_urls:
            raise UnavailableError(
                "Fetching addresses is switched off.",
                "Add a file or folder, or start the server with --allow-url.",
            )
        return Place("url", _without_fragment(reference.url))
    if isinstance(reference, PathReference):
        return _locate_path(reference.path, access.roots)
    raise MediaReferenceError(
        "Only files, folders and http(s) addresses can be added.",
        "Save the content as a file first.",
    )


def _without_fragment(url: str) -> str:
    try:
        return urlsplit(url)._replace(fragment="").geturl()
    except ValueError:
        return url  # refused when it is fetched


def _locate_path(path: str, roots: Sequence[Path]) -> Place:
    if not roots:
        raise MediaReferenceError(
            "Local files are switched off: the server was started without an allowed folder.",
            "Start the server with --root DIR, or use `chalklens knowledge add`.",
        )
    for real in _list_real(path, roots):
        if not any(real.is_relative_to(root.resolve()) for root in roots):
            continue
        if real.is_dir():
            return Place("folder", str(real))
        if real.is_file():
            return Place("file", str(real))
    raise _nothing_there(roots)


def _list_real(path: str, roots: Sequence[Path]) -> Iterator[Path]:
    """Yield what exists where a path may lead, without links."""
    for spelling in list_spellings(path):
        for absolute in find_places(spelling, roots):
            with contextlib.suppress(OSError, RuntimeError, ValueError):
                yield Path(absolute).resolve(strict=True)


def _nothing_there(roots: Sequence[Path]) -> MediaReferenceError:
    """One text for outside, missing and forbidden: no probing."""
    shown = ", ".join(str(root) for root in roots[:5])
    return MediaReferenceError(
        "There is no readable file or folder at this path in the allowed folders.",
        f"Allowed folders: {shown} (--root DIR adds one).",
    )


def check_names(collection: str, tags: Sequence[str]) -> None:
    """Refuse names that could not be typed again.

    Raises:
        InputError: Empty, too long or with characters that cannot be seen; or the name of the
            documents that ship.
    """
    if collection == SHIPPED_COLLECTION:
        raise InputError(
            f"The collection `{SHIPPED_COLLECTION}` holds what ships with chalklens.",
            f"Choose another name, e.g. `{DEFAULT_COLLECTION}`.",
        )
    if len(tags) > MAX_TAGS:
        raise InputError(f"There are more than {MAX_TAGS} tags.", "Leave some out.")
    for name in (collection, *tags):
        if not name.strip() or len(name) > MAX_NAME_CHARS or not name.isprintable():
            raise InputError(
                "Names of collections and tags are 1 to 100 printable characters.", "Shorten it."
            )


def place(found: Place, known: Sequence[Source], collection: str, tags: Sequence[str]) -> Source:
    """Return the source for a place: the known one with new tags, or a new one with a free label.

    Args:
        found: From `locate`.
        known: The collection's sources.
        collection, tags: As given.

    Raises:
        InputError: It lies inside a known source, holds one, or there are too many.
    """
    for source in known:
        if source.location == found.location:
            return replace(source, tags=tuple(tags))
        if source.kind == "folder" and found.kind != "url":
            _check_apart(Path(source.location), found, collection)
    if len(known) >= MAX_SOURCES:
        raise InputError(
            f"The collection has {MAX_SOURCES:,} sources already.", "Add their folder instead."
        )
    label = _choose_label(found, {source.label for source in known if source.kind != "url"})
    return Source(collection, found.kind, found.location, label, tuple(tags))


def _check_apart(folder: Path, found: Place, collection: str) -> None:
    path = Path(found.location)
    if path.is_relative_to(folder):
        raise InputError(
            f"Collection `{collection}` follows a folder that holds it already.",
            f"`chalklens knowledge sync --collection {collection}` takes in what is new.",
        )
    if found.kind == "folder" and folder.is_relative_to(path):
        raise InputError(
            f"Collection `{collection}` has a folder inside this one already.",
            "Remove that one first, or choose another collection.",
        )


def _choose_label(found: Place, taken: set[str]) -> str:
    """The first folder needs none; everything else goes by its own name, numbered if need be."""
    if found.kind == "url":
        return found.location
    if found.kind == "folder" and not taken:
        return ""
    path = Path(found.location)
    for number in range(2, MAX_SOURCES + 3):
        label = path.name if number == 2 else f"{path.stem} ({number - 1}){path.suffix}"
        if label not in taken:
            return label
    raise InputError("Too many sources of this name.", "Choose another collection.")


def choose(
    texts: Sequence[str], known: Sequence[Source], access: AccessPolicy, collection: str | None
) -> list[Source]:
    """Return the known sources that texts name, or all of a collection when there are no texts.

    Args:
        texts: Paths or addresses as they were added, or the names a user sees.
        known: Sources of the collection, or all of them.
        access: Relative paths start at one of its roots.
        collection: As asked for.

    Raises:
        InputError: A text names none of them, or neither texts nor collection are given.
    """
    if not texts and collection is None:
        raise InputError("Nothing to remove was named.", "Name sources, or a collection.")
    chosen = [source for text in texts for source in _find(text, known, access)]
    return list(dict.fromkeys(chosen)) if texts else list(known)


def _find(text: str, known: Sequence[Source], access: AccessPolicy) -> list[Source]:
    for place in _resolve(text, access) or [""]:  # as when it was added: the first root counts
        names = {text, text.rstrip("/"), place} - {""}
        found = [s for s in known if s.location in names or s.label in names]
        if found:
            return found
    shown = ", ".join(describe(source) for source in known[:10]) or "none"
    raise InputError(
        f"{text!r} was not added.",
        f"Added are: {shown}. Single documents of a folder cannot be removed.",
    )


def _resolve(text: str, access: AccessPolicy) -> list[str]:
    """Return the absolute paths a text may name, whether there is something or not."""
    try:
        reference = parse_reference(text, Limits())
    except InputError:
        return []
    if not isinstance(reference, PathReference):
        return []
    places = find_places(reference.path, access.roots or (Path("/"),))
    return [str(Path(place).resolve()) for place in places]


def explain_unknown(collection: str, known: Sequence[Source]) -> InputError:
    """Return the error of a collection that is none of those of the known sources."""
    names = ", ".join(sorted({source.collection for source in known})) or "none yet"
    return InputError(f"There is no collection {collection!r}.", f"Collections: {names}.")


def describe(source: Source) -> str:
    """Return what a user recognises a source by, without the folders above it."""
    return source.label or Path(source.location).name
