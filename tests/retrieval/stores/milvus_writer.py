"""A process that writes to a milvus-lite file until it is killed.

How it is used: `python -m tests.retrieval.stores.milvus_writer FILE`: every batch replaces two documents by
a new version of both; the number of a batch is printed when it was applied. What it leaves out: an end.
"""

import itertools
import sys

from retrieval.stores.addresses import parse_store_address
from retrieval.stores.milvus import open_milvus
from retrieval.stores.store import Batch
from tests.retrieval.stores.documents import PARAMETERS, make_indexed

SOURCES = ("a.md", "b.md")


def make_version(version: int) -> Batch:
    texts = [f"version{version} part {part}" for part in range(3)]
    return Batch(tuple(make_indexed(source, *texts) for source in SOURCES))


if __name__ == "__main__":
    store = open_milvus(parse_store_address(f"milvus:{sys.argv[1]}"), PARAMETERS)
    for version in itertools.count(1):
        store.apply(make_version(version))
        sys.stdout.write(f"{version}\n")
        sys.stdout.flush()
