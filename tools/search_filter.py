"""Where a search looks, as a model or a command line says it.

How it is used: `read_filter(Filter(tags=["week 3"], after="2026-01-31"))`. What it leaves out: what may
be said about collections and sources, which the search itself checks.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chalklens.errors import InputError
from chalklens.types import SearchFilter
from tools.arguments import OneOrMore, PageNumber, Words
from tools.moments import read_moment


class Filter(BaseModel):
    """Where to look; several values of one field mean any of them, except for tags."""

    model_config = ConfigDict(extra="forbid")

    collections: Words | None = None
    sources: Words | None = Field(default=None, description="Names or patterns: guides/*.pdf")
    pages: Annotated[list[PageNumber], OneOrMore] | None = Field(
        default=None, min_length=1, max_length=2, description="[first, last]"
    )
    tags: Words | None = Field(default=None, description="All of them.")
    after: str | None = Field(default=None, max_length=40, description="Modified since: 2026-01-31")
    before: str | None = Field(default=None, max_length=40, description="Modified until.")


def read_filter(given: Filter) -> SearchFilter:
    """Turn arguments into a filter.

    Raises:
        InputError: Not a date, or pages in the wrong order.
    """
    pages = given.pages or [None]
    first, last = pages[0], pages[-1]
    if first and last and first > last:
        raise InputError(f"Page {first} comes after page {last}.", "Write pages: [first, last].")
    return SearchFilter(
        collections=tuple(given.collections or ()),
        sources=tuple(given.sources or ()),
        first_page=first,
        last_page=last,
        tags=tuple(given.tags or ()),
        modified_from=read_moment(given.after, ends_day=False),
        modified_to=read_moment(given.before, ends_day=True),
    )
