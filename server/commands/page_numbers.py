"""Pages as they are written on the command line: `3`, `3-7`, `2-4,7`.

How it is used: `read_pages(page, most)` with what `options.page_option` gave. Search, which narrows to
one stretch of pages, takes `read_range`.

What it leaves out: which pages a document has.
"""

import re
from collections.abc import Sequence

from chalklens.errors import InputError

LAST_PAGE = 100_000

_RANGE = re.compile(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?", re.ASCII)


def read_pages(given: Sequence[str] | None, most: int) -> list[int] | None:
    """Read lists of pages and ranges, in the order they are named; None for nothing.

    Args:
        given: `2-4,7` each.
        most: Pages that one call takes.

    Raises:
        InputError: It is no such list, or names too many pages.
    """
    ranges = [read_range(part) for text in given or () for part in text.split(",")]
    count = sum(last - first + 1 for first, last in ranges)
    if count > most:
        raise InputError(
            f"{count:,} pages are named; one call takes {most}.", "Name fewer pages at a time."
        )
    return [page for first, last in ranges for page in range(first, last + 1)] or None


def read_range(text: str) -> tuple[int, int]:
    """Read `3` or `3-7`: first and last page.

    Raises:
        InputError: It is neither.
    """
    found = _RANGE.fullmatch(text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not (1 <= first <= LAST_PAGE and 1 <= last <= LAST_PAGE):
        raise InputError(f"{text!r} is not a page or a range of pages.", "Write --page 3 or 3-7.")
    if first > last:
        raise InputError(f"Page {first} comes after page {last}.", f"Write --page {last}-{first}.")
    return first, last
