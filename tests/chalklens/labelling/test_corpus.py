"""Labelled worksheets on disk."""

import json
from pathlib import Path

import pytest

from chalklens.errors import InputError
from chalklens.labelling.corpus import Corpus
from tests.chalklens.labelling.sheets import write_corpus


def test_pictures_are_read_from_the_tar_as_from_the_folder(tmp_path: Path) -> None:
    plain = Corpus(write_corpus(tmp_path / "plain").folder)
    packed = Corpus(write_corpus(tmp_path / "packed", tar=True).folder)
    for one, other in zip(plain.worksheets("train"), packed.worksheets("train"), strict=True):
        assert plain.load(one) == packed.load(other)
    packed.close()


def test_a_picture_has_the_hash_of_its_file(tmp_path: Path) -> None:
    corpus = Corpus(write_corpus(tmp_path).folder)
    sheet = corpus.worksheets("train")[0]
    assert corpus.load(sheet).sha256 == corpus.sha256(sheet)


def test_labels_keep_their_dimension(tmp_path: Path) -> None:
    sheet = Corpus(write_corpus(tmp_path).folder).worksheets("train")[0]
    assert sheet.labels == {"Addition", "Base10", "ProcedureExecution"}
    assert dict(sheet.dimensions)["Base10"] == "scope"


def test_a_missing_picture_says_where_it_belongs(tmp_path: Path) -> None:
    corpus = Corpus(write_corpus(tmp_path).folder)
    sheet = corpus.worksheets("train")[0]
    (tmp_path / sheet.image).unlink()
    with pytest.raises(InputError, match="missing") as caught:
        corpus.load(sheet)
    assert "images-train.tar" in caught.value.hint


def test_a_missing_split_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no split 'val'"):
        Corpus(tmp_path).worksheets("val")


@pytest.mark.parametrize("row", ["{", json.dumps({"id": "x", "image": "x.png"})])
def test_a_row_that_is_not_a_worksheet_is_refused(tmp_path: Path, row: str) -> None:
    (tmp_path / "train.jsonl").write_text(row, "utf-8")
    with pytest.raises(InputError, match=r"train\.jsonl"):
        Corpus(tmp_path).worksheets("train")


def test_words_come_by_page(tmp_path: Path) -> None:
    row = {"id": "sheet-1", "words": [["3", 1, 2, 3, 4], ["+", 5, 2, 3, 4]]}
    (tmp_path / "words.jsonl").write_text(json.dumps(row), "utf-8")
    assert Corpus(tmp_path).words() == {"sheet-1": ["3", "+"]}
