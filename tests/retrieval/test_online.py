from dataclasses import replace

from chalklens.media.access import AccessPolicy
from chalklens.media.limits import Limits
from retrieval.online import OnlineReader
from retrieval.records import Item
from tests.retrieval.local_site import LocalSite

NEW = Item(1, "", "shown", "id")
PRIVATE = AccessPolicy(allow_urls=True, allow_private_hosts=True)


def reader() -> OnlineReader:
    return OnlineReader(PRIVATE, Limits(connect_s=10, download_s=10))


def test_a_page_comes_with_what_is_needed_to_ask_again() -> None:
    headers = b'ETag: "one"\r\nLast-Modified: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\n'
    with LocalSite(b"<p>Hello</p>", headers) as site:
        content = reader().read(site.url, NEW)
    assert (content.data, content.name, content.content_type) == (
        b"<p>Hello</p>",
        site.url,
        "text/html",
    )
    item = replace(NEW, **content.changes)
    assert (item.etag, item.last_modified[:16], item.modified_s) == (
        '"one"',
        "Wed, 21 Oct 2026",
        1792567680.0,
    )


def test_an_unchanged_page_is_not_sent_again() -> None:
    item = replace(
        NEW, state="indexed", etag='"one"', last_modified="Wed, 21 Oct 2026 07:28:00 GMT"
    )
    with LocalSite(b"", b"", status=b"304 Not Modified") as site:
        content = reader().read(site.url, item)
    assert content.data is None
    [request] = site.requests
    assert 'If-None-Match: "one"' in request
    assert "If-Modified-Since: Wed, 21 Oct 2026 07:28:00 GMT" in request


def test_a_page_that_is_not_indexed_is_fetched_whatever_its_etag() -> None:
    item = replace(NEW, state="failed", etag='"one"')
    with LocalSite(b"text", b"") as site:
        assert reader().read(site.url, item).data == b"text"
    assert "If-None-Match" not in site.requests[0]


def test_a_date_that_makes_no_sense_is_no_error() -> None:
    with LocalSite(
        b"text", b"Last-Modified: yesterday\r\nCache-Control: public, max-age=3600\r\n"
    ) as site:
        changes = reader().read(site.url, NEW).changes
    assert changes["modified_s"] > 1.7e9
    assert 3500 < changes["next_check_s"] - changes["modified_s"] < 3700
