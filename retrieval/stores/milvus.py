# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Chunks in Milvus: a milvus-lite file, or a server, through one code path.

How it is used: `open_milvus(address, parameters)` gives a `Store`. Two collections, `<name>_chunks` and
`<name>_documents`; the latter also holds the head (`milvus_head.py`). Sparse search is Milvus' own BM25
function over our tokens (from Milvus 2.5, and in milvus-lite 3); an older server searches dense only and
says so in its notes.

What it leaves out: embedding and reranking functions of Milvus, partitions, making databases.
"""

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from chalklens.errors import InputError, UnavailableError
from chalklens.types import SearchFilter
from retrieval.stores.addresses import StoreAddress
from retrieval.stores.milvus_connection import CONNECT_TIMEOUT_S, MilvusConnection
from retrieval.stores.milvus_expressions import (
    quote,
    write_filter,
    write_list,
    write_phrases,
    write_tokens,
    write_visible,
)
from retrieval.stores.milvus_head import MilvusHeads
from retrieval.stores.milvus_schema import (
    MAX_BYTES,
    create_chunks,
    create_documents,
    has_bm25,
    is_lite,
    is_ours,
)
from retrieval.stores.revisions import Head, RevisionedStore, open_index
from retrieval.stores.rows import CHUNK_FIELDS, DOCUMENT_FIELDS, Row
from retrieval.stores.store import Found, IndexParameters, Vectors

INSERT_ROWS = 200  # about 2 MB at 384 dimensions; Milvus takes 64 MB
MAX_HITS = 16_384  # Milvus' own limit of one search
MAX_SOURCES = 10_000  # documents that patterns may select: their ids go into the expression
FLUSH_ROWS = 1000  # milvus-lite searches rows that are not flushed one by one
DENSE_ONLY = (
    "sparse search is off: this Milvus server is older than 2.5 and has no BM25 function; "
    "upgrade it, or use another store"
)


def open_milvus(
    address: StoreAddress,
    parameters: IndexParameters | None,
    *,
    readonly: bool = False,
    rebuild: bool = False,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
) -> RevisionedStore:
    """Open the index, or make it; see `revisions.open_index` for the arguments and errors."""
    engine = MilvusEngine(address, connect_timeout_s)
    return open_index(engine, parameters, readonly=readonly, rebuild=rebuild)


class MilvusEngine:
    """Rows in two collections. See `revisions.Engine` for the methods."""

    kind = "milvus"

    def __init__(self, address: StoreAddress, connect_timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        self._chunks = f"{address.name}_chunks"
        self._documents = f"{address.name}_documents"
        self.connection = MilvusConnection(
            address, (self._documents, self._chunks), connect_timeout_s
        )
        self._call = self.connection.call
        self._heads = MilvusHeads(self._call, address.name, self._documents)
        self._place = address.display
        self._unflushed = 0
        self._listed: tuple[str, list[tuple[str, str, str]]] = ("", [])
        self.parameters = IndexParameters("", 0, "", "")
        self.sparse = False
        self.notes: tuple[str, ...] = ()

    # The index as a whole

    def open(self) -> bool:
        """Take over the index that is there; False when there is none, or a half-made one."""
        if not self.connection.load():
            return False
        facts = self._heads.read_facts()
        if facts is None:
            return False
        self.parameters = IndexParameters(**facts["parameters"])
        self.sparse = bool(facts["sparse"])
        self.notes = () if self.sparse else (DENSE_ONLY,)
        return True

    def create(self, parameters: IndexParameters, index: str) -> None:
        """Make an empty index; what stands in its place goes."""
        self.sparse = self.can_search_sparse()
        if not (self.sparse or parameters.dimensions):
            raise UnavailableError(
                f"An index without an embedder cannot be kept in {self._place}: {DENSE_ONLY}."
            )
        self.drop()
        self.parameters = parameters
        self.notes = () if self.sparse else (DENSE_ONLY,)
        lite = is_lite(self._call("get_server_version"))
        create_chunks(self._call, self._chunks, parameters.dimensions, self.sparse, lite)
        create_documents(self._call, self._documents)
        self.write_head(Head(index))

    def can_search_sparse(self) -> bool:
        """Whether an index made there would have sparse search."""
        return has_bm25(self._call("get_server_version"))

    def drop(self) -> None:
        """Remove the index, also a half-made one."""
        names = [n for n in (self._documents, self._chunks) if self._call("has_collection", n)]
        for name in names:
            if not is_ours(self._call("describe_collection", name)):
                raise UnavailableError(
                    f"A collection {name} that is not ours stands in {self._place}.",
                    "Choose another name: ?name=notes at the end of the address.",
                )
        if self._documents in names:
            self._heads.drop()
        for name in names:
            self._call("drop_collection", name)

    # The head

    def read_head(self) -> Head:
        """Return the newest head."""
        return self._heads.read()

    def write_head(self, head: Head) -> Head:
        """Replace the head."""
        return self._heads.write(head, self.parameters, self.sparse)

    # Writing

    def insert(self, chunks: list[Row], documents: list[Row]) -> None:
        """Add rows."""
        rows = [self._fit(row) for row in chunks]
        for start in range(0, len(rows), INSERT_ROWS):
            self._call("insert", self._chunks, rows[start : start + INSERT_ROWS])
        described = [{**row, "state": "", "placeholder": [0.0, 0.0]} for row in documents]
        for start in range(0, len(described), INSERT_ROWS):
            self._call("insert", self._documents, described[start : start + INSERT_ROWS])
        self._flush(len(rows))

    def delete_later(self, generation: int) -> None:
        """Delete rows of later revisions."""
        for name in (self._chunks, self._documents):
            self._delete(name, f"revision > {generation}")

    def delete_earlier(self, documents: Sequence[str], generation: int) -> None:
        """Delete rows of earlier revisions."""
        for name in (self._chunks, self._documents):
            self._delete(name, f"document in {write_list(documents)} and revision < {generation}")

    # Reading

    def count(self, head: Head) -> tuple[int, int]:
        """Return documents and chunks."""
        visible = write_visible(head)
        return (
            self._count(self._documents, f'{visible} and state == ""'),
            self._count(self._chunks, visible),
        )

    def search_sparse(
        self,
        head: Head,
        tokens: Sequence[str],
        k: int,
        where: SearchFilter,
        phrases: Sequence[Sequence[str]],
    ) -> Found:
        """Return chunks by BM25; nothing where the server has none (see `notes`)."""
        if not self.sparse:
            return Found()
        condition = self._filter(where, head) + write_phrases(phrases)
        found = self._search("sparse", write_tokens(tokens), k, condition, "BM25")
        # milvus-lite gives distances, which are negative BM25 scores
        return Found.of((key, abs(score)) for key, score in found if score)

    def search_dense(self, head: Head, vector: Vectors, k: int, where: SearchFilter) -> Found:
        """Return chunks by inner product."""
        found = self._search("vector", vector.tolist(), k, self._filter(where, head), "IP")
        return Found.of(found)

    def get_chunks(self, head: Head, ids: Sequence[str]) -> list[Row]:
        """Return the rows of chunks."""
        condition = f"chunk in {write_list(ids)} and {write_visible(head)}"
        return self._query(self._chunks, condition, CHUNK_FIELDS) if ids else []

    def get_range(self, head: Head, document: str, first: int, last: int) -> list[Row]:
        """Return the rows of a document's chunks."""
        condition = (
            f"document == {quote(document)} and ordinal >= {first} and ordinal <= {last} "
            f"and {write_visible(head)}"
        )
        return self._query(self._chunks, condition, CHUNK_FIELDS)

    def get_documents(self, head: Head, ids: Sequence[str]) -> list[Row]:
        """Return the rows of documents."""
        if not ids:
            return []
        condition = f'document in {write_list(ids)} and {write_visible(head)} and state == ""'
        return self._query(self._documents, condition, DOCUMENT_FIELDS)

    def list_documents(
        self, head: Head, collection: str | None, offset: int, limit: int
    ) -> list[Row]:
        """Return rows by collection and source; Milvus cannot sort, so this does."""
        listed = [item for item in self._list(head) if collection in (None, item[0])]
        ids = [document for _, _, document in listed[offset : offset + limit]]
        rows: dict[str, Row] = {}
        for start in range(0, len(ids), INSERT_ROWS):
            for row in self.get_documents(head, ids[start : start + INSERT_ROWS]):
                rows[row["document"]] = row
        return [rows[id_] for id_ in ids if id_ in rows]

    def get_vectors(self, head: Head, field: str, values: Sequence[str]) -> dict[str, list[float]]:
        """Return vectors by a field of their chunks."""
        condition = f"{field} in {write_list(values)} and {write_visible(head)}"
        rows = self._query(self._chunks, condition, (field, "vector"))
        return {row[field]: row["vector"] for row in rows}

    def close(self) -> None:
        """Let go of the connection and of the file."""
        self.connection.close()

    # Speaking with Milvus

    def _query(self, name: str, condition: str, fields: Collection[str]) -> list[Row]:
        return list(
            self._call(
                "query",
                name,
                filter=condition,
                output_fields=list(fields),
                consistency_level=self._heads.level,
            )
        )

    def _count(self, name: str, condition: str) -> int:
        return int(self._query(name, condition, ["count(*)"])[0]["count(*)"])

    def _delete(self, name: str, condition: str) -> None:
        self._call("delete", name, filter=condition, consistency_level="Strong")

    def _search(
        self, field: str, query: object, k: int, condition: str, metric: str
    ) -> list[tuple[str, float]]:
        limit = min(k, MAX_HITS)
        (hits,) = self._call(
            "search",
            self._chunks,
            data=[query],
            anns_field=field,
            limit=limit,
            filter=condition,
            output_fields=["chunk"],
            search_params={"metric_type": metric, "params": {"ef": max(64, limit)}},
            consistency_level=self._heads.level,
        )
        found = [(str(hit["entity"]["chunk"]), float(hit["distance"])) for hit in hits]
        return sorted(
            found, key=lambda item: (-abs(item[1]) if metric == "BM25" else -item[1], item[0])
        )

    def _filter(self, where: SearchFilter, head: Head) -> str:
        return write_filter(where, head, self._find_sources(where.sources, head))

    def _find_sources(self, patterns: Sequence[str], head: Head) -> list[str] | None:
        if not patterns:
            return None
        listed = self._list(head)
        found = [
            document
            for _, source, document in listed
            if any(fnmatchcase(source, pattern) for pattern in patterns)
        ]
        if len(found) == len(listed):
            return None
        if len(found) > MAX_SOURCES:
            raise InputError(
                f"The source filter selects {len(found)} documents; Milvus takes {MAX_SOURCES}.",
                "Narrow it, or filter by collection or tag.",
            )
        return found

    def _list(self, head: Head) -> list[tuple[str, str, str]]:
        """Return collection, source and id of all documents, sorted; remembered per generation."""
        if self._listed[0] != head.label:
            rows = self._iterate(f'{write_visible(head)} and state == ""')
            listed = sorted((row["collection"], row["source"], row["document"]) for row in rows)
            self._listed = (head.label, listed)
        return self._listed[1]

    def _iterate(self, condition: str) -> list[Row]:
        iterator = self._call(
            "query_iterator",
            self._documents,
            batch_size=1000,
            filter=condition,
            output_fields=["collection", "source", "document"],
            consistency_level=self._heads.level,
        )
        rows: list[Row] = []
        try:
            while batch := iterator.next():
                rows.extend(batch)
        finally:
            iterator.close()
        return rows

    def _fit(self, row: Row) -> Row:
        fitted = {**row, "tokens": f" {write_tokens(row['tokens'])} "}
        for field in ("text", "tokens", "headings"):
            size = len(fitted[field].encode("utf-8", "surrogatepass"))
            if size > MAX_BYTES:
                raise InputError(
                    f"A passage of {row['source']} has {size} bytes of {field}; a Milvus field takes "
                    f"{MAX_BYTES}.",
                    "Use smaller chunks, or another store.",
                )
        return fitted

    def _flush(self, rows: int) -> None:
        self._unflushed += rows
        if self.connection.is_file and self._unflushed >= FLUSH_ROWS:
            self._call("flush", self._chunks)
            self._unflushed = 0
