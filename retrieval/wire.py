"""Requests, results and reports as plain JSON values, for the pipes between server and workers.

How it is used: `dump_fields(result)` on one side, `load_result(...)` and its sisters on the other.
What it leaves out: the pipes (`chalklens.workers`).
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from chalklens.types import Hit, ScoreParts, SearchFilter, SearchRequest, SearchResult
from retrieval.reports import (
    DocumentEntry,
    DocumentList,
    DocumentText,
    KnowledgeStatus,
    SyncReport,
)

Fields = Mapping[str, Any]
_FILTER_LISTS = ("collections", "sources", "tags")


def dump_fields(
    value: SearchRequest
    | SearchResult
    | SyncReport
    | DocumentList
    | DocumentText
    | KnowledgeStatus,
) -> dict[str, Any]:
    """Return fields with nothing but JSON in them; tuples become lists on the way."""
    return asdict(value)


def load_request(fields: Fields) -> SearchRequest:
    """Read a search request."""
    where = SearchFilter(**_with(fields["filter"], **_tuples(fields["filter"], *_FILTER_LISTS)))
    return SearchRequest(**_with(fields, filter=where))


def load_result(fields: Fields) -> SearchResult:
    """Read a search result."""
    hits = tuple(_load_hit(hit) for hit in fields["hits"])
    return SearchResult(**_with(fields, hits=hits, **_tuples(fields, "notes")))


def load_report(fields: Fields) -> SyncReport:
    """Read the report of a sync."""
    failed = tuple((source, reason) for source, reason in fields["failed"])
    return SyncReport(**_with(fields, failed=failed))


def load_documents(fields: Fields) -> DocumentList:
    """Read a list of documents."""
    entries = (DocumentEntry(**_with(e, **_tuples(e, "tags"))) for e in fields["documents"])
    return DocumentList(tuple(entries), fields["total"])


def load_text(fields: Fields) -> DocumentText:
    """Read the text of a document."""
    return DocumentText(**_with(fields, **_tuples(fields, "tags")))


def load_status(fields: Fields) -> KnowledgeStatus:
    """Read a status."""
    return KnowledgeStatus(**_with(fields, **_tuples(fields, "watched")))


def _load_hit(fields: Fields) -> Hit:
    parts = ScoreParts(**fields["parts"])
    return Hit(**_with(fields, parts=parts, **_tuples(fields, "headings", "tags")))


def _with(fields: Fields, **changes: Any) -> dict[str, Any]:
    return {**fields, **changes}


def _tuples(fields: Fields, *names: str) -> dict[str, Any]:
    """JSON has lists only."""
    return {name: tuple(fields[name]) for name in names}
