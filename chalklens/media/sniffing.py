"""What bytes are, by their content alone; names and declared types are never looked at.

How it is used: `sniff(data)` returns a supported MIME type or raises with the name of what it found
and what to do instead. `size_limit(head, limits)` says how long a file that starts like this may be.
What it leaves out: parsing. It compares a few bytes at the start, so it is safe in the server.

Signatures: PNG (W3C, 5.2), JPEG (T.81), WebP (RFC 9649), GIF89a, BMP, TIFF 6.0 and BigTIFF, ISO
base media `ftyp` brands (AVIF 1.1, HEIF), PDF (ISO 32000-2, header within the first 1,024 bytes).
"""

from codecs import getincrementaldecoder

from chalklens.errors import MediaError
from chalklens.media.limits import MIB, Limits

HEAD_BYTES = 1024
PDF = "application/pdf"
TIFF = "image/tiff"
PAGED = frozenset({PDF, TIFF})
"""Kinds of files that may have several pages."""
SUPPORTED = "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF or PDF"

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
)

_TO_PNG = "Convert it to PNG or JPEG first."
_VIDEO = ("a video", "Video is not supported yet: pass single frames as pictures.")
_ARCHIVE = ("an archive", "Unpack it and pass the picture inside.")
_MARKUP = ("an HTML or XML page", "Pass a screenshot of it, or the address of the picture itself.")

_REFUSED = (
    (b"version https://git-lfs", "a Git LFS pointer", "Run `git lfs pull` to get the picture."),
    (b"PK\x03\x04", *_ARCHIVE),
    (b"PK\x05\x06", *_ARCHIVE),
    (b"\x1f\x8b", *_ARCHIVE),
    (b"BZh", *_ARCHIVE),
    (b"\xfd7zXZ\0", *_ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", *_ARCHIVE),
    (b"Rar!", *_ARCHIVE),
    (b"(\xb5/\xfd", *_ARCHIVE),
    (b"\x1aE\xdf\xa3", *_VIDEO),
    (b"FLV\x01", *_VIDEO),
    (b"\x00\x00\x01\xba", *_VIDEO),
    (b"\x00\x00\x01\xb3", *_VIDEO),
    (b"#EXTM3U", *_VIDEO),
    (b"8BPS", "a Photoshop file", _TO_PNG),
    (b"\0\0\x01\0", "an icon (ICO)", _TO_PNG),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", _TO_PNG),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture", _TO_PNG),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture", _TO_PNG),
    (b"\xff\x0a", "a JPEG XL picture", _TO_PNG),
    (b"%!PS", "a PostScript file", "Convert it to PDF first."),
    (b"\x7fELF", "a program", "Pass a picture or a PDF."),
    (b"MZ", "a program", "Pass a picture or a PDF."),
)


def sniff(data: bytes) -> str:
    """Return the MIME type of supported content.

    Raises:
        MediaError: Empty, or something that is not decoded here; the message names it.
    """
    head = data[:HEAD_BYTES]
    if not head:
        raise MediaError("The file is empty.", "Check that it was saved completely.")
    return _supported(head) or _refuse(head)


def size_limit(head: bytes, limits: Limits) -> int:
    """Return how many bytes a file may have that starts with `head`."""
    return limits.document_bytes if _supported(head[:HEAD_BYTES]) == PDF else limits.file_bytes


def check_size(size_bytes: int, limit_bytes: int) -> None:
    """Refuse what is too long to be read into memory.

    Raises:
        MediaError: It is.
    """
    if size_bytes > limit_bytes:
        raise MediaError(
            f"The file is larger than the limit of {limit_bytes / MIB:g} MiB.",
            "Pass a smaller copy, or only the pages or the part that matter.",
        )


def _supported(head: bytes) -> str | None:
    for signature, mime_type in _SIGNATURES:
        if head.startswith(signature):
            return mime_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if _brands(head) & {b"avif", b"avis"}:
        return "image/avif"
    if b"%PDF-" in head and not _is_markup(head):
        return PDF
    return None


def _brands(head: bytes) -> set[bytes]:
    """Major and compatible brands of an ISO base media file, empty for anything else."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12]} | {head[i : i + 4] for i in range(16, end - 3, 4)}


def _is_markup(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text[:1] == b"<" and text[1:2].isascii() and (text[1:2].isalpha() or text[1:2] in b"!?")


def _refuse(head: bytes) -> str:
    what, hint = _describe(head)
    raise MediaError(f"This is {what}, which cannot be read as a picture.", hint)


def _describe(head: bytes) -> tuple[str, str]:
    for signature, what, hint in _REFUSED:
        if head.startswith(signature):
            return what, hint
    if brands := _brands(head):
        heif = any(brand[:3] in (b"hei", b"hev", b"mif", b"msf") for brand in brands)
        return ("an HEIC/HEIF picture", _TO_PNG) if heif else _VIDEO
    if head[:4] == b"RIFF":
        return _VIDEO
    if _is_markup(head):
        svg = b"<svg" in head.lower()
        return ("an SVG drawing", "Export it as PNG first.") if svg else _MARKUP
    return _describe_rest(head)


def _describe_rest(head: bytes) -> tuple[str, str]:
    known = f"Pass {SUPPORTED}; the content counts, not the name."
    if head.count(0) == len(head):
        return "a file of zero bytes", "It was not saved or downloaded completely."
    try:
        getincrementaldecoder("utf-8")().decode(head)  # may end inside a character
    except UnicodeDecodeError:
        return "an unknown kind of file", known
    return ("plain text", known) if b"\0" not in head else ("an unknown kind of file", known)
