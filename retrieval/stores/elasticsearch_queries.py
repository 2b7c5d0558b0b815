"""Settings, mappings and queries of an Elasticsearch store, as JSON.

How it is used: `write_chunk_index(dimensions)` when an index is made, `write_conditions(where, head)` for
the filter of every search. Reference: Elasticsearch 8/9 guide, "Query DSL", "kNN search" and "Dense
vector field type". What it leaves out: sending anything.
"""

from collections.abc import Sequence
from typing import Any

from chalklens.types import SearchFilter
from retrieval.stores.patterns import write_regex
from retrieval.stores.revisions import Head

Json = dict[str, Any]

MAX_CANDIDATES = 10_000  # Elasticsearch's own limit of one kNN search, and of one page of hits
MAX_LISTED = 10_000_000  # documents that can be paged through; they are small
KEYWORD: Json = {"type": "keyword"}
LONG: Json = {"type": "long"}
STORED: Json = {"type": "keyword", "index": False, "doc_values": False}
# The values of Lucene and tantivy; index.similarity.default would be the same today.
SIMILARITY: Json = {"passages": {"type": "BM25", "k1": 1.2, "b": 0.75}}
SHARED: Json = {
    "revision": LONG,
    "document": KEYWORD,
    "collection": KEYWORD,
    "source": KEYWORD,
    "title": STORED,
    "mime_type": STORED,
    "modified": {"type": "double"},
    "tags": KEYWORD,
}


def write_chunk_index(dimensions: int, meta: Json) -> Json:
    """Return settings and mapping of the index of chunks; `meta` says what it was made with."""
    properties: Json = {
        **SHARED,
        "chunk": KEYWORD,
        "ordinal": LONG,
        "first": {**LONG, "index": False},
        "after": {**LONG, "index": False},
        "page": LONG,
        "text": {"type": "text", "index": False},  # found by its tokens
        "headings": STORED,
        "text_hash": KEYWORD,
        "tokens": {"type": "text", "analyzer": "whitespace", "similarity": "passages"},
    }
    if dimensions:
        properties["vector"] = {
            "type": "dense_vector",
            "dims": dimensions,
            "index": True,
            "similarity": "dot_product",
            # not quantised: the default of newer versions trades accuracy for memory
            "index_options": {"type": "hnsw", "m": 16, "ef_construction": 200},
        }
    return {
        "settings": {"index": {"similarity": SIMILARITY}},
        "mappings": {"dynamic": "strict", "_meta": meta, "properties": properties},
    }


def write_document_index() -> Json:
    """Return settings and mapping of the index of documents, which also holds the head."""
    return {
        "settings": {"index": {"max_result_window": MAX_LISTED}},
        "mappings": {
            "dynamic": "strict",
            "properties": {
                **SHARED,
                "sha256": STORED,
                "chunks": LONG,
                "characters": LONG,
                "head": {"type": "object", "enabled": False},
            },
        },
    }


def write_visible(head: Head) -> list[Json]:
    """Return conditions that are true of rows which readers may see."""
    conditions: list[Json] = [{"range": {"revision": {"lte": head.generation}}}]
    if head.superseded:
        gone = [
            {"terms": {"document": list(head.superseded)}},
            {"range": {"revision": {"lt": head.generation}}},
        ]
        conditions.append({"bool": {"must_not": [{"bool": {"filter": gone}}]}})
    return conditions


def write_conditions(where: SearchFilter, head: Head) -> list[Json]:
    """Return conditions on chunks, all of which must hold."""
    conditions = write_visible(head)
    if where.collections:
        conditions.append({"terms": {"collection": list(where.collections)}})
    if where.sources:
        patterns = [{"regexp": {"source": {"value": write_regex(p)}}} for p in where.sources]
        conditions.append({"bool": {"should": patterns, "minimum_should_match": 1}})
    conditions.extend({"term": {"tags": {"value": tag}}} for tag in where.tags)
    if where.first_page is not None or where.last_page is not None:
        conditions.append(_write_range("page", max(1, where.first_page or 1), where.last_page))
    if where.modified_from is not None or where.modified_to is not None:
        conditions.append(_write_range("modified", where.modified_from, where.modified_to))
    return conditions


def write_sparse_query(
    tokens: Sequence[str], phrases: Sequence[Sequence[str]], conditions: list[Json]
) -> Json:
    """Return BM25 over tokens, with phrases that must occur."""
    must = {"match": {"tokens": {"query": " ".join(tokens), "operator": "or"}}}
    side_by_side = [
        {"match_phrase": {"tokens": {"query": " ".join(phrase)}}} for phrase in phrases if phrase
    ]
    return {"bool": {"must": [must], "filter": [*conditions, *side_by_side]}}


def write_knn(vector: list[float], k: int, conditions: list[Json]) -> Json:
    """Return a search for the nearest vectors; the filter applies while it searches."""
    wanted = min(k, MAX_CANDIDATES)
    return {
        "field": "vector",
        "query_vector": vector,
        "k": wanted,
        "num_candidates": min(MAX_CANDIDATES, max(200, 2 * wanted)),
        "filter": conditions,
    }


def _write_range(field: str, first: float | None, last: float | None) -> Json:
    limits = {"gte": first, "lte": last}
    return {"range": {field: {name: value for name, value in limits.items() if value is not None}}}
