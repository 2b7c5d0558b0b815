"""The shipped labeller and the baselines scored on a small corpus of our own."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chalklens.errors import InputError
from chalklens.evaluation.baselines import BASELINES
from chalklens.evaluation.label_figures import LABELLER
from chalklens.evaluation.labels import LabelEvaluation, evaluate_labels
from chalklens.evaluation.page_labelling import OpenSubject, Subject
from chalklens.evaluation.scores import score_label_sets
from chalklens.labelling.corpus import Corpus
from chalklens.labelling.corpus_readings import open_reading_cache
from chalklens.types import Labelling, LabelSet, Picture, TextReading
from tests.chalklens.labelling.sheets import write_corpus

PAGES = 4


def quiet(done: int, total: int, message: str) -> None:
    """Nobody listens."""


def write_splits(folder: Path) -> Path:
    """Write `val` and `train` with the same pages, and today's reader's cache of their texts."""
    small = write_corpus(folder, "train")
    write_corpus(folder, "val")
    corpus = Corpus(folder)
    cache = open_reading_cache(folder / "work")
    for sheet in corpus.worksheets("train"):
        key = corpus.sha256(sheet)
        known = small.readings.get(key)
        assert known is not None
        cache.add(key, TextReading(known.lines, cache.reader))
    return folder


@pytest.mark.integration
def test_what_ships_is_measured_beside_the_baselines(tmp_path: Path) -> None:
    assert_measured_on_the_same_pages(tmp_path, None)


def test_labeller_and_baselines_are_measured_on_the_same_pages(tmp_path: Path) -> None:
    assert_measured_on_the_same_pages(tmp_path, open_sure_labeller)


def assert_measured_on_the_same_pages(tmp_path: Path, subject: OpenSubject | None) -> None:
    folder = write_splits(tmp_path)
    file = folder / "predictions.jsonl"
    options = LabelEvaluation(
        folder / "val.jsonl", folder / "work", predictions=file, max_pages=PAGES, resamples=50
    )
    report = evaluate_labels(options, quiet, subject)
    assert list(report.methods) == [LABELLER, *BASELINES]
    assert report.methods["nearest_text"].plain.micro_f1 == 1.0  # the very same pages
    assert report.methods["nearest_thumbnail"].plain.exact == 1.0
    assert (report.split, report.train, report.read_now) == ("val", "train", 0)
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    given = {row["id"]: {*row["area"], *row["scope"], *row["ability"]} for row in rows}
    truth = {sheet.id: sheet.labels for sheet in Corpus(folder).worksheets("val")[:PAGES]}
    assert report.ours.plain == score_label_sets(truth, given)
    assert report.confident.pages + report.unconfident.pages == PAGES
    assert report.calibrations["given_out"].pairs == sum(len(row["confidence"]) for row in rows)
    assert report.latency.pages == PAGES
    # Read anew, the pictures are blank and the cached text is not; this labeller looks at neither.
    assert report.same_labels == (1.0 if subject else 0.0)
    facts = json.loads(json.dumps(report.facts()))
    assert facts["methods"]["tfidf_regression"]["labeller_ahead"]["micro_f1"]["interval"]


@pytest.mark.integration
def test_pages_without_text_are_read_and_refused(
    tmp_path: Path,
) -> None:
    write_corpus(tmp_path, "val")
    file = tmp_path / "val.jsonl"
    file.write_text(file.read_text("utf-8").replace("Addition", "Adition"), "utf-8")
    options = LabelEvaluation(file, tmp_path / "work", max_pages=2)
    report = evaluate_labels(options, quiet)
    assert list(report.methods) == [LABELLER]
    assert "no train.jsonl beside val.jsonl" in report.remarks[0]
    assert "does not have; they always count as misses: Adition." in report.remarks[1]
    assert report.refused == 1.0  # single-coloured pictures hold no text
    assert report.calibrations == {}
    assert report.same_labels == 1.0
    assert report.read_now == 2


Change = Callable[[LabelEvaluation], LabelEvaluation]
IMPOSSIBLE: list[tuple[Change, str]] = [
    (lambda o: replace(o, baselines=True), "no training pages"),
    (lambda o: replace(o, train=o.split.with_name("other.jsonl")), "no training pages"),
    (lambda o: replace(o, train=o.split), "scored on"),
    (lambda o: replace(o, predictions=o.split.parent), "is a folder"),
]


@pytest.mark.parametrize(("change", "reason"), IMPOSSIBLE)
def test_what_cannot_be_done_is_said_before_anything_is_read(
    tmp_path: Path, change: Change, reason: str
) -> None:
    write_corpus(tmp_path, "val")
    options = LabelEvaluation(tmp_path / "val.jsonl", tmp_path / "work")
    with pytest.raises(InputError, match=reason):
        evaluate_labels(change(options), quiet)
    assert not (tmp_path / "work").exists()


class SureLabeller:
    """Gives out one label with 0.9 and keeps another with 0.1 to itself."""

    async def label(self, pictures: Sequence[Picture]) -> list[Labelling]:
        """Answer the same for every picture."""
        stated = {"Addition": 0.9, "MeasuringTime": 0.1}
        labels = LabelSet(areas=("Addition",))
        given = {"Addition": 0.9}
        return [Labelling(labels, given, "engine", "sure", probabilities=stated) for _ in pictures]


@asynccontextmanager
async def open_sure_labeller() -> AsyncGenerator[Subject, None]:
    yield Subject(SureLabeller(), lambda: None)


def test_without_training_pages_the_report_says_why_there_are_no_baselines(
    tmp_path: Path,
) -> None:
    write_corpus(tmp_path, "val")
    options = LabelEvaluation(tmp_path / "val.jsonl", tmp_path / "work", max_pages=2)
    report = evaluate_labels(options, quiet, open_sure_labeller)
    assert list(report.methods) == [LABELLER]
    assert "no train.jsonl beside val.jsonl" in report.remarks[0]
    assert (report.read_now, report.same_labels) == (0, 1.0)


def test_training_pages_themselves_are_scored_without_baselines(tmp_path: Path) -> None:
    write_corpus(tmp_path, "train")
    options = LabelEvaluation(tmp_path / "train.jsonl", tmp_path / "work", max_pages=1)
    report = evaluate_labels(options, quiet, open_sure_labeller)
    assert "pages they would be trained on" in report.remarks[0]
    assert not report.ours.intervals  # one page is one view


def test_calibration_counts_labels_given_out_and_all_that_were_thought_possible(
    tmp_path: Path,
) -> None:
    write_corpus(tmp_path, "val")
    options = LabelEvaluation(tmp_path / "val.jsonl", tmp_path / "work")
    report = evaluate_labels(options, quiet, open_sure_labeller)
    given, possible = report.calibrations["given_out"], report.calibrations["possible"]
    assert (given.pairs, possible.pairs) == (18, 36)
    assert given.error == pytest.approx(0.9 - 0.5)  # half of the pages are sums
    assert possible.error == pytest.approx((0.4 + 0.4) / 2)
    assert report.peak_bytes is None
