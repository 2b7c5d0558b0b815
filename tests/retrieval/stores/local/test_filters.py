from contextlib import closing
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.types import SearchFilter
from retrieval.stores.local.store import LocalStore
from retrieval.stores.store import Batch
from tests.retrieval.stores.documents import PARAMETERS, hash_vector, make_indexed

LETTERS = st.sampled_from("ab-/.^![]*?B名")


@settings(max_examples=8, deadline=None)
@given(
    sources=st.sets(st.text(LETTERS, min_size=1, max_size=5), min_size=1, max_size=8),
    patterns=st.lists(st.text(LETTERS, min_size=1, max_size=5), min_size=12, max_size=12),
)
def test_patterns_mean_what_the_shell_means(
    tmp_path_factory: pytest.TempPathFactory, sources: set[str], patterns: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("filters") / "index"
    with closing(LocalStore.create(folder, PARAMETERS)) as store:
        store.apply(Batch(tuple(make_indexed(source, "text") for source in sorted(sources))))
        for pattern in patterns:
            where = SearchFilter(sources=(pattern,))
            ids = store.search_dense(hash_vector("text"), 100, where).ids
            found = {chunk.source for chunk in store.fetch(ids)}
            assert found == {source for source in sources if fnmatchcase(source, pattern)}
