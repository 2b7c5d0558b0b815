"""Rendered worksheets in the corpus' format."""

import json
from pathlib import Path

import pytest

from chalklens.errors import InputError
from chalklens.labelling.corpus import Corpus
from chalklens.training.worksheets.writing import write_corpus


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sheets") / "corpus"
    write_corpus(out, 6, 3)
    return out


def test_what_is_written_can_be_read_as_a_corpus(folder: Path) -> None:
    corpus = Corpus(folder)
    worksheets = list(corpus.worksheets("train"))
    assert len(worksheets) == 6
    for worksheet in worksheets:
        picture = corpus.load(worksheet)
        assert max(picture.width_px, picture.height_px) <= 512
        assert worksheet.text
        assert worksheet.labels
        assert worksheet.ontology == "0.21.0"


def test_words_have_boxes_inside_the_picture(folder: Path) -> None:
    pages = [json.loads(line) for line in (folder / "words.jsonl").read_text("utf-8").splitlines()]
    rows = [json.loads(line) for line in (folder / "train.jsonl").read_text("utf-8").splitlines()]
    for page, row in zip(pages, rows, strict=True):
        assert page["id"] == row["id"]
        for _, x, y, width, height in page["words"]:
            assert x + width <= row["width"] + 1
            assert y + height <= row["height"] + 1


def test_the_same_seed_writes_the_same_files(folder: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "again", 6, 3)
    for name in ("train.jsonl", "words.jsonl", "images/ws-000004.png"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_a_folder_with_something_in_it_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="not an empty folder"):
        write_corpus(folder, 1, 1)


@pytest.mark.parametrize("count", [0, 200_001])
def test_a_count_out_of_its_limits_is_refused(count: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_corpus(tmp_path / "new", count, 1)
