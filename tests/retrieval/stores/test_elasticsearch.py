"""The contract on Elasticsearch's client and a stub that checks what it asks."""

from collections.abc import Iterator

import pytest

from chalklens.errors import BusyError, ChalklensError, StorageError, UnavailableError
from retrieval.stores.addresses import parse_store_address
from retrieval.stores.elasticsearch import open_elasticsearch
from retrieval.stores.revisions import RevisionedStore
from retrieval.stores.store import Batch, IndexParameters, Store
from tests.retrieval.stores.contract import OpenStore, StoreContract, add, find_near, name
from tests.retrieval.stores.documents import PARAMETERS, make_indexed
from tests.retrieval.stores.elasticsearch_stub import ElasticsearchStub, serve_stub


@pytest.fixture
def stub() -> Iterator[ElasticsearchStub]:
    with serve_stub() as stub:
        yield stub


@pytest.fixture
def store(stub: ElasticsearchStub) -> Iterator[RevisionedStore]:
    store = open_elasticsearch(parse_store_address(stub.address), PARAMETERS)
    yield store
    store.close()


class TestElasticsearch(StoreContract):
    @pytest.fixture
    def open_store(self, stub: ElasticsearchStub) -> Iterator[OpenStore]:
        opened: list[RevisionedStore] = []

        def open_handle(parameters: IndexParameters) -> RevisionedStore:
            opened.append(open_elasticsearch(parse_store_address(stub.address), parameters))
            return opened[-1]

        yield open_handle
        for store in opened:
            store.close()


def read_all(store: Store) -> dict[str, list[str]]:
    """What a reader sees, by way of the documents and by way of a search."""
    listed = {
        document.source: [chunk.chunk.text for chunk in store.read_chunks(document.id)]
        for document in store.list_documents()
    }
    assert sorted(find_near(store, "x", k=50)) == sorted(
        name(source, ordinal) for source, texts in listed.items() for ordinal in range(len(texts))
    )
    return listed


def test_whichever_request_fails_readers_see_all_of_a_change_or_none(
    stub: ElasticsearchStub, store: RevisionedStore
) -> None:
    one, two = make_indexed("a.md", "old one", "old two"), make_indexed("b.md", "going")
    change = Batch((make_indexed("a.md", "new"), make_indexed("c.md", "added")), (two.document.id,))
    before = {"a.md": ["old one", "old two"], "b.md": ["going"]}
    after = {"a.md": ["new"], "c.md": ["added"]}
    outcomes: list[bool] = []
    for budget in range(40):
        stub.indices.clear()
        writer = open_elasticsearch(parse_store_address(stub.address), PARAMETERS)
        add(writer, one, two)
        stub.budget = budget
        finished = True
        try:
            writer.apply(change)
        except ChalklensError:
            finished = False
        stub.budget = None
        writer.close()
        reader = open_elasticsearch(parse_store_address(stub.address), PARAMETERS, readonly=True)
        seen = read_all(reader)
        assert seen in (before, after)
        outcomes.append(seen == after)
        # whoever comes next repairs it, and applying again changes nothing more
        for _ in range(2):
            reader.apply(change)
            assert read_all(reader) == after
        kept = {index: sorted(stub.indices[index].documents) for index in stub.indices}
        assert len(kept["chalklens-chunks"]) == 2
        assert len(kept["chalklens-documents"]) == 3  # with the head
        reader.close()
        if finished:
            break
    assert outcomes == sorted(outcomes)  # before the commit, and from it on
    assert not outcomes[0]
    assert outcomes[-1]
    assert len(outcomes) > 8


def test_a_second_writer_is_refused(stub: ElasticsearchStub, store: RevisionedStore) -> None:
    other = open_elasticsearch(parse_store_address(stub.address), PARAMETERS)
    head = store.engine.read_head()
    add(other, make_indexed("a.md", "copper"))
    with pytest.raises(BusyError, match="Another process"):
        store.engine.write_head(head)
    other.close()


def test_a_full_disk_is_said_and_the_last_content_answers(
    stub: ElasticsearchStub, store: RevisionedStore
) -> None:
    add(store, make_indexed("a.md", "copper"))
    stub.blocked = True
    with pytest.raises(StorageError, match="disk usage exceeded"):
        add(store, make_indexed("a.md", "silver"))
    assert read_all(store) == {"a.md": ["copper"]}


def test_another_index_of_that_name_is_never_dropped(stub: ElasticsearchStub) -> None:
    address = parse_store_address(stub.address)
    first = open_elasticsearch(address, PARAMETERS)
    del stub.indices["chalklens-chunks"].mapping["properties"]["text_hash"]
    with pytest.raises(UnavailableError, match="not ours"):
        first.engine.create(PARAMETERS, "x")
    assert "chalklens-chunks" in stub.indices
    first.close()


def test_wrong_credentials_are_refused_without_repeating_them() -> None:
    with serve_stub("reader", "correct horse") as stub:
        address = stub.address.replace("//", "//reader:hunter2@")
        with pytest.raises(UnavailableError, match="401") as raised:
            open_elasticsearch(parse_store_address(address), PARAMETERS)
        assert "hunter2" not in str(raised.value)
        right = parse_store_address(stub.address.replace("//", "//reader:correct%20horse@"))
        open_elasticsearch(right, PARAMETERS).close()


def test_a_server_that_is_not_there_is_said_in_time() -> None:
    address = parse_store_address("elasticsearch+http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:9"):
        open_elasticsearch(address, PARAMETERS, connect_timeout_s=1)
