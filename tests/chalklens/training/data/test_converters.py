"""Each format: what it becomes, and what is a fault of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalklens.edugraph.labels import parse_labels
from chalklens.edugraph.ontology import Ontology
from chalklens.errors import InputError
from chalklens.labelling.by_engine import PROMPT
from chalklens.training.data.coco import read_caption_table, read_coco
from chalklens.training.data.formats import SourceOptions, detect_format, open_source
from chalklens.training.data.ontology_questions import ask_about_concepts, count_questions
from chalklens.training.data.worksheets import QUESTION_PROMPT, read_worksheets
from tests.chalklens.training.data.conversions import candidates, faults, told, write_lines


def test_a_caption_table_gives_a_row_per_caption(tmp_path: Path):
    file = tmp_path / "captions.csv"
    file.write_text("image_path,caption\na.png,A  dog.\n,None.\nb.png, \n", "utf-8")
    found = list(read_caption_table(file, "COCO Yes:"))
    [row] = candidates(found)
    assert told(row) == [("user", "[image]COCO Yes:"), ("assistant", "A dog.")]
    assert (row.place, row.pictures) == ("line 2", ("a.png",))
    assert faults(found) == [("line 3", "picture_missing"), ("line 4", "no_text")]


def test_a_table_without_the_columns_names_those_it_has(tmp_path: Path):
    file = tmp_path / "captions.csv"
    file.write_text("photo,words\na.png,A dog.\n", "utf-8")
    with pytest.raises(InputError, match="has the columns photo, words"):
        list(read_caption_table(file))


def test_a_table_is_a_table_by_its_suffix(tmp_path: Path):
    file = tmp_path / "captions.tsv"
    file.write_text("image\tcaption\na.png\tA dog.\n", "utf-8")
    assert detect_format(str(file)) == "coco-csv"
    assert candidates(list(read_caption_table(file)))[0].pictures == ("a.png",)


def test_a_folder_of_pictures_is_converted_by_the_table_beside_them(tmp_path: Path):
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "1.JPG").write_bytes(b"")
    with pytest.raises(InputError, match="no text about them"):
        detect_format(str(tmp_path))
    (tmp_path / "labels.csv").write_text("image,caption\ncats/1.JPG,A cat.\n")
    with pytest.raises(InputError, match=r"labels\.csv beside them") as caught:
        detect_format(str(tmp_path))
    assert str(tmp_path / "labels.csv") in caught.value.hint
    (tmp_path / "notes.md").write_text("Cats.")
    assert detect_format(str(tmp_path)) == "documents"


def test_coco_that_is_not_json_is_named(tmp_path: Path):
    file = tmp_path / "captions_val.json"
    file.write_text('{"images": [], "annotations": [NaN]}', "utf-8")
    with pytest.raises(InputError, match=r"captions_val\.json cannot be read: This is not JSON"):
        list(read_coco(file))


COCO = {
    "info": {"year": 2014},
    "images": [{"id": 7, "file_name": "train/a.jpg"}, {"id": 8}, {"file_name": "b.jpg"}, 3],
    "annotations": [
        {"id": 1, "image_id": 7, "caption": "A dog.\n"},
        {"id": 2, "image_id": 7, "caption": "A brown dog."},
        {"id": 3, "image_id": 8, "caption": "No name."},
        {"id": 4, "image_id": 9, "caption": "No picture."},
        {"id": 5, "image_id": [7], "caption": "No id."},
        {"id": 6, "image_id": 7, "bbox": [1, 2, 3, 4]},
        "annotation",
    ],
}


def test_coco_joins_captions_with_the_names_of_their_pictures(tmp_path: Path):
    file = tmp_path / "captions.json"
    file.write_text(json.dumps(COCO), "utf-8")
    found = list(read_coco(file))
    assert [(c.pictures, told(c)[1][1]) for c in candidates(found)] == [
        (("train/a.jpg",), "A dog."),
        (("train/a.jpg",), "A brown dog."),
    ]
    assert faults(found) == [
        ("annotation 3", "picture_missing"),
        ("annotation 4", "picture_missing"),
        ("annotation 5", "picture_missing"),
        ("annotation 6", "no_text"),
        ("annotation 7", "not_a_record"),
    ]


@pytest.mark.parametrize("text", ["[]", '{"images": []}', '{"images": {}, "annotations": []}', "{"])
def test_what_is_not_coco_is_an_error(tmp_path: Path, text: str):
    file = tmp_path / "captions.json"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError):
        list(read_coco(file))


def make_sheet(**changes: Any) -> dict[str, Any]:
    sheet: dict[str, Any] = {
        "id": "ed-1",
        "image": "images/ed-1.png",
        "area": ["Addition"],
        "scope": ["TwoOperands", "Base10"],
        "ability": ["ProcedureExecution"],
        "question": "Add  the numbers.",
        "pair": "ed-0",
    }
    return {**sheet, **changes}


def test_a_worksheet_gives_its_labels_and_its_question(tmp_path: Path):
    ontology = Ontology.load()
    file = write_lines(tmp_path / "train.jsonl", [make_sheet()])
    labels, question = candidates(read_worksheets(file, ontology))
    (_, asked), (_, answer) = told(labels)
    assert asked == f"[image]{PROMPT}"
    parsed = parse_labels(answer, ontology)
    assert parsed.labels.scopes == ("Base10", "TwoOperands")
    assert (
        set(labels.labels)
        == set(parsed.labels.ids)
        == {*json.loads(answer)["Area"], "Base10", "TwoOperands", "ProcedureExecution"}
    )
    assert told(question) == [
        ("user", f"[image]{QUESTION_PROMPT}"),
        ("assistant", "Add the numbers."),
    ]
    assert (labels.id, question.id) == ("ed-1:labels", "ed-1:question")
    assert labels.group == question.group == "pair ed-0"


def test_ids_of_an_older_release_are_written_as_they_are_today(tmp_path: Path):
    sheet = make_sheet(area=["IntegerAddition", "http://edugraph.io/edu#Addition"])
    file = write_lines(tmp_path / "train.jsonl", [sheet])
    [row] = candidates(read_worksheets(file, Ontology.load(), ("labels",)))
    assert json.loads(told(row)[1][1])["Area"] == ["Addition"]
    assert row.renamed == 1


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"area": ["Additon"]}, "unknown_label", "near are Addition"),
        ({"area": ["Base10"]}, "wrong_dimension", "Base10 in `area`"),
        ({"area": "Addition"}, "not_a_record", "`area` must be a list"),
        ({"area": [3]}, "unknown_label", "3 in `area`"),
        ({"image": None}, "not_a_record", "`image`"),
        ({"area": [], "scope": [], "ability": []}, "no_text", "no label"),
    ],
)
def test_a_worksheet_with_a_bad_label_is_left_out_whole(
    tmp_path: Path, changes: dict[str, Any], reason: str, detail: str
):
    file = write_lines(tmp_path / "train.jsonl", [make_sheet(**changes)])
    [fault] = list(read_worksheets(file, Ontology.load(), ("labels",)))
    assert str(fault).startswith(f"line 1: {reason}: ")
    assert detail in str(fault)


def test_the_ontology_is_asked_about_in_every_direction():
    ontology = Ontology.load()
    found = list(ask_about_concepts(ontology))
    assert len(found) == count_questions(ontology) > 2 * len(ontology)
    by_id = {candidate.id: told(candidate)[1][1] for candidate in found}
    assert len(by_id) == len(found)
    for concept in ontology.concepts.values():
        parents = by_id[f"{concept.id}:parents"]
        assert set(concept.parents) == set(parents.split(", ")) or "is a root" in parents
        assert by_id[f"{concept.id}:name"] == concept.id
        assert by_id[f"{concept.id}:definition"] == concept.definition
        for parent in concept.parents:
            assert concept.id in by_id[f"{parent}:children"].split(", ")
        for relation, targets in concept.relations.items():
            assert set(by_id[f"{concept.id}:{relation}"].split(", ")) == set(targets)
            for target in targets:
                assert concept.id in by_id[f"{target}:{relation}-of"].split(", ")


ONE_LINE: dict[str, Any] = {
    "worksheets": make_sheet(),
    "qwen": {"messages": [{"role": "user", "content": "?"}]},
    "llava": {"image": "a.png", "conversations": []},
    "sharegpt": {"conversations": []},
}


@pytest.mark.parametrize("format_", ONE_LINE)
@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_the_first_record_says_what_a_file_is(tmp_path: Path, format_: str, suffix: str):
    rows = [ONE_LINE[format_]] * 2
    file = write_lines(tmp_path / f"a{suffix}", [rows] if suffix == ".json" else rows)
    assert detect_format(str(file)) == format_


def test_names_and_folders_say_what_they_are(tmp_path: Path):
    (tmp_path / "captions.json").write_text(json.dumps(COCO, indent=1), "utf-8")
    (tmp_path / "captions.csv").write_text("image,caption\n", "utf-8")
    (tmp_path / "data").mkdir()
    assert detect_format(str(tmp_path)) == "documents"
    (tmp_path / "data" / "train.parquet").touch()
    assert detect_format(str(tmp_path / "captions.json")) == "coco"
    assert detect_format(str(tmp_path / "captions.csv")) == "coco-csv"
    assert detect_format(str(tmp_path)) == "hf"
    assert detect_format("edugraph") == detect_format("release/areas.ttl") == "ontology"
    assert detect_format("https://example.org/page") == "documents"


def test_what_is_not_known_is_said_with_the_formats_there_are(tmp_path: Path):
    file = write_lines(tmp_path / "a.jsonl", [{"x": 1, "y": 2}])
    with pytest.raises(InputError, match="its first record has x, y") as caught:
        detect_format(str(file))
    assert "sharegpt" in caught.value.hint
    with pytest.raises(InputError, match="There is no file or folder owner/name") as caught:
        detect_format("owner/name")
    assert "--format hf" in caught.value.hint
    with pytest.raises(InputError, match="There is no file"):
        open_source("none.jsonl", "qwen", SourceOptions())
