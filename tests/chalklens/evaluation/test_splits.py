"""Splits named by their file."""

from pathlib import Path

import pytest

from chalklens.errors import InputError
from chalklens.evaluation.splits import open_split
from tests.chalklens.labelling.sheets import write_corpus


def test_the_pictures_are_found_beside_the_file(tmp_path: Path) -> None:
    write_corpus(tmp_path, "unseen", tar=True)
    with open_split(tmp_path / "unseen.jsonl", 3) as split:
        assert split.name == "unseen"
        assert len(split.sheets) == 3
        assert split.corpus.load(split.sheets[2]).width_px == 8


@pytest.mark.parametrize("name", ["missing.jsonl", ".", "labels.json"])
def test_what_is_no_split_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "labels.json").write_text("{}", "utf-8")
    with pytest.raises(InputError, match="no split"), open_split(tmp_path / name):
        raise AssertionError("it was opened")


def test_an_empty_split_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "val.jsonl").write_text("", "utf-8")
    with pytest.raises(InputError, match="empty"), open_split(tmp_path / "val.jsonl"):
        raise AssertionError("it was opened")
