"""What every store must do, whatever is behind it.

How it is used: subclass `StoreContract` in a test module and give it a fixture `open_store`:

    class TestLocalStore(StoreContract):
        @pytest.fixture
        def open_store(self, tmp_path) -> Iterator[OpenStore]:
            ...

`open_store(parameters)` opens a handle on one index, empty when it is called first in a test; called
again with the same parameters it opens another handle on the same content, as another process would.
The fixture closes what it opened. Class attributes say what an engine cannot do: `checks_phrases`,
`searches_sparse`; `tolerance` bounds the error of inner products.
"""

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from chalklens.types import SearchFilter
from retrieval.documents import chunk_id, document_id
from retrieval.passages import write_dense_text
from retrieval.stores.fake import FakeStore
from retrieval.stores.store import (
    Answers,
    Batch,
    Found,
    IndexedDocument,
    IndexParameters,
    Store,
)
from retrieval.tokens import tokenize
from tests.retrieval.stores.documents import (
    DIMENSIONS,
    PARAMETERS,
    hash_vector,
    make_indexed,
    make_vector,
)

OpenStore = Callable[[IndexParameters], Store]
ANYWHERE = SearchFilter()
SPARSE_ONLY = IndexParameters(embedder="", dimensions=0, tokens="1", chunking="paragraphs")


def list_ids(found: Found) -> list[str]:
    return list(found.ids)


def name(source: str, ordinal: int = 0, collection: str = "notes") -> str:
    return chunk_id(document_id(collection, source), ordinal)


def add(store: Store, *documents: IndexedDocument) -> None:
    store.apply(Batch(documents=documents))


def find_words(
    store: Answers, query: str, k: int = 10, where: SearchFilter = ANYWHERE
) -> list[str]:
    return list_ids(store.search_sparse(tokenize(query), k, where))


def find_near(store: Answers, text: str, k: int = 10, where: SearchFilter = ANYWHERE) -> list[str]:
    return list_ids(store.search_dense(hash_vector(text), k, where))


# Every filter below lets the first passage through and no other.
FILTERED = (
    make_indexed(
        "guides/zinc.pdf",
        "zinc plating protects steel",
        collection="shop",
        pages=[7],
        tags=("metal", "how-to"),
        modified=2_000.0,
    ),
    make_indexed(
        "zinc.md", "zinc plating protects iron", pages=[2], tags=("metal",), modified=1_000.0
    ),
    make_indexed("notes/zinc.txt", "zinc plating protects copper", modified=3_000.0),
)
ONLY_FIRST = {
    "collection": SearchFilter(collections=("shop",)),
    "one of two collections": SearchFilter(collections=("shop", "nowhere")),
    "source": SearchFilter(sources=("guides/zinc.pdf",)),
    "pattern": SearchFilter(sources=("*.pdf",)),
    "pattern over folders": SearchFilter(sources=("gui*.p?f", "nothing")),
    "character class": SearchFilter(sources=("[f-h]uides/*",)),
    "negated class": SearchFilter(sources=("[!nz]*",)),
    "first page": SearchFilter(first_page=3),
    "page range": SearchFilter(first_page=7, last_page=7),
    "all tags": SearchFilter(tags=("how-to", "metal")),
    "modified between": SearchFilter(modified_from=1_500.0, modified_to=2_000.0),
    "several at once": SearchFilter(sources=("*zinc*",), first_page=1, modified_from=2_000.0),
}
NOTHING = {
    "unknown collection": SearchFilter(collections=("SHOP",)),
    "upper case": SearchFilter(sources=("*.PDF",)),
    "unknown tag": SearchFilter(tags=("metal", "wood")),
    "later": SearchFilter(modified_from=3_000.5),
    "page beyond": SearchFilter(first_page=8),
    "contradiction": SearchFilter(collections=("shop",), last_page=6),
    "a quote": SearchFilter(collections=("shop' OR '1'='1",), sources=('"*',), tags=("'",)),
}


class StoreContract:
    """Tests that hold for all stores."""

    searches_sparse = True
    checks_phrases = True
    tolerance = 2e-3

    @pytest.fixture
    def open_store(self) -> OpenStore:
        raise NotImplementedError("a subclass gives this fixture")

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Store:
        return open_store(PARAMETERS)

    def find_both_ways(
        self, store: Answers, text: str, where: SearchFilter = ANYWHERE
    ) -> list[set[str]]:
        found = [set(find_near(store, text, where=where))]
        if self.searches_sparse:
            found.append(set(find_words(store, text, where=where)))
        return found

    def test_an_empty_store_answers_with_nothing(self, store: Store) -> None:
        info = store.describe()
        assert (info.documents, info.chunks, info.parameters) == (0, 0, PARAMETERS)
        assert find_near(store, "anything") == []
        assert not store.search_sparse(["anything"], 5, ANYWHERE)
        assert store.fetch([name("a.md")]) == []
        assert store.read_chunks(document_id("notes", "a.md")) == []
        assert store.list_documents() == []
        assert store.find_vectors(["anything"]) == {}

    def test_what_was_applied_is_found_at_once_both_ways(self, store: Store) -> None:
        add(store, make_indexed("a.md", "zinc plating", "copper wire"))
        for found in self.find_both_ways(store, "copper wire"):
            assert name("a.md", 1) in found
        assert find_near(store, "copper wire", k=1) == [name("a.md", 1)]

    def test_a_whole_answer_is_the_same_as_its_parts(self, store: Store) -> None:
        add(store, make_indexed("a.md", "zinc plating", "copper wire"))
        alone, info = self.find_both_ways(store, "copper wire"), store.describe()
        with store.answering() as answers:
            assert self.find_both_ways(answers, "copper wire") == alone
            assert answers.describe() == info
            (stored,) = answers.fetch([name("a.md", 1)])
            assert stored.chunk.text == "copper wire"
            assert answers.read_vectors([stored.id])[0] @ hash_vector("copper wire") > 0.99
        add(store, make_indexed("b.md", "tin foil"))
        assert store.describe().documents == 2

    def test_a_chunk_comes_back_exactly_as_it_went_in(self, store: Store) -> None:
        text = 'Line one\nline "two" — 第三行 🧪\u2028end; DROP TABLE chunks; -- % _ \\'
        indexed = make_indexed(
            "handbuch/größe 1.pdf",
            "first",
            text,
            collection="fábrica",
            title="Größen & Maße",
            pages=[1, 12],
            headings=("Teil <1>", "“Maße”"),
            tags=("b", "a", "两个 词"),
            modified=1_700_000_000.25,
        )
        add(store, indexed)
        id_ = name("handbuch/größe 1.pdf", 1, "fábrica")
        (stored,) = store.fetch([id_])
        assert stored.chunk == indexed.chunks[1]
        assert stored.id == id_
        assert stored.document == indexed.document.id
        assert stored.collection == "fábrica"
        assert stored.source == "handbuch/größe 1.pdf"
        assert stored.title == "Größen & Maße"
        assert stored.mime_type == "text/plain"
        assert stored.modified == 1_700_000_000.25
        assert sorted(stored.tags) == sorted(indexed.document.tags)

    def test_dense_scores_are_inner_products_best_first(self, store: Store) -> None:
        rows = [make_vector(1, 0), make_vector(1, 1), make_vector(-1, 0), make_vector(0, 0, 1)]
        add(store, make_indexed("a.md", "one", "two", "three", "four", vectors=rows))
        found = store.search_dense(make_vector(1, 0.2), 4, ANYWHERE)
        assert list_ids(found) == [name("a.md", ordinal) for ordinal in (0, 1, 3, 2)]
        expected = [float(make_vector(1, 0.2) @ rows[i]) for i in (0, 1, 3, 2)]
        assert found.scores == pytest.approx(expected, abs=self.tolerance)

    def test_no_more_than_k_are_returned_and_those_are_the_best(self, store: Store) -> None:
        rows = [make_vector(1, tilt) for tilt in np.linspace(0, 3, 40)]
        add(store, make_indexed("a.md", *(f"zinc {i}" for i in range(40)), vectors=rows))
        assert find_ids(store, make_vector(1), 3) == [name("a.md", i) for i in range(3)]
        assert len(find_ids(store, make_vector(1), 1000)) == 40
        if self.searches_sparse:
            assert len(find_words(store, "zinc", k=3)) == 3
            assert len(find_words(store, "zinc", k=1000)) == 40

    def test_more_and_rarer_words_rank_higher(self, store: Store) -> None:
        if not self.searches_sparse:
            pytest.skip("no sparse search here")
        plain = [make_indexed(f"{i}.md", f"steel bolt number{i}") for i in range(8)]
        rare = make_indexed("rare.md", "steel gasket number")
        both = make_indexed("both.md", "gasket bolt number")
        add(store, *plain, rare, both)
        found = store.search_sparse(tokenize("bolt gasket"), 20, ANYWHERE)
        assert list_ids(found)[:2] == [name("both.md"), name("rare.md")]
        assert list(found.scores) == sorted(found.scores, reverse=True)
        assert min(found.scores) > 0
        assert len(found) == 10

    @pytest.mark.parametrize("query", ["", "absentword", "zin", "() AND OR NOT", '"*:~^\\/'])
    def test_words_that_do_not_occur_find_nothing(self, store: Store, query: str) -> None:
        add(store, make_indexed("a.md", "zinc plating protects steel"))
        assert not store.search_sparse(query.split(), 5, ANYWHERE)

    def test_title_and_headings_are_searched_too(self, store: Store) -> None:
        if not self.searches_sparse:
            pytest.skip("no sparse search here")
        add(store, make_indexed("a.md", "text", title="Galvanic", headings=("Corrosion",)))
        assert find_words(store, "galvanic") == [name("a.md")]
        assert find_words(store, "corrosion") == [name("a.md")]

    def test_chinese_is_found_by_characters_and_pairs(self, store: Store) -> None:
        if not self.searches_sparse:
            pytest.skip("no sparse search here")
        add(
            store,
            make_indexed("a.md", "检索系统支持中文文档。"),
            make_indexed("b.md", "天气很好。"),
        )
        assert find_words(store, "中文检索")[0] == name("a.md")
        assert find_words(store, "天气") == [name("b.md")]

    def test_a_phrase_must_stand_side_by_side_and_in_order(self, store: Store) -> None:
        if not (self.searches_sparse and self.checks_phrases):
            pytest.skip("no phrases here")
        add(
            store,
            make_indexed("a.md", "the copper wire glows"),
            make_indexed("b.md", "the wire copper glows"),
            make_indexed("c.md", "copper plated wire glows"),
        )
        phrase = tokenize("copper wire")
        found = store.search_sparse(tokenize("glows copper wire"), 5, ANYWHERE, [phrase])
        assert list_ids(found) == [name("a.md")]
        glows = tokenize("glows")
        assert len(store.search_sparse(glows, 5, ANYWHERE, [glows, tokenize("copper")])) == 3
        assert not store.search_sparse(glows, 5, ANYWHERE, [tokenize("wire the")])

    @pytest.mark.parametrize("where", ONLY_FIRST.values(), ids=ONLY_FIRST.keys())
    def test_a_filter_lets_through_what_it_allows(self, store: Store, where: SearchFilter) -> None:
        add(store, *FILTERED)
        for found in self.find_both_ways(store, "zinc plating protects", where):
            assert found == {name("guides/zinc.pdf", 0, "shop")}

    @pytest.mark.parametrize("where", NOTHING.values(), ids=NOTHING.keys())
    def test_a_filter_that_allows_nothing_finds_nothing(
        self, store: Store, where: SearchFilter
    ) -> None:
        add(store, *FILTERED)
        for found in self.find_both_ways(store, "zinc plating protects", where):
            assert found == set()

    def test_a_filter_finds_the_one_among_hundreds_that_ranks_last(self, store: Store) -> None:
        crowd = [f"zinc zinc zinc {i}" for i in range(300)]
        rows = [make_vector(1, i / 1000) for i in range(300)]
        last = make_indexed("last.md", "zinc " + "and much else " * 30, vectors=[make_vector(-1)])
        add(store, make_indexed("crowd.md", *crowd, vectors=rows), last)
        where = SearchFilter(sources=("last.*",))
        assert list_ids(store.search_dense(make_vector(1), 5, where)) == [name("last.md")]
        if self.searches_sparse:
            assert find_words(store, "zinc", 5, where) == [name("last.md")]
        wide = SearchFilter(sources=("crowd*",))
        assert len(list_ids(store.search_dense(make_vector(-1), 250, wide))) == 250

    def test_a_document_that_is_applied_again_replaces_itself(self, store: Store) -> None:
        add(
            store, make_indexed("a.md", "copper wire", "iron nail"), make_indexed("b.md", "tin can")
        )
        add(store, make_indexed("a.md", "silver spoon", title="New"))
        info = store.describe()
        assert (info.documents, info.chunks) == (2, 2)
        assert store.fetch([name("a.md", 1)]) == []
        assert [c.chunk.text for c in store.fetch([name("a.md")])] == ["silver spoon"]
        assert set(find_near(store, "iron nail")) == {name("a.md"), name("b.md")}
        if self.searches_sparse:
            assert find_words(store, "copper wire iron nail") == []
            assert find_words(store, "silver") == [name("a.md")]

    def test_a_removed_document_is_gone_and_an_unknown_one_no_error(self, store: Store) -> None:
        add(store, make_indexed("a.md", "copper wire"), make_indexed("b.md", "tin can"))
        store.apply(Batch(removed=(document_id("notes", "a.md"), "0123456789abcdef")))
        assert [d.source for d in store.list_documents()] == ["b.md"]
        assert store.fetch([name("a.md")]) == []
        assert store.read_chunks(document_id("notes", "a.md")) == []
        for found in self.find_both_ways(store, "copper wire tin"):
            assert found == {name("b.md")}

    def test_what_is_removed_and_added_in_one_batch_is_there(self, store: Store) -> None:
        add(store, make_indexed("a.md", "copper wire"))
        again = make_indexed("a.md", "silver spoon")
        store.apply(Batch(documents=(again,), removed=(again.document.id,)))
        assert [c.chunk.text for c in store.fetch([name("a.md")])] == ["silver spoon"]
        assert store.describe().documents == 1

    def test_a_document_without_chunks_is_known(self, store: Store) -> None:
        add(store, make_indexed("empty.md"))
        assert [(d.source, d.chunks) for d in store.list_documents()] == [("empty.md", 0)]
        assert store.describe().documents == 1
        assert store.read_chunks(document_id("notes", "empty.md")) == []

    def test_the_same_source_in_two_collections_is_two_documents(self, store: Store) -> None:
        add(
            store,
            make_indexed("a.md", "copper wire"),
            make_indexed("a.md", "silver spoon", collection="shop"),
        )
        store.apply(Batch(removed=(document_id("notes", "a.md"),)))
        assert [d.collection for d in store.list_documents()] == ["shop"]

    def test_fetching_keeps_the_order_asked_for(self, store: Store) -> None:
        add(store, make_indexed("a.md", "one", "two", "three"))
        ids = [name("a.md", 2), name("gone.md"), name("a.md", 0), "no id at all", name("a.md", 9)]
        assert [c.id for c in store.fetch(ids)] == [name("a.md", 2), name("a.md", 0)]
        assert store.fetch([]) == []

    def test_vectors_are_read_in_the_order_asked_for_and_zeros_for_what_is_gone(
        self, open_store: OpenStore
    ) -> None:
        store, other = open_store(PARAMETERS), open_store(PARAMETERS)
        indexed = make_indexed("a.md", "one", "two", "three")
        add(store, indexed, make_indexed("b.md", "gone soon"))
        ids = [name("a.md", 2), name("b.md"), "no id at all", name("a.md", 0), name("a.md", 7)]
        for _ in range(2):  # before and after its ids were found
            found = store.read_vectors(ids)
            assert (found.shape, found.dtype) == ((5, DIMENSIONS), np.float32)
            expected = [indexed.vectors[2], hash_vector("gone soon"), indexed.vectors[0]]
            assert found[[0, 1, 3]] == pytest.approx(np.stack(expected), abs=self.tolerance)
            assert not found[[2, 4]].any()
            find_near(store, "one")
        find_near(other, "one")
        store.apply(Batch(removed=(document_id("notes", "b.md"),)))
        for handle in (store, other):
            assert not handle.read_vectors(ids)[1].any()
            assert handle.read_vectors(ids)[0].any()
        assert store.read_vectors([]).shape == (0, DIMENSIONS)

    def test_chunks_of_a_document_are_read_by_range(self, store: Store) -> None:
        texts = [f"part {i}" for i in range(12)]
        indexed = make_indexed("a.md", *texts)
        add(store, indexed)
        id_ = indexed.document.id
        assert [c.chunk.text for c in store.read_chunks(id_)] == texts
        assert [c.chunk.ordinal for c in store.read_chunks(id_, 3, 5)] == [3, 4, 5]
        assert [c.chunk.ordinal for c in store.read_chunks(id_, -1, 0)] == [0]
        assert [c.chunk.ordinal for c in store.read_chunks(id_, 11, 99)] == [11]
        assert store.read_chunks(id_, 12) == []

    def test_documents_are_listed_by_collection_and_source_in_pages(self, store: Store) -> None:
        sources = ["b.md", "a.md", "c/d.md", "B.md"]
        add(
            store,
            *(make_indexed(s, "x", "y") for s in sources),
            make_indexed("z", "x", collection="a"),
        )
        listed = store.list_documents()
        assert [(d.collection, d.source) for d in listed] == [
            ("a", "z"),
            *(("notes", s) for s in sorted(sources)),
        ]
        assert [d.source for d in store.list_documents("notes", 1, 2)] == sorted(sources)[1:3]
        assert store.list_documents("nowhere") == []

    def test_a_listed_document_tells_all_about_itself(self, store: Store) -> None:
        indexed = make_indexed("a.md", "one", "two", title="T", tags=("x", "y"), modified=12.5)
        document = replace(indexed.document, mime_type="text/markdown")
        add(store, replace(indexed, document=document))
        (info,) = store.list_documents()
        assert (info.id, info.title, info.sha256) == (document.id, "T", document.sha256)
        assert (info.mime_type, info.modified, info.chunks) == ("text/markdown", 12.5, 2)
        assert sorted(info.tags) == ["x", "y"]
        assert info.characters == len(document.text)

    def test_vectors_that_are_stored_need_no_second_encoding(self, store: Store) -> None:
        one = make_indexed("a.md", "copper wire", title="T")
        two = make_indexed("b.md", "copper wire", "tin can", title="T")
        add(store, one, two)
        texts = [write_dense_text("T", chunk) for chunk in two.chunks]
        store.apply(Batch(removed=(one.document.id,)))
        found = store.find_vectors([*texts, "never seen"])
        assert set(found) == set(texts)
        for text, vector in zip(texts, two.vectors, strict=True):
            assert found[text].dtype == np.float32
            assert found[text] == pytest.approx(vector, abs=self.tolerance)
        store.apply(Batch(removed=(two.document.id,)))
        assert store.find_vectors(texts) == {}

    def test_another_handle_sees_a_change_at_its_next_search(self, open_store: OpenStore) -> None:
        writer, reader = open_store(PARAMETERS), open_store(PARAMETERS)
        assert find_near(reader, "copper wire") == []
        for source in ("a.md", "b.md", "c.md"):
            add(writer, make_indexed(source, "copper wire"))
            for found in self.find_both_ways(reader, "copper wire"):
                assert name(source) in found
        writer.apply(Batch(removed=(document_id("notes", "a.md"),)))
        for found in self.find_both_ways(reader, "copper wire"):
            assert found == {name("b.md"), name("c.md")}
        assert reader.describe().documents == 2
        assert [c.id for c in reader.fetch([name("a.md"), name("b.md")])] == [name("b.md")]

    def test_what_was_applied_is_still_there_after_closing(self, open_store: OpenStore) -> None:
        store = open_store(PARAMETERS)
        add(store, make_indexed("a.md", "copper wire"), make_indexed("b.md", "tin can"))
        store.apply(Batch(removed=(document_id("notes", "b.md"),)))
        before = store.describe()
        store.close()
        again = open_store(PARAMETERS)
        assert again.describe() == before
        for found in self.find_both_ways(again, "copper wire"):
            assert found == {name("a.md")}

    def test_the_generation_changes_with_every_batch_and_only_then(self, store: Store) -> None:
        seen = [store.describe().generation]
        for source in ("a.md", "b.md"):
            add(store, make_indexed(source, "copper wire"))
            find_near(store, "copper wire")
            seen.append(store.describe().generation)
            assert store.describe().generation == seen[-1]
        store.apply(Batch(removed=(document_id("notes", "a.md"),)))
        seen.append(store.describe().generation)
        assert len(set(seen)) == 4

    def test_vectors_of_the_wrong_size_are_refused_and_nothing_changes(self, store: Store) -> None:
        add(store, make_indexed("a.md", "copper wire"))
        before = store.describe()
        wrong = make_indexed("b.md", "tin can", dimensions=DIMENSIONS + 1)
        with pytest.raises(ValueError, match="shape"):
            add(store, make_indexed("a.md", "silver spoon"), wrong)
        assert store.describe() == before
        assert [c.chunk.text for c in store.fetch([name("a.md")])] == ["copper wire"]

    def test_an_index_without_an_embedder_searches_words_alone(self, open_store: OpenStore) -> None:
        if not self.searches_sparse:
            pytest.skip("no sparse search here")
        store = open_store(SPARSE_ONLY)
        add(store, make_indexed("a.md", "copper wire", dimensions=0))
        assert find_words(store, "copper") == [name("a.md")]
        assert store.find_vectors(["copper wire"]) == {}
        assert store.describe().parameters == SPARSE_ONLY

    def test_names_that_look_like_code_are_only_names(self, store: Store) -> None:
        sources = ["'; DROP TABLE documents; --", "100%_[x]*?.md", '"quoted" \\ back', "名字.md"]
        add(store, *(make_indexed(source, "copper wire", tags=(source,)) for source in sources))
        assert [d.source for d in store.list_documents()] == sorted(sources)
        for source in sources:
            for found in self.find_both_ways(store, "copper", SearchFilter(tags=(source,))):
                assert found == {name(source)}

    def test_a_word_longer_than_any_word_does_no_harm(self, store: Store) -> None:
        add(store, make_indexed("a.md", "copper " + "x" * 100_000 + " wire"))
        for found in self.find_both_ways(store, "copper wire"):
            assert found == {name("a.md")}
        assert not store.search_sparse(["x" * 100_000], 5, SearchFilter(sources=("none",)))

    def test_any_order_of_changes_ends_like_the_model(self, open_store: OpenStore) -> None:
        store, model, chance = open_store(PARAMETERS), FakeStore(PARAMETERS), random.Random(7)
        words = ["zinc", "copper", "steel", "bolt", "wire", "nail", "spoon", "gasket"]
        for _ in range(15):
            batch = _draw_batch(chance, words)
            store.apply(batch)
            model.apply(batch)
            where = chance.choice([ANYWHERE, SearchFilter(sources=("[0-4]*",), first_page=1)])
            vector = hash_vector(chance.choice(words))
            expected = model.search_dense(vector, 500, where)
            assert set(list_ids(store.search_dense(vector, 500, where))) == set(list_ids(expected))
            if self.searches_sparse:
                tokens = tokenize(" ".join(chance.sample(words, 2)))
                found = list_ids(store.search_sparse(tokens, 500, where))
                assert set(found) == set(list_ids(model.search_sparse(tokens, 500, where)))
        assert store.list_documents() == model.list_documents()
        for info in model.list_documents():
            assert store.read_chunks(info.id) == model.read_chunks(info.id)


def find_ids(store: Store, vector: np.ndarray, k: int) -> list[str]:
    return list_ids(store.search_dense(vector, k, ANYWHERE))


def _draw_batch(chance: random.Random, words: list[str]) -> Batch:
    documents = {
        source: make_indexed(
            source,
            *(" ".join(chance.choices(words, k=5)) for _ in range(chance.randrange(4))),
            pages=[chance.choice([None, 1, 2]) for _ in range(4)],
        )
        for source in {f"{chance.randrange(9)}.md" for _ in range(3)}
    }
    removed = {document_id("notes", f"{chance.randrange(9)}.md") for _ in range(2)}
    return Batch(tuple(documents.values()), tuple(sorted(removed)))
