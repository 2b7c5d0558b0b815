# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The two collections of a Milvus store.

How it is used: `create_chunks(call, name, ...)`, `create_documents(call, name, ...)`, where `call` is
`MilvusEngine.call`. What it leaves out: whatever reads or writes rows.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from retrieval.stores.rows import DOCUMENT_FIELDS

MAX_BYTES = 65_535  # of a VARCHAR
MAX_TAGS = 256
MAX_TAG_BYTES = 4096
FIRST_WITH_BM25 = (2, 5)  # https://milvus.io/docs/full-text-search.md
INTEGERS = ("ordinal", "first", "after", "page", "chunks", "characters")
CHUNK_STRINGS = (
    *("chunk", "document", "collection", "source", "title", "mime_type"),
    *("text", "headings", "text_hash"),
)
# The values of Lucene and tantivy, so that all stores rank alike.
BM25 = {"bm25_k1": 1.2, "bm25_b": 0.75}
HNSW = {"M": 16, "efConstruction": 200}


class Call(Protocol):
    """`MilvusEngine.call`."""

    def __call__(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a method of the client."""
        ...


def is_lite(version: str) -> bool:
    """Whether this is milvus-lite 3 (`milvus_lite-3.2.2`); `v2.3.5-lite` is a real server."""
    return version.startswith("milvus_lite")


def is_ours(description: Mapping[str, Any]) -> bool:
    """Whether a collection was made here."""
    return {"key", "revision", "collection"} <= {field["name"] for field in description["fields"]}


def has_bm25(version: str) -> bool:
    """Whether a server of this version has the BM25 function; unknown versions are taken for new."""
    if is_lite(version):
        return True
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return found is None or (int(found[1]), int(found[2])) >= FIRST_WITH_BM25


def create_chunks(call: Call, name: str, dimensions: int, sparse: bool, lite: bool) -> None:
    """Make the collection of chunks, with its indices."""
    from pymilvus import DataType, Function, FunctionType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    indices = MilvusClient.prepare_index_params()
    _add_fields(schema, CHUNK_STRINGS)
    analyzed: dict[str, Any] = {}
    if sparse:
        tokenizer = "standard" if lite else "whitespace"  # see write_tokens
        analyzed = {"enable_analyzer": True, "analyzer_params": {"tokenizer": tokenizer}}
        schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_function(Function("bm25", FunctionType.BM25, ["tokens"], ["sparse"]))
        # pymilvus 3 sends parameters one by one, milvus-lite reads them under one key only
        parameters = {"params": BM25} if lite else BM25
        indices.add_index(
            "sparse",
            index_type="SPARSE_INVERTED_INDEX",
            metric_type="BM25",
            params=parameters,
        )
    schema.add_field("tokens", DataType.VARCHAR, max_length=MAX_BYTES, **analyzed)
    if dimensions:
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimensions)
        kind, parameters = ("FLAT", {}) if lite else ("HNSW", HNSW)
        indices.add_index("vector", index_type=kind, metric_type="IP", params=parameters)
    _create(call, name, schema, indices)


def create_documents(call: Call, name: str) -> None:
    """Make the collection of documents and of the head. Milvus insists on a vector in it."""
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    indices = MilvusClient.prepare_index_params()
    integers = [field for field in DOCUMENT_FIELDS if field in INTEGERS]
    _add_fields(
        schema,
        [f for f in (*DOCUMENT_FIELDS, "state") if f not in (*integers, "modified", "tags")],
        integers,
    )
    schema.add_field("placeholder", DataType.FLOAT_VECTOR, dim=2)
    indices.add_index("placeholder", index_type="FLAT", metric_type="IP", params={})
    _create(call, name, schema, indices)


def _add_fields(
    schema: Any, strings: Any, integers: Any = ("ordinal", "first", "after", "page")
) -> None:
    from pymilvus import DataType

    schema.add_field("key", DataType.VARCHAR, max_length=128, is_primary=True)
    schema.add_field("revision", DataType.INT64)
    schema.add_field("modified", DataType.DOUBLE)
    schema.add_field(
        "tags",
        DataType.ARRAY,
        element_type=DataType.VARCHAR,
        max_capacity=MAX_TAGS,
        max_length=MAX_TAG_BYTES,
    )
    for field in strings:
        schema.add_field(field, DataType.VARCHAR, max_length=MAX_BYTES)
    for field in integers:
        schema.add_field(field, DataType.INT64)


def _create(call: Call, name: str, schema: Any, indices: Any) -> None:
    call("create_collection", name, schema=schema, consistency_level="Strong")
    call("create_index", name, index_params=indices, sync=False)  # nothing to wait for: it is empty
    call("load_collection", name)
