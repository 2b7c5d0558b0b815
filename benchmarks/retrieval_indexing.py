"""Indexing beside the embedder alone: what share of the embedder's own pace is left.

How it is used: `python benchmarks/retrieval_indexing.py --files 400`. Makes a folder of texts, indexes
it with the usual workers (warm: one file was indexed before), then embeds the same passages, in batches
of the same number, in a process that does nothing else. What it leaves out: scanned pages and office
files, where reading costs more than embedding.
"""

import argparse
import asyncio
import multiprocessing
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from stdio_client import write

from chalklens.media.access import AccessPolicy
from retrieval.configuration import KnowledgeConfig
from retrieval.knowledge import Knowledge, make_worker_specs

PARAGRAPHS, SENTENCES, WORDS, VOCABULARY = 6, 6, 14, 5000


def make_folder(folder: Path, files: int) -> None:
    """Write texts of some pages, none like another."""
    folder.mkdir()
    chance = np.random.default_rng(0)
    for number in range(files):
        words = chance.integers(VOCABULARY, size=(PARAGRAPHS, SENTENCES, WORDS))
        paragraphs = [
            " ".join(" ".join(f"term{word}" for word in row).capitalize() + "." for row in part)
            for part in words
        ]
        (folder / f"{number}.md").write_text("\n\n".join(paragraphs), "utf-8")


async def index(config: KnowledgeConfig, first: Path, docs: Path) -> float:
    """Return the seconds that indexing took."""
    knowledge = Knowledge(config)
    try:
        await knowledge.add([str(first)], "first")
        start_s = time.perf_counter()
        await knowledge.add([str(docs)], "docs")
        return time.perf_counter() - start_s
    finally:
        await knowledge.close()


def read_passages(config: KnowledgeConfig) -> list[str]:
    """Return what the embedder was given, document after document."""
    from retrieval.passages import write_dense_text
    from retrieval.stores.registry import open_store

    store = open_store(config.store, config.folder)
    try:
        return [
            write_dense_text(info.title, stored.chunk)
            for info in store.list_documents("docs", limit=1_000_000)
            for stored in store.read_chunks(info.id)
        ]
    finally:
        store.close()


def embed(texts: list[str], name: str) -> float:
    """Return the seconds that embedding takes at its best: batches of the indexer, sorted by length."""
    from retrieval.embedders import create_embedder
    from retrieval.indexing import EMBED_CHUNKS

    embedder = create_embedder(name)
    assert embedder is not None
    texts = sorted(texts, key=len)
    embedder.encode_passages(texts[:EMBED_CHUNKS])
    start_s = time.perf_counter()
    for start in range(0, len(texts), EMBED_CHUNKS):
        embedder.encode_passages(texts[start : start + EMBED_CHUNKS])
    return time.perf_counter() - start_s


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="Measure indexing beside the embedder alone.")
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--embedder", default="auto")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        make_folder(folder / "one", 1)
        make_folder(folder / "docs", options.files)
        config = KnowledgeConfig(
            folder / "knowledge",
            AccessPolicy(roots=(folder,)),
            embedder=options.embedder,
            reranker="none",
            defaults=None,
        )
        indexing_s = asyncio.run(index(config, folder / "one", folder / "docs"))
        texts = read_passages(config)
        os.environ |= make_worker_specs(config)[1].environment  # before numpy in the new process
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            embedding_s = alone.apply(embed, (texts, options.embedder))
    write(f"{options.files} files, {len(texts)} passages: indexed in {indexing_s:.1f} s")
    write(
        f"embedding alone {embedding_s:.1f} s: {embedding_s / indexing_s:.1%} of its pace is left"
    )


if __name__ == "__main__":
    main()
