"""The local store: build, open, query, change; time and memory.

How it is used: `python benchmarks/retrieval_store.py --chunks 100000`. Text is drawn by Zipf's law,
vectors are clustered; a query is six words of that text and a vector near a stored one. Times of
queries are processor time of the whole process, per call, measured in a fresh one; `pipeline` is the
whole search, from the question to ten passages. Step `worker` is a process as the search worker is one:
index open, embedder loaded, both used. `--keep DIR` leaves the index there and uses it again. What it
leaves out: the times of embedding, real text.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from stdio_client import write

from chalklens.types import SearchFilter, SearchRequest
from retrieval.configuration import KnowledgeConfig
from retrieval.documents import Chunk, Document
from retrieval.embedders import create_embedder, identify_embedder
from retrieval.knowledge import make_worker_specs
from retrieval.query import Script
from retrieval.search import SearchPipeline
from retrieval.stores.local.store import LocalStore
from retrieval.stores.store import Batch, IndexedDocument, IndexParameters, Vectors
from retrieval.tokens import tokenize

DIMENSIONS, CLUSTERS, NOISE = 384, 2000, 0.8
VOCABULARY, WORDS_PER_CHUNK, WORDS_PER_QUERY = 50_000, 80, 6
CHUNKS_PER_DOCUMENT, DOCUMENTS_PER_BATCH = 5, 100
STAGE_HITS, FETCHED = 100, 10
QUERIES, CHANGES = 300, 20
MIB = 1 << 20
ANYWHERE = SearchFilter()


class GivenVectors:
    """An `Embedder` that knows the next question's vector."""

    name, revision, dimensions = "synthetic", "1", DIMENSIONS
    scripts: frozenset[Script] = frozenset({"latin"})

    def __init__(self) -> None:
        self.next: Vectors = np.zeros((1, DIMENSIONS), np.float32)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return what was given."""
        return self.next

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return nothing: passages come with theirs."""
        raise NotImplementedError


PARAMETERS = IndexParameters(*identify_embedder(GivenVectors()), "1", "synthetic")


class Material:
    """Endless documents, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        fixed = np.random.default_rng(0)
        self.centres = fixed.normal(size=(CLUSTERS, DIMENSIONS))
        share = 1 / np.arange(1, VOCABULARY + 1)
        self.shares = np.cumsum(share / share.sum())
        syllables = ["ba", "ke", "di", "lo", "mu", "ta", "re", "ni", "so", "pu"]
        self.words = ["".join(syllables[int(d)] for d in f"{i:05d}") for i in range(VOCABULARY)]

    def draw_words(self, count: int) -> str:
        """Return words by Zipf's law."""
        drawn: list[int] = np.searchsorted(self.shares, self.chance.random(count)).tolist()
        return " ".join(self.words[min(i, VOCABULARY - 1)] for i in drawn)

    def draw_vectors(self, count: int) -> Any:
        """Return unit vectors around the centres, (count, dimensions)."""
        centres = self.centres[self.chance.integers(0, CLUSTERS, count)]
        rows = centres + NOISE * self.chance.normal(size=centres.shape)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def draw_document(self, number: int, chunks: int) -> IndexedDocument:
        """Return a document of so many chunks."""
        texts = [self.draw_words(WORDS_PER_CHUNK) for _ in range(chunks)]
        starts = np.cumsum([0, *(len(text) + 1 for text in texts)]).tolist()
        cut = [Chunk(i, starts[i], starts[i] + len(t), t, (), i + 1) for i, t in enumerate(texts)]
        name = f"folder-{number % 97}/document-{number}.txt"
        tags = (f"tag-{number % 10}",)
        document = Document("synthetic", name, "", "\n".join(texts), (), "0" * 64, tags=tags)
        return IndexedDocument(document, tuple(cut), self.draw_vectors(chunks))


def iterate_batches(material: Material, chunks: int, per_document: int) -> Iterator[Batch]:
    """Yield batches that together hold so many chunks."""
    documents = range(chunks // per_document)
    for start in range(0, len(documents), DOCUMENTS_PER_BATCH):
        numbers = documents[start : start + DOCUMENTS_PER_BATCH]
        yield Batch(tuple(material.draw_document(n, per_document) for n in numbers))


def build(folder: Path, chunks: int, per_document: int) -> dict[str, float]:
    """Fill an index and say how long it took, without the drawing."""
    store, cpu_s, wall_s = LocalStore.create(folder, PARAMETERS), 0.0, 0.0
    slowest = 0.0
    for batch in iterate_batches(Material(1), chunks, per_document):
        cpu, wall = time.process_time(), time.perf_counter()
        store.apply(batch)
        slowest = max(slowest, time.perf_counter() - wall)
        cpu_s, wall_s = cpu_s + time.process_time() - cpu, wall_s + time.perf_counter() - wall
    cpu, wall = time.process_time(), time.perf_counter()
    store.close()
    cpu_s, wall_s = cpu_s + time.process_time() - cpu, wall_s + time.perf_counter() - wall
    return {"cpu_s": cpu_s, "wall_s": wall_s, "slowest_batch_s": slowest, "peak_mib": read_peak()}


def read_peak() -> float:
    """Return the largest resident size so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_size() -> float:
    """Return the resident size now, in MiB (Linux)."""
    return (
        int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize() / MIB
    )


def measure_queries(folder: Path) -> dict[str, float]:
    """Open an index and ask it, in this fresh process."""
    figures = {"imports_mib": read_size()}
    material = Material(2)
    questions = [tokenize(material.draw_words(WORDS_PER_QUERY)) for _ in range(QUERIES)]
    vectors = material.draw_vectors(QUERIES)
    start, cpu = time.perf_counter(), time.process_time()
    store = LocalStore.open(folder, readonly=True)
    store.search_dense(vectors[0], STAGE_HITS, ANYWHERE)
    store.search_sparse(questions[0], STAGE_HITS, ANYWHERE)
    figures["open_and_first_query_s"] = time.perf_counter() - start
    figures["open_and_first_query_cpu_s"] = time.process_time() - cpu
    figures |= time_stages(store, questions, vectors)
    figures |= time_pipeline(store, material)
    for title, where in {
        "filtered_1_percent": SearchFilter(sources=("folder-7/*",)),
        "filtered_10_percent": SearchFilter(tags=("tag-3",)),
        "filtered_page_1": SearchFilter(last_page=1),
    }.items():
        figures[f"{title}_first_ms"] = time_one(store, questions[0], vectors[0], where)
        rest = zip(questions[1:50], vectors[1:50], strict=True)
        times = [time_one(store, question, vector, where) for question, vector in rest]
        figures[f"{title}_cpu_ms"] = float(np.mean(times))
    figures["size_mib"], figures["peak_mib"] = read_size(), read_peak()
    store.close()
    return figures


def measure_worker(folder: Path, name: str) -> dict[str, float]:
    """Load an embedder and open an index beside it, in this fresh process; ask questions of words."""
    figures = {"imports_mib": read_size()}
    embedder, material = create_embedder(name), Material(4)
    if embedder is None:
        raise SystemExit("Without an embedder it is step `query`.")
    embedder.encode_queries(["warm"])
    figures["with_embedder_mib"] = read_size()
    start = time.perf_counter()
    store = LocalStore.open(folder, readonly=True)
    store.search_dense(material.draw_vectors(1)[0], STAGE_HITS, ANYWHERE)
    store.search_sparse(tokenize(material.draw_words(WORDS_PER_QUERY)), STAGE_HITS, ANYWHERE)
    figures["open_and_first_query_s"] = time.perf_counter() - start
    given = GivenVectors()
    pipeline = SearchPipeline(store, given)
    for _ in range(QUERIES):
        question = material.draw_words(WORDS_PER_QUERY)
        embedder.encode_queries([question])
        given.next = material.draw_vectors(1)
        pipeline.search(SearchRequest(question, k=FETCHED))
    figures["size_mib"], figures["peak_mib"] = read_size(), read_peak()
    store.close()
    return figures


def time_one(store: LocalStore, question: list[str], vector: Any, where: SearchFilter) -> float:
    """Return processor milliseconds of both searches."""
    start = time.process_time()
    store.search_sparse(question, STAGE_HITS, where)
    store.search_dense(vector, STAGE_HITS, where)
    return 1000 * (time.process_time() - start)


def time_stages(store: LocalStore, questions: list[list[str]], vectors: Any) -> dict[str, float]:
    """Return milliseconds per stage and of the whole."""
    stages: dict[str, list[float]] = {"sparse": [], "dense": [], "fetch": [], "all": [], "wall": []}
    for question, vector in zip(questions, vectors, strict=True):
        wall, ticks = time.perf_counter(), [time.process_time()]
        found = store.search_sparse(question, STAGE_HITS, ANYWHERE)
        ticks.append(time.process_time())
        near = store.search_dense(vector, STAGE_HITS, ANYWHERE)
        ticks.append(time.process_time())
        store.fetch([*found.ids, *near.ids][:FETCHED])
        ticks.append(time.process_time())
        for stage, seconds in zip(stages, [*np.diff(ticks), ticks[-1] - ticks[0]], strict=False):
            stages[stage].append(1000 * seconds)
        stages["wall"].append(1000 * (time.perf_counter() - wall))
    figures = {f"{stage}_cpu_ms": float(np.mean(stages[stage])) for stage in list(stages)[:4]}
    walls = np.percentile(stages["wall"], [50, 99]).tolist()
    return figures | {"wall_p50_ms": walls[0], "wall_p99_ms": walls[1]}


def time_pipeline(store: LocalStore, material: Material) -> dict[str, float]:
    """Return milliseconds of whole searches for ten passages."""
    embedder, walls, cpus = GivenVectors(), list[float](), list[float]()
    pipeline = SearchPipeline(store, embedder)
    for _ in range(QUERIES):
        request = SearchRequest(material.draw_words(WORDS_PER_QUERY), k=FETCHED)
        embedder.next = material.draw_vectors(1)
        wall, cpu = time.perf_counter(), time.process_time()
        found = pipeline.search(request)
        cpus.append(1000 * (time.process_time() - cpu))
        walls.append(1000 * (time.perf_counter() - wall))
        if not found.embedder:
            raise RuntimeError("vectors took no part")
    figures = {"pipeline_cpu_ms": float(np.mean(cpus))}
    for name, times in (("cpu", cpus), ("wall", walls)):
        p50, p99 = np.percentile(times, [50, 99]).tolist()
        figures |= {f"pipeline_{name}_p50_ms": p50, f"pipeline_{name}_p99_ms": p99}
    return figures


def measure_changes(folder: Path, per_document: int) -> dict[str, float]:
    """Change one document at a time; another handle must find it."""
    material, walls = Material(3), list[float]()
    with_writer = LocalStore.open(folder)
    reader = LocalStore.open(folder, readonly=True)
    reader.search_sparse(["x"], 1, ANYWHERE)
    for number in range(CHANGES):
        changed = material.draw_document(number, per_document)
        start = time.perf_counter()
        with_writer.apply(Batch((changed,)))
        found = reader.search_dense(changed.vectors[0], 1, ANYWHERE)
        reader.search_sparse(tokenize(changed.chunks[0].text)[:WORDS_PER_QUERY], 5, ANYWHERE)
        walls.append(1000 * (time.perf_counter() - start))
        if not found.ids[0].startswith(changed.document.id):
            raise RuntimeError("a change was not found")
    reader.close()
    with_writer.close()
    return {"change_p50_ms": float(np.median(walls)), "change_worst_ms": max(walls)}


def ask_child(step: str, folder: Path, options: argparse.Namespace) -> None:
    """Run a step in a fresh process and write what it found."""
    command = [sys.executable, __file__, "--step", step, "--keep", str(folder)]
    command += ["--chunks", str(options.chunks), "--per-document", str(options.per_document)]
    command += ["--embedder", options.embedder]
    search = make_worker_specs(KnowledgeConfig(folder))[0]
    environment = os.environ | search.environment if step == "worker" else None
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    for name, value in json.loads(done.stdout).items():
        write(f"{step:8} {name:28} {value:10.2f}")


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="Measure the local store.")
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--per-document", type=int, default=CHUNKS_PER_DOCUMENT)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--embedder", default="auto", help="of step worker")
    parser.add_argument("--step", choices=["build", "query", "worker", "change"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = options.keep or Path(scratch) / "index"
        if options.step == "build":
            write(json.dumps(build(folder, options.chunks, options.per_document)))
        elif options.step == "query":
            write(json.dumps(measure_queries(folder)))
        elif options.step == "worker":
            write(json.dumps(measure_worker(folder, options.embedder)))
        elif options.step == "change":
            write(json.dumps(measure_changes(folder, options.per_document)))
        else:
            if not (folder / "CURRENT").exists():
                ask_child("build", folder, options)
            ask_child("query", folder, options)
            ask_child("worker", folder, options)
            ask_child("change", folder, options)


if __name__ == "__main__":
    main()
