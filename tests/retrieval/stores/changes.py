"""An endless series of batches, the same in every process, and what must be there after each.

How it is used: a child applies `make_batch(1)`, `make_batch(2)` ...; after it was killed, `check`
compares a store with the model after as many batches as its generation says.
"""

import functools
import random

import pytest

from chalklens.types import SearchFilter
from retrieval.documents import document_id
from retrieval.stores.fake import FakeStore
from retrieval.stores.store import Batch, Store, Vectors
from retrieval.tokens import tokenize
from tests.retrieval.stores.documents import PARAMETERS, hash_vector, make_indexed

WORDS = ["zinc", "copper", "steel", "bolt", "wire", "nail", "spoon", "gasket", "tin", "lead"]
SOURCES = 12
ANYWHERE = SearchFilter()


@functools.cache
def make_batch(number: int) -> Batch:
    """Return the n-th batch, from 1: some documents come or change, sometimes one goes."""
    chance = random.Random(number)
    documents = tuple(
        make_indexed(
            f"{source}.md",
            *(" ".join([*chance.choices(WORDS, k=6), f"n{number}"]) for _ in range(3)),
        )
        for source in chance.sample(range(SOURCES), 3)
    )
    removed = (document_id("notes", f"{chance.randrange(SOURCES)}.md"),) if number % 3 == 0 else ()
    return Batch(documents, removed)


@functools.cache
def make_model(batches: int) -> FakeStore:
    """Return what there must be after so many batches; nobody may change it."""
    model = FakeStore(PARAMETERS)
    for number in range(1, batches + 1):
        model.apply(make_batch(number))
    return model


def count_batches(store: Store) -> int:
    """Return how many batches a store says it has."""
    return int(store.describe().generation.rpartition(".")[2])


def check(store: Store, batches: int) -> None:
    """Compare documents, chunks and both searches with the model."""
    model = make_model(batches)
    assert store.list_documents() == model.list_documents()
    for info in model.list_documents():
        assert store.read_chunks(info.id) == model.read_chunks(info.id)
    for word in [*WORDS[:3], f"n{batches}", f"n{batches + 1}"]:
        tokens = tokenize(word)
        found = set(store.search_sparse(tokens, 1000, ANYWHERE).ids)
        assert found == set(model.search_sparse(tokens, 1000, ANYWHERE).ids), word
        check_scores(store, model, hash_vector(word))


def check_scores(store: Store, model: Store, vector: Vectors) -> None:
    """Compare every inner product with the model's."""
    near, expected = (s.search_dense(vector, 1000, ANYWHERE) for s in (store, model))
    scores = dict(zip(expected.ids, expected.scores, strict=True))
    assert dict(zip(near.ids, near.scores, strict=True)) == pytest.approx(scores, abs=2e-3)
    assert near.ids[:1] == expected.ids[:1]
