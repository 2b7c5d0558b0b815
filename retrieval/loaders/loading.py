"""Bytes to a document, in this process: which loader, which encoding, and the checks around it.

How it is used: `load_document(data, name, collection=..., source=...)` where a crash or a hang may be
afforded; `isolated.IsolatedLoader` where it may not. `create_draft` and `finish_document` are the two
halves; between them a reader may add the text of scanned pages (`draft.insert_readings`).

What it leaves out: pictures, which have no text before a reader saw them, and opening files or URLs.
"""

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from chalklens.errors import MediaError
from chalklens.media.sniffing import check_size, sniff
from retrieval.documents import Document
from retrieval.encodings import decode_text
from retrieval.loaders.cleaning import clean_line
from retrieval.loaders.draft import Draft, drop_empty_sections
from retrieval.loaders.formats import (
    MIME_TYPES,
    Format,
    detect_format,
    find_suffix,
    parse_content_type,
)
from retrieval.loaders.limits import LoadLimits

_OFFICE = "application/vnd.openxmlformats-officedocument."
WORD = f"{_OFFICE}wordprocessingml.document"
SLIDES = f"{_OFFICE}presentationml.presentation"
MAX_TAGS = 64


@dataclass(frozen=True, slots=True)
class LoadedDocument(Document):
    """A document, and what of it could not be read.

    Attributes:
        unread_pages: Pages that show something but have no text, 1-based: scans no reader looked at.
    """

    unread_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedDraft:
    """A draft and the type it was loaded as."""

    draft: Draft
    mime_type: str


def load_document(
    data: bytes,
    name: str,
    *,
    collection: str,
    source: str,
    modified: float = 0.0,
    tags: tuple[str, ...] = (),
    content_type: str = "",
    limits: LoadLimits | None = None,
) -> LoadedDocument:
    """Return the document in a file.

    Args:
        data: The whole file.
        name: File name or URL: its suffix counts, and its stem is the title where there is no other.
        collection: Where it belongs.
        source: What a user may see of where it came from.
        modified: UTC seconds since 1970.
        tags: Words to filter by; those of the document are added.
        content_type: As a server declared it.
        limits: None takes the defaults.

    Raises:
        MediaError: Damaged, protected, empty, without text, of a kind that is not loaded, or over a
            limit; message and hint say which.
    """
    loaded = create_draft(data, name, content_type, limits or LoadLimits())
    return finish_document(loaded, data, name, collection, source, modified=modified, tags=tags)


def create_draft(data: bytes, name: str, content_type: str, limits: LoadLimits) -> LoadedDraft:
    """Return text and sections of a file.

    Raises:
        MediaError: As `load_document`, except for a missing text.
    """
    kind = detect_format(data, name, content_type)
    is_stored = kind in ("office", "pdf", "picture")
    check_size(len(data), limits.file_bytes if is_stored else limits.text_bytes)
    if kind == "office":
        return _load_office(data, limits)
    if kind == "pdf":
        from retrieval.loaders.pdf_documents import load_pdf

        return LoadedDraft(load_pdf(data, limits), MIME_TYPES[kind])
    if kind == "picture":
        return LoadedDraft(Draft(""), sniff(data))
    return LoadedDraft(_load_text(kind, data, name, content_type, limits), MIME_TYPES[kind])


def finish_document(
    loaded: LoadedDraft,
    data: bytes,
    name: str,
    collection: str,
    source: str,
    *,
    modified: float,
    tags: tuple[str, ...],
) -> LoadedDocument:
    """Return the document of a draft.

    Raises:
        MediaError: It has no text.
    """
    draft = drop_empty_sections(loaded.draft)
    if not draft.text.strip():
        raise _explain_no_text(loaded)
    return LoadedDocument(
        collection=collection,
        source=source,
        title=draft.title or name_title(name),
        text=draft.text,
        sections=draft.sections,
        sha256=hashlib.sha256(data).hexdigest(),
        mime_type=loaded.mime_type,
        modified=modified,
        tags=tuple(dict.fromkeys((*tags, *draft.tags)))[:MAX_TAGS],
        unread_pages=draft.scanned_pages,
    )


def name_title(name: str) -> str:
    """Return what a file name or URL says of its content: the last part without its suffix."""
    path = unquote(urlsplit(name).path) if "://" in name else name
    part = PurePosixPath(path.replace("\\", "/"))
    host = urlsplit(name).netloc if "://" in name else ""
    return clean_line(part.stem or host) or "untitled"


def _load_office(data: bytes, limits: LoadLimits) -> LoadedDraft:
    from retrieval.loaders.office_package import OfficePackage
    from retrieval.loaders.slide_decks import load_slides
    from retrieval.loaders.word_documents import load_word

    package = OfficePackage(data, limits)
    main = package.main_part()
    folder = main.partition("/")[0]
    if folder == "word":
        return LoadedDraft(load_word(package, main, limits), WORD)
    if folder == "ppt":
        return LoadedDraft(load_slides(package, main, limits), SLIDES)
    raise MediaError(
        "Of Office files, only Word and PowerPoint are loaded.", "Export a workbook as CSV."
    )


def _load_text(
    kind: Format, data: bytes, name: str, content_type: str, limits: LoadLimits
) -> Draft:
    from retrieval.loaders import csv_tables, html_pages, json_records, markdown_text, plain_text

    declared = parse_content_type(content_type)[1]
    if kind == "html":
        declared = declared or html_pages.find_charset(data)
    text = decode_text(data, declared).text
    match kind:
        case "html":
            return html_pages.load_html(text, limits)
        case "markdown" | "mdx":
            return markdown_text.load_markdown(text, limits, is_mdx=kind == "mdx")
        case "csv":
            return csv_tables.load_csv(text, find_suffix(name), limits)
        case "json":
            return json_records.load_json(text, limits)
        case "json_lines":
            return json_records.load_json_lines(text, limits)
        case _:
            return plain_text.load_text(text, limits)


def _explain_no_text(loaded: LoadedDraft) -> MediaError:
    if loaded.mime_type.startswith("image/") or loaded.draft.scanned_pages:
        what = "picture" if loaded.mime_type.startswith("image/") else "scanned document"
        return MediaError(
            f"No text was found in this {what}.",
            "It has to be sharp and upright to be read.",
            code="no_text",
        )
    return MediaError(
        "The document has no text that a reader would see.", "Check its content.", code="no_text"
    )
