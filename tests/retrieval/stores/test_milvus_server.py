"""The contract on a real Milvus server.

How it is used: `CHALKLENS_MILVUS_PYTHON=... python -m pytest -m integration`; see `servers.py`. Milvus
2.3.5, the newest server a registry package brings, has no BM25: there the dense half is tested. With
`CHALKLENS_MILVUS_URI` of a server from 2.5 on, both halves are.
"""

import itertools
from collections.abc import Iterator

import pytest

from retrieval.stores.addresses import parse_store_address
from retrieval.stores.milvus import MilvusEngine, open_milvus
from retrieval.stores.revisions import RevisionedStore
from retrieval.stores.store import IndexParameters, Store
from tests.retrieval.stores.contract import OpenStore, StoreContract, add
from tests.retrieval.stores.documents import PARAMETERS, make_indexed
from tests.retrieval.stores.servers import MISSING_MILVUS, has_milvus, serve_milvus

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not has_milvus(), reason=MISSING_MILVUS),
]
NAMES = itertools.count()


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_milvus(tmp_path_factory.mktemp("milvus")) as address:
        yield address


class TestMilvusServer(StoreContract):
    @pytest.fixture(autouse=True)
    def look_for_bm25(self, milvus: str) -> None:
        engine = MilvusEngine(parse_store_address(milvus))
        type(self).searches_sparse = engine.can_search_sparse()
        engine.close()

    @pytest.fixture
    def open_store(self, milvus: str) -> Iterator[OpenStore]:
        opened: list[RevisionedStore] = []
        address = parse_store_address(f"{milvus}?name=test{next(NAMES)}")

        def open_handle(parameters: IndexParameters) -> RevisionedStore:
            opened.append(open_milvus(address, parameters, rebuild=not opened))
            return opened[-1]

        yield open_handle
        engine = MilvusEngine(address)
        engine.drop()
        engine.close()
        for store in opened:
            store.close()

    def test_a_word_longer_than_any_word_does_no_harm(self, store: Store) -> None:
        add(store, make_indexed("a.md", "copper " + "x" * 60_000 + " wire"))
        for found in self.find_both_ways(store, "copper wire"):
            assert len(found) == 1

    def test_what_the_server_cannot_do_is_said(self, open_store: OpenStore) -> None:
        notes = open_store(PARAMETERS).describe().notes
        assert notes == () if self.searches_sparse else "BM25" in notes[0]
