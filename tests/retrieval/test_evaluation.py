from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval.documents import Document, Section
from retrieval.embedders import FakeEmbedder, identify_embedder
from retrieval.evaluation import Bench, KeptEmbedder, Latency, evaluate
from retrieval.judgements import JudgedCollection
from retrieval.rerank import FakeReranker
from retrieval.stores.fake import FakeStore
from retrieval.stores.store import Vectors


def make_collection() -> JudgedCollection:
    texts = {
        "half": "A half is a unit fraction.",
        "area": "三角形的面积等于底乘以高除以二。",
        "owl": "The owl and the pussycat went to sea.",
    }
    documents = tuple(
        Document("evaluation", name, "", text, (Section(0),), "") for name, text in texts.items()
    )
    queries = {"q1": "unit fraction", "q2": "三角形面积", "q3": "zeppelin owl"}
    gains = {"q1": {"half": 1.0}, "q2": {"area": 1.0}, "q3": {"half": 1.0}}
    return JudgedCollection("tiny", documents, queries, gains)


class CountingEmbedder(FakeEmbedder):
    """Counts the texts it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = 0

    def encode_passages(self, texts) -> Vectors:  # type: ignore[no-untyped-def]
        self.texts += len(texts)
        return super().encode_passages(texts)


def test_every_stage_is_scored_over_all_questions() -> None:
    bench = Bench(FakeStore, FakeEmbedder(), FakeReranker())
    report = evaluate(make_collection(), bench)
    assert (report.documents, report.chunks, report.queries) == (3, 3, 3)
    assert set(report.stages) == {"sparse", "dense", "fused", "reranked"}
    # The third question finds the owl, but the half is what it should have found.
    assert report.stages["sparse"].mrr_10 == pytest.approx(2 / 3)
    assert report.stages["fused"].recall_100 == 1.0
    assert report.store == "fake"
    assert report.facts()["stages"]["fused"]["ndcg_10"] == report.stages["fused"].ndcg_10


def test_without_an_embedder_words_are_scored_alone() -> None:
    report = evaluate(make_collection(), Bench(FakeStore))
    assert set(report.stages) == {"sparse", "fused"}
    assert report.embed_query_ms == 0
    assert report.parameters.embedder == ""


def test_a_document_counts_at_its_best_chunk() -> None:
    long = "\n\n".join(f"Paragraph {i} about nothing much. " * 20 for i in range(20))
    document = Document("evaluation", "long", "", f"{long}\n\nThe owl.", (Section(0),), "")
    other = Document("evaluation", "short", "", "Paragraph about the sea.", (Section(0),), "")
    collection = JudgedCollection("tiny", (document, other), {"q": "owl"}, {"q": {"long": 1.0}})
    report = evaluate(collection, Bench(FakeStore))
    assert report.chunks > 5
    assert report.stages["fused"].ndcg_10 == 1.0


def test_pages_count_by_themselves() -> None:
    text = "The owl went to sea.\nThe owl stayed at home."
    sections = (Section(0, page=1), Section(21, page=2))
    document = Document("evaluation", "a.pdf", "", text, sections, "")
    gains = {"q": {"a.pdf#page=2": 1.0}}
    collection = JudgedCollection("tiny", (document,), {"q": "owl home"}, gains, by_page=True)
    report = evaluate(collection, Bench(FakeStore))
    assert report.chunks == 2
    assert report.stages["fused"].mrr_10 == 1.0


def test_only_the_first_questions_are_asked_when_told_so() -> None:
    assert evaluate(make_collection(), Bench(FakeStore, max_queries=2)).queries == 2


def test_a_question_that_is_refused_counts_as_not_answered() -> None:
    collection = make_collection()
    refused = replace(collection, queries={**collection.queries, "q2": " "})
    report = evaluate(refused, Bench(FakeStore, FakeEmbedder()))
    assert report.queries == 3
    assert report.notes["Refused: There is nothing to search for."] == 1
    assert report.stages["fused"].recall_100 == pytest.approx(2 / 3)


def test_steps_are_reported() -> None:
    steps: list[tuple[int, int, str]] = []
    evaluate(
        make_collection(),
        Bench(FakeStore, FakeEmbedder()),
        lambda done, total, what: steps.append((done, total, what)),
    )
    assert steps[0] == (3, 3, "embedding passages")
    assert steps[-1] == (3, 3, "asking")


def test_a_second_run_embeds_nothing(tmp_path: Path) -> None:
    evaluate(make_collection(), Bench(FakeStore, CountingEmbedder(), vectors=tmp_path))
    again = CountingEmbedder()
    report = evaluate(make_collection(), Bench(FakeStore, again, vectors=tmp_path))
    assert report.stages["fused"].recall_10 == 1.0
    assert again.texts == 1 + 3  # only to measure how long questions take


def test_kept_vectors_are_those_of_the_embedder(tmp_path: Path) -> None:
    fake = FakeEmbedder()
    kept = KeptEmbedder(fake, tmp_path)
    kept.encode_passages(["b"])
    texts = ["a", "b", "a"]
    assert np.array_equal(kept.encode_passages(texts), fake.encode_passages(texts))
    kept.keep()
    assert identify_embedder(kept) == identify_embedder(fake)
    again = KeptEmbedder(fake, tmp_path)
    assert np.array_equal(again.encode_passages(texts), fake.encode_passages(texts))


def test_latency_is_summarised() -> None:
    latency = Latency.of([float(i) for i in range(1, 101)])
    assert (latency.mean_ms, latency.p50_ms, latency.p99_ms) == (50.5, 50, 99)
