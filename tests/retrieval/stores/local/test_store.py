import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from chalklens.errors import BusyError, InputError, UnavailableError
from retrieval.documents import chunk_id, document_id
from retrieval.stores.local.reader import MAX_CHUNKS
from retrieval.stores.local.store import LocalStore
from retrieval.stores.local.writer import USUAL_PACE, Pace
from retrieval.stores.store import Batch, IndexParameters
from tests.retrieval.stores.contract import OpenStore, StoreContract
from tests.retrieval.stores.documents import PARAMETERS, make_indexed

OTHER = replace(PARAMETERS, chunking="pages")
AT_ONCE = Pace(min_pending=1, max_pending=1, max_removed=1, min_unsaved=0, unsaved_share=1000)


class TestLocalStore(StoreContract):
    pace = USUAL_PACE

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Iterator[OpenStore]:
        with ExitStack() as stack:
            opened: list[LocalStore] = []

            def open_handle(parameters: IndexParameters) -> LocalStore:
                folder = tmp_path / "index"
                if opened:
                    store = LocalStore.open(folder, parameters, readonly=True)
                else:
                    store = LocalStore.create(folder, parameters, pace=self.pace)
                opened.append(stack.enter_context(closing(store)))
                return store

            yield open_handle


class TestLocalStoreWhoseDerivedPartsFollowAtOnce(TestLocalStore):
    pace = AT_ONCE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def fill(store: LocalStore, *sources: str) -> None:
    store.apply(Batch(tuple(make_indexed(source, f"{source} copper wire") for source in sources)))


def list_sources(folder: Path, parameters: IndexParameters | None = None) -> list[str]:
    with closing(LocalStore.open(folder, parameters, readonly=True)) as store:
        return [document.source for document in store.list_documents()]


def test_where_there_is_no_index_the_error_says_so(folder: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        LocalStore.open(folder)
    assert caught.value.code == "index_missing"
    assert not folder.exists()


def test_an_index_made_otherwise_is_to_be_rebuilt(folder: Path) -> None:
    LocalStore.create(folder, PARAMETERS).close()
    with pytest.raises(UnavailableError) as caught:
        LocalStore.open(folder, OTHER)
    assert caught.value.code == "rebuild"
    LocalStore.open(folder, PARAMETERS).close()


def test_two_writers_are_one_too_many_and_readers_go_on(folder: Path) -> None:
    with closing(LocalStore.create(folder, PARAMETERS)) as store:
        fill(store, "a.md")
        with pytest.raises(BusyError):
            LocalStore.open(folder, PARAMETERS)
        with pytest.raises(BusyError):
            LocalStore.create(folder, OTHER)
        assert list_sources(folder) == ["a.md"]
    with closing(LocalStore.open(folder, PARAMETERS)) as store:
        fill(store, "b.md")


def test_a_reader_cannot_write_and_a_closed_store_answers_nothing(folder: Path) -> None:
    LocalStore.create(folder, PARAMETERS).close()
    reader = LocalStore.open(folder, readonly=True)
    with pytest.raises(UnavailableError, match="reading only"):
        fill(reader, "a.md")
    reader.close()
    reader.close()
    with pytest.raises(UnavailableError, match="closed"):
        reader.describe()


def test_another_index_grows_beside_the_one_in_use_until_it_is_published(folder: Path) -> None:
    with closing(LocalStore.create(folder, PARAMETERS)) as store:
        fill(store, "old.md")
    with (
        closing(LocalStore.open(folder, readonly=True)) as reader,
        closing(LocalStore.create(folder, OTHER)) as store,
    ):
        fill(store, "new.md")
        assert [d.source for d in reader.list_documents()] == ["old.md"]
        assert list_sources(folder, PARAMETERS) == ["old.md"]
        store.publish()
        assert [d.source for d in reader.list_documents()] == ["new.md"]
        assert reader.describe().parameters == OTHER
        fill(store, "newer.md")
        assert [d.source for d in reader.list_documents()] == ["new.md", "newer.md"]
    assert len(list(folder.glob("g-*"))) == 1


def test_a_reader_that_needs_certain_parameters_is_told_of_the_swap(folder: Path) -> None:
    LocalStore.create(folder, PARAMETERS).close()
    with closing(LocalStore.open(folder, PARAMETERS, readonly=True)) as reader:
        with closing(LocalStore.create(folder, OTHER)) as store:
            store.publish()
        for _ in range(2):
            with pytest.raises(UnavailableError) as caught:
                reader.describe()
            assert caught.value.code == "rebuild"


def test_an_index_that_was_never_published_is_gone_on_with(folder: Path) -> None:
    LocalStore.create(folder, PARAMETERS).close()
    with closing(LocalStore.create(folder, OTHER)) as store:
        fill(store, "half.md")
    with closing(LocalStore.create(folder, OTHER)) as store:
        assert [d.source for d in store.list_documents()] == ["half.md"]
    third = replace(OTHER, chunking="lines")
    with closing(LocalStore.create(folder, third)) as store:
        assert store.list_documents() == []
    assert list_sources(folder, PARAMETERS) == []
    assert len(list(folder.glob("g-*"))) == 2


def test_files_are_for_their_owner_alone(folder: Path) -> None:
    with closing(LocalStore.create(folder, PARAMETERS, pace=AT_ONCE)) as store:
        fill(store, "a.md")
        modes = {path: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    top = {path.name: mode for path, mode in modes.items() if path.parent == folder}
    assert top.pop("CURRENT") == 0o600
    assert top.pop("LOCK") == 0o600
    assert set(top.values()) == {0o700}
    assert {m for path, m in modes.items() if path.suffix in (".sqlite3", ".rows")} == {0o600}


def test_an_answer_stays_with_what_it_began_with(folder: Path) -> None:
    old, new = (chunk_id(document_id("notes", source), 0) for source in ("a.md", "b.md"))
    with closing(LocalStore.create(folder, PARAMETERS)) as store:
        fill(store, "a.md")
        with closing(LocalStore.open(folder, readonly=True)) as reader:
            with reader.answering() as answers:
                assert [stored.id for stored in answers.fetch([old, new])] == [old]
                store.apply(
                    Batch((make_indexed("b.md", "tin foil"),), (document_id("notes", "a.md"),))
                )
                assert [stored.id for stored in answers.fetch([new, old])] == [old]
                assert answers.describe().documents == 1
            assert [stored.id for stored in reader.fetch([old, new])] == [new]
            assert reader.describe().documents == 1


def test_an_answer_that_fails_lets_go_of_the_store(folder: Path) -> None:
    with closing(LocalStore.create(folder, PARAMETERS)) as store:
        with pytest.raises(KeyError), store.answering():
            raise KeyError
        fill(store, "a.md")
        assert store.describe().documents == 1


def test_a_changed_document_is_fetched_as_it_is_now(folder: Path) -> None:
    id_ = chunk_id(document_id("notes", "a.md"), 0)
    with closing(LocalStore.create(folder, PARAMETERS)) as store:
        for text in ("copper wire", "tin foil"):
            store.apply(Batch((make_indexed("a.md", text),)))
            (stored,) = store.fetch([id_])
            assert stored.chunk.text == text


def test_a_reader_remembers_so_many_chunks_and_no_more(folder: Path) -> None:
    texts = [f"passage {number}" for number in range(MAX_CHUNKS + 20)]
    document = document_id("notes", "a.md")
    ids = [chunk_id(document, number) for number in range(len(texts))]
    with closing(LocalStore.create(folder, PARAMETERS)) as store:
        store.apply(Batch((make_indexed("a.md", *texts),)))
        assert [stored.chunk.text for stored in store.fetch(ids)] == texts
        assert [stored.chunk.text for stored in store.fetch(ids[:5])] == texts[:5]
        assert store.reader is not None
        assert len(store.reader.chunks) == MAX_CHUNKS


def test_text_that_is_no_unicode_is_refused_and_nothing_changes(folder: Path) -> None:
    with closing(LocalStore.create(folder, PARAMETERS)) as store:
        fill(store, "a.md")
        with pytest.raises(InputError, match="Unicode"):
            store.apply(Batch((make_indexed("b.md", "fine"), make_indexed("c\udc80.md", "text"))))
        assert [d.source for d in store.list_documents()] == ["a.md"]
        fill(store, "d.md")
        assert store.describe().documents == 2


def test_an_empty_batch_changes_nothing(folder: Path) -> None:
    with closing(LocalStore.create(folder, PARAMETERS)) as store:
        before = store.describe()
        store.apply(Batch())
        assert store.describe() == before
