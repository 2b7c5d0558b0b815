import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import InputError
from chalklens.types import SearchFilter, SearchRequest
from retrieval.documents import Chunk, Document, Section
from retrieval.embedders import FakeEmbedder, identify_embedder
from retrieval.passages import write_dense_text
from retrieval.rerank import FakeReranker
from retrieval.search import SearchPipeline
from retrieval.stores.fake import FakeStore
from retrieval.stores.store import Batch, IndexedDocument, IndexParameters
from retrieval.tokens import TOKENS_VERSION

FRACTIONS = (
    "A unit fraction has the numerator one.",
    "To compare fractions, write them with the same denominator.",
    "The mean value of two fractions lies between them.",
)
AREAS = ("三角形的面积等于底乘以高除以二。", "圆的周长等于直径乘以圆周率。")
POEM = ("The owl and the pussycat went to sea.",)


def make_document(source: str, title: str, texts: tuple[str, ...], **more: object) -> Document:
    return Document("books", source, title, "\n".join(texts), (Section(0),), "0", **more)  # type: ignore[arg-type]


def cut(document: Document) -> tuple[Chunk, ...]:
    chunks: list[Chunk] = []
    start = 0
    for ordinal, line in enumerate(document.text.split("\n")):
        chunks.append(
            Chunk(ordinal, start, start + len(line), line, ("Chapter",), page=ordinal + 1)
        )
        start += len(line) + 1
    return tuple(chunks)


def make_store(embedder: FakeEmbedder | None = None) -> FakeStore:
    store = FakeStore(IndexParameters(*identify_embedder(embedder), TOKENS_VERSION, "lines"))
    embedder = embedder or FakeEmbedder(0 + 1)
    documents = [
        make_document("fractions.md", "Fractions", FRACTIONS, tags=("grade4",), modified=100.0),
        make_document("areas.md", "面积", AREAS),
        make_document("poem.txt", "Nonsense", POEM),
    ]
    batch: list[IndexedDocument] = []
    for document in documents:
        chunks = cut(document)
        texts = [write_dense_text(document.title, chunk) for chunk in chunks]
        vectors = embedder.encode_passages(texts)[:, : store.parameters.dimensions]
        batch.append(IndexedDocument(document, chunks, vectors))
    store.apply(Batch(tuple(batch)))
    return store


@pytest.fixture(scope="module")
def pipeline() -> SearchPipeline:
    embedder = FakeEmbedder()
    return SearchPipeline(make_store(embedder), embedder)


def test_the_best_passage_comes_with_everything_a_citation_needs(pipeline: SearchPipeline) -> None:
    result = pipeline.search(SearchRequest("compare fractions with different denominators", k=2))
    best = result.hits[0]
    assert best.text == FRACTIONS[1]
    assert (best.source, best.title, best.page, best.headings) == (
        "fractions.md",
        "Fractions",
        2,
        ("Chapter",),
    )
    assert "\n".join(FRACTIONS)[best.start : best.end] == best.text
    assert (best.tags, best.modified) == (("grade4",), 100.0)
    assert best.score == best.parts.fused
    assert (best.parts.sparse_rank, best.parts.dense_rank) == (1, 1)
    assert (len(result.hits), result.store, result.embedder) == (2, "fake", "fake")
    assert {"query", "sparse", "embed", "dense", "fuse", "fetch"} <= set(result.stages_ms)


def test_chinese_questions_find_chinese_passages(pipeline: SearchPipeline) -> None:
    assert pipeline.search(SearchRequest("怎么求三角形的面积？")).hits[0].text == AREAS[0]


def test_every_hit_has_every_phrase(pipeline: SearchPipeline) -> None:
    hits = pipeline.search(SearchRequest('fractions "mean value"')).hits
    assert [hit.text for hit in hits] == [FRACTIONS[2]]


def test_a_phrase_may_stand_in_the_title(pipeline: SearchPipeline) -> None:
    hits = pipeline.search(SearchRequest('"nonsense" owl')).hits
    assert [hit.source for hit in hits] == ["poem.txt"]


def test_a_phrase_that_nowhere_occurs_finds_nothing_and_says_so(pipeline: SearchPipeline) -> None:
    result = pipeline.search(SearchRequest('fractions "numerator fraction"'))
    assert result.hits == ()
    assert '"numerator fraction"' in result.notes[-1]


def test_filters_typed_or_given_narrow_the_search(pipeline: SearchPipeline) -> None:
    typed = pipeline.search(SearchRequest("fractions source:fractions page:2-3"))
    given_ = pipeline.search(
        SearchRequest("fractions", filter=SearchFilter(tags=("grade4",), first_page=2))
    )
    assert {hit.page for hit in typed.hits} == {hit.page for hit in given_.hits} == {2, 3}
    assert "Read as a filter: source:fractions" in typed.notes


def test_neighbours_are_added_when_asked_for(pipeline: SearchPipeline) -> None:
    request = SearchRequest("compare fractions same denominator", k=1, expand=1)
    hit = pipeline.search(request).hits[0]
    assert (hit.before, hit.text, hit.after) == FRACTIONS


def test_neighbours_end_with_the_document(pipeline: SearchPipeline) -> None:
    hit = pipeline.search(SearchRequest("unit numerator one", k=1, expand=3)).hits[0]
    assert hit.before == ""
    assert hit.after == "\n".join(FRACTIONS[1:])


def test_passages_that_repeat_a_better_one_are_left_out() -> None:
    embedder = FakeEmbedder()
    store = make_store(embedder)
    copy = make_document("copy.md", "Fractions", FRACTIONS)
    texts = [write_dense_text(copy.title, chunk) for chunk in cut(copy)]
    store.apply(Batch((IndexedDocument(copy, cut(copy), embedder.encode_passages(texts)),)))
    result = SearchPipeline(store, embedder).search(SearchRequest("fractions", k=3))
    assert len({hit.text for hit in result.hits}) == 3
    assert "repeat a better one: " in result.notes[-1]


def test_without_an_embedder_words_find_passages() -> None:
    result = SearchPipeline(make_store()).search(SearchRequest("owl"))
    assert [hit.text for hit in result.hits] == list(POEM)
    assert (result.embedder, result.notes) == ("", ())
    assert result.hits[0].parts.dense is None


def test_an_index_made_with_another_embedder_is_searched_by_words_and_says_so() -> None:
    result = SearchPipeline(make_store(), FakeEmbedder()).search(SearchRequest("owl"))
    assert [hit.text for hit in result.hits] == list(POEM)
    assert "the index was made with no embedder" in result.notes[0]


class LatinEmbedder(FakeEmbedder):
    """Knows one script."""

    name = "latin-only"
    scripts = frozenset({"latin"})


def test_a_script_that_the_embedder_does_not_know_is_searched_by_words() -> None:
    embedder = LatinEmbedder()
    pipeline = SearchPipeline(make_store(embedder), embedder)
    chinese = pipeline.search(SearchRequest("三角形面积"))
    assert chinese.hits[0].text == AREAS[0]
    assert chinese.embedder == ""
    assert "latin-only does not understand this script" in chinese.notes[0]
    assert pipeline.search(SearchRequest("fractions")).embedder == "latin-only"


def test_a_reranker_reorders_and_its_score_counts() -> None:
    embedder = FakeEmbedder()
    pipeline = SearchPipeline(make_store(embedder), embedder, FakeReranker())
    result = pipeline.search(SearchRequest("unit numerator fractions", k=2))
    assert result.reranker == "fake"
    assert len(result.hits) == 2
    assert all(hit.score == hit.parts.rerank for hit in result.hits)
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)


def test_reranking_is_switched_off_by_the_caller() -> None:
    embedder = FakeEmbedder()
    pipeline = SearchPipeline(make_store(embedder), embedder, FakeReranker())
    result = pipeline.search(SearchRequest("fractions", rerank="off"))
    assert result.reranker == ""
    assert all(hit.parts.rerank is None for hit in result.hits)


def test_asking_for_a_reranker_that_is_not_there_is_told(pipeline: SearchPipeline) -> None:
    result = pipeline.search(SearchRequest("fractions", rerank="on"))
    assert result.hits
    assert "no reranker is configured" in result.notes[-1]


def test_an_empty_base_says_how_to_fill_it() -> None:
    result = SearchPipeline(FakeStore()).search(SearchRequest("fractions"))
    assert result.hits == ()
    assert "chalklens knowledge add" in result.notes[-1]


def test_nothing_found_is_said() -> None:
    result = SearchPipeline(make_store()).search(SearchRequest("zeppelin"))
    assert result.hits == ()
    assert result.notes[-1].startswith("Nothing was found")


def test_a_passage_that_is_gone_meanwhile_is_left_out(pipeline: SearchPipeline) -> None:
    class Forgetful(FakeStore):
        def fetch(self, ids):  # type: ignore[no-untyped-def]
            return super().fetch(ids)[1:]

    store = make_store()
    forgetful = Forgetful(store.parameters, store.content)
    assert SearchPipeline(forgetful).search(SearchRequest("owl")).hits == ()


@pytest.mark.parametrize(
    "request_",
    [
        SearchRequest("x", k=0),
        SearchRequest("x", k=101),
        SearchRequest("x", expand=4),
        SearchRequest("x", filter=SearchFilter(first_page=3, last_page=2)),
        SearchRequest("x", filter=SearchFilter(modified_from=2.0, modified_to=1.0)),
        SearchRequest("  "),
    ],
)
def test_numbers_out_of_bounds_are_refused(
    pipeline: SearchPipeline, request_: SearchRequest
) -> None:
    with pytest.raises(InputError):
        pipeline.search(request_)


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=40), st.integers(1, 5))
def test_any_question_gets_an_answer_or_a_reason(text: str, k: int) -> None:
    embedder = FakeEmbedder(8)
    pipeline = SearchPipeline(make_store(embedder), embedder)
    try:
        result = pipeline.search(SearchRequest(text, k=k))
    except InputError:
        return
    assert len(result.hits) <= k
    assert len({hit.id for hit in result.hits}) == len(result.hits)
