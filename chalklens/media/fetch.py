"""The one function that fetches a URL, with the guard that keeps it on the public internet.

How it is used: `await fetch(url, access, limits)` returns the bytes of a picture or PDF;
`await download(url, access, limits, accept=..., known=...)` any document, or nothing when it is still
the one whose `Validators` are given. A name is resolved once; every
address it has must be public (`addresses`), and the connection goes to one of exactly those, with the
Host header and TLS name of the URL: what was checked is what is used, also when the name changes its
mind. Redirects are followed by hand and each is checked like the first. No proxy, no cookies, no
credentials, no compression; bytes are counted as they come and the content decides the size limit.

Errors say what the caller sent and the status number, never what a server answered or where a name
points to. What it leaves out: caching, retries, HTTP/2.

Transport: httpcore2 (the lower half of the SDK's own HTTP client), loaded with the first fetch.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from chalklens.errors import MediaError, MediaReferenceError, TimeLimitError, UnavailableError
from chalklens.media.access import AccessPolicy
from chalklens.media.addresses import is_public
from chalklens.media.limits import Limits
from chalklens.media.references import UrlReference, display_name
from chalklens.media.sniffing import HEAD_BYTES, check_size, size_limit

if TYPE_CHECKING:
    import httpcore2

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
Headers = Mapping[str, str]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_UNCHANGED = 304
_PICTURES = "image/*, application/pdf"
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,512}")
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})", re.IGNORECASE)
GONE_CODE = "gone"
_SAVE_IT = "Download it yourself into an allowed folder and pass the path, or pass a data URI."


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one version of a document from the next (RFC 9110, 8.8), as the host sent it."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """What a host answered.

    Attributes:
        data: None when nothing changed since the validators that were sent.
        content_type: As declared, lower case, without parameters.
        max_age_s: For how long the host says it stays as it is (RFC 9111, 5.2.2.1).
    """

    data: bytes | None = field(repr=False)
    content_type: str
    validators: Validators
    max_age_s: int = 0


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return every address of a host, in the order the system prefers."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def fetch(
    url: str, access: AccessPolicy, limits: Limits, *, resolver: Resolver = resolve
) -> bytes:
    """Download one picture or PDF.

    Args:
        url: As given by the caller.
        access: Which hosts may be fetched from.
        limits: Seconds, redirects and bytes.
        resolver: Host and port to IP addresses; tests bring their own.

    Raises:
        UnavailableError: Fetching is switched off.
        MediaReferenceError: The address is not allowed, or cannot be reached.
        MediaError: It answers with an error or with something over a limit.
        TimeLimitError: It is too slow.
    """
    answer = await download(url, access, limits, accept=_PICTURES, resolver=resolver)
    return answer.data or b""


async def download(
    url: str,
    access: AccessPolicy,
    limits: Limits,
    *,
    accept: str,
    known: Validators | None = None,
    resolver: Resolver = resolve,
) -> Download:
    """Download a document unless it is the one that is known.

    Args:
        url: As given by the caller.
        access: Which hosts may be fetched from.
        limits: Seconds, redirects and bytes.
        accept: MIME types wanted, as the Accept header writes them.
        known: Of the version that is here already.
        resolver: Host and port to IP addresses; tests bring their own.

    Raises:
        UnavailableError, MediaReferenceError, TimeLimitError: As `fetch`.
        MediaError: As `fetch`; its code is `gone` when the host says that there is no such document.
    """
    if not access.allow_urls:
        raise UnavailableError(
            "Fetching addresses is switched off.",
            "Pass a path or a data URI, or start the server with --allow-url.",
        )
    try:
        async with asyncio.timeout(limits.download_s):
            return await _follow(url, _write_headers(accept, known), access, limits, resolver)
    except TimeoutError:
        raise TimeLimitError(
            f"The download of {_name(url)} took too long and was stopped.", _SAVE_IT
        ) from None


def _write_headers(accept: str, known: Validators | None) -> Headers:
    headers = {"User-Agent": "chalklens", "Accept": accept, "Accept-Encoding": "identity"}
    if known and known.etag:
        headers["If-None-Match"] = known.etag
    if known and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


async def _follow(
    url: str, headers: Headers, access: AccessPolicy, limits: Limits, resolver: Resolver
) -> Download:
    for _ in range(limits.redirects + 1):
        target = _check_url(url, access)
        answer = await _request(target, headers, access, limits, resolver)
        if isinstance(answer, Download):
            return answer
        url = _join(url, answer)
    raise MediaReferenceError(
        f"The address redirects more than {limits.redirects} times.", "Pass the final address."
    )


def _join(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise _invalid() from None


@dataclass(frozen=True, slots=True)
class _Target:
    """A URL that passed the check."""

    scheme: str
    host: str
    port: int
    path: str


def _check_url(url: str, access: AccessPolicy) -> _Target:
    """Take a URL apart and refuse whatever is not plain http(s) to an allowed host and port."""
    if _UNSAFE.search(url):
        raise _invalid()
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        raise _invalid() from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.port == 0:
        raise _invalid()
    if "@" in parts.netloc:
        raise MediaReferenceError(
            "Addresses with a user name or password are not fetched.", _SAVE_IT
        )
    host = _check_host(parts.hostname)
    _check_allowed(host, port, access)
    return _Target(parts.scheme, host, port, _request_path(parts))


def _invalid() -> MediaReferenceError:
    return MediaReferenceError(
        "This is not an http(s) address that can be fetched.",
        "Write it as https://host/path, with blanks as %20.",
    )


def _check_host(name: str) -> str:
    """Return the host in the letters of DNS, lower case, without a dot at the end."""
    try:
        host = name.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        raise _invalid() from None
    if not _HOST.fullmatch(host):
        raise _invalid()
    return host


def _check_allowed(host: str, port: int, access: AccessPolicy) -> None:
    listed = {entry.lower() for entry in access.allowed_url_hosts}
    has_port = f"{host}:{port}" in listed
    if listed and not has_port and host not in listed:
        raise MediaReferenceError("This host is not on the list of allowed hosts.", _SAVE_IT)
    if port not in _DEFAULT_PORTS.values() and not has_port and not access.allow_private_hosts:
        raise MediaReferenceError("Only ports 80 and 443 are fetched from.", _SAVE_IT)


def _request_path(parts: SplitResult) -> str:
    keep = "/%:@!$&'()*+,;=~-._?"
    query = f"?{quote(parts.query, safe=keep)}" if parts.query else ""
    return quote(parts.path or "/", safe=keep) + query


def _name(url: str) -> str:
    return display_name(UrlReference(url))


async def _addresses(target: _Target, access: AccessPolicy, resolver: Resolver) -> Sequence[str]:
    """Resolve once. One bad address among good ones spoils the host: answers can be mixed on purpose."""
    try:
        found = list(await resolver(target.host, target.port))
    except (OSError, UnicodeError):
        raise _not_public() from None
    if not found or not (access.allow_private_hosts or all(map(is_public, found))):
        raise _not_public()
    return found


def _not_public() -> MediaReferenceError:
    """One text for unknown names and private addresses: no probing of the local network."""
    return MediaReferenceError("The host has no public address.", _SAVE_IT)


async def _request(
    target: _Target, headers: Headers, access: AccessPolicy, limits: Limits, resolver: Resolver
) -> Download | str:
    """One request: the content, or where it redirects to."""
    import httpcore2

    try:
        async with asyncio.timeout(limits.connect_s) as patience:
            addresses = await _addresses(target, access, resolver)
            async with (
                httpcore2.AsyncConnectionPool(network_backend=_pinned(addresses)) as pool,
                pool.stream("GET", _url(target), headers=[*headers.items()]) as response,
            ):
                if response.status in _REDIRECTS:
                    return _header(response, b"location")
                if response.status == _UNCHANGED and _asks_for_changes(headers):
                    return _describe(response, None)
                _check_answer(response, limits)
                return _describe(response, await _read(response, limits, patience))
    except (httpcore2.NetworkError, httpcore2.TimeoutException):
        raise MediaReferenceError("The host cannot be reached.", _SAVE_IT) from None
    except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol):
        raise MediaError("The host broke off or did not answer properly.", _SAVE_IT) from None


def _url(target: _Target) -> "httpcore2.URL":
    import httpcore2

    return httpcore2.URL(
        scheme=target.scheme, host=target.host, port=target.port, target=target.path
    )


def _pinned(addresses: Sequence[str]) -> "httpcore2.AsyncNetworkBackend":
    """A network that connects to these addresses, whatever host it is asked for."""
    from chalklens.media.pinned_network import PinnedNetwork

    return PinnedNetwork(addresses)


def _header(response: "httpcore2.Response", name: bytes) -> str:
    for key, value in response.headers:
        if key.lower() == name:
            return value.decode("latin-1")
    return ""


def _asks_for_changes(headers: Headers) -> bool:
    return "If-None-Match" in headers or "If-Modified-Since" in headers


def _describe(response: "httpcore2.Response", data: bytes | None) -> Download:
    etag, last_modified = (_header(response, name) for name in (b"etag", b"last-modified"))
    age = _MAX_AGE.search(_header(response, b"cache-control"))
    return Download(
        data,
        _header(response, b"content-type").partition(";")[0].strip().lower(),
        # What could not be sent back as it is counts as missing.
        Validators(*(v if _VALIDATOR.fullmatch(v) else "" for v in (etag, last_modified))),
        int(age[1]) if age else 0,
    )


def _check_answer(response: "httpcore2.Response", limits: Limits) -> None:
    if response.status != 200:
        code = GONE_CODE if response.status in _GONE else ""
        raise MediaError(f"The host answered with status {response.status}.", _SAVE_IT, code=code)
    if _header(response, b"content-encoding").lower() not in ("", "identity"):
        raise MediaError("The host sends compressed data although asked not to.", _SAVE_IT)
    length = _header(response, b"content-length")
    if length.isdigit():
        check_size(int(length[:20]), max(limits.document_bytes, limits.file_bytes))


async def _read(response: "httpcore2.Response", limits: Limits, patience: asyncio.Timeout) -> bytes:
    """Read to the end; once the first bytes are here only the whole download is timed."""
    data = bytearray()
    async for part in response.aiter_stream():
        data += part
        if len(data) >= HEAD_BYTES:
            patience.reschedule(None)
            check_size(len(data), size_limit(bytes(data[:HEAD_BYTES]), limits))
    return bytes(data)
