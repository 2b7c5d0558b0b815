from contextlib import closing
from pathlib import Path

import numpy as np

from chalklens.types import SearchFilter
from retrieval.stores.local.dense import EXACT_ROWS
from retrieval.stores.local.store import LocalStore
from retrieval.stores.store import Batch, IndexParameters
from tests.retrieval.stores.documents import PARAMETERS, hash_vector, make_indexed

ANYWHERE = SearchFilter()
ROWS = EXACT_ROWS + 200


def test_a_large_index_opens_from_its_snapshot_and_answers_alike(tmp_path: Path) -> None:
    texts = [f"t{number}" for number in range(ROWS)]
    query = hash_vector("query")
    with closing(LocalStore.create(tmp_path / "index", PARAMETERS)) as store:
        store.apply(Batch((make_indexed("large.md", *texts),)))
        store.apply(Batch((make_indexed("later.md", "later"),)))
        before = store.search_dense(query, 20, ANYWHERE)
    with closing(LocalStore.open(tmp_path / "index", readonly=True)) as reader:
        after = reader.search_dense(query, 20, ANYWHERE)
        assert reader.reader is not None
        vectors = reader.reader.vectors
        assert (len(vectors.base), len(vectors.tail)) == (ROWS, 1)
        assert vectors.codes is not None
        later = reader.search_dense(hash_vector("later"), 1, ANYWHERE)
        assert reader.fetch(later.ids)[0].source == "later.md"
    exact = sorted((float(hash_vector(text) @ query) for text in [*texts, "later"]), reverse=True)
    for found in (before, after):
        scores = np.array(found.scores)
        assert np.abs(scores - exact[:20]).max() < 2e-3


def test_an_index_of_words_alone_has_snapshots_too(tmp_path: Path) -> None:
    parameters = IndexParameters("", 0, "1", "paragraphs")
    texts = [f"t{number}" for number in range(ROWS)]
    with closing(LocalStore.create(tmp_path / "index", parameters)) as store:
        store.apply(Batch((make_indexed("large.md", *texts, dimensions=0),)))
    assert list((tmp_path / "index").glob("g-*/snapshot-*.rows"))
    with closing(LocalStore.open(tmp_path / "index", readonly=True)) as reader:
        ids = reader.search_sparse(["t4000"], 5, ANYWHERE).ids
        assert [chunk.chunk.text for chunk in reader.fetch(ids)] == ["t4000"]
        assert reader.describe().chunks == ROWS


def test_dimensions_are_told_apart_even_where_there_are_no_rows(tmp_path: Path) -> None:
    with closing(LocalStore.create(tmp_path / "index", PARAMETERS)) as store:
        store.apply(Batch((make_indexed("empty.md"),)))
        assert not store.search_dense(hash_vector("query"), 5, ANYWHERE)
