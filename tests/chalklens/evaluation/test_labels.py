# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The shipped labeller scored on a small corpus of our own."""

import json
from pathlib import Path

import pytest

from chalklens.errors import InputError
from chalklens.evaluation.labels import LabelEvaluation, evaluate_labels
from chalklens.evaluation.scores import score_label_sets
from chalklens.labelling.corpus import Corpus
from chalklens.labelling.corpus_readings import open_reading_cache
from chalklens.types import TextReading
from tests.chalklens.labelling.sheets import write_corpus


def quiet(done: int, total: int, message: str) -> None:
    """Nobody listens."""


def test_the_report_agrees_with_the_predictions_it_wrote(tmp_path: Path) -> None:
    small = write_corpus(tmp_path)
    corpus = Corpus(small.folder)
    sheets = corpus.worksheets("train")
    cache = open_reading_cache(tmp_path / "real")
    for sheet in sheets:
        key = corpus.sha256(sheet)
        known = small.readings.get(key)
        assert known is not None
        cache.add(key, TextReading(known.lines, cache.reader))
    file = tmp_path / "predictions.jsonl"
    told: list[int] = []
    report = evaluate_labels(
        LabelEvaluation(small.folder, "train", cache=tmp_path / "real", predictions=file),
        lambda done, total, message: told.append(done),
    )
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    given = {row["id"]: {*row["area"], *row["scope"], *row["ability"]} for row in rows}
    assert report.scores == score_label_sets({s.id: s.labels for s in sheets}, given)
    assert report.text_from == "cache"
    assert report.label_s is None
    assert set(report.dimensions) == {"area", "scope", "ability"}
    assert set(report.views) == {sheet.view for sheet in sheets}
    assert report.most_frequent is not None
    assert told == list(range(1, len(sheets) + 1))
    assert json.loads(json.dumps(report.facts()))["revision"] == report.revision


def test_pictures_are_read_and_timed_without_a_cache(tmp_path: Path) -> None:
    small = write_corpus(tmp_path)
    report = evaluate_labels(LabelEvaluation(small.folder, "train", max_pages=2), quiet)
    assert report.text_from == "pixels"
    assert report.label_s is not None
    assert report.refused == 1.0  # single-coloured pictures hold no text
    assert report.scores.pages == 2


def test_an_empty_split_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "val.jsonl").write_text("", "utf-8")
    with pytest.raises(InputError, match="empty"):
        evaluate_labels(LabelEvaluation(tmp_path, "val"), quiet)
