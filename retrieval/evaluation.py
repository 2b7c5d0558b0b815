"""How good retrieval is on a judged collection: through the loaders' output, chunks, store and pipeline.

How it is used:

    report = evaluate(load_collection(folder), bench)      # bench: store, embedder, reranker
    report.facts()                                         # what `chalklens eval retrieval --json` prints

Documents are cut, embedded and stored as a sync would do it; every question goes through
`SearchPipeline`. A document counts at its best chunk. `fused` and `reranked` are what a user would get;
`sparse` and `dense` are what the stages found. Times leave the embedding of the question out, which is
told by itself.

What it leaves out: reading files (`judgements.py`), the metrics (`metrics.py`).
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from chalklens.errors import InputError
from chalklens.types import SearchRequest
from retrieval.chunking import ChunkSettings, cut_document
from retrieval.documents import Chunk, Document, chunk_id
from retrieval.embedders import Embedder, identify_embedder
from retrieval.judgements import JudgedCollection, name_page
from retrieval.metrics import Scores, average, percentile, score_ranking
from retrieval.passages import write_dense_text
from retrieval.query import Script, parse_query
from retrieval.rerank import Reranker
from retrieval.search import MAX_HITS, SearchPipeline, SearchSettings
from retrieval.stores.store import Batch, IndexedDocument, IndexParameters, Store, Vectors
from retrieval.tokens import TOKENS_VERSION

EMBED_TEXTS = 64
BATCH_DOCUMENTS = 1000
TIMED_HITS = 10
TIMED_EMBEDDINGS = 20

Progress = Callable[[int, int, str], None]
OpenStore = Callable[[IndexParameters], Store]


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured.

    Attributes:
        open_store: Makes an empty store for parameters.
        embedder, reranker: None leaves their stages out.
        settings: Of the search.
        chunks: How documents are cut.
        vectors: Folder that keeps vectors, so that nothing is embedded twice; None keeps none.
        max_queries: Only the first; None takes all.
    """

    open_store: OpenStore
    embedder: Embedder | None = None
    reranker: Reranker | None = None
    settings: SearchSettings = field(default_factory=SearchSettings)
    chunks: ChunkSettings = field(default_factory=ChunkSettings)
    vectors: Path | None = None
    max_queries: int | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of a search for ten passages without the embedding of the question."""

    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float

    @classmethod
    def of(cls, times_ms: Sequence[float]) -> "Latency":
        """Summarise."""
        mean = sum(times_ms) / max(1, len(times_ms))
        return cls(mean, *(percentile(times_ms, share) for share in (0.5, 0.95, 0.99)))


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """What was measured.

    Attributes:
        stages: Scores by stage: `sparse`, `dense`, `fused`, `reranked` as far as they took part.
        wall, cpu: Times of searches without reranking.
        embed_query_ms: Processor time to embed one question; 0 without an embedder.
        index_s: Processor time to cut, embed (what was not kept) and store.
        notes: What the pipeline said, with the number of questions.
    """

    collection: str
    documents: int
    chunks: int
    queries: int
    parameters: IndexParameters
    store: str
    reranker: str
    stages: Mapping[str, Scores]
    wall: Latency
    cpu: Latency
    embed_query_ms: float
    index_s: float
    notes: Mapping[str, int]
    failed: tuple[tuple[str, str], ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return everything as one JSON object."""
        return asdict(self)


def evaluate(
    collection: JudgedCollection, bench: Bench, progress: Progress | None = None
) -> RetrievalReport:
    """Index a collection and ask all its questions.

    Raises:
        ChalklensError: The store, the embedder or the reranker cannot be used.
    """
    report_step = progress or _ignore
    embedder = KeptEmbedder(bench.embedder, bench.vectors) if bench.embedder else None
    parameters = IndexParameters(
        *identify_embedder(embedder), TOKENS_VERSION, bench.chunks.describe()
    )
    store = bench.open_store(parameters)
    try:
        start_s = time.process_time()
        names = _index(collection, store, embedder, bench.chunks, report_step)
        index_s = time.process_time() - start_s
        pipeline = SearchPipeline(store, embedder, bench.reranker, bench.settings)
        queries = dict(list(collection.queries.items())[: bench.max_queries])
        embed_ms = _time_embedding(bench.embedder, list(queries.values()))
        if embedder:
            _embed_all(
                embedder.encode_queries, list(queries.values()), "embedding queries", report_step
            )
            embedder.keep()
        run = _Run(pipeline, names, collection, queries)
        run.ask_all(report_step)
        info = store.describe()
    finally:
        store.close()
    return RetrievalReport(
        collection=collection.name,
        documents=len(collection.documents),
        chunks=len(names),
        queries=len(queries),
        parameters=parameters,
        store=info.kind,
        reranker=bench.reranker.name if bench.reranker else "",
        stages={stage: average(scores) for stage, scores in run.scores.items()},
        wall=Latency.of(run.wall_ms),
        cpu=Latency.of(run.cpu_ms),
        embed_query_ms=embed_ms,
        index_s=index_s,
        notes=run.notes,
        failed=collection.failed,
    )


class KeptEmbedder:
    """An embedder that embeds nothing twice; `keep` writes what it knows into a folder."""

    def __init__(self, embedder: Embedder, folder: Path | None) -> None:
        self.name, self.revision = embedder.name, embedder.revision
        self.dimensions = embedder.dimensions
        self._embedder = embedder
        identity = hashlib.sha256(identify_embedder(embedder)[0].encode()).hexdigest()[:12]
        self._file = folder / f"vectors-{identity}.npz" if folder else None
        self._known: dict[str, Vectors] = {}
        if self._file and self._file.exists():
            with np.load(self._file, allow_pickle=False) as kept:
                self._known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))

    @property
    def scripts(self) -> frozenset[Script]:
        """Those of the embedder."""
        return self._embedder.scripts

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, dimensions)."""
        return self._encode("query", self._embedder.encode_queries, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, dimensions)."""
        return self._encode("passage", self._embedder.encode_passages, texts)

    def keep(self) -> None:
        """Write all vectors, if there is a folder."""
        if self._file is None or not self._known:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            self._file,
            keys=np.array(list(self._known)),
            vectors=np.stack(list(self._known.values())),
        )

    def _encode(
        self, kind: str, encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]
    ) -> Vectors:
        keys = [hashlib.sha256(f"{kind}\0{text}".encode()).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            self._known.update(zip(new, encode(list(new.values())), strict=True))
        return np.stack([self._known[key] for key in keys])


class _Run:
    """Asks questions and collects scores, times and notes."""

    def __init__(
        self,
        pipeline: SearchPipeline,
        names: Mapping[str, str],
        collection: JudgedCollection,
        queries: Mapping[str, str],
    ) -> None:
        self.scores: dict[str, list[Scores]] = {}
        self.wall_ms: list[float] = []
        self.cpu_ms: list[float] = []
        self.notes: dict[str, int] = {}
        self._pipeline, self._names = pipeline, names
        self._collection, self._queries = collection, queries

    def ask_all(self, progress: Progress) -> None:
        """Ask every question, for quality and for time."""
        for done, (name, text) in enumerate(self._queries.items(), 1):
            gains = self._collection.gains[name]
            try:
                self._score(text, gains)
                self._time(text)
            except InputError as error:  # a question nobody can answer is one not answered
                self._count(f"Refused: {error.message}")
                for stage in self._list_stages():
                    self._add(stage, (), gains)
            progress(done, len(self._queries), "asking")

    def _list_stages(self) -> list[str]:
        parts = {"dense": self._pipeline.embedder, "reranked": self._pipeline.reranker}
        return ["sparse", "fused", *(stage for stage, part in parts.items() if part)]

    def _count(self, note: str) -> None:
        self.notes[note] = self.notes.get(note, 0) + 1

    def _score(self, text: str, gains: Mapping[str, float]) -> None:
        request = SearchRequest(text, k=MAX_HITS, rerank="off")
        ranking = self._pipeline.rank(parse_query(request), MAX_HITS)
        result = self._pipeline.search(request)
        for note in result.notes:
            self._count(note)
        self._add("sparse", ranking.sparse.ids, gains)
        if self._pipeline.embedder:
            self._add("dense", ranking.dense.ids, gains)
        self._add("fused", [hit.id for hit in result.hits], gains)
        if self._pipeline.reranker:
            reranked = self._pipeline.search(replace(request, rerank="on"))
            self._add("reranked", [hit.id for hit in reranked.hits], gains)

    def _add(self, stage: str, ids: Iterable[str], gains: Mapping[str, float]) -> None:
        ranking = list(dict.fromkeys(self._names[one] for one in ids))
        self.scores.setdefault(stage, []).append(score_ranking(ranking, gains))

    def _time(self, text: str) -> None:
        request = SearchRequest(text, k=TIMED_HITS, rerank="off")
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        self._pipeline.search(request)
        self.cpu_ms.append((time.process_time() - start_cpu_s) * 1000)
        self.wall_ms.append((time.perf_counter() - start_s) * 1000)


def _index(
    collection: JudgedCollection,
    store: Store,
    embedder: Embedder | None,
    settings: ChunkSettings,
    progress: Progress,
) -> dict[str, str]:
    """Store all documents; return the judged name of every chunk id."""
    names: dict[str, str] = {}
    documents = collection.documents
    for start in range(0, len(documents), BATCH_DOCUMENTS):
        batch = documents[start : start + BATCH_DOCUMENTS]
        cut = [(document, cut_document(document, settings)) for document in batch]
        store.apply(Batch(tuple(_embed(cut, embedder, progress))))
        for document, chunks in cut:
            for chunk in chunks:
                page = chunk.page if collection.by_page else None
                names[chunk_id(document.id, chunk.ordinal)] = name_page(document.source, page)
    if isinstance(embedder, KeptEmbedder):
        embedder.keep()
    return names


def _embed(
    cut: Sequence[tuple[Document, tuple[Chunk, ...]]],
    embedder: Embedder | None,
    progress: Progress,
) -> list[IndexedDocument]:
    texts = [
        write_dense_text(document.title, chunk) for document, chunks in cut for chunk in chunks
    ]
    vectors: Vectors = (
        _embed_all(embedder.encode_passages, texts, "embedding passages", progress)
        if embedder
        else np.zeros((len(texts), 0), np.float32)
    )
    ends = np.cumsum([len(chunks) for _, chunks in cut])
    parts = np.split(vectors, ends[:-1])
    return [
        IndexedDocument(document, chunks, part)
        for (document, chunks), part in zip(cut, parts, strict=True)
    ]


def _embed_all(
    encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str], what: str, progress: Progress
) -> Vectors:
    parts: list[Vectors] = []
    for start in range(0, len(texts), EMBED_TEXTS):
        parts.append(encode(texts[start : start + EMBED_TEXTS]))
        progress(min(start + EMBED_TEXTS, len(texts)), len(texts), what)
    return np.concatenate(parts)


def _time_embedding(embedder: Embedder | None, texts: Sequence[str]) -> float:
    """Return the processor time to embed one question, in milliseconds."""
    if embedder is None or not texts:
        return 0.0
    embedder.encode_queries(texts[:1])  # the first call also loads things
    chosen = texts[:TIMED_EMBEDDINGS]
    start_s = time.process_time()
    for text in chosen:
        embedder.encode_queries([text])
    return (time.process_time() - start_s) * 1000 / len(chosen)


def _ignore(done: int, total: int, what: str) -> None:
    """Progress nobody asked for."""
