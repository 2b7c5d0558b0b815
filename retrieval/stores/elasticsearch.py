"""Chunks in Elasticsearch, by its official client.

How it is used: `open_elasticsearch(address, parameters)` gives a `Store`. Two indices, `<name>-chunks`
(vectors and tokens; `_meta` of its mapping holds the parameters) and `<name>-documents` (also the head,
see `revisions.py`). The head is written on the condition that nobody else has written it since, so a
second writer is refused.

Tested against a stub that checks every request strictly (`tests/retrieval/stores/elasticsearch_stub.py`);
not run against a live server yet. What it leaves out: OpenSearch, whose kNN search is another one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TypeVar

from chalklens.errors import BusyError, ChalklensError, StorageError, UnavailableError
from chalklens.types import SearchFilter
from retrieval.stores.addresses import StoreAddress
from retrieval.stores.elasticsearch_queries import (
    MAX_CANDIDATES,
    Json,
    write_chunk_index,
    write_conditions,
    write_document_index,
    write_knn,
    write_sparse_query,
    write_visible,
)
from retrieval.stores.revisions import Head, RevisionedStore, open_index
from retrieval.stores.rows import CHUNK_FIELDS, DOCUMENT_FIELDS, Row
from retrieval.stores.store import Found, IndexParameters, Vectors

if TYPE_CHECKING:
    from elasticsearch import ApiError, Elasticsearch

CONNECT_TIMEOUT_S = 10.0
REQUEST_TIMEOUT_S = 60.0
BULK_ROWS = 200  # about 3 MB at 384 dimensions; Elasticsearch takes 100 MB
HEAD = "head"
FULL_DISK = ("disk usage exceeded", "read-only-allow-delete", "cluster_block_exception")
Answer = TypeVar("Answer")


def open_elasticsearch(
    address: StoreAddress,
    parameters: IndexParameters | None,
    *,
    readonly: bool = False,
    rebuild: bool = False,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
) -> RevisionedStore:
    """Open the index, or make it; see `revisions.open_index` for the arguments and errors."""
    engine = ElasticsearchEngine(address, connect_timeout_s)
    return open_index(engine, parameters, readonly=readonly, rebuild=rebuild)


class ElasticsearchEngine:
    """Rows in two indices. See `revisions.Engine` for the methods."""

    kind = "elasticsearch"
    notes: tuple[str, ...] = ()

    def __init__(self, address: StoreAddress, connect_timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        self._address = address
        self._chunks = f"{address.name}-chunks"
        self._documents = f"{address.name}-documents"
        self.parameters = IndexParameters("", 0, "", "")
        self._client = _connect(address)
        self._check(connect_timeout_s)

    # The index as a whole

    def open(self) -> bool:
        """Take over the index that is there; False when there is none."""
        if not (self._exists(self._chunks) and self._exists(self._documents)):
            return False
        if not self._ask(lambda client: client.exists(index=self._documents, id=HEAD)):
            return False  # its making was cut off
        mapping = self._ask(lambda client: client.indices.get_mapping(index=self._chunks))
        self.parameters = IndexParameters(
            **mapping[self._chunks]["mappings"]["_meta"]["parameters"]
        )
        return True

    def create(self, parameters: IndexParameters, index: str) -> None:
        """Make an empty index; one of ours in its place goes."""
        self.drop()
        meta = {"made_by": "chalklens", "parameters": asdict(parameters)}
        for name, body in (
            (self._chunks, write_chunk_index(parameters.dimensions, meta)),
            (self._documents, write_document_index()),
        ):
            self._ask(
                lambda client, name=name, body=body: client.indices.create(index=name, **body)
            )
        self.parameters = parameters
        self.write_head(Head(index))

    def drop(self) -> None:
        """Remove the index, also a half-made one."""
        for name, field in ((self._chunks, "text_hash"), (self._documents, HEAD)):
            if not self._exists(name):
                continue
            mapping = self._ask(lambda client, name=name: client.indices.get_mapping(index=name))
            if field not in mapping[name]["mappings"].get("properties", {}):
                raise UnavailableError(
                    f"An index {name} that is not ours stands in {self._address.display}.",
                    "Choose another name: ?name=notes at the end of the address.",
                )
            self._ask(lambda client, name=name: client.indices.delete(index=name))

    # The head

    def read_head(self) -> Head:
        """Return the head; reading by id is not delayed by a refresh."""
        found = self._ask(lambda client: client.get(index=self._documents, id=HEAD))
        head = found["_source"][HEAD]
        version = (found["_seq_no"], found["_primary_term"])
        return Head(head["index"], head["generation"], tuple(head["superseded"]), version)

    def write_head(self, head: Head) -> Head:
        """Replace the head, unless somebody else did since it was read."""
        condition: Json = {"op_type": "create"}
        if head.version:
            condition = {"if_seq_no": head.version[0], "if_primary_term": head.version[1]}
        document = {
            HEAD: {
                "index": head.index,
                "generation": head.generation,
                "superseded": list(head.superseded),
            }
        }
        written = self._ask(
            lambda client: client.index(
                index=self._documents, id=HEAD, document=document, **condition
            )
        )
        return replace(head, version=(written["_seq_no"], written["_primary_term"]))

    # Writing

    def insert(self, chunks: list[Row], documents: list[Row]) -> None:
        """Add rows and make them searchable."""
        joined = [{**row, "tokens": " ".join(row["tokens"])} for row in chunks]
        for name, rows in ((self._chunks, joined), (self._documents, documents)):
            for start in range(0, len(rows), BULK_ROWS):
                self._write_bulk(name, rows[start : start + BULK_ROWS])
            if rows:
                self._ask(lambda client, name=name: client.indices.refresh(index=name))

    def delete_later(self, generation: int) -> None:
        """Delete rows of later revisions, also those that no search would see yet."""
        for name in (self._chunks, self._documents):
            self._ask(lambda client, name=name: client.indices.refresh(index=name))
        self._delete([{"range": {"revision": {"gt": generation}}}])

    def delete_earlier(self, documents: Sequence[str], generation: int) -> None:
        """Delete rows of earlier revisions."""
        self._delete(
            [
                {"terms": {"document": list(documents)}},
                {"range": {"revision": {"lt": generation}}},
            ]
        )

    # Reading

    def count(self, head: Head) -> tuple[int, int]:
        """Return documents and chunks."""
        query = {"bool": {"filter": write_visible(head)}}
        documents, chunks = (
            self._ask(lambda client, name=name: client.count(index=name, query=query))["count"]
            for name in (self._documents, self._chunks)
        )
        return documents, chunks

    def search_sparse(
        self,
        head: Head,
        tokens: Sequence[str],
        k: int,
        where: SearchFilter,
        phrases: Sequence[Sequence[str]],
    ) -> Found:
        """Return chunks by BM25."""
        query = write_sparse_query(tokens, phrases, write_conditions(where, head))
        hits = self._search(self._chunks, ("chunk",), size=min(k, MAX_CANDIDATES), query=query)
        return _rank((row["chunk"], score) for row, score in hits)

    def search_dense(self, head: Head, vector: Vectors, k: int, where: SearchFilter) -> Found:
        """Return chunks by inner product, which Elasticsearch scores as (1 + product) / 2."""
        knn = write_knn(vector.tolist(), k, write_conditions(where, head))
        hits = self._search(self._chunks, ("chunk",), size=knn["k"], knn=knn)
        return _rank((row["chunk"], 2 * score - 1) for row, score in hits)

    def get_chunks(self, head: Head, ids: Sequence[str]) -> list[Row]:
        """Return the rows of chunks."""
        return self._find(self._chunks, CHUNK_FIELDS, head, {"terms": {"chunk": list(ids)}})

    def get_range(self, head: Head, document: str, first: int, last: int) -> list[Row]:
        """Return the rows of a document's chunks."""
        return self._find(
            self._chunks,
            CHUNK_FIELDS,
            head,
            {"term": {"document": {"value": document}}},
            {"range": {"ordinal": {"gte": first, "lte": last}}},
        )

    def get_documents(self, head: Head, ids: Sequence[str]) -> list[Row]:
        """Return the rows of documents."""
        return self._find(
            self._documents, DOCUMENT_FIELDS, head, {"terms": {"document": list(ids)}}
        )

    def list_documents(
        self, head: Head, collection: str | None, offset: int, limit: int
    ) -> list[Row]:
        """Return rows by collection and source."""
        conditions = write_visible(head)
        if collection is not None:
            conditions.append({"term": {"collection": {"value": collection}}})
        hits = self._search(
            self._documents,
            DOCUMENT_FIELDS,
            query={"bool": {"filter": conditions}},
            sort=[{"collection": "asc"}, {"source": "asc"}],
            from_=offset,
            size=limit,
        )
        return [row for row, _ in hits]

    def get_vectors(self, head: Head, field: str, values: Sequence[str]) -> dict[str, list[float]]:
        """Return vectors by a field of their chunks."""
        rows = self._find(self._chunks, (field, "vector"), head, {"terms": {field: list(values)}})
        return {row[field]: row["vector"] for row in rows}

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    # Speaking with Elasticsearch

    def _check(self, timeout_s: float) -> None:
        """Make sure that it is there, and that it is Elasticsearch."""
        try:
            self._ask(
                lambda client: client.options(request_timeout=timeout_s, max_retries=0).info()
            )
        except ChalklensError:
            self._client.close()
            raise

    def _exists(self, name: str) -> bool:
        return bool(self._ask(lambda client: client.indices.exists(index=name)))

    def _write_bulk(self, name: str, rows: list[Row]) -> None:
        operations: list[Json] = []
        for row in rows:
            source = {field: value for field, value in row.items() if field != "key"}
            operations += [{"index": {"_id": row["key"]}}, source]
        answer = self._ask(lambda client: client.bulk(index=name, operations=operations))
        items: list[Json] = answer["items"] if answer["errors"] else []
        for item in items:
            if error := item["index"].get("error"):
                raise self._explain(f"{error['type']}: {error['reason']}", error["type"])

    def _delete(self, conditions: list[Json]) -> None:
        query = {"bool": {"filter": conditions}}
        for name in (self._chunks, self._documents):
            answer = self._ask(
                lambda client, name=name: client.delete_by_query(
                    index=name, query=query, refresh=True, conflicts="proceed"
                )
            )
            if answer["failures"]:
                raise self._explain(str(answer["failures"][0]))

    def _find(self, name: str, fields: Sequence[str], head: Head, *conditions: Json) -> list[Row]:
        """Return all rows that match; each condition bounds them to `READ_ROWS` of a revision."""
        query = {"bool": {"filter": [*write_visible(head), *conditions]}}
        return [row for row, _ in self._search(name, fields, query=query, size=MAX_CANDIDATES)]

    def _search(self, name: str, fields: Sequence[str], **body: Any) -> list[tuple[Row, float]]:
        answer = self._ask(
            lambda client: client.search(index=name, source_includes=list(fields), **body)
        )
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise self._explain("some shards did not answer")
        return [(hit["_source"], hit["_score"] or 0.0) for hit in answer["hits"]["hits"]]

    def _ask(self, work: "Callable[[Elasticsearch], Answer]") -> Answer:
        """Ask the client; its errors become ours."""
        from elasticsearch import ApiError, ConflictError, TransportError

        try:
            return work(self._client)
        except ConflictError:
            raise BusyError(
                f"Another process writes to {self._address.display}.",
                "Let one process at a time add to an index.",
            ) from None
        except ApiError as error:
            raise self._explain(
                f"{error.meta.status} {_read_reason(error)}", error.message
            ) from None
        except TransportError as error:
            raise self._explain(error.message) from None

    def _explain(self, reason: str, kind: str = "") -> ChalklensError:
        message = f"Elasticsearch at {self._address.display} did not do what was asked: "
        if any(sign in f"{kind} {reason}" for sign in FULL_DISK):
            return StorageError(message + self._address.scrub(reason), "Free some space there.")
        return UnavailableError(
            message + self._address.scrub(reason),
            "Check that it runs, that the address is right and that the user may use it.",
        )


def _connect(address: StoreAddress) -> "Elasticsearch":
    try:
        from elasticsearch import Elasticsearch
    except ImportError:
        raise UnavailableError(
            "An Elasticsearch store needs the package elasticsearch.",
            "pip install 'chalklens[elasticsearch]'",
        ) from None
    options: Json = {}
    if address.api_key:
        options["api_key"] = address.api_key
    elif address.user:
        options["basic_auth"] = (address.user, address.password)
    if certificates := address.options.get("ca_certs"):
        options["ca_certs"] = certificates
    # pending requests are repeated by RevisionedStore's caller: a batch may be applied twice
    return Elasticsearch(
        address.url,
        request_timeout=REQUEST_TIMEOUT_S,
        max_retries=2,
        retry_on_timeout=False,
        **options,
    )


def _read_reason(error: "ApiError") -> str:
    """Return what Elasticsearch says itself, where it says something."""
    body: Any = error.body
    try:
        return str(body["error"]["reason"])
    except (KeyError, TypeError):
        return error.message


def _rank(found: Iterator[tuple[str, float]]) -> Found:
    return Found.of(sorted(found, key=lambda item: (-item[1], item[0])))
