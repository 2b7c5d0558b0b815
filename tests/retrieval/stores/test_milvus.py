"""The contract on a milvus-lite file, and what is peculiar to Milvus."""

import itertools
import random
from collections.abc import Iterator

import pytest

from chalklens.errors import InputError, UnavailableError
from chalklens.types import SearchFilter
from retrieval.stores.addresses import parse_store_address
from retrieval.stores.fake import FakeStore
from retrieval.stores.milvus import MilvusEngine, open_milvus
from retrieval.stores.milvus_expressions import quote, write_tokens
from retrieval.stores.milvus_schema import has_bm25, is_lite
from retrieval.stores.revisions import RevisionedStore
from retrieval.stores.store import Batch, IndexParameters, Store
from tests.retrieval.stores.contract import OpenStore, StoreContract, add, find_words, name
from tests.retrieval.stores.documents import PARAMETERS, make_indexed

NAMES = itertools.count()


@pytest.fixture(scope="module")
def milvus_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A file that is kept open, because opening one takes longer than most tests."""
    address = f"milvus:{tmp_path_factory.mktemp('milvus')}/x.db"
    keeper = open_milvus(parse_store_address(address), PARAMETERS)
    yield address
    keeper.close()


def test_what_was_added_is_found_both_ways_by_another_handle(milvus_file: str) -> None:
    address = parse_store_address(f"{milvus_file}?name=short")
    one, two = open_milvus(address, PARAMETERS), open_milvus(address, PARAMETERS)
    first, second = make_indexed("a.md", "copper wire"), make_indexed("b.md", "silver spoon")
    add(one, first, second)
    assert find_words(two, "copper") == [name("a.md")]
    [row] = two.search_dense(second.vectors[0], 1, SearchFilter()).ids
    assert row == name("b.md")
    add(one, make_indexed("a.md", "golden ring"))
    assert find_words(two, "copper") == []
    assert two.describe().documents == 2
    one.close()
    two.close()


@pytest.mark.integration
class TestMilvusFile(StoreContract):
    @pytest.fixture
    def open_store(self, milvus_file: str) -> Iterator[OpenStore]:
        opened: list[RevisionedStore] = []
        address = parse_store_address(f"{milvus_file}?name=test{next(NAMES)}")

        def open_handle(parameters: IndexParameters) -> RevisionedStore:
            opened.append(open_milvus(address, parameters))
            return opened[-1]

        yield open_handle
        for store in opened:
            store.close()

    def test_a_word_longer_than_any_word_does_no_harm(self, store: Store) -> None:
        add(store, make_indexed("a.md", "copper " + "x" * 60_000 + " wire"))
        for found in self.find_both_ways(store, "copper wire"):
            assert len(found) == 1

    def test_a_passage_that_fits_no_field_is_refused_and_nothing_changes(
        self, store: Store
    ) -> None:
        add(store, make_indexed("a.md", "copper"))
        before = store.describe()
        with pytest.raises(InputError, match="65535"):
            add(store, make_indexed("b.md", "铜" * 22_000))
        assert store.describe() == before


def test_a_half_made_index_is_made_anew(milvus_file: str) -> None:
    address = parse_store_address(f"{milvus_file}?name=half")
    engine = MilvusEngine(address)
    engine.create(PARAMETERS, "0a")
    engine.connection.call("drop_alias", "half_at_0a_0")
    engine.close()
    store = open_milvus(address, PARAMETERS)
    add(store, make_indexed("a.md", "copper"))
    assert store.describe().documents == 1
    store.close()


def test_a_collection_of_others_is_never_dropped(milvus_file: str) -> None:
    engine = MilvusEngine(parse_store_address(f"{milvus_file}?name=foreign"))
    engine.connection.call("create_collection", "foreign_chunks", dimension=4)
    with pytest.raises(UnavailableError, match="not ours"):
        engine.create(PARAMETERS, "0a")
    assert engine.connection.call("has_collection", "foreign_chunks")
    engine.connection.call("drop_collection", "foreign_chunks")
    engine.close()


def test_a_server_that_is_not_there_is_said_in_time_and_without_the_password() -> None:
    address = parse_store_address("milvus+http://me:hunter2@127.0.0.1:9")
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:9") as raised:
        open_milvus(address, PARAMETERS, connect_timeout_s=0.5)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("version", "lite", "bm25"),
    [
        ("milvus_lite-3.2.2", True, True),
        ("v2.3.5-lite", False, False),
        ("v2.4.15", False, False),
        ("v2.5.0", False, True),
        ("2.6.4-gpu", False, True),
        ("v3.0", False, True),
        ("unknown", False, True),
    ],
)
def test_what_a_server_can_do_follows_from_its_version(
    version: str, lite: bool, bm25: bool
) -> None:
    assert (is_lite(version), has_bm25(version)) == (lite, bm25)


def test_strings_and_tokens_cannot_leave_their_place() -> None:
    assert quote('a"b\\c\n') == '"a\\"b\\\\c\\n"'
    assert write_tokens(["o'clock", "检索", "c++"]) == "o_27_clock 检索 c_2b__2b_"


def test_words_rank_as_in_the_exact_bm25(milvus_file: str) -> None:
    chance = random.Random(3)
    words = [f"w{i}" for i in range(30)]
    documents = [
        make_indexed(f"{i}.md", " ".join(chance.choices(words, k=chance.randrange(3, 40))))
        for i in range(60)
    ]
    store = open_milvus(parse_store_address(f"{milvus_file}?name=exact"), PARAMETERS)
    model = FakeStore(PARAMETERS)
    for changed in (documents, documents[:20]):
        for target in (store, model):
            target.apply(Batch(tuple(changed)))
        tokens = [*chance.sample(words, 5), "w1", "w1"]
        expected = model.search_sparse(tokens, 100, SearchFilter())
        found = store.search_sparse(tokens, 100, SearchFilter())
        scores = dict(zip(expected.ids, expected.scores, strict=True))  # ties come in any order
        assert dict(zip(found.ids, found.scores, strict=True)) == pytest.approx(scores, rel=1e-4)
    store.close()
