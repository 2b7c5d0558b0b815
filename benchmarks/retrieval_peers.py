# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Search beside LangChain, LlamaIndex and haystack: same passages, same vectors, one run, one thread.

How it is used: `OMP_NUM_THREADS=1 python benchmarks/retrieval_peers.py --work WORK COLLECTION ...` for
collections in BEIR's layout, or `--synthetic 100000` for size alone. The peers are no dependencies:

    pip install langchain langchain-classic langchain-community rank-bm25 faiss-cpu \\
        llama-index-core llama-index-retrievers-bm25 haystack-ai

Each is built as its guide shows for hybrid search, 100 candidates a side: LangChain's BM25Retriever,
FAISS and EnsembleRetriever; LlamaIndex's BM25Retriever (stemmed), VectorStoreIndex and
QueryFusionRetriever (reciprocal); haystack's in-memory store with DocumentJoiner (reciprocal). Ours is
the whole pipeline over the store on disk. What is written: nDCG@10, processor time per question
without its embedding, and to build. What it leaves out: their other stores and rerankers.
"""

import argparse
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from search_peers import PEERS, Material, System, map_questions

from chalklens.types import SearchRequest
from retrieval.chunking import ChunkSettings, cut_document
from retrieval.documents import Chunk, Document, Section
from retrieval.embedders import (
    Embedder,
    MiniLmEmbedder,
    create_embedder,
    identify_embedder,
)
from retrieval.evaluation import KeptEmbedder
from retrieval.judgements import load_collection
from retrieval.metrics import average, score_ranking
from retrieval.passages import write_dense_text
from retrieval.query import Script, parse_query
from retrieval.search import SearchPipeline
from retrieval.stores.local.store import LocalStore
from retrieval.stores.store import Batch, IndexedDocument, IndexParameters, Vectors
from retrieval.tokens import TOKENS_VERSION

BATCH_DOCUMENTS = 5000
BLOCK_QUESTIONS = 25
SYNTHETIC_WORDS, SYNTHETIC_TERMS, SYNTHETIC_QUESTIONS = 50_000, 40, 60
DIMENSIONS, CLUSTERS = 384, 1000


class KnownVectors:
    """An `Embedder` that was told everything before."""

    name, revision, dimensions = "known", "1", DIMENSIONS

    def __init__(self, vectors: Mapping[str, Vectors], scripts: frozenset[Script]) -> None:
        self.scripts = scripts
        self._vectors = vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Look up."""
        return np.stack([self._vectors[text] for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Look up."""
        return self.encode_queries(texts)


class Chalklens:
    """The pipeline over the local store."""

    def __init__(self, folder: Path, scripts: frozenset[Script]) -> None:
        self._folder = folder
        self._scripts = scripts

    def build(self, material: Material) -> None:
        """Store documents with the given vectors."""
        embedder = KnownVectors(_map_parsed(material), self._scripts)
        parameters = IndexParameters(*identify_embedder(embedder), TOKENS_VERSION, "peers")
        store = LocalStore.create(self._folder / "index", parameters)
        rows = iter(material.vectors)
        indexed = (
            IndexedDocument(document, chunks, np.stack(list(islice(rows, len(chunks)))))
            for document, chunks in material.documents
            if chunks
        )
        while batch := tuple(islice(indexed, BATCH_DOCUMENTS)):
            store.apply(Batch(batch))
        self._pipeline = SearchPipeline(store, embedder)

    def ask(self, question: str) -> list[str]:
        """Search for ten passages, as a user would."""
        hits = self._pipeline.search(SearchRequest(question, k=10)).hits
        return [hit.source for hit in hits]


def load_material(folder: Path, embedder: Embedder, count: int | None) -> Material:
    """Cut and embed a judged collection."""
    collection = load_collection(folder)
    documents = [(one, cut_document(one, ChunkSettings())) for one in collection.documents]
    passages = [write_dense_text(one.title, chunk) for one, chunks in documents for chunk in chunks]
    owners = [one.source for one, chunks in documents for _ in chunks]
    names = list(collection.queries)
    if count is not None and count < len(names):
        names = random.Random(0).sample(names, count)
    questions = {name: collection.queries[name] for name in names}
    vectors = embedder.encode_passages(passages)
    asked = embedder.encode_queries(list(questions.values()))
    return Material(
        collection.name,
        documents,
        passages,
        owners,
        vectors,
        questions,
        dict(zip(names, asked, strict=True)),
        collection.gains,
    )


def make_synthetic(count: int) -> Material:
    """Make documents of 40 words by Zipf's law, and clustered vectors."""
    source = np.random.default_rng(0)
    words = (source.zipf(1.2, (count, SYNTHETIC_TERMS)) - 1) % SYNTHETIC_WORDS
    texts = [" ".join(f"w{word}" for word in row) for row in words]
    centres = source.normal(size=(CLUSTERS, DIMENSIONS))

    def place(rows: int) -> Vectors:
        near = centres[source.integers(CLUSTERS, size=rows)]
        points = near + 0.7 * source.normal(size=(rows, DIMENSIONS))
        return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)

    documents = [
        (
            Document("synthetic", f"d{i}", "", text, (Section(0),), ""),
            (Chunk(0, 0, len(text), text),),
        )
        for i, text in enumerate(texts)
    ]
    asked = source.integers(50, 5000, (SYNTHETIC_QUESTIONS, 6))
    questions = {f"q{i}": " ".join(f"w{word}" for word in row) for i, row in enumerate(asked)}
    names = [document.source for document, _ in documents]
    question_vectors = dict(zip(questions, place(len(questions)), strict=True))
    return Material(
        f"synthetic, {count}",
        documents,
        texts,
        names,
        place(count),
        questions,
        question_vectors,
        {},
    )


@dataclass(slots=True)
class Tally:
    """What one system took, and found."""

    build_s: float
    ask_s: float = 0.0
    rankings: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def write_row(self, name: str, material: Material) -> str:
        """Return a row of the table."""
        scores = [
            score_ranking(list(dict.fromkeys(ranking)), material.gains[question])
            for question, ranking in self.rankings.items()
            if material.gains
        ]
        quality = f"{average(scores).ndcg_10:.4f}" if scores else "-"
        cells = (
            *(material.name, len(material.passages), len(self.rankings), name, quality),
            *(f"{self.ask_s * 1000 / len(self.rankings):.2f}", f"{self.build_s:.1f}"),
        )
        return f"| {' | '.join(map(str, cells))} |"


def measure(systems: Mapping[str, System], material: Material) -> dict[str, Tally]:
    """Build all systems, then put blocks of questions to each in turn.

    In turn, so that whatever else the machine does hits all of them; in blocks, since they are
    measured warm.
    """
    tallies: dict[str, Tally] = {}
    for name, system in systems.items():
        start_s = time.process_time()
        system.build(material)
        tallies[name] = Tally(time.process_time() - start_s)
        system.ask(next(iter(material.questions.values())))  # the first also loads things
    rest = iter(material.questions.items())
    while block := list(islice(rest, BLOCK_QUESTIONS)):
        for name, system in systems.items():
            start_s = time.process_time()
            found = [(question, system.ask(text)) for question, text in block]
            tallies[name].ask_s += time.process_time() - start_s
            tallies[name].rankings.update(found)
    return tallies


def _map_parsed(material: Material) -> dict[str, Vectors]:
    """Return the vector of each question by what our parser leaves of its text."""
    known = map_questions(material)
    return {parse_query(SearchRequest(text)).text: vector for text, vector in known.items()}


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collections", nargs="*", type=Path, help="folders in BEIR's layout")
    parser.add_argument("--work", type=Path, help="keep vectors here")
    parser.add_argument("--embedder", default="auto")
    parser.add_argument("--questions", type=int, help="only N of each, drawn by a fixed seed")
    parser.add_argument("--synthetic", type=int, nargs="*", default=[], help="sizes")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    options = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)  # the peers' own
    embedder = create_embedder(options.embedder) or MiniLmEmbedder()
    if isinstance(embedder, MiniLmEmbedder):
        embedder = MiniLmEmbedder(any_script=True)  # the peers have no rule for scripts
    kept = KeptEmbedder(embedder, options.work)
    _write(
        "| collection | passages | questions | system | nDCG@10 | CPU ms/question | CPU s to build |"
    )
    _write("|---|---|---|---|---|---|---|")
    makers: list[Callable[[], Material]] = [
        lambda folder=folder: load_material(folder, kept, options.questions)
        for folder in options.collections
    ]
    makers += [lambda count=count: make_synthetic(count) for count in options.synthetic]
    for make in makers:
        material = make()
        kept.keep()
        with tempfile.TemporaryDirectory() as folder:
            systems: dict[str, System] = {"chalklens": Chalklens(Path(folder), kept.scripts)}
            systems |= {name: PEERS[name]() for name in options.peers}
            for name, tally in measure(systems, material).items():
                _write(tally.write_row(name, material))


if __name__ == "__main__":
    main()
