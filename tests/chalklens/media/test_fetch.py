import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalklens.errors import (
    ChalklensError,
    MediaError,
    MediaReferenceError,
    TimeLimitError,
    UnavailableError,
)
from chalklens.media.access import AccessPolicy
from chalklens.media.fetch import fetch
from chalklens.media.limits import Limits

pytestmark = pytest.mark.anyio

LIMITS = Limits(connect_s=5, download_s=5)
OPEN = AccessPolicy(allow_urls=True)
PRIVATE = AccessPolicy(allow_urls=True, allow_private_hosts=True)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)
OK = b"HTTP/1.1 200 OK\r\n"

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


class Site:
    """A server on this computer that answers paths with prepared bytes and notes the requests."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.requests: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(request)
        answer = self.answers[request.split()[1]]
        try:
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def site(**answers: Answer) -> AsyncGenerator[Site]:
    made = Site({f"/{name}": answer for name, answer in answers.items()})
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def ok(body: bytes, headers: bytes = b"") -> bytes:
    return OK + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


def redirect(to: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


class Names:
    """A resolver with prepared answers that notes who asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0)


async def unreachable(host: str, port: int) -> Sequence[str]:
    raise AssertionError("must not be resolved")


async def test_the_bytes_of_a_url_come_back() -> None:
    async with site(a=ok(PNG)) as there:
        assert await fetch(f"{there.url}/a#part", PRIVATE, LIMITS) == PNG
    assert there.requests[0].startswith("GET /a HTTP/1.1\r\n")


async def test_nothing_about_the_user_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with site(a=redirect("/b"), b=ok(PNG, b"Set-Cookie: x=1\r\n")) as there:
        assert await fetch(f"{there.url}/a", PRIVATE, LIMITS) == PNG
    for request in there.requests:
        names = {line.split(":")[0].lower() for line in request.split("\r\n")[1:] if line}
        assert names == {"host", "user-agent", "accept", "accept-encoding"}
        assert "accept-encoding: identity" in request.lower()


async def test_urls_are_off_unless_allowed() -> None:
    with pytest.raises(UnavailableError, match="switched off"):
        await fetch("https://example.org/a.png", AccessPolicy(), LIMITS, resolver=unreachable)


@pytest.mark.parametrize(
    "url",
    [
        "http:127.0.0.1",
        "http:///a.png",
        "http://",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://user:pw@example.org/",
        "http://user@example.org/",
        "http://example.org:22/",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://exa mple.org/",
        "http://example.org\\@evil.org/",
        "http://example.org/\r\nX: y",
        "http://exam%70le.org/",
        "http://[::1%25lo]/",
        "http://[::1/",
        "http://" + "a" * 300 + "/",
        "http://a..b/",
        "http://" + "ä" * 70 + ".org/",
    ],
)
async def test_an_address_that_is_not_plain_is_refused_before_anything_is_resolved(
    url: str,
) -> None:
    with pytest.raises(MediaReferenceError):
        await fetch(url, OPEN, LIMITS, resolver=unreachable)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://0/",
        "http://[::]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://LOCALHOST./",
        "http://127.0.0.1#@example.com/",
        "http://127.0.0.1\u3002/",
    ],
)
async def test_no_spelling_of_this_computer_is_fetched(url: str) -> None:
    with pytest.raises(MediaReferenceError) as caught:
        await fetch(url, OPEN, LIMITS)
    assert "127.0.0.1" not in str(caught.value)


async def test_one_private_address_among_public_ones_spoils_the_host() -> None:
    names = Names(["93.184.215.14", "10.0.0.1"])
    with pytest.raises(MediaReferenceError, match="no public address"):
        await fetch("http://example.org/a.png", OPEN, LIMITS, resolver=names)


async def test_unknown_and_private_hosts_give_the_same_text() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("name or service not known")

    texts: set[str] = set()
    for resolver in (unknown, Names([]), Names(["192.168.0.1"])):
        with pytest.raises(MediaReferenceError) as caught:
            await fetch("http://intranet/a.png", OPEN, LIMITS, resolver=resolver)
        texts.add(str(caught.value))
    assert len(texts) == 1


async def test_a_name_is_resolved_once_and_the_connection_goes_to_that_address() -> None:
    async with site(a=ok(PNG)) as there:
        names = Names(["127.0.0.1"])
        url = f"http://Picture.Example.:{there.port}/a"
        assert await fetch(url, PRIVATE, LIMITS, resolver=names) == PNG
    assert names.asked == [("picture.example", there.port)]
    assert f"host: picture.example:{there.port}\r\n" in there.requests[0].lower()


async def test_every_redirect_is_resolved_and_connected_anew() -> None:
    async with site(b=ok(PNG)) as there:
        there.answers["/a"] = redirect(f"http://two.example:{there.port}/b")
        names = Names(["127.0.0.1"], ["127.0.0.1"])
        url = f"http://one.example:{there.port}/a"
        assert await fetch(url, PRIVATE, LIMITS, resolver=names) == PNG
    assert [host for host, _ in names.asked] == ["one.example", "two.example"]


async def test_a_listed_host_and_port_does_not_make_a_private_address_public() -> None:
    async with site(a=ok(PNG)) as there:
        listed = AccessPolicy(allow_urls=True, allowed_url_hosts=(f"one.example:{there.port}",))
        names = Names(["127.0.0.1"])
        with pytest.raises(MediaReferenceError, match="no public address"):
            await fetch(f"http://one.example:{there.port}/a", listed, LIMITS, resolver=names)
    assert there.requests == []


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async with site(a=ok(PNG)) as there:
        names = Names(["127.0.0.2", "127.0.0.1"])
        url = f"http://two.example:{there.port}/a"
        assert await fetch(url, PRIVATE, LIMITS, resolver=names) == PNG


async def test_a_host_that_does_not_answer_is_a_clear_error() -> None:
    async with site() as there:
        port = there.port
    with pytest.raises(MediaReferenceError, match="cannot be reached"):
        await fetch(f"http://127.0.0.1:{port}/", PRIVATE, LIMITS)


@pytest.mark.parametrize("host", ["example.org", "EXAMPLE.org.", "example.org:443"])
async def test_only_listed_hosts_are_fetched_once_there_is_a_list(host: str) -> None:
    listed = AccessPolicy(allow_urls=True, allowed_url_hosts=("Example.org",))
    names = Names(["10.0.0.1"])
    with pytest.raises(MediaReferenceError, match="no public address"):
        await fetch(f"https://{host}/a", listed, LIMITS, resolver=names)
    for other in ("evil-example.org", "example.org.evil.org", "sub.example.org"):
        with pytest.raises(MediaReferenceError, match="not on the list"):
            await fetch(f"https://{other}/a", listed, LIMITS, resolver=unreachable)


async def test_a_listed_port_opens_that_port_only() -> None:
    listed = AccessPolicy(allow_urls=True, allowed_url_hosts=("example.org:8443",))
    names = Names(["10.0.0.1"])
    with pytest.raises(MediaReferenceError, match="no public address"):
        await fetch("https://example.org:8443/a", listed, LIMITS, resolver=names)
    with pytest.raises(MediaReferenceError, match="not on the list"):
        await fetch("https://example.org:8444/a", listed, LIMITS, resolver=unreachable)


async def test_redirects_are_followed_up_to_the_limit() -> None:
    async with site(
        a=redirect("b", 301), b=redirect("/c", 307), c=redirect("d"), d=ok(PNG)
    ) as there:
        assert await fetch(f"{there.url}/a", PRIVATE, LIMITS) == PNG
        assert len(there.requests) == 4
        with pytest.raises(MediaReferenceError, match="more than 2"):
            await fetch(f"{there.url}/a", PRIVATE, LIMITS.lowered(redirects=2))


@pytest.mark.parametrize(
    "to",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://u:p@example.org/",
        "",
        "http://[",
        "data:,x",
    ],
)
async def test_every_redirect_is_checked_like_the_first_address(to: str) -> None:
    async with site(a=redirect(to)) as there:
        with pytest.raises(MediaReferenceError):
            await fetch(f"{there.url}/a", PRIVATE, LIMITS)


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Content-Length: 5000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def stall(writer: asyncio.StreamWriter) -> None:
    await writer.wait_closed()


async def pour(writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"\r\n" + PNG)
    while True:
        writer.write(bytes(65536))
        await writer.drain()


async def begin_well(writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Content-Length: 5000\r\n\r\n" + PNG)
    await drip(writer)


async def test_a_host_that_stalls_or_drips_is_given_up() -> None:
    async with site(drip=drip, stall=stall, begin_well=begin_well) as there:
        for path, seconds in (
            ("drip", "connect_s"),
            ("stall", "connect_s"),
            ("begin_well", "download_s"),
        ):
            with pytest.raises(TimeLimitError, match=path):
                await fetch(f"{there.url}/{path}", PRIVATE, LIMITS.lowered(**{seconds: 0.2}))


async def test_an_endless_answer_is_cut_at_the_size_limit() -> None:
    async with site(pour=pour) as there:
        with pytest.raises(MediaError, match="larger than the limit"):
            await fetch(f"{there.url}/pour", PRIVATE, LIMITS.lowered(file_bytes=200_000))


async def test_an_announced_length_over_the_limit_is_refused_at_once() -> None:
    huge = OK + b"Content-Length: 1099511627776\r\n\r\n"
    async with site(huge=huge) as there:
        with pytest.raises(MediaError, match="larger than the limit"):
            await fetch(f"{there.url}/huge", PRIVATE, LIMITS)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 500 secret reason\r\nContent-Length: 4\r\n\r\nboom", "status 500"),
        (b"HTTP/1.1 404 x\r\nX: secret\r\nContent-Length: 0\r\n\r\n", "status 404"),
        (b"HTTP/1.1 206 x\r\nContent-Length: 0\r\n\r\n", "status 206"),
        (ok(b"secret", b"Content-Encoding: gzip\r\n"), "compressed"),
        (OK + b"Content-Length: 100\r\n\r\nsecret", "broke off"),
        (b"secret SSH-2.0\r\n\r\n", "properly"),
        (OK + b"A: " + b"x" * 200_000 + b"\r\n\r\n", "properly"),
    ],
)
async def test_a_bad_answer_is_an_error_without_its_text(answer: bytes, message: str) -> None:
    async with site(a=answer) as there:
        with pytest.raises(ChalklensError, match=message) as caught:
            await fetch(f"{there.url}/a", PRIVATE, LIMITS)
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return certificate_file, key_file


@pytest.mark.parametrize("trusted", [True, False])
async def test_tls_asks_for_the_name_of_the_url_and_checks_the_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    certificate, key = self_signed(tmp_path, "tls.example")
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    asked: list[str | None] = []

    def note(socket: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        asked.append(name)

    context.sni_callback = note
    there = Site({"/a": ok(PNG)})
    server = await asyncio.start_server(there.handle, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    url = f"https://tls.example:{port}/a"
    try:
        if trusted:
            assert await fetch(url, PRIVATE, LIMITS, resolver=Names(["127.0.0.1"])) == PNG
        else:
            with pytest.raises(MediaReferenceError, match="cannot be reached"):
                await fetch(url, PRIVATE, LIMITS, resolver=Names(["127.0.0.1"]))
    finally:
        server.close()
    assert asked == ["tls.example"]
