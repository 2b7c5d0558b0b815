# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Thumbnails of pages, and how they are kept."""

from pathlib import Path

from chalklens.evaluation.splits import open_split
from chalklens.evaluation.thumbnails import collect_thumbnails
from chalklens.labelling.thumbnail import shrink
from chalklens.types import Picture
from tests.chalklens.labelling.sheets import write_corpus


def test_a_thumbnail_is_grey_and_keeps_left_and_right() -> None:
    pixels = (bytes(3 * 40) + bytes([255]) * (3 * 40)) * 20
    thumbnail = shrink(Picture("half", "", "image/png", 80, 20, pixels, 80, 20))
    rows = thumbnail.reshape(32, 32)
    assert rows[:, :12].max() < 20
    assert rows[:, 20:].min() > 235


def test_each_page_has_its_own_and_a_second_run_opens_no_picture(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    told: list[int] = []
    for _ in range(2):
        with open_split(tmp_path / "train.jsonl") as split:
            keys = [split.corpus.sha256(sheet) for sheet in split.sheets]
            found = collect_thumbnails(
                split, keys, tmp_path / "work", lambda done, total, what: told.append(total)
            )
            last = shrink(split.corpus.load(split.sheets[17]))
        assert found.shape == (18, 1024)
        assert found[17].tolist() == last.tolist() != found[0].tolist()
    assert told == [18]
