"""Labelled worksheets on disk."""

import json
from pathlib import Path

import pytest
from PIL import Image

from chalklens.errors import InputError, MediaError
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


LABELS = {"area": ["Addition"], "scope": [], "ability": []}


@pytest.mark.parametrize(
    "row",
    [
        b"{",
        b"[]",
        b'{"image": "K\xe4se.png"}',
        json.dumps({"image": "x.png"}).encode(),
        json.dumps({"image": "x.png", **LABELS, "scope": None}).encode(),
        json.dumps({"image": "x.png", **LABELS, "scope": "Base10"}).encode(),
        json.dumps(LABELS).encode(),
        json.dumps({"image": "a.png", **LABELS}).encode(),
    ],
    ids=["cut", "list", "latin", "none", "null", "text", "no picture", "twice"],
)
def test_a_row_that_is_not_a_worksheet_is_refused_by_its_line(tmp_path: Path, row: bytes) -> None:
    good = json.dumps({"image": "a.png", **LABELS}).encode()
    (tmp_path / "train.jsonl").write_bytes(good + b"\n\n" + row)
    with pytest.raises(InputError, match=r"train\.jsonl, line 3"):
        Corpus(tmp_path).worksheets("train")


def test_rows_that_data_convert_takes_are_worksheets(tmp_path: Path) -> None:
    row = json.dumps({"image": "a.png", **LABELS, "pair": None}).encode()
    (tmp_path / "train.jsonl").write_bytes(b"\xef\xbb\xbf" + row + b"\r\n\r\n")
    [sheet] = Corpus(tmp_path).worksheets("train")
    assert (sheet.id, sheet.pair, sheet.labels) == ("a.png", "a.png", {"Addition"})


def test_a_picture_is_shown_as_users_pictures_are(tmp_path: Path) -> None:
    corpus = Corpus(write_corpus(tmp_path).folder)
    sheet = corpus.worksheets("train")[0]
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / sheet.image)
    assert set(corpus.load(sheet).pixels) == {255}
    (tmp_path / sheet.image).write_bytes((tmp_path / sheet.image).read_bytes()[:45])
    with pytest.raises(MediaError, match=rf"{sheet.image} cannot be read"):
        corpus.load(sheet)


def test_words_come_by_page(tmp_path: Path) -> None:
    row = {"id": "sheet-1", "words": [["3", 1, 2, 3, 4], ["+", 5, 2, 3, 4]]}
    (tmp_path / "words.jsonl").write_text(json.dumps(row), "utf-8")
    assert Corpus(tmp_path).words() == {"sheet-1": ["3", "+"]}
