"""Data sets by id: rows by their columns; a folder stands in for a hub, nothing is fetched."""

import importlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from chalklens.errors import InputError, UnavailableError
from chalklens.training.data.formats import SourceOptions, open_source
from chalklens.training.data.hubs import Hub, HubRequest, open_hub, read_hub
from tests.chalklens.training.data.conversions import (
    candidates,
    draw_png,
    faults,
    read_out,
    run,
    told,
)


def make_request(name: str = "owner/name", **changes: str) -> HubRequest:
    fields = {"split": "train", "config": "", "image_column": "", "text_column": ""}
    return HubRequest(name=name, prompt="Describe it.", **{**fields, **changes})


def read(*rows: dict[str, Any], **changes: str) -> list[Any]:
    return list(read_hub(rows, make_request(**changes)))


PNG = draw_png(1)
CELL = {"bytes": PNG, "path": "a.png"}


def test_captions_may_be_one_or_several():
    sentences = {"raw": ["A dog.", "A cat."]}
    found = read({"image": CELL, "caption": "A tree."}, {"image": CELL, "sentences": sentences})
    assert [told(c)[1][1] for c in candidates(found)] == ["A tree.", "A dog.", "A cat."]
    assert {c.pictures for c in candidates(found)} == {(PNG,)}
    assert [c.place for c in candidates(found)] == ["row 1", "row 2", "row 2"]


def test_no_caption_and_no_picture_is_left_out_in_silence():
    found = read({"image": CELL, "captions": [f"Caption {n}." for n in range(18)]})
    assert len(candidates(found)) == 16
    assert faults(found) == [("row 1", "not_a_row")] * 2
    [both] = read({"images": [CELL, CELL], "caption": "Two dogs."})
    assert told(both)[0] == ("user", "[image][image]Describe it.")
    assert both.pictures == (PNG, PNG)


def test_questions_and_conversations_are_read_as_such():
    talk = [{"role": "user", "content": "<image>Who?"}, {"role": "assistant", "content": "A dog."}]
    asked, talked = candidates(
        read(
            {"image": CELL, "question": "What?", "answers": ["A dog.", "A cat."]},
            {"images": [CELL, None], "messages": talk, "id": "t"},
        )
    )
    assert told(asked) == [("user", "[image]What?"), ("assistant", "A dog.")]
    assert told(talked) == [("user", "[image]Who?"), ("assistant", "A dog.")]
    assert asked.pictures == talked.pictures == (PNG,)


def test_what_a_row_lacks_is_a_fault_and_what_the_columns_lack_an_error():
    talk = [{"role": "user", "content": "<img>/etc/passwd</img>"}, {"role": "bot", "content": "x"}]
    found = read(
        {"image": None, "caption": "A dog."},
        {"image": CELL, "caption": None},
        {"image": CELL, "question": "What?", "answer": ""},
        {"messages": talk},
    )
    assert faults(found) == [
        ("row 1", "picture_missing"),
        ("row 2", "no_text"),
        ("row 3", "no_text"),
        ("row 4", "picture_missing"),
    ]
    with pytest.raises(InputError, match="has the columns photo, words") as caught:
        read({"photo": CELL, "words": "A dog."})
    assert "--text-column" in caught.value.hint
    [row] = read({"photo": CELL, "words": "A dog."}, image_column="photo", text_column="words")
    assert row.pictures == (PNG,)


@pytest.fixture(scope="module")
def dataset_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("datasets", reason="the extra `data` is not installed")
    pyarrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")

    folder = tmp_path_factory.mktemp("dataset")
    rows = [
        {"image": {"bytes": draw_png(n), "path": f"{n}.png"}, "caption": f"Thing {n}."}
        for n in range(3)
    ]
    table = pyarrow.Table.from_pylist(rows)
    features = '{"info": {"features": {"image": {"_type": "Image"}, "caption": {"dtype": "string", "_type": "Value"}}}}'
    table = table.replace_schema_metadata({"huggingface": features})
    parquet.write_table(table, folder / "train-00000.parquet")
    return folder


@pytest.mark.parametrize("hub", ["hf", "modelscope"])
def test_a_folder_is_streamed_with_its_pictures_as_stored(
    hub: Hub, dataset_folder: Path, tmp_path: Path
):
    if hub == "modelscope":
        pytest.importorskip("modelscope", reason="no `pip install 'modelscope[datasets]'`")
    source = open_source(str(dataset_folder), hub, SourceOptions())
    report = run(source, tmp_path / "out", val_share=0.0)
    assert report.source == f"{hub}:{dataset_folder}"
    assert (report.rows, report.pictures) == (3, 3)
    first = read_out(tmp_path)[0]
    assert Path(first.images[0]).read_bytes() == draw_png(0)
    assert first.messages[1].text == "Thing 0."


def test_a_split_that_is_not_there_is_an_error_for_people(dataset_folder: Path):
    with pytest.raises(InputError, match=r"split nope. cannot be read") as caught:
        list(open_hub("hf", make_request(str(dataset_folder), split="nope")))
    assert "--dataset-split" in caught.value.hint


@pytest.mark.skipif(find_spec("modelscope") is not None, reason="ModelScope's library is installed")
def test_a_library_that_is_missing_is_named_with_its_command():
    with pytest.raises(UnavailableError, match="modelscope, which is not installed") as caught:
        open_hub("modelscope", make_request())
    assert caught.value.hint == "pip install 'modelscope[datasets]'"


def test_opening_a_data_set_is_not_counted_anywhere():
    pytest.importorskip("datasets", reason="the extra `data` is not installed")
    config: Any = importlib.import_module("datasets.config")
    assert config.HF_UPDATE_DOWNLOAD_COUNTS is False
