"""Drafts on the wire from the child: facts as JSON, text and sections as blobs.

How it is used: `pack_draft` in the child, `unpack_draft` in the parent, which believes nothing: a
child that a file took over must not get further than here.

What it leaves out: how either of them travels (`chalklens/workers`).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chalklens.errors import WorkerError
from retrieval.documents import Section
from retrieval.loaders.cleaning import clean_line, clean_text
from retrieval.loaders.draft import Draft
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.loading import LoadedDraft

MIME_TYPE_CHARS = 100
MAX_TAGS = 64


def pack_draft(loaded: LoadedDraft) -> tuple[dict[str, Any], list[bytes]]:
    """Split a draft into JSON fields and blobs."""
    draft = loaded.draft
    rows = [[section.start, section.page, *section.headings] for section in draft.sections]
    fields = {
        "mime_type": loaded.mime_type,
        "title": draft.title,
        "tags": draft.tags,
        "scanned_pages": draft.scanned_pages,
    }
    return fields, [draft.text.encode(), json.dumps(rows).encode()]


def unpack_draft(
    fields: Mapping[str, Any], blobs: Sequence[bytes], limits: LoadLimits
) -> LoadedDraft:
    """Put a draft together again.

    Raises:
        WorkerError: It is not one, or over a limit.
    """
    try:
        text = blobs[0].decode()
        sections = tuple(_load_section(row) for row in json.loads(blobs[1]))
        draft = Draft(
            text,
            sections,
            clean_line(fields["title"]),
            tuple(clean_line(tag) for tag in fields["tags"])[:MAX_TAGS],
            tuple(int(page) for page in fields["scanned_pages"]),
        )
        mime_type = clean_line(fields["mime_type"], MIME_TYPE_CHARS)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise _wrong() from None
    starts = [0, *(section.start for section in sections), len(text)]
    is_sound = starts == sorted(starts) and len(text) <= limits.characters
    if not is_sound or len(sections) > limits.sections or clean_text(text) != text:
        raise _wrong()
    return LoadedDraft(draft, mime_type)


def _load_section(row: list[Any]) -> Section:
    start, page, *headings = row
    shown = tuple(clean_line(heading) for heading in headings)
    return Section(int(start), shown, None if page is None else int(page))


def _wrong() -> WorkerError:
    return WorkerError("The loading worker sent something that is not a document.")
