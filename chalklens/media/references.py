"""One string from a client becomes one typed reference, without touching the disk or the network.

How it is used: `parse_reference(text, limits)` returns a `PathReference`, `UrlReference`,
`InlineReference` or `ArtifactReference`; `display_name(reference)` is what a user may see of it.

    /home/me/a.png  a.png  ./a.png  ~/a.png  @a.png  "a b.png"  file:///home/me/a.png
    https://example.org/a.png
    data:image/png;base64,iVBOR...  iVBORw0KGgo...  data:image/bmp,BM%00...
    chalklens://artifacts/0123456789abcdef0123456789abcdef

Forms: RFC 3986, RFC 8089 (`file:`), RFC 2397 (`data:`). One leading `@` (chat mentions) and one pair
of quotes around the whole are taken off; blanks are not, because a file name may end in one. What
clients send although the server cannot open it (places inside their own sandbox, pasted attachments)
is refused with what to do instead.

What it leaves out: whether the file exists, and whether it may be read (`containment`, `fetch`).
"""

import base64
import binascii
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from chalklens.errors import MediaError, MediaReferenceError
from chalklens.media.artifacts import URI_PREFIX
from chalklens.media.limits import Limits
from chalklens.media.sniffing import check_size, size_limit, sniff

FORMS = (
    "Pass a path inside an allowed folder, a data URI (data:image/png;base64,...), "
    "or an http(s) address where the server allows it."
)
NOT_SENT = (
    "The file is not on this computer: clients do not pass attachments on to servers. Save it "
    "inside an allowed folder and pass its path, or pass the content as a data URI."
)


@dataclass(frozen=True, slots=True)
class PathReference:
    """A local file. `path` as given, with `~` expanded; relative to a root if not absolute."""

    path: str


@dataclass(frozen=True, slots=True)
class UrlReference:
    """An http(s) address, not checked yet."""

    url: str


@dataclass(frozen=True, slots=True)
class InlineReference:
    """Content inside the reference itself."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ArtifactReference:
    """Something an earlier call made."""

    key: str


Reference = PathReference | UrlReference | InlineReference | ArtifactReference

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_DRIVE = re.compile(r"/?[A-Za-z]:[\\/]")
_ARTIFACT = re.compile(re.escape(URI_PREFIX) + r"([0-9a-f]{32})")
# `{64,}+` never gives back what it took: with blanks in both classes that would be quadratic.
_BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]{64,}+={0,2}\s*")
_BASE64_FORM = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_TO_STANDARD_ALPHABET = str.maketrans("-_", "+/", " \t\r\n\f\v")
_MAX_DATA_HEADER_CHARS = 512
_QUOTES = "\"'`"

# Schemes that only mean something inside the client (peers: VS Code, ChatGPT, Android, browsers).
_CLIENT_SCHEMES = frozenset(
    {
        *("sandbox", "blob", "cci", "content", "attachment", "attachments", "cid", "mid", "ph"),
        *("assets-library", "filesystem", "chrome", "chrome-extension", "moz-extension", "about"),
        *("clipboard", "webkit-fake-url", "untitled"),
    }
)
# Hosts and paths that need the login of the browser they were copied from.
_ATTACHMENT_URL = re.compile(
    r"https?://(?:github\.com/(?:user-attachments/|[^/]+/[^/]+/assets/)"
    r"|private-user-images\.githubusercontent\.com/"
    r"|(?:files|cdn)\.oaiusercontent\.com/"
    r"|files\.slack\.com/)",
    re.IGNORECASE,
)
# Folders of the clients' own sandboxes; real only when they lie inside a root of ours.
_CLIENT_FOLDERS = ("/mnt/user-data/", "/mnt/data/", "/home/claude/", "/mnt/attachments/")


def parse_reference(text: str, limits: Limits) -> Reference:
    """Find out what kind of reference this is.

    Raises:
        MediaReferenceError: It is none, or one that only the client can open.
        MediaError: Content inside it is damaged or over a limit.
    """
    if len(text) > limits.reference_chars:
        raise MediaReferenceError(
            f"The reference has more than {limits.reference_chars} characters.",
            "Save the picture inside an allowed folder and pass its path.",
        )
    if text[:64].lstrip()[:5].lower() == "data:":
        return InlineReference(_parse_data_uri(text.strip(), limits))
    if _BASE64.fullmatch(text) and (inline := _parse_base64(text, limits)):
        return inline
    plain = _unwrap(text)
    _check_text(plain, limits)
    return _parse_by_scheme(plain)


def display_name(reference: Reference) -> str:
    """Return what a user may see: no folder, no query string, no content."""
    match reference:
        case PathReference(path):
            return printable(re.split(r"[\\/]", path.rstrip("\\/"))[-1])
        case UrlReference(url):
            return printable(_last_segment(url))
        case InlineReference():
            return "inline data"
        case ArtifactReference(key):
            return f"artifact {key[:8]}"


def _last_segment(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    return unquote(path).rstrip("/").rsplit("/", 1)[-1] or "download"


def printable(text: str, max_chars: int = 80) -> str:
    """Show control, invisible and direction characters as escapes, and cut to a length."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= max_chars else shown[: max_chars - 1] + "…"


def advice_for_missing(path: str) -> str:
    """Return what to do about a path of a client's own sandbox; empty for any other path."""
    return NOT_SENT if path.startswith(_CLIENT_FOLDERS) else ""


def _unwrap(text: str) -> str:
    """Take off one `@` of a chat mention and one pair of quotes, in either order."""
    for _ in range(2):
        text = text.removeprefix("@") if len(text) > 1 else text
        if len(text) > 2 and text[0] == text[-1] and text[0] in _QUOTES:
            text = text[1:-1]
    return text


def _check_text(text: str, limits: Limits) -> None:
    if not text.strip():
        raise MediaReferenceError("The reference is empty.", FORMS)
    if len(os.fsencode(_encodable(text))) > limits.path_chars:
        raise MediaReferenceError(
            f"The reference is longer than {limits.path_chars} bytes and is no picture in base64.",
            FORMS,
        )
    if "\0" in text:
        raise MediaReferenceError("The reference contains a NUL character.", FORMS)


def _encodable(text: str) -> str:
    """Refuse lone surrogates: no file system call and no request could carry them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MediaReferenceError("The reference is not valid Unicode text.", FORMS) from None
    return text


def _parse_by_scheme(text: str) -> Reference:
    if _DRIVE.match(text) or text.startswith("\\\\"):
        return _parse_windows_path(text)
    bare = text.strip()
    found = _SCHEME.match(bare)
    scheme = found[1].lower() if found else ""
    if scheme in _CLIENT_SCHEMES or scheme.startswith("vscode"):
        raise MediaReferenceError(
            f"A `{scheme}:` reference means something in its client only.", NOT_SENT
        )
    if parse := _PARSERS.get(scheme):
        return parse(bare)
    if scheme and bare[len(scheme) + 1 :].startswith("//"):
        raise MediaReferenceError(f"`{scheme}:` addresses are not supported.", FORMS)
    return PathReference(_expand_home(text))


def _parse_windows_path(text: str) -> PathReference:
    if text.startswith("\\\\"):
        raise MediaReferenceError(
            "Network shares are not read.",
            "Copy the file into an allowed folder and pass its path.",
        )
    if sys.platform == "win32":
        return PathReference(text.removeprefix("/"))
    raise MediaReferenceError(
        "This is a Windows path, but the server runs on another system.",
        "Pass the path as the server sees it; inside WSL, C:\\ is /mnt/c/.",
    )


def _expand_home(text: str) -> str:
    if text == "~" or text.startswith(("~/", "~\\")):
        return str(Path.home()) + text[1:]
    return text


def _parse_file_url(url: str) -> PathReference:
    rest = url[len("file:") :]
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host.lower() not in ("", "localhost"):
            raise MediaReferenceError(
                "A file URL must point to this computer.",
                "Write it as file:///path/to/picture.png.",
            )
        rest = slash + path
    # `#` and `?` are kept: clients put them into file URLs unescaped, and no picture needs a fragment.
    path = _encodable(unquote(rest))
    if "\0" in path or not path:
        raise MediaReferenceError("The file URL has no usable path.", FORMS)
    return _parse_windows_path(path) if _DRIVE.match(path) else PathReference(path)


def _parse_url(url: str) -> UrlReference:
    if _ATTACHMENT_URL.match(url):
        raise MediaReferenceError(
            "This attachment opens only with the login it belongs to.", NOT_SENT
        )
    return UrlReference(url)


def _parse_artifact(uri: str) -> ArtifactReference:
    if found := _ARTIFACT.fullmatch(uri):
        return ArtifactReference(found[1])
    raise MediaReferenceError(
        "This chalklens:// address is not a picture.",
        f"Pictures are at {URI_PREFIX}<32 hex digits>.",
    )


_PARSERS: dict[str, Callable[[str], Reference]] = {
    "file": _parse_file_url,
    "http": _parse_url,
    "https": _parse_url,
    "chalklens": _parse_artifact,
}


def _parse_data_uri(uri: str, limits: Limits) -> bytes:
    comma = uri.find(",", 0, _MAX_DATA_HEADER_CHARS)
    if comma < 0:
        raise MediaReferenceError("The data URI has no content.", FORMS)
    body = uri[comma + 1 :]
    is_base64 = uri[:comma].lower().rstrip().endswith(";base64")
    data = _decode_base64(unquote(body) if "%" in body else body, limits) if is_base64 else None
    return unquote_to_bytes(_encodable(body)) if data is None else data


def _parse_base64(text: str, limits: Limits) -> InlineReference | None:
    """Base64 without a prefix counts when it is picture data, or too long to be a path."""
    too_long = len(text) > limits.path_chars
    try:
        data = _decode_base64(text, limits)
        if not too_long:
            sniff(data)
    except MediaError:
        if too_long:
            raise
        return None
    return InlineReference(data)


def _decode_base64(text: str, limits: Limits) -> bytes:
    """Decode the standard or the URL alphabet, with or without padding and line breaks.

    Raises:
        MediaError: It is not base64, is empty, or is over the size limit.
    """
    packed = text.translate(_TO_STANDARD_ALPHABET).rstrip("=")
    if not _BASE64_FORM.fullmatch(packed) or len(packed) % 4 == 1:
        raise MediaError(
            "The base64 data is damaged or cut off.",
            "Encode the whole file again, or save it inside an allowed folder and pass its path.",
        )
    head = base64.b64decode(packed[: 4 * 256]) if len(packed) >= 1024 else b""
    check_size(len(packed) * 3 // 4, size_limit(head, limits))
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4))
    except binascii.Error as error:  # pragma: no cover - the form was checked
        raise MediaError("The base64 data is damaged.", "Encode the file again.") from error
