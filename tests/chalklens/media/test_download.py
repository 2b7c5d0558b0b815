import pytest

from chalklens.errors import MediaError
from chalklens.media.fetch import Download, Validators, download, fetch
from tests.chalklens.media.test_fetch import LIMITS, PRIVATE, ok, site

pytestmark = pytest.mark.anyio

NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n"
KNOWN = Validators('W/"a"', "Wed, 21 Oct 2026 07:28:00 GMT")


async def get(url: str, known: Validators | None = None) -> Download:
    return await download(url, PRIVATE, LIMITS, accept="text/plain", known=known)


async def test_validators_type_and_age_come_with_the_content() -> None:
    headers = b'ETag: W/"a"\r\nContent-Type: Text/Plain; charset=x\r\nCache-Control: max-age=60\r\n'
    async with site(page=ok(b"text", headers)) as there:
        found = await get(f"{there.url}/page")
    assert found == Download(b"text", "text/plain", Validators('W/"a"', ""), 60)
    assert "Accept: text/plain\r\n" in there.requests[0]
    assert "If-None-Match" not in there.requests[0]


async def test_what_is_known_is_asked_about_and_not_sent_again() -> None:
    async with site(page=NOT_MODIFIED) as there:
        found = await get(f"{there.url}/page", KNOWN)
    assert found.data is None
    assert 'If-None-Match: W/"a"' in there.requests[0]
    assert "If-Modified-Since: Wed, 21 Oct 2026 07:28:00 GMT" in there.requests[0]


async def test_not_modified_is_an_error_when_nobody_asked() -> None:
    async with site(page=NOT_MODIFIED) as there:
        for known in (None, Validators()):
            with pytest.raises(MediaError, match="status 304"):
                await get(f"{there.url}/page", known)
        with pytest.raises(MediaError, match="status 304"):
            await fetch(f"{there.url}/page", PRIVATE, LIMITS)


@pytest.mark.parametrize("etag", [b"x" * 600, b"\xe4\xf6", b""])
async def test_an_etag_that_could_not_be_sent_back_counts_as_none(etag: bytes) -> None:
    async with site(page=ok(b"text", b"ETag: " + etag + b"\r\n")) as there:
        assert (await get(f"{there.url}/page")).validators == Validators()


@pytest.mark.parametrize(
    ("status", "code"), [(404, "gone"), (410, "gone"), (503, "unreadable_media")]
)
async def test_gone_for_good_is_told_from_away_for_now(status: int, code: str) -> None:
    answer = f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()
    async with site(page=answer) as there:
        with pytest.raises(MediaError) as error:
            await get(f"{there.url}/page")
    assert error.value.code == code
