"""Documents by address: asked for again with what the host said last time, read only when changed.

How it is used: `OnlineReader(access).read(item)` in the indexing worker's loading thread returns the
`Content` for the loader. The guard against private addresses, the limits and the clock are those of
`chalklens.media.fetch`; the ETag and Last-Modified of the former answer go along, and "304 not
modified" costs nothing more. HTML, PDF, text, Markdown, Word and PowerPoint are taken.

What it leaves out: following links. One address is one document.
"""

import asyncio
import time
from email.utils import parsedate_to_datetime

from chalklens.media.access import AccessPolicy
from chalklens.media.fetch import Resolver, Validators, download, resolve
from chalklens.media.limits import Limits
from retrieval.jobs import Content
from retrieval.records import Item

MIN_REST_S = 300.0
MAX_REST_S = 86_400.0

ACCEPT = (
    "text/html, application/xhtml+xml, application/pdf, text/markdown, text/plain;q=0.9, "
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document, "
    "application/vnd.openxmlformats-officedocument.presentationml.presentation, */*;q=0.1"
)


class OnlineReader:
    """Reads addresses.

    Args:
        access: Which hosts may be fetched from.
        limits: Seconds, redirects and bytes.
        resolver: Host and port to IP addresses; tests bring their own.
    """

    def __init__(
        self, access: AccessPolicy, limits: Limits | None = None, resolver: Resolver = resolve
    ) -> None:
        self._access, self._limits, self._resolver = access, limits or Limits(), resolver

    def read(self, url: str, item: Item) -> Content:
        """Fetch an address unless it is what `item` says is indexed. Blocks.

        Raises:
            ChalklensError: What `chalklens.media.fetch.download` raises.
        """
        known = Validators(item.etag, item.last_modified) if item.state == "indexed" else None
        answer = asyncio.run(
            download(
                url,
                self._access,
                self._limits,
                accept=ACCEPT,
                known=known,
                resolver=self._resolver,
            )
        )
        rest_s = min(max(answer.max_age_s, MIN_REST_S), MAX_REST_S)
        changes: dict[str, object] = {"next_check_s": time.time() + rest_s}
        if answer.data is None:
            return Content(None, url, changes=changes)
        changes |= {
            "etag": answer.validators.etag,
            "last_modified": answer.validators.last_modified,
            "modified_s": _date(answer.validators.last_modified),
            "size_bytes": len(answer.data),
        }
        return Content(answer.data, url, answer.content_type, changes)


def _date(text: str) -> float:
    """Return UTC seconds since 1970; now when the host does not say."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError):
        return time.time()
