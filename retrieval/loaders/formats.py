"""Which formats are loaded, and which one a file is in.

How it is used: `SUPPORTED` maps suffixes to formats, for folders; `detect_format(data, name,
content_type)` decides for one file. Content decides between formats that have a signature; among
those that are plain text, the name does, then what a server declared. What it leaves out: parsing.
"""

from collections.abc import Mapping
from email.message import Message
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from chalklens.errors import MediaError
from chalklens.media.sniffing import sniff

Format = Literal[
    "text", "markdown", "mdx", "html", "csv", "json", "json_lines", "office", "pdf", "picture"
]

_SUFFIXES: dict[Format, str] = {
    "text": ".txt .text .log .rst .adoc .asciidoc .org .tex",
    "markdown": ".md .markdown .mdown .mkd",
    "mdx": ".mdx",
    "html": ".html .htm .xhtml",
    "csv": ".csv .tsv",
    "json": ".json",
    "json_lines": ".jsonl .ndjson",
    "office": ".docx .docm .pptx .pptm",
    "pdf": ".pdf",
    "picture": ".png .jpg .jpeg .webp .gif .bmp .tif .tiff .avif",
}
SUPPORTED: Mapping[str, Format] = MappingProxyType(
    {suffix: name for name, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
)
PICTURE_SUFFIXES = frozenset(suffix for suffix, name in SUPPORTED.items() if name == "picture")

_DECLARED: dict[str, Format] = {
    "text/markdown": "markdown",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/json": "json",
    "application/x-ndjson": "json_lines",
    "application/jsonl": "json_lines",
}
MIME_TYPES: Mapping[Format, str] = MappingProxyType(
    {
        "text": "text/plain",
        "markdown": "text/markdown",
        "mdx": "text/markdown",
        "html": "text/html",
        "csv": "text/csv",
        "json": "application/json",
        "json_lines": "application/x-ndjson",
        "pdf": "application/pdf",
    }
)
_BINARY = frozenset[Format]({"office", "pdf", "picture"})
_HEAD_BYTES = 1024

_ARCHIVE = ("an archive", "Unpack it and add the documents inside.")
_PROGRAM = ("a program", "Add documents: text, Markdown, HTML, Word, PowerPoint or PDF.")
_OLD_OFFICE = (
    "a password-protected Office document, or one in the format before 2007",
    "Save it as .docx, .pptx or PDF without a password.",
)
_REFUSED = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", *_OLD_OFFICE),
    (b"{\\rtf", "an RTF document", "Save it as .docx or PDF."),
    (b"%!PS", "a PostScript file", "Convert it to PDF first."),
    (b"version https://git-lfs", "a Git LFS pointer", "Run `git lfs pull` to get the file."),
    (b"\x1f\x8b", *_ARCHIVE),
    (b"BZh", *_ARCHIVE),
    (b"\xfd7zXZ\0", *_ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", *_ARCHIVE),
    (b"Rar!\x1a\x07", *_ARCHIVE),
    (b"(\xb5/\xfd", *_ARCHIVE),
    (b"SQLite format 3\0", "a database", "Export its tables as CSV."),
    (b"\x7fELF", *_PROGRAM),
)


def find_suffix(name: str) -> str:
    """Return the lower-case suffix of a file name or URL, with its dot."""
    path = urlsplit(name).path if "://" in name else name
    return PurePosixPath(path.replace("\\", "/")).suffix.lower()


def parse_content_type(content_type: str) -> tuple[str, str]:
    """Return type and charset of a `Content-Type` header, each possibly empty."""
    if not content_type:
        return "", ""
    header = Message()
    header["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    return header.get_content_type(), header.get_content_charset() or ""


def detect_format(data: bytes, name: str, content_type: str = "") -> Format:
    """Return the format to load a file as.

    Args:
        data: All of it, or its first 1,024 bytes.
        name: File name or URL.
        content_type: As a server declared it.

    Raises:
        MediaError: Empty, or of a kind that is not loaded; the message names it.
    """
    head = data[:_HEAD_BYTES]
    if not head:
        raise MediaError("The file is empty.", "Check that it was saved completely.")
    mime_type, _ = parse_content_type(content_type)
    named = SUPPORTED.get(find_suffix(name)) or _DECLARED.get(mime_type)
    if signed := _by_signature(head, named):
        return signed
    for signature, what, hint in _REFUSED:
        if head.startswith(signature):
            raise MediaError(f"This is {what}, which cannot be loaded.", hint)
    if named in _BINARY:
        raise MediaError(
            "The content does not fit the file's name: it is damaged, or something else.",
            "Open it where it came from and save it again.",
        )
    return named or ("html" if _looks_like_html(head) else "text")


def _by_signature(head: bytes, named: Format | None) -> Format | None:
    if head.startswith(b"%PDF-") or (named == "pdf" and b"%PDF-" in head):
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "office"
    is_named_as_text = named is not None and named not in _BINARY
    if is_named_as_text and b"\0" not in head:  # a text may begin with "BM" or "GIF89a"
        return None
    try:
        return "picture" if sniff(head).startswith("image/") else None
    except MediaError:
        return None


def _looks_like_html(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))
